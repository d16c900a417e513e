"""Accounts of an imaginary venue."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from support.margin_values import snapshot
from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.solvency import generate_accounts

DATA = snapshot()


@pytest.mark.parametrize(("count", "positions"), [(2, 1), (30, 2), (30, 13)])
def test_accounts_are_healthy_and_their_lots_add_up_to_0(count, positions):
    accounts = list(generate_accounts(DATA, count, positions=positions))
    totals = Counter()
    for one in accounts:
        totals.update(one.positions)
        assert len(one.positions) <= positions
        assert spec.margin(one.opening(DATA), DATA.spec).healthy(10_000)
    assert len(accounts) == count
    assert {one.number for one in accounts} == set(range(1, count + 1))
    assert any(one.positions for one in accounts)
    assert set(totals.values()) <= {Decimal(0)}


def test_view_keys_are_new_each_time():
    one, other = (next(generate_accounts(DATA, 2)) for _ in range(2))
    assert one.positions == other.positions
    assert one.view_key != other.view_key


def test_one_account_alone_is_refused():
    with pytest.raises(InputError, match="at least 2"):
        list(generate_accounts(DATA, 1))
