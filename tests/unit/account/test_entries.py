"""Cash that follows from entry prices."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import account, snapshot
from zkmargin import Account, InputError
from zkmargin.account.entries import cash_warning, import_positions
from zkmargin.account.members import price_paid
from zkmargin.account.report import margin_report
from zkmargin.venues.positions import VenuePosition

SNAPSHOT = snapshot()
FUNDS = account(cash="5000", positions={})


def position(name, quantity, entry, place="[0]"):
    return VenuePosition((name,), Fraction(quantity), None if entry is None else Fraction(entry), place)


def test_cash_is_the_running_balance_after_the_entries():
    """By hand: 0.2 ETH at 2 000 take 400, -0.003 BTC at 40 000 give 120; the call's premium was paid before."""
    found = import_positions(
        [
            position("ETH-PERPETUAL", "0.2", 2000),
            position("BTC-PERPETUAL", "-0.003", 40_000),
            position("ETH-CALL", "-0.4", None),
        ],
        SNAPSHOT,
        FUNDS,
    )
    assert (found.account.cash, found.paid, found.priced, found.rounded) == (4720, 280, 2, ())
    assert found.account.positions == {
        "ETH-PERPETUAL": Decimal("0.2"),
        "BTC-PERPETUAL": Decimal("-0.003"),
        "ETH-CALL": Decimal("-0.4"),
    }
    assert (found.account.owner, found.account.view_key) == (FUNDS.owner, FUNDS.view_key)
    assert found.account.collateral == FUNDS.collateral


def test_a_position_entered_at_its_mark_leaves_the_equity_as_it_was():
    """The fault that this prevents: a position beside cash that has not paid for it counts as a gift."""
    mark = SNAPSHOT.parts.rows[0].slots[SNAPSHOT.parts.layout.mark]
    price = Fraction(mark, 10**6) / Fraction("0.1")
    found = import_positions([position("ETH-PERPETUAL", 1000, price)], SNAPSHOT, FUNDS)
    assert margin_report(found.account, SNAPSHOT).equity == margin_report(FUNDS, SNAPSHOT).equity


@given(st.fractions(-1000, 1000), st.fractions(1, 5000))
def test_rounding_to_lots_never_favours_the_account(quantity, price):
    found = import_positions([position("ETH-PERPETUAL", quantity, price)], SNAPSHOT, FUNDS)
    held = Fraction(found.account.positions.get("ETH-PERPETUAL", Decimal(0)))
    assert quantity - Fraction("0.1") < held <= quantity
    assert found.rounded == (() if held == quantity else ("[0]",))
    assert 0 <= Fraction(found.paid) - quantity * price < Fraction(1, 10**6)


def test_the_funding_that_the_snapshot_has_accumulated_is_taken_off_the_quoted_price():
    listings = tuple(
        replace(one, funding=Decimal(7)) if one.name == "ETH-PERPETUAL" else one
        for one in SNAPSHOT.parts.listings
    )
    accrued = replace(SNAPSHOT, parts=replace(SNAPSHOT.parts, listings=listings))
    found = import_positions([position("ETH-PERPETUAL", 2, 2000)], accrued, FUNDS)
    assert found.paid == 2 * (2000 - 7)


def test_long_and_short_of_one_instrument_add_up():
    both = [position("ETH-PERPETUAL", 2, 2000), position("ETH-PERPETUAL", -2, 2100)]
    found = import_positions(both, SNAPSHOT, FUNDS)
    assert (found.account.positions, found.account.cash) == ({}, 5200)


def test_an_unknown_instrument_is_named_by_its_place():
    with pytest.raises(InputError) as caught:
        import_positions([position("DOGE-PERPETUAL", 1, 1, "[4]")], SNAPSHOT, FUNDS, "mine.json")
    assert str(caught.value).startswith("mine.json: [4]: the snapshot has no such instrument: check its name")


def test_positions_are_never_added_to_positions():
    with pytest.raises(InputError, match="counted twice"):
        import_positions([], SNAPSHOT, account())


def test_an_account_file_may_have_entry_prices(tmp_path):
    """By hand: 100 - 0.2 * 2000.00000001 = -300.000000002, and cash is rounded down to micro-quote."""
    document = account(cash="100", positions={"ETH-PERPETUAL": Decimal("0.2")}).to_json()
    document["positions"][0]["entryPrice"] = "2000.00000001"
    path = tmp_path / "account.json"
    path.write_text(json.dumps(document))
    found = Account.load(path)
    assert found.cash == Decimal("-300.000001")
    found.save(path)
    assert Account.load(path) == found
    document["positions"][0]["entryPrice"] = "-1"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"positions\[0\]\.entryPrice: must be 0 or more"):
        Account.load(path)


@given(st.lists(st.tuples(st.fractions(), st.fractions(0)), max_size=4))
def test_the_price_paid_is_exact_up_to_the_last_micro(entries):
    exact = sum((quantity * price for quantity, price in entries), Fraction(0))
    assert 0 <= Fraction(price_paid(entries)) - exact < Fraction(1, 10**6)


def test_the_price_paid_of_large_numbers_is_not_rounded_to_the_contexts_digits():
    large = Fraction(10**29 + 1)
    assert Fraction(price_paid([(large, large)])) == large * large


@pytest.mark.parametrize(
    ("cash", "quantity", "warned"),
    [
        ("0", "1000", True),  # a perpetual that nothing has paid for: 3 million of equity from nowhere
        ("20000", "-10", True),  # a short one whose price the cash does not have
        ("-1950000", "1000", False),
        ("41000", "-10", False),
    ],
)
def test_cash_that_cannot_have_paid_for_the_positions_is_warned_of(cash, quantity, warned):
    held = account(cash=cash, positions={"ETH-PERPETUAL": Decimal(quantity)})
    warning = cash_warning(held, SNAPSHOT)
    assert (warning is not None) is warned
    if warning:
        assert warning.startswith("account: cash: is the running balance after fills")
        assert quantity not in warning


def test_options_alone_are_not_warned_of():
    assert cash_warning(account(cash="0", positions={"ETH-CALL": Decimal(10)}), SNAPSHOT) is None
