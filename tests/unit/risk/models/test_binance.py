"""Binance's portfolio margin of futures: the venue's tiers with its own maintenance amounts."""

from __future__ import annotations

import pytest

from support.venues import market, perpetual, required
from zkmargin.risk import load_model

BINANCE = load_model("binance")

# GET /fapi/v1/leverageBracket: notionalCap, maintMarginRatio, cum, initialLeverage; freqtrade/freqtrade,
# freqtrade/exchange/binance_leverage_tiers.json, commit 01d10ae.
PERPETUAL = [
    (50_000, 0.004, 0, 125),
    (600_000, 0.005, 50, 100),
    (3_000_000, 0.0065, 950, 75),
    (12_000_000, 0.01, 11_450, 50),
]
BEYOND = {
    "BTC": [*PERPETUAL, (70_000_000, 0.02, 131_450, 25), (100_000_000, 0.025, 481_450, 20)],
    "ETH": [*PERPETUAL, (50_000_000, 0.02, 131_450, 25), (65_000_000, 0.025, 381_450, 20)],
}
FUTURE = [(50_000, 0.01, 0, 50), (375_000, 0.02, 500, 25), (2_000_000, 0.05, 11_750, 10)]


@pytest.mark.parametrize("underlying", BEYOND)
def test_the_tiers_have_the_venues_maintenance_amounts(underlying):
    charges = BINANCE.ranges(underlying).charges
    for printed, tiers in ((BEYOND[underlying], charges.perpetual.tiers), (FUTURE, charges.future.tiers)):
        assert [(int(one.up_to), float(one.rate)) for one in tiers.tiers] == [row[:2] for row in printed]
        start, paid = 0, 0.0
        for end, rate, amount, _ in printed:
            # n * rate - cum at both ends of the tier.
            assert paid == pytest.approx(start * rate - amount)
            paid += (end - start) * rate
            start = end


@pytest.mark.parametrize("underlying", BEYOND)
def test_the_charge_is_exact_at_the_limit_and_above_the_tiers_below(underlying):
    chain = market(perpetual(1000), name=underlying, price=1000)
    for notional in (1_000, 50_000, 500_000, 3_000_000, 12_000_000):
        _, rate, amount, leverage = next(row for row in PERPETUAL if notional <= row[0])
        venue = notional * rate - amount
        for lots in (notional // 10, -notional // 10):
            ours = required(chain, BINANCE, {0: lots})
            assert ours >= venue
            assert ours * BINANCE.initial_bps / 10_000 >= notional / leverage
    assert ours == pytest.approx(venue, rel=2e-5)
    assert ours * BINANCE.initial_bps / 10_000 == pytest.approx(notional / leverage, rel=1e-4)
    future = BINANCE.ranges(underlying).charges.future.tiers
    assert float(future.rate) * BINANCE.initial_bps / 10_000 >= 0.04


def test_other_coins_pay_the_last_tier():
    for charge in (BINANCE.default.charges.perpetual, BINANCE.default.charges.future):
        assert [float(term.mark) for term in charge.add_on] == [0.5]
