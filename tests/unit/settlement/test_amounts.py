"""Amounts of funds: from people's units to micro and slots, and the worth of credits."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from zkmargin import InputError
from zkmargin.account.funds import CASH, Funds
from zkmargin.settlement.roles.sender import amounts_of, value_down

SLOTS = {"cash": 8, "USD": 8, "ETH": 2}
MARKET = SimpleNamespace(deployment=SimpleNamespace(slot=SLOTS.__getitem__))


@pytest.mark.parametrize(
    ("amount", "micro"), [("0", 0), ("0.000001", 1), ("1e3", 10**9), ("18446744073709.551615", 2**64 - 1)]
)
def test_funds_have_a_whole_number_of_micro(amount, micro):
    assert Funds(CASH, Decimal(amount)).micro == micro


@pytest.mark.parametrize("amount", ["-0.000001", "0.0000001", "18446744073709.551616", "NaN", "Infinity"])
def test_funds_that_are_no_amount_are_refused(amount):
    with pytest.raises(InputError, match="cash: "):
        _ = Funds(CASH, Decimal(amount)).micro


def test_funds_of_micro_are_shown_without_zeros_at_the_end():
    assert [Funds.of_micro("ETH", one).text for one in (0, 1, 2_500_000, 10**12)] == [
        "0",
        "0.000001",
        "2.5",
        "1000000",
    ]


def test_amounts_are_by_slot_and_each_asset_stands_once():
    found = amounts_of(MARKET, [Funds("ETH", Decimal("0.5")), Funds(CASH, Decimal(2))])
    assert found == {2: 500_000, 8: 2_000_000}
    for funds, reason in (
        ([], "expected at least one"),
        ([Funds(CASH, Decimal(0))], "must be positive"),
        # Cash has two names.
        ([Funds(CASH, Decimal(1)), Funds("USD", Decimal(1))], "USD: listed twice"),
    ):
        with pytest.raises(InputError, match=reason):
            amounts_of(MARKET, funds)


def test_credits_are_valued_against_the_account():
    assert (value_down(3, 10**18), value_down(-3, 10**18)) == (3, -3)
    assert (value_down(3, 9 * 10**17), value_down(-3, 9 * 10**17)) == (2, -3)
