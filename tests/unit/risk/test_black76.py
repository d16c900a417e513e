"""Black-76 against QuantLib, an independent implementation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import QuantLib
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.risk import black76

FORWARD = 2241.65
DEVIATIONS = np.geomspace(0.01, 2.0, 100)
GRID = [
    (FORWARD * math.exp(steps * deviation), deviation, is_call)
    for steps, deviation, is_call in itertools.product(np.linspace(-3, 3, 50), DEVIATIONS, (True, False))
]
"""10 000 points: a day to years, and strikes up to 3 deviations away on both sides.

Farther out QuantLib's normal distribution, 1 + erf, has lost too many digits to be compared with to 1e-9.
"""

STRIKE, DEVIATION, IS_CALL = (np.array(column) for column in zip(*GRID, strict=True))
YEARS = (DEVIATION / 0.7) ** 2


def _quantlib(function: Callable[..., float], strike: float, deviation: float, is_call: bool) -> float:
    kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
    return function(kind, float(strike), FORWARD, float(deviation))


def test_prices_are_quantlibs():
    assert len(GRID) == 10_000
    theirs = [_quantlib(QuantLib.blackFormula, *point) for point in GRID]
    assert black76.price(FORWARD, STRIKE, DEVIATION, IS_CALL) == pytest.approx(theirs, rel=1e-9, abs=0)


def test_deltas_are_quantlibs():
    chance = QuantLib.blackFormulaAssetItmProbability
    theirs = [_quantlib(chance, *point) * (1 if point[2] else -1) for point in GRID]
    assert black76.delta(FORWARD, STRIKE, DEVIATION, IS_CALL) == pytest.approx(theirs, rel=1e-9, abs=0)


def _calculators() -> list[QuantLib.BlackCalculator]:
    calculators = []
    for strike, deviation, is_call in zip(STRIKE, DEVIATION, IS_CALL, strict=True):
        kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
        payoff = QuantLib.PlainVanillaPayoff(kind, float(strike))
        calculators.append(QuantLib.BlackCalculator(payoff, FORWARD, float(deviation), 1.0))
    return calculators


def test_gammas_are_quantlibs():
    theirs = [one.gammaForward() for one in _calculators()]
    assert black76.gamma(FORWARD, STRIKE, DEVIATION) == pytest.approx(theirs, rel=1e-9, abs=0)


def test_vegas_are_quantlibs():
    theirs = [one.vega(float(years)) for one, years in zip(_calculators(), YEARS, strict=True)]
    assert black76.vega(FORWARD, STRIKE, DEVIATION, YEARS) == pytest.approx(theirs, rel=1e-9, abs=0)


def test_thetas_are_quantlibs():
    # With spot = forward and discount 1 there is no interest in QuantLib's theta either.
    theirs = [one.theta(FORWARD, float(years)) for one, years in zip(_calculators(), YEARS, strict=True)]
    assert black76.theta(FORWARD, STRIKE, DEVIATION, YEARS) == pytest.approx(theirs, rel=1e-9, abs=0)


def test_theta_is_the_loss_of_a_day():
    years, volatility, day = 0.25, 0.7, 1e-6
    now, then = (
        float(black76.price(FORWARD, 2500.0, volatility * math.sqrt(t), True)) for t in (years, years - day)
    )
    theta = float(black76.theta(FORWARD, 2500.0, volatility * math.sqrt(years), years))
    assert theta < 0
    assert (then - now) / day == pytest.approx(theta, rel=1e-5)


def test_deltas_are_the_slope_of_prices():
    step = 1e-3
    up, down = (black76.price(FORWARD + move, STRIKE, DEVIATION, IS_CALL) for move in (step, -step))
    assert np.allclose(
        (up - down) / (2 * step), black76.delta(FORWARD, STRIKE, DEVIATION, IS_CALL), atol=1e-7
    )


def test_the_deviation_is_recovered_from_a_price():
    value = black76.price(FORWARD, STRIKE, DEVIATION, IS_CALL)
    found = black76.implied_deviation(value, FORWARD, STRIKE, IS_CALL)
    intrinsic = np.maximum(np.where(IS_CALL, FORWARD - STRIKE, STRIKE - FORWARD), 0)
    # Where the time value is lost in the price's digits, there is nothing to find.
    visible = value - intrinsic > 1e-5 * value
    assert visible.sum() > 8_000
    assert np.allclose(found[visible], DEVIATION[visible], rtol=1e-8, atol=0)


def test_the_deviation_is_recovered_from_quantlibs_price():
    value = np.array([_quantlib(QuantLib.blackFormula, *point) for point in GRID])
    found = black76.implied_deviation(value, FORWARD, STRIKE, IS_CALL)
    intrinsic = np.maximum(np.where(IS_CALL, FORWARD - STRIKE, STRIKE - FORWARD), 0)
    visible = value - intrinsic > 1e-5 * value
    assert visible.sum() > 8_000
    assert np.allclose(found[visible], DEVIATION[visible], rtol=1e-8, atol=0)


def test_quantlib_finds_the_same_deviation():
    for strike, deviation in ((2000.0, 0.2), (2241.65, 0.05), (5000.0, 0.6)):
        value = float(black76.price(FORWARD, strike, deviation, True))
        theirs = QuantLib.blackFormulaImpliedStdDev(
            QuantLib.Option.Call, strike, FORWARD, value, 1.0, 0.0, 0.3, 1e-14
        )
        assert float(black76.implied_deviation(value, FORWARD, strike, True)) == pytest.approx(
            theirs, rel=1e-9
        )


@pytest.mark.parametrize(
    ("value", "is_call"),
    [(0.0, True), (-1.0, True), (100.0, True), (90.0, False), (10.0, True), (9.999, True), (math.nan, True)],
)
def test_values_without_a_deviation_give_nan(value, is_call):
    # Forward 100, strike 90: a call is worth more than 10 and less than 100, a put less than 90.
    assert np.isnan(black76.implied_deviation(value, 100.0, 90.0, is_call))


def test_empty_arrays_give_empty_arrays():
    assert black76.implied_deviation([], [], [], []).shape == (0,)


@pytest.mark.parametrize(
    ("forward", "call", "put", "delta"), [(110, 20, 0, 1), (70, 0, 20, 0), (90, 0, 0, 0.5)]
)
def test_without_deviation_an_option_is_worth_its_intrinsic_value(forward, call, put, delta):
    assert float(black76.price(forward, 90, 0, True)) == call
    assert float(black76.price(forward, 90, 0, False)) == put
    assert float(black76.delta(forward, 90, 0, True)) == delta
    assert float(black76.delta(forward, 90, 0, False)) == delta - 1


@pytest.mark.parametrize(("forward", "gamma"), [(110, 0), (70, 0), (90, math.inf)])
def test_without_deviation_gamma_is_infinite_at_the_strike_and_else_0(forward, gamma):
    assert float(black76.gamma(forward, 90, 0)) == gamma
    assert float(black76.theta(forward, 90, 0, 1)) == 0
    assert float(black76.vega(forward, 90, 0, 0)) == 0


@pytest.mark.parametrize("deviation", [1e-199, 1e-12, 1e3])
def test_greeks_far_from_the_strike_vanish_quietly(deviation):
    far = (90.0, 200.0, deviation)
    assert [float(one) for one in (black76.gamma(*far), black76.vega(*far, 1), black76.theta(*far, 1))] == [
        0
    ] * 3


PRICES = st.floats(0.01, 1e6)


@given(PRICES, PRICES, st.floats(0, 10))
def test_put_call_parity_and_bounds(forward, strike, deviation):
    call, put = (float(black76.price(forward, strike, deviation, kind)) for kind in (True, False))
    assert call - put == pytest.approx(forward - strike, rel=1e-12, abs=1e-12 * max(forward, strike))
    assert max(forward - strike, 0) <= call <= forward * (1 + 1e-15)
    assert max(strike - forward, 0) <= put <= strike * (1 + 1e-15)


@given(PRICES, PRICES, st.floats(0, 5), st.floats(0.001, 5))
def test_more_volatility_is_never_worth_less(forward, strike, deviation, more):
    low, high = (float(black76.price(forward, strike, one, True)) for one in (deviation, deviation + more))
    assert high >= low - 1e-12 * forward
