"""Attestations, with proofs that are valid for what a plan says and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_hash.auto import keccak

from support.clearing_values import (
    BPS,
    CIRCUITS,
    DOMAIN,
    IDEAL_KEYS,
    IdealProof,
    account,
    house,
    ideal_find_invalid,
    snapshot,
)
from zkmargin import spec
from zkmargin.clearing import Attestation, AttestationContent, HealthPart, plan_attestation, verification
from zkmargin.clearing import verify_attestation as verify
from zkmargin.clearing.attestation import TAG, Attested
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.batch_instances import HealthInstance
from zkmargin.spec.health import HealthShape

LEDGER = house(*range(1, 7))
STATES = {number: LEDGER.commitment(number) for number in LEDGER.accounts}


@pytest.fixture(autouse=True)
def _ideal(monkeypatch):
    monkeypatch.setattr(verification, "find_invalid", ideal_find_invalid)
    monkeypatch.setattr(verification, "batch_circuits", lambda: CIRCUITS)


def planned(*numbers):
    accounts = [LEDGER.accounts[number] for number in numbers or LEDGER.accounts]
    return plan_attestation(accounts, snapshot(), BPS, domain=DOMAIN, circuits=CIRCUITS)


@pytest.fixture
def attestation():
    plan = planned()
    return Attestation(
        plan.content, tuple(IdealProof(task.circuit.name, tuple(task.public)) for task in plan.tasks)
    )


def refused(attestation, reason, **changes):
    known = {"domain": DOMAIN, "states": STATES, "keys": IDEAL_KEYS, **changes}
    with pytest.raises(StatementError, match=reason):
        verify(attestation, **known)


def with_content(attestation, **changes):
    return replace(attestation, content=replace(attestation.content, **changes))


def test_an_honest_attestation_is_accepted(attestation):
    verify(attestation, domain=DOMAIN, states=STATES, keys=IDEAL_KEYS)
    assert [part.circuit for part in attestation.content.health] == ["health_4x13", "health_4x13"]


def test_z_is_the_hash_of_the_whole_content():
    content = AttestationContent(3, 4, 5, (Attested(6, 7), Attested(8, 9)), (HealthPart("h", 10, (8, 6)),))
    circuit = keccak(b"h")
    words = [3, 4, 5, 2, 6, 8, 2, 7, 9, 1, circuit, 10, 2, 8, 6]
    text = b"zkmargin attestation" + bytes(12)
    text += b"".join(one if isinstance(one, bytes) else one.to_bytes(32, "big") for one in words)
    assert content.challenge() == int.from_bytes(keccak(text), "big") % spec.FIELD


def test_no_batch_begins_as_an_attestation():
    """A batch begins with its domain, a field element."""
    assert TAG >= spec.FIELD


def test_accounts_are_ascending_and_each_in_one_proof():
    content = planned(5, 2, 3).content
    assert [one.number for one in content.accounts] == [2, 3, 5]
    assert sorted(number for part in content.health for number in part.accounts) == [2, 3, 5]


def test_clearing_attack_an_attestation_of_another_state_or_account(attestation):
    refused(attestation, "account 1 is not in the state", states={**STATES, 1: 5})
    states = {number: state for number, state in STATES.items() if number != 6}
    refused(attestation, "account 6 is not in the state", states=states)
    first, *others = attestation.content.accounts
    changed = with_content(attestation, accounts=(first._replace(commitment=5), *others))
    refused(changed, "health_4x13", states={**STATES, 1: 5})


@pytest.mark.parametrize("change", [{"requirement_bps": 0}, {"snapshot_root": 4}, {"domain": DOMAIN + 1}])
def test_clearing_attack_an_attestation_in_another_context(attestation, change):
    refused(with_content(attestation, **change), "health_4x13", domain=change.get("domain", DOMAIN))


def test_another_domain_or_no_account_is_refused(attestation):
    refused(attestation, "another domain", domain=DOMAIN + 1)
    refused(Attestation(replace(attestation.content, accounts=(), health=()), ()), "no account")


def test_clearing_attack_an_attestation_without_an_account_or_with_it_twice(attestation):
    first, second = attestation.content.health
    for changed in ((first,), (first, replace(second, accounts=second.accounts[:1])), (first, first)):
        refused(with_content(attestation, health=changed), "do not cover every account once")


def test_clearing_attack_an_attestation_by_another_circuit(attestation):
    first, second = attestation.content.health
    changed = with_content(attestation, health=(replace(first, circuit="match_1"), second))
    refused(changed, "no circuit of health")
    changed = with_content(attestation, health=(replace(first, circuit="health_1x12"), second))
    refused(changed, "no place for so many")


def test_a_proof_too_few_and_a_missing_key_are_refused(attestation):
    refused(replace(attestation, proofs=attestation.proofs[:-1]), "a proof for each part")
    with pytest.raises(InputError, match="no verification key of health_4x13"):
        verify(attestation, domain=DOMAIN, states=STATES, keys={})


def test_a_plan_needs_different_accounts_that_are_healthy():
    with pytest.raises(InputError, match="at least one account"):
        plan_attestation([], snapshot(), BPS, domain=DOMAIN, circuits=CIRCUITS)
    with pytest.raises(InputError, match="account 1 is listed twice"):
        planned(1, 2, 1)
    poor = account(9, -1)
    with pytest.raises(StatementError, match="account 9: cash: not funded"):
        plan_attestation([account(8), poor], snapshot(), BPS, domain=DOMAIN, circuits=CIRCUITS)


def test_every_account_that_cannot_attest_is_named():
    given = [account(7), account(8, -1), account(9, -1)]
    with pytest.raises(StatementError, match=r"account 8: cash: .*; account 9: cash: "):
        plan_attestation(given, snapshot(), BPS, domain=DOMAIN, circuits=CIRCUITS)


def test_a_larger_circuit_of_health_can_be_chosen():
    small, large = (HealthInstance(f"health_1x{n}", HealthShape(1, spec.Shape(3, n))) for n in (12, 30))
    circuits = replace(CIRCUITS, health=(small, large))
    for positions, name in (
        (0, "health_1x12"),
        (12, "health_1x12"),
        (13, "health_1x30"),
        (30, "health_1x30"),
    ):
        plan = plan_attestation(
            [account(7)], snapshot(), BPS, domain=DOMAIN, circuits=circuits, positions=positions
        )
        assert [part.circuit for part in plan.content.health] == [name]
        assert [task.circuit.name for task in plan.tasks] == [name]
    with pytest.raises(InputError, match="positions: no circuit of health has places for 31 positions"):
        plan_attestation([account(7)], snapshot(), BPS, domain=DOMAIN, circuits=circuits, positions=31)
