"""Margin proofs from an account to their files, and what is not accepted as one."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from support.circuits import margin_instance
from support.margin_values import KEYS, VIEW_KEY, account, snapshot
from zkmargin import (
    Context,
    InputError,
    MarginProof,
    MarginProver,
    Requirement,
    StatementError,
    ToolchainError,
)
from zkmargin.documents.files import write_json
from zkmargin.proofs import margin_proof
from zkmargin.proofs.circuit_keys import build_circuit, circuit_folder
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.context import action_id
from zkmargin.proofs.instances import find_instance
from zkmargin.proving.backends import backend
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.keys import build_keys
from zkmargin.spec.constants import FIELD

SNAPSHOT = snapshot()
RICH, POOR = account(), account("-1300")
FILES = {"proof.json", "public.json", "verification_key.json", "statement.json"}


@pytest.fixture(scope="module")
def prover():
    margin_instance("margin_13")
    return MarginProver(keys=KEYS)


@pytest.fixture(scope="module")
def proof(prover):
    return prover.prove(RICH, SNAPSHOT, Requirement.INITIAL, context=5)


@pytest.fixture(scope="module")
def default(prover):
    return prover.prove(POOR, SNAPSHOT, context=5, allow_unhealthy=True)


@pytest.fixture
def folder(proof, tmp_path):
    proof.save(tmp_path / "proof")
    return tmp_path / "proof"


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


def for_contract(**changes):
    parts = {
        "chain_id": 31337,
        "consumer": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "account_commitment": RICH.commitment(SNAPSHOT),
        "action": action_id("withdraw"),
        "deadline": 1_800_000_000,
    }
    return Context(**{**parts, **changes})


def test_a_proof_says_what_is_expected_and_no_more(proof):
    proof.verify(
        SNAPSHOT,
        commitment=RICH.commitment(SNAPSHOT),
        requirement=Requirement.INITIAL,
        context=5,
    )
    proof.verify(requirement=12_500)
    proof.verify(requirement=Requirement.MAINTENANCE)
    assert proof.healthy
    assert proof.instance.name == "margin_13"
    assert proof.signals == (1, RICH.commitment(SNAPSHOT), SNAPSHOT.root, 12_500, 5)


@pytest.mark.parametrize("engine", ["native", "snarkjs", "py-ecc"])
def test_every_engine_accepts_it_and_rejects_another(proof, engine):
    proof.verify(engine=engine)
    with pytest.raises(StatementError, match="does not hold"):
        replace(proof, statement=replace(proof.statement, signals=proof.signals._replace(context=6))).verify(
            engine=engine
        )


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"snapshot": snapshot(timestamp=1)}, "another snapshot"),
        ({"commitment": 1}, "another account"),
        ({"requirement": 12_501}, r"a requirement of 12500 / 10000, expected 12501 / 10000"),
        ({"context": 6}, "another context"),
        ({"context": for_contract()}, "another context"),
    ],
)
def test_21_a_proof_of_something_else_is_rejected(proof, expected, reason):
    with pytest.raises(StatementError, match=reason):
        proof.verify(**expected)


@pytest.mark.parametrize("name", ["account_commitment", "snapshot_root", "requirement_bps", "context"])
@pytest.mark.parametrize("change", [1, FIELD])
def test_1_2_every_changed_signal_is_rejected(proof, name, change):
    signals = proof.signals._replace(**{name: getattr(proof.signals, name) + change})
    with pytest.raises(StatementError, match="does not hold"):
        replace(proof, statement=replace(proof.statement, signals=signals)).verify()


def with_signals(proof, signals):
    return replace(proof, statement=replace(proof.statement, signals=signals))


def test_2_health_is_not_turned_into_default_or_back(proof, default):
    for one, healthy in ((proof, 0), (default, 1), (proof, FIELD + 1), (proof, 2)):
        with pytest.raises(StatementError):
            with_signals(one, one.signals._replace(healthy=healthy)).verify(allow_unhealthy=True)


def test_an_unhealthy_account_is_refused_before_anything_is_proven(prover, monkeypatch):
    monkeypatch.setattr(CircuitProver, "prove", lambda *_: pytest.fail("it was about to prove"))
    with pytest.raises(StatementError, match="not healthy at 10000 / 10000"):
        prover.prove(POOR, SNAPSHOT, context=0)


def test_a_proof_of_default_passes_only_where_it_is_asked_for(default):
    default.verify(SNAPSHOT, allow_unhealthy=True)
    with pytest.raises(StatementError, match="proves that the account is not healthy"):
        default.verify(SNAPSHOT)
    assert not default.healthy
    # Default at the whole requirement is default at more of it, not at less.
    default.verify(requirement=10_001, allow_unhealthy=True)
    with pytest.raises(StatementError, match="a requirement of 10000 / 10000, expected 9999 / 10000"):
        default.verify(requirement=9_999, allow_unhealthy=True)


def test_exactly_enough_is_healthy_and_a_millionth_less_is_not(prover):
    bare = {"positions": {}, "collateral": {}}
    prover.prove(account("0", **bare), SNAPSHOT, context=0).verify()
    with pytest.raises(StatementError):
        prover.prove(account("-0.000001", **bare), SNAPSHOT, context=0)


def test_files_give_back_the_proof(proof, folder):
    assert {one.name for one in folder.iterdir()} == FILES
    assert MarginProof.load(folder) == proof
    assert MarginProof.load(folder).kind is proof.kind is KeyKind.DEVELOPMENT
    assert json.loads((folder / "statement.json").read_text())["key"] == proof.fingerprint
    assert MarginProof.load(folder, key=proof.key) == proof
    assert MarginProof.load(folder, key=folder / "verification_key.json") == proof


def test_nothing_secret_is_in_the_files(folder):
    everything = "".join(one.read_text() for one in folder.iterdir())
    for secret in (str(VIEW_KEY), "1000250000", "ETH", "500000"):
        assert secret not in everything


def test_a_context_of_a_contract_is_kept(prover, tmp_path):
    proof = prover.prove(RICH, SNAPSHOT, context=for_contract())
    proof.verify(context=for_contract())
    proof.save(tmp_path)
    assert MarginProof.load(tmp_path).context == for_contract()
    # Saved again without one, nothing of it is left.
    prover.prove(RICH, SNAPSHOT, context=1).save(tmp_path)
    assert MarginProof.load(tmp_path).context is None


@pytest.mark.parametrize(
    "change", [{"chain_id": 1}, {"consumer": "0x" + "00" * 20}, {"action": action_id("x")}, {"deadline": 1}]
)
def test_20_a_proof_for_one_context_is_none_for_another(prover, change):
    proof = prover.prove(RICH, SNAPSHOT, context=for_contract())
    with pytest.raises(StatementError, match="another context"):
        proof.verify(context=for_contract(**change))


def test_a_context_of_another_account_is_refused(prover):
    with pytest.raises(InputError, match="context: accountCommitment: is for another account"):
        prover.prove(RICH, SNAPSHOT, context=for_contract(account_commitment=1))


@pytest.mark.parametrize(
    ("file", "change", "reason"),
    [
        ("statement.json", {"format": "x"}, "format: expected"),
        ("statement.json", {"instance": "margin_8"}, "instance: no such circuit"),
        ("statement.json", {"colour": "red"}, "colour: unknown key"),
        ("statement.json", {"signals": {}}, "signals.healthy: missing"),
        (
            "statement.json",
            {"context": for_contract().to_json()},
            "context: does not hash to signals.context",
        ),
        (
            "statement.json",
            {"format": "zkmargin-proof/1"},
            "format: a proof without the fingerprint of its key",
        ),
        ("statement.json", {"key": "0123"}, "key: expected a fingerprint such as"),
        (
            "statement.json",
            {"key": "0123-4567-89ab-cdef"},
            "key: not the fingerprint of verification_key.json",
        ),
        ("public.json", ["1", "2", "3", "4", "5"], "differs from the signals of statement.json"),
        ("proof.json", {"pi_a": ["1", "02", "1"]}, r"pi_a\[1\]: expected a decimal string"),
        ("verification_key.json", {"nPublic": "5"}, "nPublic: expected a whole number"),
    ],
)
def test_attack_29_malformed_files_are_refused_with_file_and_key(folder, file, change, reason):
    value = json.loads((folder / file).read_text())
    changed = change if isinstance(change, list) else {**value, **change}
    (folder / file).write_text(json.dumps(changed))
    with pytest.raises(InputError, match=f"{file}: {reason}"):
        MarginProof.load(folder)


def test_attack_29_a_context_of_another_account_in_a_file_is_refused(folder):
    path = folder / "statement.json"
    other = for_contract(account_commitment=1)
    path.write_text(json.dumps({**json.loads(path.read_text()), "context": other.to_json()}))
    with pytest.raises(
        InputError, match=r"context: its accountCommitment differs from signals\.accountCommitment"
    ):
        MarginProof.load(folder)


@pytest.mark.parametrize("file", sorted(FILES))
def test_attack_30_an_incomplete_folder_is_no_proof(folder, file):
    (folder / file).unlink()
    with pytest.raises(InputError, match=f"{file}: cannot be read"):
        MarginProof.load(folder)


def test_attack_30_a_proof_that_was_not_written_to_the_end_is_none(proof, folder, monkeypatch):
    def stop(path, value):
        if path.name == "verification_key.json":
            raise KeyboardInterrupt
        write_json(path, value)

    monkeypatch.setattr(margin_proof, "write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        proof.save(folder)
    with pytest.raises(InputError, match=r"statement\.json: cannot be read"):
        MarginProof.load(folder)


def test_4_a_proof_with_a_key_of_its_own_is_rejected(tmp_path):
    # Whoever makes keys keeps their secrets, and can forge: a key that comes with a proof says nothing.
    other = tmp_path / "keys"
    instance = find_instance("margin_13")
    circuit, _ = build_circuit(instance, KEYS)
    copied = circuit_folder(instance, other)
    copied.mkdir(parents=True)
    for file in (circuit.r1cs, circuit.wasm, circuit.sym):
        (copied / file.name).hardlink_to(file)
    build_keys(Circuit.in_folder("margin_13", copied), copied)
    foreign = MarginProver(keys=other).prove(RICH, SNAPSHOT, context=5)
    foreign.verify()
    foreign.save(tmp_path / "proof")
    reason = f"the fingerprint {foreign.fingerprint} and differs from the verification key you trust, "
    with pytest.raises(StatementError, match=reason):
        MarginProof.load(tmp_path / "proof")
    given = MarginProof.load(tmp_path / "proof", key=foreign.key)
    # Nothing is known here of a key that was given.
    assert (given, given.kind, foreign.kind) == (foreign, None, KeyKind.DEVELOPMENT)


def test_without_keys_a_verifier_has_to_give_one(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path / "none"))
    with pytest.raises(InputError, match="pass the verification key that you trust"):
        MarginProof.load(folder)
    MarginProof.load(folder, key=folder / "verification_key.json").verify()


def test_a_circuit_that_disagrees_with_the_specification_is_found_out():
    class Wrong:
        name = "wrong"

        def available(self):
            return None

        def prove(self, zkey, witness):
            proof, public = backend("native").prove(zkey, witness)
            return proof, (0, *public[1:])

    with pytest.raises(ToolchainError, match="do not agree with the specification"):
        MarginProver(Wrong(), keys=KEYS).prove(RICH, SNAPSHOT, context=0)


def test_threads_share_a_prover():
    prover, proofs = MarginProver(keys=KEYS), {}

    def prove(number):
        proofs[number] = prover.prove(RICH, SNAPSHOT, context=number)

    threads = [threading.Thread(target=prove, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for number in range(4):
        proofs[number].verify(context=number)


def test_19_an_empty_account_and_a_full_one_look_alike(prover, tmp_path, proof):
    empty = prover.prove(account(positions={}), SNAPSHOT, Requirement.INITIAL, context=5)
    assert empty.instance == proof.instance
    assert len(empty.signals) == len(proof.signals)
    # Points are numbers below q: decimal texts differ in length by chance, calldata never.
    assert [len(part) for part in empty.calldata()] == [len(part) for part in proof.calldata()]


def test_a_circuit_can_be_chosen(prover):
    with pytest.raises(InputError, match="no such circuit"):
        prover.prove(RICH, SNAPSHOT, context=0, instance="margin_1")
    assert prover.keys("margin_13").manifest.circuit == "margin_13"


def test_an_unknown_prover_is_refused():
    with pytest.raises(InputError, match="no such prover"):
        MarginProver("fast")
