"""Initial keys of a ceremony are snarkjs's, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

import zkmargin_native as native
from support.r1cs_files import EDGES, EMPTY, write_r1cs
from zkmargin import toolchain


def snarkjs(folder: Path, *arguments: str | Path, entropy: str = "") -> str:
    command = [*toolchain.node_script("snarkjs", "build/cli.cjs"), *arguments]
    output = toolchain.run(command, cwd=folder, timeout=600, stdin=entropy)
    assert "[ERROR]" not in output.text
    return output.text


def both_keys(folder: Path, r1cs: Path, power: int) -> tuple[bytes, bytes]:
    phase1, ours, theirs = folder / "phase1.ptau", folder / "ours.zkey", folder / "theirs.zkey"
    native.development_phase1(phase1, power)
    native.initial_key(r1cs, phase1, ours)
    snarkjs(folder, "groth16", "setup", r1cs, phase1, theirs)
    return ours.read_bytes(), theirs.read_bytes()


def test_an_initial_key_equals_snarkjss_and_both_verify_contributions_to_it(tmp_path):
    r1cs = write_r1cs(tmp_path / "edges.r1cs", EDGES)
    ours, theirs = both_keys(tmp_path, r1cs, 3)
    assert ours == theirs
    phase1, contributed = tmp_path / "phase1.ptau", tmp_path / "contributed.zkey"
    snarkjs(tmp_path, "zkey", "contribute", tmp_path / "ours.zkey", contributed, "--name=test", entropy="x\n")
    assert "ZKey Ok!" in snarkjs(tmp_path, "zkey", "verify", r1cs, phase1, contributed)
    native.check_key(contributed, r1cs, phase1)


@pytest.mark.slow
@pytest.mark.parametrize(("power", "constraints"), [(15, 2**14), (16, 2**14)])
def test_in_domains_above_2_to_14_points_snarkjs_hashes_a_power_more(tmp_path, power, constraints):
    rows = [*EDGES, *[EMPTY] * (constraints - len(EDGES))]
    ours, theirs = both_keys(tmp_path, write_r1cs(tmp_path / "large.r1cs", rows), power)
    assert ours == theirs
