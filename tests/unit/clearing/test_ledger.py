"""A ledger: settled batches and owners' own steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.clearing_values import account, house
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
