"""The steps of owners: what may change, and view keys that only the venue can read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import spec_values
from zkmargin import spec
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import owner_steps
from zkmargin.spec.constants import FIELD
from zkmargin.spec.eddsa import BASE8, SUBGROUP_ORDER, add, multiply, trading_key

HASH = fast_hasher()
SECRET = b"\x21" * 32
HELD = spec_values.account([(1, 2)], nonce=3, cash=50, amounts=tuple(range(8)))
NEW = spec.Account(7, 5, spec.NO_KEY, 9, 0, 0, spec.NO_AMOUNTS, ())


@given(st.integers(0, 2**248 - 1), st.integers(1, 2**251 - 1).filter(lambda scalar: scalar != SUBGROUP_ORDER))
def test_only_the_venues_secret_opens_a_sealed_view_key(view_key, scalar):
    ephemeral, sealed = owner_steps.seal_view_key(view_key, trading_key(SECRET), scalar, HASH)
    assert owner_steps.unseal_view_key(SECRET, ephemeral, sealed, HASH) == view_key
    assert owner_steps.unseal_view_key(b"\x22" * 32, ephemeral, sealed, HASH) != view_key


def test_one_key_sealed_twice_shows_nothing_in_common():
    first, second = (owner_steps.seal_view_key(5, trading_key(SECRET), scalar, HASH) for scalar in (7, 8))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_the_shared_point_is_the_same_on_both_sides_and_has_no_small_part():
    """A point of low order is no key: the secret's scalar is a multiple of 8 before it is divided."""
    assert spec.shared_point(SECRET, multiply(BASE8, 99)) == multiply(trading_key(SECRET), 99)
    assert multiply(multiply(BASE8, 99), SUBGROUP_ORDER) == (0, 1)
    assert add(BASE8, (0, 1)) == BASE8


@pytest.mark.parametrize(
    "change",
    [{"nonce": 1}, {"cash": 1}, {"amounts": (1, *[0] * 7)}, {"positions": (spec.Position(1, 1),)}],
)
def test_a_new_account_has_nothing(change):
    owner_steps.open_inputs(NEW, 0, hasher=HASH)
    with pytest.raises(spec.SpecError, match="no funds, positions or orders"):
        owner_steps.open_inputs(replace(NEW, **change), 0, hasher=HASH)


def test_a_new_account_has_no_orders():
    orders = (spec.OrderFill(24, 1), *spec.NO_ORDERS[1:])
    with pytest.raises(spec.SpecError, match="no funds, positions or orders"):
        owner_steps.open_inputs(replace(NEW, orders=orders), 0, hasher=HASH)


def test_a_withdrawal_takes_one_asset_and_nothing_else():
    assert owner_steps.withdrawn(HELD, 3, 3) == replace(HELD, nonce=4, amounts=(0, 1, 2, 0, 4, 5, 6, 7))
    assert owner_steps.withdrawn(HELD, owner_steps.CASH, 60) == replace(HELD, nonce=4, cash=-10)


@pytest.mark.parametrize(
    ("asset", "amount", "key"),
    [(3, 4, "amounts[3]"), (9, 0, "asset"), (-1, 0, "asset"), (1, -1, "amount"), (8, 2**64, "amount")],
)
def test_what_is_no_withdrawal_is_refused(asset, amount, key):
    with pytest.raises(spec.SpecError) as caught:
        owner_steps.withdraw_inputs(HELD, asset, amount, 0, hasher=HASH)
    assert caught.value.key == key


def test_a_takeover_changes_owner_and_keys_and_keeps_the_order_table():
    after = owner_steps.taken_over(HELD, 8, trading_key(SECRET), 77)
    assert after == replace(HELD, owner=8, key=trading_key(SECRET), view_key=77, nonce=4)
    assert after.orders == HELD.orders
    for change in ({"orders": spec.NO_ORDERS}, {"cash": 51}, {"nonce": 3}, {"number": 0}, {"positions": ()}):
        with pytest.raises(spec.SpecError, match="owner, keys and nonce only"):
            owner_steps.take_over_inputs(
                HELD, replace(after, **change), trading_key(SECRET), 5, 0, hasher=HASH
            )


@pytest.mark.parametrize(
    ("venue", "scalar", "key"),
    [
        (spec.NO_KEY, 5, "venue"),
        (spec.TradingKey(1, 2), 5, "venue"),
        (spec.TradingKey(0, 1), 5, "venue"),
        (spec.TradingKey(0, FIELD - 1), 5, "venue"),
        (trading_key(SECRET), 2**251, "scalar"),
        (trading_key(SECRET), 0, "scalar"),
        (trading_key(SECRET), SUBGROUP_ORDER, "scalar"),
    ],
)
def test_a_view_key_is_sealed_by_a_pad_that_not_everybody_computes(venue, scalar, key):
    after = owner_steps.taken_over(HELD, 8, spec.NO_KEY, 77)
    with pytest.raises(spec.SpecError) as caught:
        owner_steps.take_over_inputs(HELD, after, venue, scalar, 0, hasher=HASH)
    assert caught.value.key == key
