"""Leverage tiers: the documented rates, and the charge per lot as their upper bound."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.venues import MICRO, margin, market, perpetual, required, table
from zkmargin.risk import load_model
from zkmargin.risk.charges import Charge

PERP = load_model("perp")

# Hyperliquid Docs, "Margin tiers": first tier's end in millions, largest leverage in it and beyond.
TIERS = {
    "BTC": (150, 40, 20),
    "ETH": (100, 25, 15),
    "SOL": (70, 20, 10),
    "XRP": (40, 20, 10),
    "OP": (3, 10, 5),
}


def _hyperliquid(underlying: str, notional: float) -> float:
    """Return the maintenance margin: notional x rate - deduction."""
    end, first, second = TIERS[underlying]
    end *= 1e6
    if notional <= end:
        return notional / (2 * first)
    return notional / (2 * second) - end * (1 / (2 * second) - 1 / (2 * first))


@pytest.mark.parametrize("underlying", TIERS)
def test_perpetuals_pay_the_printed_rate_up_to_the_limit(underlying):
    end, leverage, _ = TIERS[underlying]
    assert PERP.ranges(underlying).charges.perpetual.tiers.position_limit == end * 10**6
    chain = market(perpetual(1000), name=underlying, price=1000)
    for lots in (1, -1, 10**5 * end, -(10**5) * end):  # of 10 each
        venue = _hyperliquid(underlying, 10 * abs(lots))
        ours = required(chain, PERP, {0: lots})
        assert ours == pytest.approx(venue, rel=2e-6, abs=2e-6 * abs(lots))
        assert ours * PERP.initial_bps / 10_000 == pytest.approx(
            10 * abs(lots) / leverage, rel=2e-6, abs=4e-6 * abs(lots)
        )


@given(st.sampled_from(sorted(TIERS)), st.floats(0.01, 6), st.floats(0, 1.5))
@example("BTC", 1.1328125, 0.0)
def test_a_higher_limit_is_exact_there_and_above_the_tiers_below(underlying, limit, part):
    most = round(limit * TIERS[underlying][0] * 10**5)  # lots, of 10 each
    ranges = PERP.ranges(underlying)
    tiers = replace(ranges.charges.perpetual.tiers, position_limit=Decimal(10 * most))
    charges = replace(ranges.charges, perpetual=Charge(tiers=tiers))
    model = replace(PERP, underlyings=MappingProxyType({underlying: replace(ranges, charges=charges)}))
    rows = table(market(perpetual(1000), name=underlying, price=1000), model)
    for lots in (round(part * most), most):
        ours = margin(rows, {0: lots}).requirement / MICRO
        venue = _hyperliquid(underlying, 10 * lots)
        # A lot's charge is rounded up to a micro-quote and raised by one: 1 to 2 of them above the rate. The
        # rate 1/30 is 0.0333334 in the file, 2e-6 of itself above. The last micro-quote is for floats.
        slack = 2e-6 * lots + 2e-6 * venue + 1e-6
        if lots <= most:
            assert ours >= venue
        if lots >= most:
            assert ours <= venue + slack
