"""A phase 1 by the native core and snarkjs in turn.

Forged files are in the native core's own tests, `prover/native/tests/phase1_forgeries.rs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zkmargin_native as native
from zkmargin import toolchain

if TYPE_CHECKING:
    from pathlib import Path

VALUE = bytes(range(1, 33))


def snarkjs(folder: Path, *arguments: str, entropy: str = "") -> str:
    command = [*toolchain.node_script("snarkjs", "build/cli.cjs"), "powersoftau", *arguments]
    output = toolchain.run(command, cwd=folder, timeout=600, stdin=entropy)
    assert "[ERROR]" not in output.text
    return output.text


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder with a phase 1 after contributions by us, by snarkjs, by us, and a beacon by us, prepared."""
    folder = tmp_path_factory.mktemp("phase1")
    native.phase1_new(folder / "0.ptau", 3)
    native.phase1_contribute(folder / "0.ptau", folder / "1.ptau", "Zoë", b"dice")
    snarkjs(folder, "contribute", "1.ptau", "2.ptau", "--name=Bob", entropy="dice\n")
    native.phase1_contribute(folder / "2.ptau", folder / "3.ptau", "", b"")
    native.phase1_beacon(folder / "3.ptau", folder / "4.ptau", "beacon", VALUE, 10)
    native.phase1_prepare(folder / "4.ptau", folder / "5.ptau")
    return folder


def test_both_accept_the_transcript(folder):
    text = "".join(snarkjs(folder, "verify", "5.ptau").split())
    assert "PowersofTauOk!" in text
    verified = native.phase1_verify(folder / "5.ptau")
    assert [one["name"] for one in verified["contributions"]] == ["Zoë", "Bob", "", "beacon"]
    assert [one["kind"] for one in verified["contributions"]] == [*["contribution"] * 3, "beacon"]
    assert all(one["hash"] in text for one in verified["contributions"])


def test_a_contribution_by_snarkjs_is_verified_as_the_last_one(folder):
    assert len(native.phase1_verify(folder / "2.ptau")["contributions"]) == 2


def test_both_prepare_equal_files(folder):
    snarkjs(folder, "prepare", "phase2", "4.ptau", "theirs.ptau")
    assert (folder / "theirs.ptau").read_bytes() == (folder / "5.ptau").read_bytes()
