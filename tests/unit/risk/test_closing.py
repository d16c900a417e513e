"""The cost of closing a position, with numbers computed by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from zkmargin.risk.closing import ClosingCost, HalfSpread, closing_cost
from zkmargin.venue_data import Expired, Option, Perpetual, Right, Spot

PERPETUAL = Perpetual("P", 0, Decimal(1), Decimal(2000))
OPTION = Option("O", 1, Decimal(1), 2, Decimal(1), Right.CALL, Decimal(1), Decimal("0.5"), Decimal("0.7"))
VEGA = 1.25
QUOTED = {"bid": Decimal("0.375"), "ask": Decimal("0.75")}


@pytest.mark.parametrize(
    ("one", "quantity", "cost", "is_quoted"),
    [
        (PERPETUAL, -3.0, 6.0, False),
        (Spot("S", 0, Decimal(1), Decimal(2000)), 3.0, 6.0, False),
        # Selling costs at most the mark.
        (OPTION, 10.0, 5.0, False),
        (OPTION, -10.0, 25.0, False),
        (replace(OPTION, **QUOTED), 10.0, 1.25, True),
        (replace(OPTION, **QUOTED), -10.0, 2.5, True),
        (replace(OPTION, bid=Decimal("0.375")), -10.0, 25.0, False),
        # A mark below the bid or above the ask.
        (replace(OPTION, bid=Decimal("0.625")), 10.0, 0.0, True),
        (replace(OPTION, ask=Decimal("0.25")), -10.0, 0.0, True),
    ],
)
def test_a_position_is_closed_at_the_side_that_it_needs_or_at_the_assumed_half_spread(
    one, quantity, cost, is_quoted
):
    assert closing_cost(one, quantity, VEGA) == ClosingCost(pytest.approx(cost), is_quoted)


def test_another_half_spread():
    assumed = HalfSpread(0.01, 0.1)
    assert closing_cost(PERPETUAL, 1.0, 0.0, assumed) == ClosingCost(pytest.approx(20.0), is_quoted=False)
    assert closing_cost(OPTION, 1.0, VEGA, assumed) == ClosingCost(pytest.approx(0.125), is_quoted=False)


def test_an_expired_instrument_is_not_closed():
    assert closing_cost(Expired("E", 2, Decimal(1), 2, Decimal(5), 2, 10**6), 1.0, VEGA) is None
