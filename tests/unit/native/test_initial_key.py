"""Initial keys of the native core, without snarkjs."""

from __future__ import annotations

import struct

import pytest

from support.r1cs_files import EDGES, EMPTY, write_r1cs

native = pytest.importorskip("zkmargin_native")

POWER = 3


@pytest.fixture(scope="module")
def phase1(tmp_path_factory):
    path = tmp_path_factory.mktemp("phase1") / "phase1.ptau"
    native.development_phase1(path, POWER)
    return path


@pytest.fixture
def r1cs(tmp_path):
    return write_r1cs(tmp_path / "edges.r1cs", EDGES)


def test_an_initial_key_is_determined_by_circuit_and_phase_1(tmp_path, phase1, r1cs):
    stages = []
    native.initial_key(r1cs, phase1, tmp_path / "1.zkey", lambda *event: stages.append(event))
    native.initial_key(r1cs, phase1, tmp_path / "2.zkey")
    assert (tmp_path / "1.zkey").read_bytes() == (tmp_path / "2.zkey").read_bytes()
    assert stages[0] == ("phase 1", 0, 7)
    assert stages[-1] == ("done", 7, 7)
    hashes = {native.circuit_hash(tmp_path / f"{name}.zkey") for name in (1, 2)}
    assert {len(text) for text in hashes} == {128}
    assert len(hashes) == 1

    fewer = write_r1cs(tmp_path / "fewer.r1cs", EDGES[:-1])
    native.initial_key(fewer, phase1, tmp_path / "3.zkey")
    assert native.circuit_hash(tmp_path / "3.zkey") not in hashes


def test_an_initial_key_is_refused_for_proofs(tmp_path, phase1, r1cs):
    native.initial_key(r1cs, phase1, tmp_path / "a.zkey")
    for read in (native.Prover, native.verification_key):
        with pytest.raises(native.FormatError, match="without a phase-2 contribution"):
            read(tmp_path / "a.zkey")


def test_a_phase_1_with_too_few_powers_is_refused(tmp_path, phase1):
    large = write_r1cs(tmp_path / "large.r1cs", [EMPTY] * 8)
    with pytest.raises(native.FormatError, match=r"has 2\^3 powers, the circuit needs 2\^4"):
        native.initial_key(large, phase1, tmp_path / "a.zkey")


def test_a_damaged_phase_1_leaves_no_key(tmp_path, phase1, r1cs):
    good = phase1.read_bytes()
    places = sections(good)
    beta = bytearray(good)
    beta[slice(*places[5])] = good[slice(*places[4])]
    flipped = bytearray(good)
    flipped[places[14][0] + 7 * 64] ^= 1
    unprepared = good[:8] + struct.pack("<I", 7) + good[12 : places[7][1]]
    long = bytearray(good)
    long[places[12][0] - 8 : places[12][0]] = b"\xff" * 8
    for content, reason in [
        (b"", "truncated, or not a .ptau file"),
        (b"zkey" + good[4:], "not a .ptau file"),
        (good[:4] + b"\2" + good[5:], "version 2, expected 1"),
        (good[:-1], "section 15 is truncated"),
        (good + b"\0", "bytes too many"),
        (bytes(long), "section 12 is truncated"),
        (unprepared, "section 12 is missing: the file is not prepared for phase 2"),
        (with_power(good, places, POWER - 1), "section 2 has 960 bytes, 448 expected"),
        (bytes(beta), "beta in G1 and beta in G2 differ"),
        (bytes(flipped), "section 14: a (point is not on the curve|coordinate is not below q)"),
    ]:
        damaged = tmp_path / "damaged.ptau"
        damaged.write_bytes(content)
        with pytest.raises(native.FormatError, match=reason):
            native.initial_key(r1cs, damaged, tmp_path / "a.zkey")
        assert {path.name for path in tmp_path.iterdir()} == {"damaged.ptau", "edges.r1cs"}


def with_power(content: bytes, places: dict[int, tuple[int, int]], power: int) -> bytes:
    at = places[1][0] + 36
    return content[:at] + struct.pack("<I", power) + content[at + 4 :]


def sections(content: bytes) -> dict[int, tuple[int, int]]:
    """Return start and end of each section by its number."""
    found, position = {}, 12
    while position < len(content):
        number, length = struct.unpack_from("<IQ", content, position)
        found[number] = (position + 12, position + 12 + length)
        position += 12 + length
    return found
