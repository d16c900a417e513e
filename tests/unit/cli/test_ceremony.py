"""``zkmargin ceremony`` with a stand-in for the native core: arguments, output, exit codes."""

from __future__ import annotations

import io
import json
import sys

import pytest

from support import fake_core
from zkmargin.ceremony import circuits
from zkmargin.proving.circuit import Circuit

HASH = "ab" * 64
PTAU = b"ptau" + (1).to_bytes(4, "little") + bytes(4)
"""A phase-1 file without a section."""


def compile_nothing(sources, folder, progress):
    """Write a name in place of constraints."""
    compiled = {one.name: Circuit.in_folder(one.name, folder) for one in sources}
    for name, circuit in compiled.items():
        circuit.r1cs.write_text(name)
    return compiled


@pytest.fixture
def cli(cli, tmp_path, monkeypatch):
    """Return a function that runs ``zkmargin ceremony`` in a folder with a phase-1 file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "zkmargin_native", fake_core)
    monkeypatch.setattr(circuits, "compile_sources", compile_nothing)
    (tmp_path / "own.ptau").write_bytes(PTAU)
    return lambda *arguments: cli("ceremony", *arguments)


@pytest.fixture
def started(cli):
    assert cli("init", "margin_13", "own.circom", "--phase1", "own.ptau", "-o", "0.ceremony")[0] == 0
    return cli


def test_a_ceremony_is_started(cli):
    code, out, err = cli("init", "margin_13", "own.circom", "--phase1", "own.ptau", "-o", "0.ceremony")
    assert code == 0, err
    assert out.startswith("0.ceremony: 0 contributions to margin_13, own\nphase 1: own.ptau, BLAKE2b-512 ")
    code, out, _ = cli("show", "0.ceremony")
    assert code == 0
    assert "no contribution yet: anybody can forge proofs" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("margn_13",), "margn_13: no such circuit; did you mean margin_13?"),
        (("margin_13", "margin_13.circom"), "margin_13: duplicate circuit"),
        (("margin_13", "--phase1", "nothing.ptau"), "nothing.ptau: no such file"),
        (("margin_13", "-o", "own.ptau"), "own.ptau: exists already"),
    ],
)
def test_a_ceremony_that_cannot_be_started(cli, arguments, message):
    code, _, err = cli("init", "--phase1", "own.ptau", "-o", "0.ceremony", *arguments)
    assert code == 2
    assert message in err


def test_a_ceremony_on_a_phase_1_of_a_single_party_is_not_started(cli, monkeypatch, tmp_path):
    one = {"name": "a", "kind": "contribution", "hash": HASH}
    beacon = {"name": "b", "kind": "beacon", "hash": HASH, "beacon": "00", "iterations_exp": 10}
    monkeypatch.setattr(fake_core, "phase1_contributions", [one, beacon])
    code, _, err = cli("init", "margin_13", "--phase1", "own.ptau", "-o", "0.ceremony")
    assert code == 1
    assert "own.ptau: its maker can forge proofs, whoever contributes to phase 2" in err
    assert not (tmp_path / "0.ceremony").exists()


def test_contributions_and_a_beacon(started, tmp_path):
    code, out, err = started("contribute", "0.ceremony", "-o", "alice.ceremony", "--name", "alice")
    assert code == 0, err
    first, *hashes, last = out.splitlines()
    assert first.startswith("alice.ceremony: contribution 1 by alice, short code ")
    assert len(hashes) == 2
    assert last == "alice.attestation.txt: sign this file and publish it with the signature"
    assert f"short: {first[-19:]}" in (tmp_path / "alice.attestation.txt").read_text()
    code, out, _ = started(
        "beacon", "alice.ceremony", "-o", "b.ceremony", "--beacon", "0x0a", "--iterations", 10, "--json"
    )
    shown = json.loads(out)
    assert (shown["kind"], shown["beacon"], shown["iterations"], shown["attestation"]) == (
        "beacon",
        "0a",
        "10",
        None,
    )
    code, out, _ = started("show", "b.ceremony")
    assert code == 0
    assert "contribution  alice" in out
    assert "0a, 2^10 iterations" in out
    assert out.endswith("nothing was verified: zkmargin ceremony verify does\n")


def test_entropy_comes_from_a_file_or_standard_input(started, tmp_path, monkeypatch):
    given = []

    def contribute(zkey, out, name, entropy, progress):
        given.append(entropy)
        contribute.real(zkey, out, name, entropy, progress)

    contribute.real = fake_core.contribute
    monkeypatch.setattr(fake_core, "contribute", contribute)
    (tmp_path / "dice").write_bytes(b"6 1 4")
    (tmp_path / "dice").chmod(0o600)
    for source, number in (("dice", 1), ("-", 2)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"coins")))
        words = ("-o", f"{number}.ceremony", "--name", "a", "--entropy-file", source)
        assert started("contribute", "0.ceremony", *words)[0] == 0
    assert given == [b"6 1 4", b"6 1 4", b"coins", b"coins"]
    (tmp_path / "dice").write_bytes(b"")
    code, _, err = started(
        "contribute", "0.ceremony", *words[2:], "-o", "3.ceremony", "--entropy-file", "dice"
    )
    assert (code, err) == (2, "error: --entropy-file: expected 1 to 65536 bytes\n")


def test_keys_of_snarkjs_are_unpacked_and_packed(started, tmp_path):
    code, out, _ = started("unpack", "0.ceremony", "-o", "keys")
    assert (code, out.splitlines()) == (0, ["keys/margin_13.zkey", "keys/own.zkey"])
    (tmp_path / "new").mkdir()
    for name in ("margin_13", "own"):
        fake_core.contribute(
            tmp_path / "keys" / f"{name}.zkey", tmp_path / "new" / f"{name}.zkey", "bob", b""
        )
    code, out, _ = started("pack", "0.ceremony", "new", "-o", "bob.ceremony", "--json")
    assert code == 0
    assert json.loads(out)["attestation"] == "bob.attestation.txt"
    code, _, err = started("pack", "0.ceremony", "keys", "-o", "none.ceremony")
    assert code == 1
    assert "does not continue" in err


def test_malformed_files_exit_2(started, tmp_path):
    (tmp_path / "x.ceremony").write_bytes(b"PK")
    for words in (("show", "x.ceremony"), ("contribute", "x.ceremony", "-o", "y.ceremony", "--name", "a")):
        code, out, err = started(*words)
        assert (code, out) == (2, "")
        assert "x.ceremony: damaged, or not a ceremony's file" in err


def test_without_the_native_core_a_ceremony_exits_3(started, monkeypatch):
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    code, _, err = started("contribute", "0.ceremony", "-o", "1.ceremony", "--name", "alice")
    assert code == 3
    assert "pip install zkmargin-native" in err


class FakePhase1:
    """The functions of the core for phase 1."""

    FormatError = fake_core.FormatError

    def __init__(self):
        self.contributions = []

    def phase1_new(self, path, power):
        with open(path, "wb") as file:  # noqa: PTH123  # as the core
            file.write(PTAU)

    def phase1_contribute(self, path, out, name, entropy, progress):
        self.phase1_new(out, 0)
        self.contributions.append({"name": name, "kind": "contribution", "hash": HASH})
        return HASH

    def phase1_beacon(self, path, out, name, value, iterations_exp, progress):  # noqa: PLR0917  # as the core's
        self.phase1_new(out, 0)
        self.contributions.append({"name": name, "kind": "beacon", "hash": HASH})
        return HASH

    def phase1_prepare(self, path, out, progress):
        self.phase1_new(out, 0)

    def phase1_verify(self, path, progress):
        if path == "false.ptau":
            raise self.FormatError("contribution 1 is false")
        return {"power": 8, "contributions": self.contributions}


def test_a_phase_1_of_ones_own(cli, monkeypatch, tmp_path):
    fake = FakePhase1()
    monkeypatch.setitem(sys.modules, "zkmargin_native", fake)
    assert cli("phase1", "new", 8, "-o", "0.ptau") == (0, "0.ptau\n", "")
    added = cli("phase1", "contribute", "0.ptau", "-o", "1.ptau", "--name", "alice")
    assert added == (0, f"1.ptau: contribution hash {HASH}\n", "")
    code, out, _ = cli("phase1", "verify", "1.ptau")
    assert code == 0
    assert "1.ptau: valid, for circuits with fewer than 2^8" in out
    assert "fewer than two contributions" in out
    assert cli("phase1", "contribute", "1.ptau", "-o", "2.ptau", "--name", "bob", "--json")[0] == 0
    words = ("--beacon", "00", "--iterations", 10)
    assert cli("phase1", "beacon", "2.ptau", "-o", "3.ptau", *words)[0] == 0
    assert cli("phase1", "prepare", "3.ptau", "-o", "4.ptau")[0] == 0
    code, out, _ = cli("phase1", "verify", "4.ptau")
    assert "fewer than two" not in out
    assert json.loads(cli("phase1", "verify", "4.ptau", "--json")[1])["power"] == "8"
    (tmp_path / "false.ptau").write_bytes((tmp_path / "0.ptau").read_bytes())
    assert cli("phase1", "verify", "false.ptau") == (1, "", "error: contribution 1 is false\n")
    assert cli("phase1", "prepare", "3.ptau", "-o", "4.ptau")[0] == 2
    (tmp_path / "no.ptau").write_bytes(b"phase 1")
    assert cli("phase1", "verify", "no.ptau") == (2, "", "error: no.ptau: not a .ptau file\n")
    assert cli("phase1", "new", 28, "-o", "5.ptau") == (2, "", "error: POWER: must be from 1 to 27\n")


@pytest.fixture
def attested(started, tmp_path):
    """Return the commands, after contributions of alice and bob, whose attestations lie in a folder."""
    assert started("contribute", "0.ceremony", "-o", "1.ceremony", "--name", "alice")[0] == 0
    assert started("contribute", "1.ceremony", "-o", "2.ceremony", "--name", "bob")[0] == 0
    (tmp_path / "texts").mkdir()
    for number in (1, 2):
        (tmp_path / f"{number}.attestation.txt").rename(tmp_path / "texts" / f"{number}.txt")
    return started


def test_a_contribution_is_verified_against_the_file_before(attested, tmp_path):
    (tmp_path / "texts" / "1.txt").unlink()
    (tmp_path / "texts" / "2.txt.sig").write_text("ssh")
    code, out, err = attested("verify", "2.ceremony", "--before", "0.ceremony", "--attestations", "texts")
    assert code == 0, err
    assert "contribution  alice" in out
    assert "2.txt, ssh signature, not checked" in out
    assert "the keys are those of 0.ceremony with further contributions" in out
    assert "who made the contributions without an attestation" in out.partition("not verified:")[2]
    code, out, _ = attested("verify", "2.ceremony", "--json", "--attestations", "texts")
    shown = json.loads(out)
    assert shown["rounds"][1]["attestation"]["signatures"] == [{"kind": "ssh", "address": None}]
    assert "that the keys belong to their circuits and to phase 1: give --phase1" in shown["not_verified"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("1.ceremony", "2.ceremony"), "no further contribution than in 2.ceremony"),
        (("2.ceremony", "other.ceremony"), "of another phase 1 or other circuits than other.ceremony"),
        (("2.ceremony", "eve.ceremony"), "does not continue"),
    ],
)
def test_a_file_that_does_not_continue_another_exits_1(attested, files, message):
    assert attested("init", "margin_13", "--phase1", "own.ptau", "-o", "other.ceremony")[0] == 0
    assert attested("contribute", "0.ceremony", "-o", "eve.ceremony", "--name", "eve")[0] == 0
    code, out, err = attested("verify", files[0], "--before", files[1])
    assert (code, out) == (1, "")
    assert message in err


def test_attack_a_contribution_that_was_left_out(attested):
    assert attested("contribute", "0.ceremony", "-o", "3.ceremony", "--name", "bob")[0] == 0
    code, _, err = attested("verify", "3.ceremony", "--attestations", "texts")
    assert code == 1
    assert "1.txt: contribution 1 of alice is not in the key of margin_13" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--unfinished",), "--source, --include, --unfinished: only with --phase1"),
        (("--phase1", "own.ptau"), "own: not a bundled circuit: give its source with --source"),
        (("--phase1", "own.ptau", "--source", "own.ptau"), "own.ptau: expected a .circom file"),
        (("--phase1", "own.ptau", "--source", "x.circom"), "x: not a circuit of the ceremony, which has"),
        (("--before", "no.ceremony"), "no.ceremony: no such file"),
        (("--attestations", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_options_of_verify_that_do_not_fit(started, words, message):
    code, out, err = started("verify", "0.ceremony", *words)
    assert (code, out) == (2, "")
    assert message in err
