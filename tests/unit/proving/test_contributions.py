"""The reader of contributions, against what snarkjs printed, and on malformed sections."""

from __future__ import annotations

import base64
import json
import struct

import pytest

from support.circuits import ROOT
from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.proving.contributions import Contribution, Contributions

VECTOR = json.loads((ROOT / "tests" / "vectors" / "contributions.json").read_text())
GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
SECTION = bytes.fromhex(VECTOR["section_10"])
POINTS = 3 * 64 + 128
FIRST = 64 + 4
TYPE = FIRST + POINTS + 64


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a section as that of a key."""

    def call(section):
        path = tmp_path / "a.zkey"
        frame = b"zkey" + struct.pack("<II", 1, 1) + struct.pack("<IQ", 10, len(section))
        path.write_bytes(frame + section)
        return Contributions.read(path)

    return call


def one(kind, parameters, points=SECTION[FIRST:TYPE]):
    """Return a section with one contribution."""
    return b"\0" * 64 + struct.pack("<I", 1) + points + struct.pack("<II", kind, len(parameters)) + parameters


def test_reads_what_snarkjs_has_written(read):
    found = read(SECTION)
    assert found.circuit_hash == VECTOR["circuit_hash"]
    assert [
        {
            "name": item.name,
            "kind": item.kind,
            "hash": item.hash,
            "beacon": item.beacon,
            "iterations_exp": item.iterations_exp,
        }
        for item in found.items
    ] == VECTOR["contributions"]
    assert found.count == 2


def test_reads_whole_keys_of_snarkjs(tmp_path):
    for name, count in (("zkey", 1), ("uncontributed_zkey", 0)):
        (tmp_path / name).write_bytes(base64.b64decode(GOLDEN[name]))
        assert Contributions.read(tmp_path / name).count == count


def test_a_contribution_survives_its_object(read):
    for item in read(SECTION).items:
        assert Contribution.from_json(Field(json.loads(json.dumps(item.to_json())), "a")) == item


@pytest.mark.parametrize(
    ("key", "value"),
    [("kind", "other"), ("hash", "0" * 127), ("beacon", "0"), ("iterations_exp", "256"), ("name", 1)],
)
def test_a_malformed_object_is_refused(read, key, value):
    with pytest.raises(InputError) as caught:
        Contribution.from_json(Field({**read(SECTION).items[0].to_json(), key: value}, "a"))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (b"a\xffb\xe2\x82", r"a\xffb\xe2\x82"),
        (b"\x1b[2K\x7f\n", r"\u{1b}[2K\u{7f}\u{a}"),
        ("\u0085\u202ea\u200b\U000e0041".encode(), r"\u{85}\u{202e}a\u{200b}\u{e0041}"),
        ("Zoë \\ 🦀".encode(), "Zoë \\ 🦀"),
    ],
)
def test_what_could_forge_a_terminals_output_is_escaped_in_names(read, stored, shown):
    assert read(one(0, bytes([1, len(stored)]) + stored)).items[0].name == shown


@pytest.mark.parametrize("length", range(0, len(SECTION), 37))
def test_a_truncated_section_is_refused(read, length):
    with pytest.raises(InputError, match="too short"):
        read(SECTION[:length])


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        (SECTION + b"\0", "too long"),
        (b"\0" * 64 + struct.pack("<I", 10_001), "at most 10000 contributions"),
        (one(2, b""), "expected type 0.*got 2"),
        (one(0, b"\x04\x00"), "unknown, duplicate or unordered"),
        (one(0, b"\x00\x00"), "unknown, duplicate or unordered"),
        (one(0, b"\x01\x00\x01\x00"), "unknown, duplicate or unordered"),
        (one(1, b"\x03\x00\x02\x0a"), "unknown, duplicate or unordered"),
        (one(0, b"\x01\x05ab"), "too short"),
        (one(1, b""), "expected randomness"),
        (one(1, b"\x02\x0a"), "expected randomness"),
        (one(0, b"\x02\x0a\x03\x01a"), "neither in another"),
        (one(0, b"", bytes(64) + SECTION[FIRST + 64 : TYPE]), "point at infinity"),
        (one(0, b"", SECTION[FIRST : FIRST + 192] + bytes(128 + 64)), "point at infinity"),
        (
            one(0, b"", BASE_MODULUS.to_bytes(32, "little") + SECTION[FIRST + 32 : TYPE]),
            "below the base field's modulus",
        ),
    ],
)
def test_a_malformed_section_is_refused(read, section, reason):
    with pytest.raises(InputError, match=reason):
        read(section)


def test_a_key_without_the_section_or_file_is_refused(tmp_path):
    path = tmp_path / "a.zkey"
    path.write_bytes(b"zkey" + struct.pack("<II", 1, 0))
    with pytest.raises(InputError, match="section 10 is missing"):
        Contributions.read(path)
    with pytest.raises(InputError, match="cannot be read"):
        Contributions.read(tmp_path / "b.zkey")
