"""A holder rebuilds its account from the last opening and what a batch makes public."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.clearing_values import (
    BPS,
    CIRCUITS,
    DOMAIN,
    SETTLED,
    TIME,
    account,
    fill,
    house,
    random_day,
    snapshot,
)
from zkmargin import spec
from zkmargin.clearing import Ledger, latest_opening, plan_batch
from zkmargin.errors import StatementError


@given(st.randoms(use_true_random=False))
def test_every_holder_rebuilds_its_account_from_public_data(rng: random.Random):
    ledger = house(*range(1, 5))
    for _ in range(2):
        draft = ledger.draft(snapshot(), TIME)
        random_day(rng, ledger, 4, draft)
        content = plan_batch(draft, BPS, CIRCUITS).content
        rebuilt = {number: latest_opening(one, content) for number, one in ledger.accounts.items()}
        ledger.settle(draft)
        assert rebuilt == ledger.accounts
        # The table of a day's orders would be full of newer sequences.
        ledger = Ledger(DOMAIN, [replace(one, orders=spec.NO_ORDERS) for one in ledger.accounts.values()])


def test_an_expired_position_needs_the_snapshot_and_a_new_key_the_key():
    ledger = Ledger(DOMAIN, [account(1, positions=((SETTLED, 4),))])
    key = spec.trading_key(b"\x05" * 32)
    draft = ledger.draft(snapshot(), TIME)
    draft.expire(1, SETTLED)
    draft.rekey(1, key)
    content = plan_batch(draft, BPS, CIRCUITS).content
    opening = ledger.accounts[1]
    assert latest_opening(opening, content, snapshot=snapshot(), key=key) == draft.after[1]
    for missing in ({"snapshot": snapshot()}, {"key": key}):
        with pytest.raises(StatementError, match="account 1"):
            latest_opening(opening, content, **missing)


def test_an_opening_of_another_state_is_refused_and_an_untouched_account_stays():
    ledger = house(1, 2, 3)
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    content = plan_batch(draft, BPS, CIRCUITS).content
    assert latest_opening(ledger.accounts[3], content) is ledger.accounts[3]
    with pytest.raises(StatementError, match="account 1: the opening is not of the state before the batch"):
        latest_opening(draft.after[1], content)


def test_a_venue_that_withholds_an_element_is_found_out():
    ledger = house(1, 2)
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    content = plan_batch(draft, BPS, CIRCUITS).content
    part = content.fills[0]
    withheld = replace(content, fills=(replace(part, elements=(5, part.elements[1])),))
    with pytest.raises(StatementError, match="account 1: the sealed elements do not lead to its state"):
        latest_opening(ledger.accounts[1], withheld)
    assert latest_opening(ledger.accounts[2], withheld) == draft.after[2]
