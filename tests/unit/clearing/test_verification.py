"""Verification of batches, with proofs that are valid for what a plan says and nothing else."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from support.clearing_values import (
    BPS,
    CIRCUITS,
    DOMAIN,
    IDEAL_KEYS,
    TIME,
    fill,
    house,
    ideal_find_invalid,
    ideally_proven,
    random_day,
    snapshot,
)
from zkmargin import spec
from zkmargin.clearing import BatchContent, plan_batch, verification, verify_batch
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher


@pytest.fixture(autouse=True)
def _ideal(monkeypatch):
    monkeypatch.setattr(verification, "find_invalid", ideal_find_invalid)
    monkeypatch.setattr(verification, "batch_circuits", lambda: CIRCUITS)


@pytest.fixture(scope="module")
def proven():
    ledger = house(*range(1, 8))
    draft = ledger.draft(snapshot(), TIME)
    random_day(random.Random(3), ledger, 25, draft)  # noqa: S311  # a test
    return ledger, draft, ideally_proven(plan_batch(draft, BPS, CIRCUITS))


def verified(ledger, batch, **changes):
    known = {
        "domain": DOMAIN,
        "states": {number: ledger.commitment(number) for number in ledger.accounts},
        "requests": batch.content.requests,
        "keys": IDEAL_KEYS,
    }
    return verify_batch(batch, **{**known, **changes})


def refused(ledger, batch, reason, **changes):
    with pytest.raises(StatementError, match=reason):
        verified(ledger, batch, **changes)


def with_content(batch, **changes):
    return replace(batch, content=replace(batch.content, **changes))


def test_an_honest_batch_gives_the_last_commitments(proven):
    ledger, draft, batch = proven
    expected = {number: spec.commitment(one, fast_hasher()) for number, one in draft.after.items()}
    last = verified(ledger, batch)
    assert {number: last[number] for number in expected} == expected
    assert list(last) == sorted(draft.after)
    assert batch.fees == sum(
        done.operation.lots * sum(side.rate for _, _, side in done.operation.sides)
        for done in draft.operations
        if len(done.steps) == 2
    )


def test_a_batch_without_a_proof_is_refused(proven):
    ledger, _, batch = proven
    account = batch.content.accounts[0]
    accounts = (account._replace(last=account.first),)
    nothing = replace(batch.content, accounts=accounts, fills=(), upkeep=(), requests=(), health=())
    refused(ledger, replace(batch, content=nothing, proofs=()), "the batch has no proof")


def test_another_domain_is_refused(proven):
    ledger, _, batch = proven
    refused(ledger, batch, "another domain", domain=DOMAIN + 1)


def test_clearing_attack_a_state_that_is_not_the_accounts(proven):
    ledger, _, batch = proven
    states = {number: ledger.commitment(number) for number in ledger.accounts}
    touched = batch.content.accounts[0].number
    refused(ledger, batch, f"account {touched} is not in the state", states={**states, touched: 5})
    del states[touched]
    refused(ledger, batch, f"account {touched} is not in the state", states=states)


def test_clearing_attack_an_account_listed_twice(proven):
    ledger, _, batch = proven
    accounts = batch.content.accounts
    refused(ledger, with_content(batch, accounts=(accounts[0], *accounts)), "do not ascend")
    refused(ledger, with_content(batch, accounts=accounts[::-1]), "do not ascend")


@pytest.fixture
def _fixed_z(monkeypatch):
    """Let z be the same for every content, so that each check stands alone."""
    monkeypatch.setattr(BatchContent, "challenge", lambda _: 2**200 + 7)


@pytest.fixture
def fixed(_fixed_z):
    ledger = house(1, 2)
    draft = ledger.draft(snapshot(), TIME)
    draft.credit(1, 3, 50)
    fill(draft, 1, 2, lots=5)
    return ledger, ideally_proven(plan_batch(draft, BPS, CIRCUITS))


def test_clearing_attack_last_states_exchanged(fixed):
    """The commitments are the same set: only the factors know the accounts."""
    ledger, batch = fixed
    assert verified(ledger, batch)
    one, other = batch.content.accounts
    exchanged = (one._replace(last=other.last), other._replace(last=one.last))
    reason = "do not lead from the first to the last states"
    refused(ledger, with_content(batch, accounts=exchanged), reason)


def test_clearing_attack_a_phantom_account(fixed):
    """A state that no account has been in is consumed: its factor stays."""
    ledger, batch = fixed
    part = replace(batch.content.health[0], accounts=(1,))
    changed = with_content(batch, accounts=batch.content.accounts[:1], health=(part,))
    refused(ledger, changed, "do not lead from the first to the last states")


def test_clearing_attack_a_request_that_no_operation_uses(fixed):
    ledger, batch = fixed
    request = batch.content.requests[0]
    for changed in ((request, request), (), (request._replace(value=request.value + 16),)):
        refused(ledger, with_content(batch, requests=changed), "not those of the requests", requests=changed)


@pytest.mark.usefixtures("_fixed_z")
def test_clearing_attack_a_deposit_that_is_used_up_and_credited_nowhere():
    """Fills cannot claim the factor of a request."""
    ledger = house(1, 2)
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    batch = ideally_proven(plan_batch(draft, BPS, CIRCUITS))
    request = spec.Request(1, 1, spec.CASH + 16 * 10**6)
    claimed = request.factor(batch.content.challenge())
    fills, *health = batch.proofs
    changed = replace(batch, proofs=(replace(fills, requests=claimed), *health))
    refused(ledger, with_content(changed, requests=(request,)), "fills have no requests")


def test_clearing_attack_z_as_a_root_of_the_states(fixed):
    """With a factor of 0 on both sides, the products say nothing."""
    ledger, batch = fixed
    z, touched = batch.content.challenge(), batch.content.accounts[0]
    root = spec.factor(0, touched.number, z)
    assert spec.factor(root, touched.number, z) == 0
    changed = with_content(
        batch, accounts=(touched._replace(first=root, last=root), *batch.content.accounts[1:])
    )
    states = {one.number: one.first for one in changed.content.accounts}
    refused(ledger, changed, "z is a root", states=states)


def test_clearing_attack_a_state_or_an_element_that_is_not_a_field_element(fixed):
    """Modulo r, c + r is the state c, and an element e + r is e: their holders would not find them."""
    ledger, batch = fixed
    one, *others = batch.content.accounts
    accounts = (one._replace(last=one.last + spec.FIELD), *others)
    refused(ledger, with_content(batch, accounts=accounts), "not a field element")
    for kind in ("fills", "upkeep"):
        part = getattr(batch.content, kind)[0]
        elements = (part.elements[0] + spec.FIELD, *part.elements[1:])
        changed = with_content(batch, **{kind: (replace(part, elements=elements),)})
        refused(ledger, changed, "not a field element")


@pytest.mark.parametrize(
    ("key", "reason"),
    [("fees", "match_1"), ("ratio", "do not lead"), ("requests", "fills have no requests|not those of")],
)
def test_clearing_attack_a_claimed_signal(fixed, key, reason):
    ledger, batch = fixed
    fills, upkeep, *health = batch.proofs
    changed = replace(batch, proofs=(replace(fills, **{key: getattr(fills, key) + 1}), upkeep, *health))
    refused(ledger, changed, reason)
    changed = replace(batch, proofs=(fills, replace(upkeep, **{key: getattr(upkeep, key) + 1}), *health))
    refused(ledger, changed, reason if key != "fees" else "upkeep has no fees")


@pytest.mark.parametrize("kind", ["fills", "upkeep", "health"])
def test_clearing_attack_a_part_that_is_not_the_proven_one(fixed, kind):
    """The digest, the elements and the accounts of every part are signals of its proof."""
    ledger, batch = fixed
    part, name = getattr(batch.content, kind)[0], getattr(batch.content, kind)[0].circuit
    changes = [{"digest": part.digest + 1}]
    if kind != "health":
        elements = part.elements
        changes += [{"elements": elements[:-1]}, {"elements": (*elements, 1)}, {"elements": elements[::-1]}]
    for change in changes if len(getattr(part, "elements", "two")) > 1 else changes[:-1]:
        refused(ledger, with_content(batch, **{kind: (replace(part, **change),)}), f"proof of {name}")


def test_clearing_attack_blanks_or_another_order_in_a_proof_of_health(fixed):
    ledger, batch = fixed
    part = batch.content.health[0]
    refused(ledger, with_content(batch, health=(replace(part, accounts=(2, 1)),)), "proof of health_4x13")


@pytest.mark.parametrize(
    ("change", "circuit"),
    [
        ({"time": TIME + 1}, "match_1"),
        ({"reduce_only": True}, "match_1"),
        ({"snapshot_root": 4}, "upkeep_2"),
        ({"requirement_bps": 0}, "health_4x13"),
    ],
)
def test_clearing_attack_a_context_that_is_not_the_proven_one(fixed, change, circuit):
    ledger, batch = fixed
    refused(ledger, with_content(batch, **change), f"proof of {circuit}")


def test_clearing_attack_a_batch_without_health(proven):
    ledger, _, batch = proven
    health = batch.content.health
    fewer = replace(batch, proofs=batch.proofs[: -len(health)])
    refused(ledger, with_content(fewer, health=()), "do not cover every account once")


@pytest.mark.parametrize("twice", [True, False])
def test_clearing_attack_an_account_without_health_or_twice(proven, twice):
    ledger, _, batch = proven
    first, *others = batch.content.health
    numbers = first.accounts
    changed = replace(first, accounts=(numbers[0], *numbers[:-1]) if twice else numbers[:-1])
    refused(ledger, with_content(batch, health=(changed, *others)), "do not cover every account once")


def test_clearing_attack_a_credit_that_does_not_wait(proven):
    ledger, _, batch = proven
    requests = batch.content.requests
    refused(ledger, batch, "does not wait", requests=requests[1:])
    # Two equal deposits are two requests.
    assert verified(ledger, batch, requests=(*requests, *requests))
    doubled = with_content(batch, requests=(*requests, requests[0]))
    refused(ledger, doubled, "does not wait", requests=requests)


def test_a_proof_too_few_and_a_missing_key_are_refused(proven):
    ledger, _, batch = proven
    refused(ledger, replace(batch, proofs=batch.proofs[:-1]), "a proof for each part")
    keys: Mapping[str, str] = {name: key for name, key in IDEAL_KEYS.items() if name != "match_15"}
    with pytest.raises(InputError, match="no verification key of match_15"):
        verified(ledger, batch, keys=keys)


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("fills", "upkeep_2", "no circuit of fills"),
        ("fills", "margin_13", "no circuit of batches"),
        ("upkeep", "match_1", "no circuit of upkeep"),
        ("health", "match_1", "no circuit of health"),
        ("health", "health_1x12", "no place for so many"),
    ],
)
def test_clearing_attack_a_circuit_of_another_kind(fixed, kind, name, reason):
    ledger, batch = fixed
    part = replace(getattr(batch.content, kind)[0], circuit=name)
    refused(ledger, with_content(batch, **{kind: (part,)}), reason)


def test_an_empty_batch_is_refused(proven):
    ledger, _, batch = proven
    empty = with_content(batch, accounts=(), fills=(), upkeep=(), health=(), requests=())
    refused(ledger, replace(empty, proofs=()), "no account")


def test_too_many_factors_are_refused(proven):
    ledger, _, batch = proven
    accounts = tuple(spec.Touched(number, 0, 0) for number in range(1, 33_000))
    many = with_content(batch, accounts=accounts)
    refused(ledger, many, "factors of states", states=dict.fromkeys(range(1, 33_000), 0))
