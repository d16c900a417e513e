"""Batches and BatchVerifier on a local chain, with real proofs of the smallest circuits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from support.circuits import ROOT
from support.clearing_values import BPS, DOMAIN, TIME, fill, house, snapshot
from support.margin_values import KEYS
from zkmargin import spec
from zkmargin.chain import connect, run_anvil
from zkmargin.clearing import (
    Batch,
    plan_attestation,
    plan_batch,
    prove_attestation,
    prove_plan,
    verify_attestation,
    verify_batch,
)
from zkmargin.contracts import Batches, BatchVerifier
from zkmargin.contracts.batches import attestation_arguments
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.batch_instances import OPEN, BatchCircuits, batch_circuits
from zkmargin.proofs.circuit_keys import build_circuit

NAMES = ("match_1", "upkeep_1", "health_1x12")
GAS = ROOT / "verifier_contracts" / "snapshots" / "real_batch.json"
NOBODY = "0x" + "11" * 20


@pytest.fixture(scope="module")
def circuits():
    every = batch_circuits()
    return BatchCircuits(
        **{
            kind: tuple(one for one in getattr(every, kind) if one.name in NAMES)
            for kind in ("match", "quote", "upkeep", "health")
        }
    )


@pytest.fixture(scope="module")
def keys(circuits):
    return {one.name: build_circuit(one, KEYS)[1].key for one in circuits.all}


@pytest.fixture(scope="module")
def ledger():
    return house(1, 2)


@pytest.fixture(scope="module")
def batch(ledger, circuits):
    draft = ledger.draft(snapshot(), TIME)
    draft.credit(1, spec.CASH, 10**6)
    fill(draft, 1, 2, lots=5, buyer_rate=2, seller_rate=1)
    return prove_plan(plan_batch(draft, BPS, circuits), keys=KEYS)


@pytest.fixture(scope="module")
def attestation(ledger, circuits):
    accounts = ledger.accounts.values()
    plan = plan_attestation(accounts, snapshot(), 10_000, domain=DOMAIN, circuits=circuits)
    return prove_attestation(plan, keys=KEYS)


@pytest.fixture(scope="module")
def contract(keys, circuits):
    with run_anvil() as url:
        web3 = connect(url)
        verifier = BatchVerifier.deploy(web3, keys)
        yield Batches.deploy(web3, verifier.address, circuits.all)


def test_library_and_contract_accept_a_batch(contract, batch, ledger, keys):
    states = {number: ledger.commitment(number) for number in ledger.accounts}
    verify_batch(batch, domain=DOMAIN, states=states, requests=batch.content.requests, keys=keys)
    assert contract.check_batch(batch) == batch.fees == 15
    firsts = [states[touched.number] for touched in batch.content.accounts]
    assert contract.check_batch(batch, firsts=firsts) == 15


def test_library_and_contract_accept_an_attestation(contract, attestation, ledger, keys):
    states = {number: ledger.commitment(number) for number in ledger.accounts}
    verify_attestation(attestation, domain=DOMAIN, states=states, keys=keys)
    contract.check_health(attestation)


def test_attack_a_batch_with_one_other_word_is_refused(contract, batch):
    content = batch.content
    changed = (
        replace(content, time=TIME + 1),
        replace(content, snapshot_root=content.snapshot_root + 1),
        replace(content, requirement_bps=BPS - 1),
        replace(content, fills=(replace(content.fills[0], digest=5),)),
        replace(content, health=(replace(content.health[0], digest=5), *content.health[1:])),
    )
    for one in changed:
        # z is another one, so the ratios do not fit.
        with pytest.raises(ChainError, match=r"checkBatch: reverted: StatesDoNotFollow\(\)"):
            contract.check_batch(Batch(one, batch.proofs))
    with pytest.raises(ChainError, match="StatesDoNotFollow"):
        contract.check_batch(batch, firsts=[5, content.accounts[1].first])


def test_attack_proofs_that_are_not_the_batchs_are_refused_by_the_verifier(contract, batch, attestation):
    fills, upkeep, *health = batch.proofs
    exchanged = (fills, upkeep, *reversed(health))
    more = (replace(fills, fees=fills.fees + 1), upkeep, *health)
    for proofs in (exchanged, more):
        with pytest.raises(ChainError, match=r"checkBatch: reverted: InvalidBatch\(\)"):
            contract.check_batch(Batch(batch.content, proofs))
    for other in (
        replace(attestation, proofs=attestation.proofs[::-1]),
        replace(attestation, content=replace(attestation.content, requirement_bps=0)),
    ):
        with pytest.raises(ChainError, match=r"checkHealth: reverted: InvalidBatch\(\)"):
            contract.check_health(other)


def test_attack_a_proof_of_health_of_a_batch_does_not_attest(contract, batch, attestation):
    """The two have different points z, even of the same account at the same level under the same snapshot."""
    content = replace(
        attestation.content,
        requirement_bps=BPS,
        accounts=tuple(
            one._replace(commitment=touched.last)
            for one, touched in zip(attestation.content.accounts, batch.content.accounts, strict=True)
        ),
        health=batch.content.health,
    )
    proofs = tuple(one.proof for one in batch.proofs[2:])
    with pytest.raises(ChainError, match="InvalidBatch"):
        contract.check_health(replace(attestation, content=content, proofs=proofs))


def test_what_cannot_be_encoded_is_refused(contract, batch):
    with pytest.raises(InputError, match="expected 4 proofs, one for each part, got 3"):
        contract.check_batch(Batch(batch.content, batch.proofs[:-1]))
    content = replace(batch.content, accounts=batch.content.accounts[:1])
    with pytest.raises(InputError, match="account 2 is not one of the batch"):
        contract.check_batch(Batch(content, batch.proofs))
    with pytest.raises(InputError, match="open is no circuit of batches"):
        Batches.deploy(contract.web3, contract.verifier, [OPEN])
    with pytest.raises(ChainError):
        Batches(contract.web3, NOBODY)


def test_gas_with_a_real_proof_is_what_the_snapshot_says(contract, attestation):
    """A whole transaction to the contract alone, without what a house adds."""
    web3 = contract.web3
    call = contract._contract.functions.checkHealth(*attestation_arguments(attestation))
    sent = call.transact({"from": web3.eth.accounts[0], "gas": 2_000_000})
    found = {"checkHealth, 2 proofs of health_1x12": web3.eth.wait_for_transaction_receipt(sent)["gasUsed"]}
    # Calldata has more or fewer zero bytes in each proof.
    assert found == pytest.approx(json.loads(GAS.read_text()), rel=0.005)
