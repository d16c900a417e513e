"""Contributions to keys: by the native core and snarkjs in turn, and what Python sees of the core's functions.

Forged contributions are in the native core's own tests, `prover/native/tests/contributions.rs`.
"""

from __future__ import annotations

import resource
import shutil
from typing import TYPE_CHECKING

import pytest

import zkmargin_native as native
from support.circuits import compiled, witness_of
from support.zkey_sections import CONTRIBUTIONS, read_records, read_sections, write_records, write_sections
from zkmargin import toolchain
from zkmargin.proving.contributions import Contribution, Contributions

if TYPE_CHECKING:
    from pathlib import Path

CIRCUIT = "multiplier"
VALUE = bytes(range(32))
# The length of a record without its label.
PUBLIC = 3 * 64 + 128 + 64


def snarkjs(folder: Path, *arguments: str, entropy: str = "") -> str:
    command = [*toolchain.node_script("snarkjs", "build/cli.cjs"), *arguments]
    output = toolchain.run(command, cwd=folder, timeout=600, stdin=entropy)
    assert "[ERROR]" not in output.text
    return output.text


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder with keys after 0 to 4 contributions: by snarkjs, by us, by us, and a beacon by us."""
    folder = tmp_path_factory.mktemp("contributions")
    native.development_phase1(folder / "phase1.ptau", 3)
    shutil.copy(compiled(CIRCUIT).r1cs, folder / "circuit.r1cs")
    native.initial_key(folder / "circuit.r1cs", folder / "phase1.ptau", folder / "0.zkey")
    snarkjs(folder, "zkey", "contribute", "0.zkey", "1.zkey", "--name=Zoë", entropy="dice\n")
    native.contribute(folder / "1.zkey", folder / "2.zkey", "Bob 🦀", b"dice")
    native.contribute(str(folder / "2.zkey"), str(folder / "3.zkey"), "", b"")
    native.beacon(folder / "3.zkey", folder / "4.zkey", "beacon", VALUE, 10)
    return folder


def steps(folder: Path, *numbers: int) -> None:
    for before in numbers[:-1]:
        native.check_step(folder / f"{before}.zkey", folder / f"{numbers[-1]}.zkey")


def test_snarkjs_accepts_our_contributions_and_beacon(folder):
    text = snarkjs(folder, "zkey", "verify", "circuit.r1cs", "phase1.ptau", "4.zkey")
    assert "ZKey Ok!" in text
    printed = "".join(text.split())
    for one in native.contributions(folder / "4.zkey")["contributions"]:
        assert one["hash"] in printed


def test_we_accept_a_key_with_a_beacon_by_snarkjs(folder):
    snarkjs(folder, "zkey", "beacon", "3.zkey", "snarkjs.zkey", VALUE.hex(), "10", "--name=beacon")
    steps(folder, 0, 1, 2, 3, 4)
    native.check_step(folder / "3.zkey", folder / "snarkjs.zkey")
    native.check_contributions(folder / "snarkjs.zkey")
    assert (folder / "snarkjs.zkey").read_bytes() == (folder / "4.zkey").read_bytes()


def test_contributions_are_listed_as_pythons_reader_lists_them(folder):
    listed = native.contributions(folder / "4.zkey")
    assert listed == native.check_contributions(folder / "4.zkey")
    assert listed["circuit_hash"] == native.circuit_hash(folder / "0.zkey")
    items = listed["contributions"]
    assert [one["name"] for one in items] == ["Zoë", "Bob 🦀", "", "beacon"]
    assert [one["kind"] for one in items] == ["contribution"] * 3 + ["beacon"]
    read = Contributions.read(folder / "4.zkey")
    assert read.circuit_hash == listed["circuit_hash"]
    assert read.items == tuple(Contribution(**one) for one in items)
    assert (read.items[3].beacon, read.items[3].iterations_exp) == (VALUE.hex(), 10)


def test_a_contribution_returns_its_hash(folder, tmp_path):
    found = native.contribute(folder / "1.zkey", tmp_path / "out.zkey", "Ada", b"")
    assert native.contributions(tmp_path / "out.zkey")["contributions"][-1]["hash"] == found


def test_a_key_after_contributions_proves(folder):
    prover = native.Prover(folder / "4.zkey")
    proof, public = prover.prove(witness_of(CIRCUIT))
    assert native.VerifyingKey(prover.verification_key).verify(public, proof)


def test_names_that_could_forge_a_terminals_output_are_escaped(folder, tmp_path):
    sections = read_sections(folder / "3.zkey")
    digest, (first, second, third) = read_records(sections[CONTRIBUTIONS])
    for name in (b"\x1b[2Kok\x07", b"a\xffb", "a\u202eb".encode()):
        parameters = bytes([1, len(name)]) + name
        label = bytes(4) + len(parameters).to_bytes(4, "little") + parameters
        sections[CONTRIBUTIONS] = write_records(digest, [first, second[:PUBLIC] + label, third])
        write_sections(tmp_path / "named.zkey", sections)
        shown = native.check_contributions(tmp_path / "named.zkey")["contributions"][1]["name"]
        assert shown.isprintable()
        assert "\\" in shown
        assert Contributions.read(tmp_path / "named.zkey").items[1].name == shown
        with pytest.raises(native.FormatError, match=r"contribution 2 is not that of .*2\.zkey"):
            native.check_step(folder / "2.zkey", tmp_path / "named.zkey")


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2K", "\u202e", "x" * 65, "🦀" * 33])
def test_names_that_snarkjs_or_a_terminal_changes_are_refused(folder, tmp_path, name):
    with pytest.raises(ValueError, match="name"):
        native.contribute(folder / "1.zkey", tmp_path / "out.zkey", name, b"")
    native.contribute(folder / "1.zkey", tmp_path / "out.zkey", "🦀" * 32, b"")


def test_arguments_and_files_that_do_not_fit_are_refused(folder, tmp_path):
    key, out = folder / "1.zkey", tmp_path / "out.zkey"
    with pytest.raises(ValueError, match="would replace the input"):
        native.contribute(key, key, "Ada", b"")
    for value, exponent in ((b"", 10), (bytes(256), 10), (b"1", 9), (b"1", 41)):
        with pytest.raises(ValueError, match="a beacon of"):
            native.beacon(key, out, "", value, exponent)
    with pytest.raises(FileNotFoundError):
        native.contribute(tmp_path / "missing.zkey", out, "", b"")
    with pytest.raises(native.FormatError, match=r"phase1\.ptau: not a \.zkey file"):
        native.check_contributions(folder / "phase1.ptau")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_what_was_there(folder, tmp_path):
    out = tmp_path / "out.zkey"
    out.write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"File too large.*out\.zkey"):
            native.contribute(folder / "1.zkey", out, "Ada", b"")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.zkey"]


def test_an_exception_of_the_callback_leaves_what_was_there(folder, tmp_path):
    out = tmp_path / "out.zkey"
    out.write_text("before")

    def stop(stage, done, total):
        raise KeyError(stage)

    with pytest.raises(KeyError):
        native.contribute(folder / "1.zkey", out, "Ada", b"", stop)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.zkey"]
    stages = []
    native.contribute(folder / "1.zkey", out, "Ada", b"", lambda *stage: stages.append(stage))
    assert stages == [("C and H points", 0, 2), ("writing", 1, 2), ("done", 2, 2)]
