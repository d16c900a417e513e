"""Ceremonies from the command line, with snarkjs as one contributor and as a second verifier."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest

from support.ceremonies import (
    NAMES,
    Ceremony,
    command,
    development_phase1,
    done,
    keys_command,
    own_phase1,
    published,
    snarkjs,
)
from support.circuits import ROOT
from support.full_disk import full_disk
from zkmargin.proving.circuit import compile_circuit


@pytest.fixture(scope="module")
def ceremony(tmp_path_factory):
    """Return a ceremony of alice, bob by snarkjs, carol and a beacon, on a phase 1 that counts as published."""
    folder = tmp_path_factory.mktemp("ceremony")
    ptau = development_phase1(folder / "p.ptau")
    with published(ptau):
        found = Ceremony(folder, ptau)
        found.contribute(0, "alice")
        found.contribute_by_snarkjs("alice", "bob")
        found.contribute("bob", "carol")
        found.beacon("carol", "final")
        yield found


def test_three_contributors_and_a_beacon_make_the_keys_of_a_ceremony(ceremony):
    folder = ceremony.attestations("alice", "bob", "carol")
    code, out, err = ceremony.verify("final", "--attestations", folder)
    assert code == 0, err
    assert "phase 1 is the published file published_0.ptau, by its hash" in out
    assert "3 attestations are of contributions in the keys" in out
    assert "whether the contributors are different people" in out.partition("not verified:")[2]
    assert "kind: ceremony" in out
    shown = json.loads(done("show", ceremony.file("final"), "--json"))
    assert [one["name"] for one in shown["rounds"]] == ["alice", "bob", "carol", "beacon"]


def test_snarkjs_accepts_the_keys(ceremony, tmp_path):
    done("unpack", ceremony.file("final"), "-o", tmp_path / "keys")
    for name, source in zip(NAMES, ceremony.circuits, strict=True):
        r1cs = compile_circuit(source, tmp_path / "circuits").r1cs
        text = snarkjs(tmp_path, "zkey", "verify", r1cs, ceremony.ptau, tmp_path / "keys" / f"{name}.zkey")
        assert "ZKey Ok!" in text
        assert all(contributor in text for contributor in ("alice", "bob", "carol"))


def test_the_keys_are_installed_and_keep_their_kind(ceremony, tmp_path):
    final = (ceremony.file("final"), "--phase1", ceremony.ptau, *ceremony.sources)
    installed = json.loads(done("finalize", *final, "--out", tmp_path, "--json"))["installed"]
    for name, source in zip(NAMES, ceremony.circuits, strict=True):
        words = ("verify", tmp_path / name, "--phase1", ceremony.ptau, "--source", source, "--json")
        code, out, err = keys_command(*words)
        assert code == 0, err
        assert json.loads(out)["kind"] == "ceremony"
        assert json.loads(out)["fingerprint"] == installed[name]["fingerprint"]
    # A second time they are there already, and other keys are not replaced.
    assert json.loads(done("finalize", *final, "--out", tmp_path, "--json"))["installed"] == installed
    other = (ceremony.file("carol"), "--phase1", ceremony.ptau, *ceremony.sources)
    code, _, err = command("finalize", *other, "--out", tmp_path)
    assert code == 2
    assert "there are other keys, which are never replaced: move these folders away first" in err
    assert all(f"{tmp_path / name} (fingerprint {installed[name]['fingerprint']})" in err for name in NAMES)
    # One folder with other keys: nothing is installed in the other one.
    shutil.rmtree(tmp_path / "multiplier")
    assert command("finalize", *other, "--out", tmp_path)[0] == 2
    assert not (tmp_path / "multiplier").exists()
    code, _, err = command("finalize", *final)
    assert (code, err) == (2, "error: --out: needed for multiplier, which is no bundled circuit\n")


def test_a_ceremony_of_a_single_contributor_is_not_finished(ceremony, tmp_path):
    code, _, err = ceremony.verify("alice")
    assert code == 1
    assert "the keys are of the kind single contribution" in err
    assert "kind: single contribution" in ceremony.verify("alice", "--unfinished")[1]
    code, _, _ = command(
        "finalize", ceremony.file("alice"), "--phase1", ceremony.ptau, *ceremony.sources, "--out", tmp_path
    )
    assert code == 1
    assert not any(tmp_path.iterdir())


def test_a_ceremony_on_a_phase_1_of_ones_own(tmp_path):
    ceremony = Ceremony(tmp_path, own_phase1(tmp_path, "xavier", "yvonne"))
    ceremony.contribute(0, "alice")
    ceremony.contribute("alice", "bob")
    code, out, err = ceremony.verify("bob")
    assert code == 0, err
    assert "phase 1: its whole transcript, with contributions by xavier, yvonne" in out
    assert "kind: ceremony" in out
    words = (ceremony.file("bob"), "--phase1", ceremony.ptau, *ceremony.sources, "--out", tmp_path / "keys")
    out = done("finalize", *words)
    assert "multiplier: ceremony key, fingerprint " in out
    assert "square: ceremony key, fingerprint " in out


KILL = """
import os, signal, sys
from zkmargin.ceremony import turns
real, done = turns.check_step, []
def check_step(old, new):
    real(old, new)
    done.append(new)
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
turns.check_step = check_step
from zkmargin.cli.app import run
sys.argv = ["zkmargin", "ceremony", *sys.argv[1:]]
run()
"""


def test_a_killed_contribution_continues_by_the_same_command(ceremony, tmp_path):
    before = tmp_path / "0.ceremony"
    shutil.copy(ceremony.file(0), before)
    words = ("contribute", before, "-o", tmp_path / "dora.ceremony", "--name", "dora")
    killed = subprocess.run([sys.executable, "-c", KILL, *map(str, words)], cwd=ROOT, check=False)  # noqa: S603
    assert killed.returncode == -signal.SIGKILL
    assert before.read_bytes() == ceremony.file(0).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.ceremony", "dora.ceremony.partial"]
    kept = (tmp_path / "dora.ceremony.partial" / "done" / "multiplier.zkey").read_bytes()
    done(*words)
    names = ["0.ceremony", "dora.attestation.txt", "dora.ceremony"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    done("unpack", tmp_path / "dora.ceremony", "-o", tmp_path / "keys")
    assert (tmp_path / "keys" / "multiplier.zkey").read_bytes() == kept
    done("verify", tmp_path / "dora.ceremony", "--before", before)


def test_a_full_disk_leaves_the_file_before_and_the_same_command_continues(ceremony, tmp_path):
    before = tmp_path / "0.ceremony"
    shutil.copy(ceremony.file(0), before)
    content, words = before.read_bytes(), ("contribute", before, "-o", tmp_path / "e.ceremony", "--name", "e")
    done("unpack", before, "-o", tmp_path / "keys")
    key = (tmp_path / "keys" / "multiplier.zkey").stat().st_size
    # The core cannot write the new key, which is larger than the old one; then there is no place for the whole file.
    for size in (key, len(content)):
        with full_disk(size):
            code, _, err = command(*words)
        assert code == 2
        assert "File too large" in err
        assert before.read_bytes() == content
        assert not (tmp_path / "e.ceremony").exists()
    done(*words)
    done("verify", tmp_path / "e.ceremony", "--before", before)


@pytest.mark.slow
def test_a_ceremony_of_margin_13(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path / "keys"))
    ptau = development_phase1(tmp_path / "p.ptau", 15)
    with published(ptau):
        ceremony = Ceremony(tmp_path, ptau, "margin_13")
        ceremony.contribute(0, "alice")
        ceremony.contribute_by_snarkjs("alice", "bob")
        ceremony.contribute("bob", "carol")
        ceremony.beacon("carol", "final")
        done("finalize", ceremony.file("final"), "--phase1", ptau)
        code, out, err = keys_command("verify", "margin_13", "--phase1", ptau, "--json")
    assert code == 0, err
    assert json.loads(out)["kind"] == "ceremony"
