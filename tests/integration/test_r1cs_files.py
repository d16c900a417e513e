"""The reader of .r1cs on what circom writes, whole and broken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.circuits import compiled
from zkmargin.errors import InputError
from zkmargin.proving.r1cs import Sizes, read_sizes

REUSE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def written(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


def test_the_sizes_of_a_circuit():
    # As circom reports them when it compiles the circuit.
    sizes = read_sizes(compiled("multiplier").r1cs)
    assert sizes == Sizes(wires=6, outputs=1, public_inputs=1, private_inputs=1, constraints=3)
    assert sizes.power == 3


@REUSE
@given(st.integers(0, 8 * 64 - 1))
def test_a_flipped_bit_in_an_r1cs_header_is_no_crash(written, bit):
    content = compiled("multiplier").r1cs.read_bytes()
    with suppress(InputError):
        read_sizes(written(flipped(content, bit)))


@pytest.mark.parametrize("length", [0, 4, 12, 24, 60, 87, 100])
def test_a_truncated_r1cs_is_refused(written, length):
    with pytest.raises(InputError):
        read_sizes(written(compiled("multiplier").r1cs.read_bytes()[:length]))


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
