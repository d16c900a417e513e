"""Derive's own margins against the venue's test cases and an independent implementation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from support import pmrm
from zkmargin.risk import load_model
from zkmargin.risk.derive import Leg, Linear, portfolio_margin, standard_margin

PMRM = load_model("derive_pmrm")
NO_SKEW = tuple(one for one in pmrm.MAINNET.scenarios if one.volatility not in pmrm.MAINNET.skew_cap)
SPOT = 2000


def _option(strike: int, right: str, units: float, *, days: int = 11) -> Leg:
    """Return an option whose mark is 3 above its intrinsic value."""
    mark = 3 + max(0, SPOT - strike if right == "call" else strike - SPOT)
    size = Fraction(units)
    return Leg(Fraction(days, 365), Fraction(strike), right == "call", size, size * mark)


# derivexyz/v2-core, test-cases-2.json of the standard manager's tests: spot and forward about 2000, maintenance 7.5 %,
# initial margin 15 to 10 %. The mark of the call of 2300 is 3 there: 153 is 7.5 % of 2000 and the mark.
STANDARD = {
    "short_call_spread_with_MaxLoss": ([_option(1800, "call", -1), _option(2000, "call", 1)], 200, 200),
    "short_put_spread_with_MaxLoss": ([_option(2500, "put", 1), _option(3000, "put", -1)], 500, 500),
    "short_call_spread_with_iso_margin": (
        [_option(2300, "call", -1), _option(4000, "call", 1)],
        153,
        203,
    ),
    "short_spread_over_two_expiries_both_MaxLoss": (
        [
            _option(strike, "call", side, days=days)
            for days in (11, 18)
            for strike, side in ((1800, -1), (2000, 1))
        ],
        400,
        400,
    ),
    "long_call_spread": ([_option(2900, "call", 1), _option(3500, "call", -1)], 0, 0),
    "long_put_spread": ([_option(2900, "put", -1), _option(3500, "put", 1)], 0, 0),
    "long_box": (
        [
            _option(1000, "call", 1),
            _option(1000, "put", -1),
            _option(2000, "call", -1),
            _option(2000, "put", 1),
        ],
        0,
        0,
    ),
    "short_box": (
        [
            _option(1000, "call", -1),
            _option(1000, "put", 1),
            _option(2000, "call", 1),
            _option(2000, "put", -1),
        ],
        1000,
        1000,
    ),
    "short_put_with_0_strike_MaxLoss": ([_option(100, "put", -1)], 100, 100),
    "short_call_spread_with_offset": (
        [_option(1100, "call", -1.01), _option(1200, "call", 1)],
        123,
        125,
    ),
}


@pytest.mark.parametrize("case", STANDARD)
def test_the_standard_margin_of_the_venues_own_cases(case):
    legs, maintenance, initial = STANDARD[case]
    marks = sum(one.value for one in legs)
    forwards = {one.years: Fraction(SPOT) for one in legs}
    for rate, expected, level in ((0.075, maintenance, False), (0.10, initial, True)):
        charged = [replace(one, charge=Fraction(rate) * SPOT) for one in legs]
        found = standard_margin(charged, forwards, initial=level) - marks
        assert float(found) == pytest.approx(expected, abs=0.5)


def test_without_a_forward_naked_calls_are_not_charged_beyond_the_largest_loss():
    legs = [_option(1100, "call", -1.01), _option(1200, "call", 1)]
    marks = sum(one.value for one in legs)
    assert float(standard_margin(legs, {}, initial=False) - marks) == pytest.approx(101, abs=1e-9)


def _held(years: float, strike: float, is_call: bool, volatility: float, units: float) -> pmrm.Holding:
    return pmrm.Holding(years, 2010, strike, is_call, volatility, units)


BOOKS = {
    "long": [_held(0.1, 2000, True, 0.6, 3)],
    "short": [_held(0.1, 2200, True, 0.6, -3)],
    "vertical": [_held(0.1, 2000, True, 0.6, 1), _held(0.1, 2200, True, 0.6, -1)],
    "box": [
        _held(0.2, 1800, True, 0.6, 1),
        _held(0.2, 1800, False, 0.6, -1),
        _held(0.2, 2200, True, 0.6, -1),
        _held(0.2, 2200, False, 0.6, 1),
    ],
    "calendar": [_held(0.05, 2000, True, 0.7, -2), _held(0.4, 2000, True, 0.5, 2)],
    "roll": [
        _held(0.05, 2000, True, 0.7, -2),
        _held(0.05, 2000, False, 0.7, 2),
        _held(0.4, 2000, True, 0.5, 2),
        _held(0.4, 2000, False, 0.5, -2),
    ],
}


def _leg(one: pmrm.Holding) -> Leg:
    """Return a leg with gains that `pmrm` prices, without its discounts."""
    flat = replace(pmrm.MAINNET, discount=(1, 0, 0), markup=(1, 0, 0))
    alone = pmrm.Portfolio(SPOT, (one,))
    gains = (pmrm.scenario_gain(alone, replace(scenario, dampening=1), flat) for scenario in NO_SKEW)
    price = pmrm._price(one, one.forward, one.volatility)
    numbers = (Fraction(one.years), Fraction(one.strike), one.is_call, Fraction(one.amount))
    return Leg(*numbers, Fraction(one.amount * price), tuple(map(Fraction, gains)))


@pytest.mark.parametrize("units", [0, -1.5])
@pytest.mark.parametrize("book", BOOKS)
def test_the_portfolio_margin_without_its_skew_scenarios(book, units):
    held = BOOKS[book]
    venue = pmrm.margin(
        pmrm.Portfolio(SPOT, tuple(held), units, 2003), replace(pmrm.MAINNET, scenarios=NO_SKEW)
    )
    moves = tuple(Fraction(units * 2003 * (one.spot - 1)) for one in NO_SKEW)
    linear = [Linear(Fraction(units), moves)] if units else []
    legs = [_leg(one) for one in held]
    for initial, expected in ((False, venue.maintenance), (True, venue.initial)):
        found = portfolio_margin(legs, linear, Fraction(SPOT), PMRM, initial=initial)
        assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)
