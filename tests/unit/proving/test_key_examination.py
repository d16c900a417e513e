"""What an examination of keys says that it has checked, and that it has not; the native core is a stand-in."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from support.circuits import ROOT
from zkmargin.documents.files import sha256
from zkmargin.errors import InputError
from zkmargin.proving import key_examination
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.contributions import Contribution, ContributionKind, Contributions
from zkmargin.proving.key_examination import examine_keys
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.keys import install_keys
from zkmargin.proving.verified_keys import Phase1, Records, VerifiedKey

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
ONE = Contribution("one", ContributionKind.CONTRIBUTION, "1" * 128)
UNNAMED = Contribution("", ContributionKind.CONTRIBUTION, "2" * 128)
BEACON = Contribution("last", ContributionKind.BEACON, "3" * 128, "ab", 10)
OWN = Phase1("own.ptau", "4" * 128, "transcript", (ONE, UNNAMED, BEACON))
WHO = "who made the keys: pass the phase-1 file with --phase1 to verify the whole transcript"
PEOPLE = "whether contributors are different people, and destroyed their secrets"


def circuit(folder, r1cs=b"r1cs"):
    folder.mkdir()
    made = Circuit.in_folder("multiplier", folder)
    made.r1cs.write_bytes(r1cs)
    made.wasm.write_bytes(b"wasm")
    return made


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a circuit and its keys."""
    zkey, verification_key = tmp_path / "given.zkey", tmp_path / "given.json"
    zkey.write_bytes(base64.b64decode(GOLDEN["zkey"]))
    verification_key.write_text(json.dumps(GOLDEN["key"]))
    folder = tmp_path / "keys"
    install_keys(circuit(folder), zkey, folder, verification_key=verification_key)
    return folder


@pytest.fixture
def records(tmp_path):
    (tmp_path / "records").mkdir()
    return Records(tmp_path / "records")


@pytest.fixture
def core(monkeypatch):
    """Replace both verifications by ones that note their arguments and record what `core` says."""
    asked = []

    def verified(phase1, given, zkey, records):
        contributions = Contributions("5" * 128, (ONE, UNNAMED))
        hashes = sha256(zkey), sha256(given.r1cs)
        made = VerifiedKey(*hashes, "k7f3-9xq2-mh4d-w8tz", phase1, contributions, "z", "2026-12-01T08:00:00Z")
        if records.folder:
            records.save(made)
        return made

    def verify_key_circuit(given, zkey, records, _progress):
        asked.append((given, None))
        return verified(None, given, zkey, records)

    def verify_key_transcript(given, zkey, ptau, records, _progress):
        asked.append((given, ptau))
        return verified(OWN, given, zkey, records)

    monkeypatch.setattr(key_examination, "verify_key_circuit", verify_key_circuit)
    monkeypatch.setattr(key_examination, "verify_key_transcript", verify_key_transcript)
    monkeypatch.setattr(key_examination, "can_verify_keys", lambda: True)
    return asked


def test_keys_and_the_circuit_compiled_again(folder, core, records, tmp_path):
    compiled = circuit(tmp_path / "again")
    found = examine_keys(folder, compiled, records=records)
    assert core == [(compiled, None)]
    assert found.checked[2:] == (
        "multiplier, compiled here, has these constraints and this witness calculator",
        "the points of the proving key are in their groups, and it is of these constraints",
    )
    assert found.unchecked == (WHO,)
    assert found.keys.record is not None
    assert found.keys.kind is KeyKind.DEVELOPMENT


def test_the_whole_transcript(folder, core, records, tmp_path):
    compiled = circuit(tmp_path / "again")
    found = examine_keys(folder, compiled, ptau=tmp_path / "own.ptau", records=records)
    assert core == [(compiled, tmp_path / "own.ptau")]
    assert found.checked[-2:] == (
        "phase 1: own.ptau, 2 contributions by one, unnamed, 1 beacon; each leads to the next",
        "phase 2: 2 contributions by one, unnamed; each leads to the next",
    )
    assert found.unchecked == (PEOPLE,)
    assert found.keys.kind is KeyKind.CEREMONY
    # Later, without the file, the record says what was found.
    later = examine_keys(folder, compiled, records=records)
    assert later.keys.kind is KeyKind.CEREMONY
    assert later.unchecked == (
        "the transcript this time; it was verified here at 2026-12-01T08:00:00Z",
        PEOPLE,
    )


def test_a_published_phase_1_was_not_verified_here(folder, core, records, tmp_path, monkeypatch):
    pinned = replace(OWN, how="pinned", contributions=())
    monkeypatch.setitem(globals(), "OWN", pinned)
    found = examine_keys(folder, circuit(tmp_path / "again"), ptau=tmp_path / "own.ptau", records=records)
    assert "phase 1: own.ptau, by its published hash" in found.checked
    assert found.unchecked == ("the transcript of phase 1: its file is taken by its published hash", PEOPLE)


def test_without_a_source_nothing_is_recorded(folder, core, records):
    found = examine_keys(folder, None, ptau=folder / "own.ptau", records=records)
    assert found.keys.record is None
    assert found.keys.kind is KeyKind.DEVELOPMENT
    assert found.unchecked == (
        "whether the constraints are those of a source that you know: pass it with --source. So nothing is recorded",
        PEOPLE,
    )
    assert WHO in examine_keys(folder, None, records=records).unchecked


def test_without_the_native_core(folder, core, records, tmp_path, monkeypatch):
    monkeypatch.setattr(key_examination, "can_verify_keys", lambda: False)
    found = examine_keys(folder, circuit(tmp_path / "again"), records=records)
    assert core == []
    assert found.unchecked == (
        "whether the proving key is of these constraints: that needs the native core",
        WHO,
    )


def test_without_a_private_folder_nothing_is_recorded(folder, core, tmp_path):
    found = examine_keys(folder, circuit(tmp_path / "again"), ptau=folder / "own.ptau", records=Records(None))
    assert found.keys.kind is KeyKind.DEVELOPMENT
    assert found.unchecked[0].startswith("anything for later commands: there is no folder in the cache")


@pytest.mark.parametrize("ending", ["r1cs", "wasm"])
def test_files_of_another_circuit_are_refused(folder, core, records, tmp_path, ending):
    compiled = circuit(tmp_path / "again")
    getattr(compiled, ending).write_bytes(b"other")
    reason = rf"multiplier\.{ending}: not what the source of multiplier is compiled to here"
    with pytest.raises(InputError, match=reason):
        examine_keys(folder, compiled, records=records)
    assert core == []
