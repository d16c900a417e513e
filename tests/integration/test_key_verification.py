"""Kinds of keys by ``zkmargin keys verify`` with the native core, and keys that are wrong in one place."""

from __future__ import annotations

import json
import shutil

import pytest

import zkmargin_native as native
from support.ceremonies import keys_command, published
from support.circuits import CIRCUITS, compiled, keys_of
from support.zkey_sections import read_sections, write_sections
from zkmargin.documents.files import blake2b, sha256, write_json
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.keys import build_keys, install_keys
from zkmargin.proving.manifest import file_names

SOURCE = ("--source", CIRCUITS / "multiplier.circom")
B2 = 7


@pytest.fixture(autouse=True)
def _records(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def circuit(tmp_path):
    """Return a copy of the multiplier's files, in a folder for keys."""
    folder = tmp_path / "keys"
    folder.mkdir()
    made = compiled("multiplier")
    for file in (made.r1cs, made.wasm, made.sym):
        shutil.copy(file, folder)
    return Circuit.in_folder("multiplier", folder)


@pytest.fixture(scope="module")
def phase1(tmp_path_factory):
    """Return a phase-1 file of a single party, which passes for a published one in some tests."""
    path = tmp_path_factory.mktemp("phase1") / "own.ptau"
    native.development_phase1(path, 3)
    return path


def verified(folder, *words):
    code, out, err = keys_command("verify", folder, *SOURCE, "--json", *words)
    assert code == 0, err
    return json.loads(out)


def installed(circuit, phase1, tmp_path, *names):
    """Install a key with contributions."""
    last = tmp_path / "0.zkey"
    native.initial_key(circuit.r1cs, phase1, last)
    for number, name in enumerate(names, 1):
        before, last = last, tmp_path / f"{number}.zkey"
        native.contribute(before, last, name, b"")
    return install_keys(circuit, last, circuit.r1cs.parent)


def test_the_kind_follows_from_contributions(circuit, phase1, tmp_path):
    keys = installed(circuit, phase1, tmp_path, "alice", "bob")
    folder = keys.zkey.parent
    assert verified(folder)["kind"] == "development"
    with published(phase1):
        found = verified(folder, "--phase1", phase1)
        assert found["kind"] == "ceremony"
        assert "phase 2: 2 contributions by alice, bob; each leads to the next" in found["checked"]
        # It is remembered, for these files.
        assert verified(folder)["kind"] == "ceremony"
        assert "ceremony key" in keys_command("list", folder)[1]


def test_one_contribution_makes_no_ceremony(circuit, phase1):
    folder = circuit.r1cs.parent
    with published(phase1):
        assert build_keys(circuit, folder, ptau=phase1).contributions.count == 1
        assert verified(folder, "--phase1", phase1)["kind"] == "single contribution"


def test_attack_a_phase_1_file_of_the_builder_with_its_hash(circuit, phase1, tmp_path):
    # The attack of the issue: the file is the builder's own, and its hash too.
    folder = circuit.r1cs.parent
    build_keys(circuit, folder, ptau=phase1, ptau_blake2b=blake2b(phase1))
    assert verified(folder)["kind"] == "development"
    code, _, err = keys_command("verify", folder, *SOURCE, "--phase1", phase1)
    # The file has no transcript of contributions.
    assert code == 2
    assert "own.ptau" in err
    assert verified(folder)["kind"] == "development"


@pytest.mark.parametrize(
    ("contributors", "kind"), [(("carol",), "development"), (("carol", "dave"), "ceremony")]
)
def test_attack_a_phase_1_of_one_party_under_an_honest_phase_2(circuit, tmp_path, contributors, kind):
    """Its secrets suffice to forge proofs, so the kind follows from both phases."""
    last = tmp_path / "0.ptau"
    native.phase1_new(last, 3)
    for name in contributors:
        before, last = last, tmp_path / f"{name}.ptau"
        native.phase1_contribute(before, last, name, b"")
    native.phase1_beacon(last, tmp_path / "beacon.ptau", "beacon", b"public", 10)
    native.phase1_prepare(tmp_path / "beacon.ptau", tmp_path / "final.ptau")
    keys = installed(circuit, tmp_path / "final.ptau", tmp_path, "alice", "bob")
    found = verified(keys.zkey.parent, "--phase1", tmp_path / "final.ptau")
    assert found["kind"] == kind
    counted = f"{len(contributors)} contribution{'s' * (len(contributors) > 1)} by {', '.join(contributors)}"
    assert f"phase 1: final.ptau, {counted}, 1 beacon; each leads to the next" in found["checked"]


def test_a_key_of_another_phase_1_is_refused(circuit, phase1, tmp_path):
    keys = installed(circuit, phase1, tmp_path, "alice", "bob")
    other = tmp_path / "other.ptau"
    native.development_phase1(other, 3)
    with published(other):
        code, _, err = keys_command("verify", keys.zkey.parent, *SOURCE, "--phase1", other)
    assert code == 2
    assert "multiplier.zkey" in err


def test_attack_a_point_off_its_curve(circuit):
    """A point that only the prover uses, with hashes that fit."""
    folder = circuit.r1cs.parent
    for file in (keys_of("multiplier").zkey, keys_of("multiplier").verification_key):
        shutil.copy(file, folder)
    sections = read_sections(folder / "multiplier.zkey")
    points = sections[B2]
    at = next(place for place in range(0, len(points), 128) if any(points[place : place + 128]))
    sections[B2] = points[:at] + bytes([points[at] ^ 1]) + points[at + 1 :]
    write_sections(folder / "multiplier.zkey", sections)
    manifest = json.loads((keys_of("multiplier").zkey.parent / "manifest.json").read_text())
    manifest["files"] = {name: sha256(folder / name) for name in file_names("multiplier")}
    write_json(folder / "manifest.json", manifest)
    code, _, err = keys_command("verify", folder, *SOURCE)
    assert code == 2
    assert "multiplier.zkey" in err
    assert "curve" in err
