"""The readers of .wtns and .zkey, especially on malformed files."""

from __future__ import annotations

import base64
import json
import struct
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.proving import wtns
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.binfile import Sections
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS
from zkmargin.proving.r1cs import Sizes, read_sizes
from zkmargin.proving.zkey import read_verification_key

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
ZKEY = base64.b64decode(GOLDEN["zkey"])
WITNESS = base64.b64decode(GOLDEN["witness"])

SIGNALS = st.integers(0, SCALAR_MODULUS - 1)
REUSE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@given(st.lists(SIGNALS, max_size=20))
def test_a_witness_survives(values):
    assert wtns.parse(wtns.encode([1, *values])) == (1, *values)


def test_reads_a_real_witness():
    assert wtns.parse(WITNESS)[:4] == (1, 21, 7, 3)
    assert wtns.encode(wtns.parse(WITNESS)) == WITNESS
    assert wtns.public_signals(WITNESS, 2) == (21, 7)


def test_more_public_signals_than_values_are_refused():
    with pytest.raises(InputError, match="fewer values"):
        wtns.public_signals(WITNESS, len(wtns.parse(WITNESS)))


@pytest.mark.parametrize("length", range(0, len(WITNESS), 7))
def test_a_truncated_witness_is_refused(length):
    with pytest.raises(InputError):
        wtns.parse(WITNESS[:length])


@given(st.integers(0, 8 * 76 - 1))
def test_a_flipped_bit_in_the_frame_of_a_witness_is_refused(bit):
    with pytest.raises(InputError):
        wtns.parse(flipped(WITNESS, bit))


def test_a_witness_with_a_value_beyond_the_modulus_is_refused_without_showing_it():
    content = wtns.frame(b"".join(value.to_bytes(32, "little") for value in (1, 5, SCALAR_MODULUS + 4711)))
    with pytest.raises(InputError, match=r"w: \[2\]: must be below the modulus") as caught:
        wtns.parse(content, "w")
    assert str(SCALAR_MODULUS + 4711) not in str(caught.value)


@pytest.mark.parametrize("values", [[], [0, 5], [2]])
def test_a_witness_begins_with_one(values):
    with pytest.raises(InputError, match="first value must be 1"):
        wtns.parse(wtns.encode(values))


@given(st.binary(max_size=300), st.sampled_from([b"", b"wtns\x02\0\0\0", b"wtns\x02\0\0\0\x02\0\0\0"]))
def test_any_bytes_are_a_witness_or_an_input_error(content, start):
    with suppress(InputError):
        wtns.parse(start + content)


HUGE = [2**31, 2**32 - 1, 2**63, 2**64 - 1]


@pytest.mark.parametrize("size", HUGE)
def test_a_huge_section_is_refused_before_it_is_read(size):
    frame = struct.pack("<4sIIIQ", b"wtns", 2, 1, 1, size)
    with pytest.raises(InputError, match="extends beyond the end"):
        Sections(BytesIO(frame + bytes(100)), b"wtns", (2,), "x")


def test_too_many_and_duplicate_sections_and_trailing_data_are_refused():
    head = struct.pack("<4sI", b"wtns", 2)
    section = struct.pack("<IQ", 1, 0)
    for content, message in (
        (head + struct.pack("<I", 2**32 - 1) + section, "expected at most 64 sections"),
        (head + struct.pack("<I", 2) + section + section, "duplicate section 1"),
        (head + struct.pack("<I", 1) + section + b"x", "unexpected data after the last section"),
        (b"zkey" + head[4:] + struct.pack("<I", 0), "not a .wtns file"),
        (struct.pack("<4sII", b"wtns", 9, 0), "unsupported version 9"),
    ):
        with pytest.raises(InputError, match=message):
            Sections(BytesIO(content), b"wtns", (2,), "x")
    with pytest.raises(InputError, match="section 1 is missing"):
        Sections(BytesIO(head + struct.pack("<I", 0)), b"wtns", (2,), "x").read(1, max_size=9)


@pytest.fixture
def written(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


def test_the_verification_key_of_a_zkey_equals_snarkjs_s(written):
    assert read_verification_key(written(ZKEY)) == VerificationKey.from_json(GOLDEN["key"])


def test_a_zkey_without_a_contribution_is_refused(written):
    with pytest.raises(InputError, match="anybody can forge"):
        read_verification_key(written(base64.b64decode(GOLDEN["uncontributed_zkey"])))


@REUSE
@given(st.integers(0, len(ZKEY) - 1))
def test_a_truncated_zkey_is_refused(written, length):
    with pytest.raises(InputError):
        read_verification_key(written(ZKEY[:length]))


@REUSE
@given(st.integers(0, 8 * 1100 - 1))
def test_a_flipped_bit_in_a_zkey_is_refused_or_another_key(written, bit):
    # What may change unseen: the prover's own points, sizes that only the prover uses, values of points.
    with suppress(InputError):
        assert read_verification_key(written(flipped(ZKEY, bit))).n_public == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (BASE_MODULUS, BASE_MODULUS + 2, "base field is not"),
        (SCALAR_MODULUS, SCALAR_MODULUS + 2, "scalar field is not"),
    ],
)
def test_a_zkey_of_another_curve_is_refused(written, old, new, message):
    content = ZKEY.replace(old.to_bytes(32, "little"), new.to_bytes(32, "little"), 1)
    with pytest.raises(InputError, match=message):
        read_verification_key(written(content))


def test_a_zkey_of_another_protocol_is_refused(written):
    at = ZKEY.index(struct.pack("<IQI", 1, 4, 1)) + 12
    with pytest.raises(InputError, match="not a Groth16 key"):
        read_verification_key(written(ZKEY[:at] + b"\x02" + ZKEY[at + 1 :]))


def test_a_coordinate_beyond_the_modulus_is_refused(written):
    at = ZKEY.index(SCALAR_MODULUS.to_bytes(32, "little")) + 32 + 12
    with pytest.raises(InputError, match="a coordinate must be below"):
        read_verification_key(written(ZKEY[:at] + b"\xff" * 32 + ZKEY[at + 32 :]))


def test_missing_files_are_input_errors(tmp_path):
    for read in (read_verification_key, read_sizes):
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / "nothing")


@pytest.mark.parametrize(("constraints", "power"), [(1, 2), (2, 3), (5, 3), (6, 4), (13, 4), (14, 5)])
def test_the_domain_has_room_for_constraints_public_signals_and_the_constant(constraints, power):
    assert Sizes(9, 1, 1, 1, constraints).power == power


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
