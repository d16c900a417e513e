"""What a verification of a key asks the native core, and what it concludes; the core is a stand-in."""

from __future__ import annotations

import base64
import json
import sys
from types import SimpleNamespace

import pytest

from support.circuits import ROOT
from zkmargin.documents.files import blake2b, sha256
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import key_verification, verified_keys
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.contributions import Contributions
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.key_verification import (
    verify_key_circuit,
    verify_key_transcript,
    verify_key_transcripts,
    verify_phase1,
)
from zkmargin.proving.verified_keys import Records

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())


class FormatError(ValueError):
    """The core's error."""


def found(name, kind="contribution"):
    more = {"beacon": "ab", "iterations_exp": 10} if kind == "beacon" else {"beacon": "", "iterations_exp": 0}
    return {"name": name, "kind": kind, "hash": name[0].encode().hex() * 64, **more}


@pytest.fixture
def key(tmp_path):
    """Return a circuit and a proving key with one contribution."""
    circuit = Circuit.in_folder("multiplier", tmp_path)
    circuit.r1cs.write_bytes(b"r1cs")
    zkey = tmp_path / "multiplier.zkey"
    zkey.write_bytes(base64.b64decode(GOLDEN["zkey"]))
    return circuit, zkey


@pytest.fixture
def ptau(tmp_path):
    path = tmp_path / "own.ptau"
    path.write_bytes(b"ptau")
    return path


@pytest.fixture
def core(monkeypatch, key):
    """Replace the native core by one that notes what it is asked, and finds everything right."""
    read = Contributions.read(key[1])
    asked = []
    items = [{**one.to_json(), "iterations_exp": one.iterations_exp} for one in read.items]
    core = SimpleNamespace(
        FormatError=FormatError,
        asked=asked,
        phase1=[found("a"), found("b"), found("c", "beacon")],
        contributions=items,
    )
    core.check_key = lambda *files: (
        asked.append(("check_key", *files[:3])) or (files[3] and files[3]("groups", 1, 2))
    )
    core.check_contributions = lambda path: (
        asked.append(("check_contributions", path))
        or {"circuit_hash": read.circuit_hash, "contributions": core.contributions}
    )
    core.phase1_verify = lambda *arguments: (
        asked.append(("phase1_verify", *arguments)) or {"power": 3, "contributions": core.phase1}
    )
    monkeypatch.setitem(sys.modules, "zkmargin_native", core)
    monkeypatch.setattr(key_verification, "check_key", lambda _key: asked.append(("points",)))
    return core


@pytest.fixture
def records(tmp_path):
    (tmp_path / "records").mkdir()
    return Records(tmp_path / "records")


def test_a_key_is_compared_with_its_circuit(core, key, records):
    circuit, zkey = key
    seen = []
    record = verify_key_circuit(circuit, zkey, records, lambda *event: seen.append(event))
    assert core.asked == [("check_key", str(zkey), str(circuit.r1cs), None), ("points",)]
    assert seen == [("key of multiplier, once: groups", 1, 2)]
    assert records.find(sha256(zkey), sha256(circuit.r1cs)) == record
    assert (record.phase1, record.kind) == (None, KeyKind.DEVELOPMENT)
    assert "zkmargin" in record.tools


def test_a_transcript_is_verified_from_phase_1_to_the_last_contribution(core, key, ptau, records):
    circuit, zkey = key
    record = verify_key_transcript(circuit, zkey, ptau, records)
    assert {one[0] for one in core.asked} == {"check_contributions", "check_key", "phase1_verify", "points"}
    assert ("check_key", str(zkey), str(circuit.r1cs), str(ptau)) in core.asked
    assert ("phase1_verify", str(ptau), None) in core.asked
    assert record.phase1.how == "transcript"
    assert record.phase1.blake2b == blake2b(ptau)
    assert [one.name for one in record.phase1.contributions] == ["a", "b", "c"]
    # The key has one contribution to phase 2.
    assert record.kind is KeyKind.SINGLE
    assert records.find(sha256(zkey), sha256(circuit.r1cs)) == record


def test_a_single_party_phase_1_under_an_honest_phase_2_makes_a_development_key(core, key, ptau, records):
    core.phase1 = [found("a"), found("c", "beacon")]
    assert verify_key_transcript(*key, ptau, records).kind is KeyKind.DEVELOPMENT


def test_a_published_phase_1_is_taken_by_its_hash(core, key, ptau, records, monkeypatch):
    for module in (key_verification, verified_keys):
        monkeypatch.setattr(module, "known_ceremonies", lambda: {blake2b(ptau): "final_01.ptau"})
    record = verify_key_transcript(*key, ptau, records)
    assert (record.phase1.name, record.phase1.how) == ("final_01.ptau", "pinned")
    assert record.kind is KeyKind.SINGLE
    assert "phase1_verify" not in {one[0] for one in core.asked}


@pytest.mark.parametrize("name", ["check_key", "check_contributions", "phase1_verify"])
def test_what_the_core_refuses_is_refused_and_not_recorded(core, key, ptau, records, name):
    def refuse(*_):
        raise FormatError("b.zkey: of another circuit")

    setattr(core, name, refuse)
    with pytest.raises(InputError, match=r"b\.zkey: of another circuit"):
        verify_key_transcript(*key, ptau, records)
    assert not list(records.folder.iterdir())


def test_a_point_of_the_verification_key_outside_its_group_is_refused(core, key, records, monkeypatch):
    def refuse(_key):
        raise InputError("a point is not in its group", source="verification key")

    monkeypatch.setattr(key_verification, "check_key", refuse)
    with pytest.raises(InputError, match="not in its group"):
        verify_key_circuit(*key, records)
    assert not list(records.folder.iterdir())


def test_both_readers_must_find_the_same_contributions(core, key, ptau, records):
    core.contributions = [*core.contributions, found("d")]
    with pytest.raises(InputError, match="the two readers of its contributions disagree"):
        verify_key_transcript(*key, ptau, records)


def test_a_key_that_changes_during_its_verification_is_refused(core, key, records):
    circuit, zkey = key
    core.check_key = lambda *_: circuit.r1cs.write_bytes(b"other")
    with pytest.raises(InputError, match="changed while it was verified"):
        verify_key_circuit(circuit, zkey, records)
    assert not list(records.folder.iterdir())


def test_keys_of_one_phase_1_are_verified_with_phase_1_once(core, key, ptau, records):
    first, second = verify_key_transcripts([key, key], ptau, records)
    assert first.kind is second.kind is KeyKind.SINGLE
    names = [one[0] for one in core.asked]
    assert (names.count("phase1_verify"), names.count("check_key")) == (1, 2)


def test_a_phase_1_that_changes_during_the_verification_is_refused(core, key, ptau, records):
    core.check_key = lambda *_: ptau.write_bytes(b"other")
    with pytest.raises(InputError, match=r"own\.ptau: it changed while keys were verified"):
        verify_key_transcript(*key, ptau, records)
    assert not list(records.folder.iterdir())


def test_without_a_folder_nothing_is_recorded(core, key):
    assert verify_key_circuit(*key, Records(None)).kind is KeyKind.DEVELOPMENT


def test_files_that_are_missing_are_named(core, key, ptau, records, tmp_path):
    circuit, zkey = key
    for call in (
        lambda: verify_key_transcript(circuit, zkey, tmp_path / "no.ptau", records),
        lambda: verify_phase1(tmp_path / "no.ptau"),
    ):
        with pytest.raises(InputError, match=r"no\.ptau: no such file"):
            call()

    def vanished(*_):
        raise FileNotFoundError(2, "No such file or directory")

    core.check_key = vanished
    with pytest.raises(InputError, match=r"multiplier\.zkey: cannot be read or written: No such file"):
        verify_key_circuit(circuit, zkey, records)


def test_without_the_native_core_nothing_is_verified(key, ptau, records, monkeypatch):
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    with pytest.raises(ToolchainError, match="not installed"):
        verify_key_transcript(*key, ptau, records)
    monkeypatch.setitem(sys.modules, "zkmargin_native", SimpleNamespace(FormatError=FormatError))
    with pytest.raises(ToolchainError, match="too old: it has no check_key"):
        verify_key_circuit(*key, records)
