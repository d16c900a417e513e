"""A day of a house with real proofs: batches verify, states are the specification's, and holders rebuild theirs."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from support.clearing_values import BPS, DOMAIN, TIME, house, random_fills, snapshot
from support.margin_values import KEYS
from zkmargin.clearing import Batch, latest_opening, plan_batch, prove_plan, verify_batch
from zkmargin.errors import StatementError
from zkmargin.proofs.batch_instances import BatchCircuits, batch_circuits
from zkmargin.proofs.circuit_keys import build_circuit


def using(*names: str) -> BatchCircuits:
    """Return the circuits of some names."""
    every = batch_circuits()
    kinds = {
        kind: tuple(one for one in getattr(every, kind) if one.name in names)
        for kind in ("match", "quote", "upkeep", "health")
    }
    return BatchCircuits(**kinds)


def verification_keys(circuits: BatchCircuits) -> dict:
    """Return the verification keys of circuits by name."""
    return {one.name: build_circuit(one, KEYS)[1].key for one in circuits.all}


def day(seed, *, accounts, batches, matches, circuits, workers=1):  # the sizes of a day
    """Settle batches of random matches, and check each as verifier, venue and holders do."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    ledger = house(*range(1, accounts + 1), cash=10**12)
    holders = dict(ledger.accounts)
    commitments = {number: ledger.commitment(number) for number in ledger.accounts}
    keys = None
    for number in range(batches):
        draft = ledger.draft(snapshot(), TIME)
        random_fills(rng, ledger, matches, draft, 100 * number)
        plan = plan_batch(draft, BPS, circuits)
        batch = prove_plan(plan, keys=KEYS, workers=workers)
        keys = keys or verification_keys(circuits)
        last = verify_batch(batch, domain=DOMAIN, states=commitments, requests=(), keys=keys)
        ledger.settle(draft)
        commitments |= last
        assert commitments == {one: ledger.commitment(one) for one in ledger.accounts}
        holders = {one: latest_opening(opening, batch.content) for one, opening in holders.items()}
        assert holders == ledger.accounts
        assert batch.fees == sum(done.operation.lots * 2 for done in draft.operations)
        yield batch, dict(commitments), keys


def test_a_small_day_with_real_proofs_is_settled_and_nothing_else_of_it_verifies():
    circuits = using("match_1", "health_1x12")
    (batch, _, keys), *_ = day(1, accounts=3, batches=1, matches=2, circuits=circuits)
    first = {touched.number: touched.first for touched in batch.content.accounts}
    proofs = list(batch.proofs)
    exchanged = Batch(batch.content, (proofs[1], proofs[0], *proofs[2:]))
    with pytest.raises(StatementError):
        verify_batch(exchanged, domain=DOMAIN, states=first, requests=(), keys=keys)
    later = Batch(replace(batch.content, time=TIME + 1), batch.proofs)
    with pytest.raises(StatementError):
        verify_batch(later, domain=DOMAIN, states=first, requests=(), keys=keys)


@pytest.mark.slow
def test_a_day_of_1000_random_matches_over_50_accounts_is_settled():
    circuits = using("match_1", "match_3", "match_7", "match_15", "health_1x12", "health_24x13")
    proven = list(day(2, accounts=50, batches=8, matches=125, circuits=circuits, workers=2))
    assert sum(len(batch.content.fills) for batch, _, _ in proven) == 8 * 9
