"""A ledger: settled batches and owners' own steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.clearing_values import TIME, account, fill, house, snapshot
from zkmargin import InputError, spec
from zkmargin.spec import owner_steps


def test_an_owners_step_becomes_the_state():
    ledger = house(1, 2)
    after = owner_steps.withdrawn(account(1), spec.CASH, 5)
    ledger.step(after)
    assert ledger.accounts[1] == after
    taken = owner_steps.taken_over(after, 7, spec.NO_KEY, 8)
    ledger.step(taken)
    assert ledger.commitment(1) == spec.commitment(taken)


def test_a_step_from_another_state_is_refused():
    ledger = house(1, 2)
    for other in (
        account(1),
        replace(account(1), nonce=2),
        replace(account(1), nonce=1, positions=(spec.Position(1, 5),)),
    ):
        with pytest.raises(InputError, match="account 1: not a step from its last state"):
            ledger.step(other)
    with pytest.raises(InputError, match="no account 3"):
        ledger.step(account(3))
    assert ledger.accounts[1] == account(1)


def settled(ledger, *numbers):
    """Settle a match of two accounts, and return the draft."""
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, *numbers, sequence=24 + sum(one.nonce for one in ledger.accounts.values()))
    ledger.settle(draft)
    return draft


def test_after_a_reorganisation_a_ledger_has_the_states_of_the_chain():
    ledger = house(1, 2, 3)
    before = dict(ledger.accounts)
    dropped = [settled(ledger, 1, 2), settled(ledger, 2, 3)]
    new = account(4)
    ledger.add(new)
    kept = [one for draft in dropped for one in draft.before.values()]
    chain = {number: spec.commitment(one) for number, one in before.items()}
    assert ledger.restore({**chain, 4: 0}, kept) == (1, 2, 3, 4)
    assert ledger.accounts == before
    # Only the second batch is gone, and the account is open again.
    for draft in dropped:
        ledger.settle(draft)
    between = dropped[1].before
    chain |= {number: spec.commitment(one) for number, one in dropped[0].after.items()}
    assert ledger.restore({**chain, 4: spec.commitment(new)}, [*kept, new]) == (2, 3, 4)
    assert ledger.accounts == {1: dropped[0].after[1], **between, 4: new}


def test_a_ledger_whose_states_are_the_chains_needs_no_opening():
    ledger = house(1, 2)
    assert ledger.restore({1: ledger.commitment(1), 3: 0}, []) == ()
    assert ledger.accounts == house(1, 2).accounts


def test_a_ledger_without_the_opening_of_a_state_stays_as_it_is():
    ledger = house(1, 2)
    draft = settled(ledger, 1, 2)
    after = dict(ledger.accounts)
    chain = {number: spec.commitment(one) for number, one in draft.before.items()}
    with pytest.raises(InputError, match="no opening was kept of the state of account 2"):
        ledger.restore(chain, [draft.before[1]])
    # An opening of another account does not count, whatever its commitment.
    with pytest.raises(InputError, match="no opening was kept of the state of account 1, 2"):
        ledger.restore({1: chain[2], 2: chain[1]}, draft.before.values())
    assert ledger.accounts == after
