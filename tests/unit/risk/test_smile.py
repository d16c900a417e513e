"""Estimates from the smile: close to the venue's marks, and without arbitrage."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
import QuantLib
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from support.market_data import market_data
from zkmargin.risk import black76
from zkmargin.risk.quotes import MARK_TOLERANCE, misprices
from zkmargin.risk.smile import LEAST_STRIKES, Point, Smile, point
from zkmargin.venue_data import Estimate, Option, Right, VenueData
from zkmargin.venues import import_deribit
from zkmargin.venues.smile import fill_from_smile

NOW = 1_772_442_000
DAY = 86_400
YEAR = 365 * DAY
MONTH, QUARTER = NOW + 30 * DAY, NOW + 90 * DAY


def _option(strike: float, volatility: float, expiry: int = MONTH, right: Right = Right.CALL) -> Option:
    name = f"ETH-{expiry}-{strike}-{right}"
    strike_, volatility_ = Decimal(repr(strike)), Decimal(repr(volatility))
    return Option(name, 0, Decimal("0.01"), expiry, strike_, right, Decimal(1000), Decimal(0), volatility_)


def _slice(smile: dict[float, float], expiry: int = MONTH) -> list[Option]:
    """Return calls by strike and volatility; the forward is 1000."""
    return [_option(strike, volatility, expiry) for strike, volatility in smile.items()]


def _chain(name: str = "ETH") -> VenueData:
    return import_deribit(ROOT / "examples" / "chain" / f"{name}.json")


def _options(market: VenueData) -> list[Option]:
    return [one for _, _, one in market.instruments() if isinstance(one, Option)]


def _bare(option: Option) -> Option:
    return replace(option, mark=Decimal(0), volatility=Decimal(0))


def _by_strike(options: list[Option]) -> dict[tuple[int, Decimal], list[Option]]:
    groups = defaultdict(list)
    for option in options:
        groups[option.expiry, option.strike].append(option)
    return groups


SMILE = {800.0: 0.75, 900.0: 0.68, 1000.0: 0.65, 1100.0: 0.66, 1200.0: 0.70}


@pytest.mark.parametrize("name", ["BTC", "ETH"])
def test_each_hidden_strike_of_the_example_chain_is_estimated_near_its_marks(name):
    market = _chain(name)
    groups = _by_strike(_options(market))
    strikes = defaultdict(list)
    for expiry, strike in groups:
        strikes[expiry].append(strike)
    for (expiry, strike), hidden in groups.items():
        rest = [one for place, group in groups.items() for one in group if place != (expiry, strike)]
        filled, refused = fill_from_smile([_bare(one) for one in hidden], rest, market.time)
        if strike in {min(strikes[expiry]), max(strikes[expiry])}:
            assert {reason for _, reason in refused} == {
                "its strike is outside those of its expiry with a usable volatility"
            }
            continue
        assert not refused
        assert {one.reason for _, one in filled} == {"volatility from the smile of its expiry"}
        before = {one.name: one for one in hidden}
        for one, _ in filled:
            assert float(one.volatility) == pytest.approx(float(before[one.name].volatility), abs=0.0125)
            assert float(abs(one.mark - before[one.name].mark)) < MARK_TOLERANCE * float(one.forward)


def test_a_hidden_option_takes_the_volatility_of_the_other_one_of_its_strike():
    market = _chain()
    options = _options(market)
    hidden, twin = options[:2]
    assert hidden.strike == twin.strike
    ((filled, estimate),), refused = fill_from_smile([_bare(hidden)], options[1:], market.time)
    assert not refused
    assert filled.volatility == twin.volatility
    same = (twin.volatility, twin.volatility)
    note = f"volatility of {twin.name}, of the same strike"
    assert estimate == Estimate(hidden.name, note, None, same)
    wide = {twin.name: (Decimal("0.1"), Decimal(2))}
    ((_, estimate),), _ = fill_from_smile([_bare(hidden)], options[1:], market.time, wide)
    assert estimate.volatilities == wide[twin.name]
    parity = float(filled.mark - twin.mark) * (1 if filled.right == Right.CALL else -1)
    assert parity == pytest.approx(float(filled.forward - filled.strike), abs=1e-3)  # marks have 6 digits


def test_estimates_have_the_mark_of_their_volatility():
    ((filled, _),), _ = fill_from_smile([_option(1050.0, 0.0)], _slice(SMILE), NOW)
    assert 0.65 < filled.volatility < 0.66
    assert misprices([filled], NOW) == [False]
    engine = QuantLib.blackFormula(
        QuantLib.Option.Call, 1050.0, 1000.0, float(filled.volatility) * math.sqrt((MONTH - NOW) / YEAR)
    )
    assert float(filled.mark) == pytest.approx(engine, rel=1e-9)


def test_the_curve_is_that_of_fritsch_and_butland():
    # By hand: the slope at a strike is the harmonic mean of those beside it, 0 where the smile turns.
    moneyness = [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
    variance = [0.050, 0.037, 0.030, 0.025, 0.027, 0.040, 0.070]
    smile = Smile(Point(*pair) for pair in zip(moneyness, variance, strict=True))
    slopes = [-2 * 0.13 * 0.07 / 0.20, -2 * 0.07 * 0.05 / 0.12, 0.0, 2 * 0.02 * 0.13 / 0.15]
    for place, (left, right) in enumerate(pairwise(slopes), 1):
        middle = (variance[place] + variance[place + 1]) / 2 + 0.1 / 8 * (left - right)
        assert smile.variance(moneyness[place] + 0.05) == pytest.approx(middle, rel=1e-12)


@st.composite
def smiles(draw: st.DrawFn) -> Smile:
    moneyness = draw(st.lists(st.integers(-300, 300), min_size=4, max_size=12, unique=True))
    variance = st.floats(min_value=1e-4, max_value=4.0)
    return Smile(Point(place / 100, draw(variance)) for place in moneyness)


@given(smiles(), st.floats(0, 1))
def test_an_estimate_lies_between_the_strikes_beside_it(smile, where):
    first, last = smile.points[0].moneyness, smile.points[-1].moneyness
    at = min(max(first + where * (last - first), first), last)
    variance = smile.variance(at)
    below = [one.variance for one in smile.points if one.moneyness <= at][-1]
    above = next(one.variance for one in smile.points if one.moneyness >= at)
    assert min(below, above) * (1 - 1e-12) <= variance <= max(below, above) * (1 + 1e-12)


@pytest.mark.parametrize("strike", [799.0, 1201.0])
def test_strikes_outside_the_quoted_ones_are_not_estimated(strike):
    filled, ((_, reason),) = fill_from_smile([_option(strike, 0.0)], _slice(SMILE), NOW)
    assert not filled
    assert reason == "its strike is outside those of its expiry with a usable volatility"


def test_too_few_strikes_give_no_smile():
    few = dict(list(SMILE.items())[: LEAST_STRIKES - 1])
    filled, ((_, reason),) = fill_from_smile([_option(850.0, 0.0)], _slice(few), NOW)
    assert not filled
    assert reason == "fewer than 4 strikes of its expiry have a usable volatility"
    other = _slice(SMILE, QUARTER)
    assert fill_from_smile([_option(850.0, 0.0)], other, NOW)[1][0][1] == reason


def test_the_option_out_of_the_money_determines_the_volatility_of_a_strike():
    # In the money the mark is mostly intrinsic value, and its volatility is what rounding makes of it.
    noisy = [replace(one, right=Right.CALL, volatility=Decimal(2)) for one in _slice({800.0: 2, 900.0: 2})]
    puts = [_option(strike, SMILE[strike], right=Right.PUT) for strike in (800.0, 900.0)]
    rest = _slice({strike: SMILE[strike] for strike in (1000.0, 1100.0, 1200.0)})
    for quoted in ([*noisy, *puts, *rest], [*puts, *noisy, *rest]):
        ((filled, _),), _ = fill_from_smile([_option(850.0, 0.0)], quoted, NOW)
        assert 0.68 < filled.volatility < 0.75


def _vogt(moneyness: float) -> float:
    """Return the total variance of A. Vogt's smile, which has a butterfly arbitrage.

    Its parameters are in Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (2014).
    """
    a, b, rho, m, sigma = -0.0410, 0.1331, 0.3060, 0.3586, 0.4153
    return a + b * (rho * (moneyness - m) + math.hypot(moneyness - m, sigma))


def _durrleman(moneyness: float, step: float = 1e-4) -> float:
    """Return Durrleman's function of Vogt's smile, which is negative where there is arbitrage."""
    down, here, up = (_vogt(moneyness + shift) for shift in (-step, 0, step))
    first, second = (up - down) / (2 * step), (up - 2 * here + down) / step**2
    rest = first**2 / 4 * (1 / here + 1 / 4)
    return (1 - moneyness * first / (2 * here)) ** 2 - rest + second / 2


@pytest.mark.parametrize("at", [-1.0, -0.5, 0.0, 0.2, 0.8, 0.9, 1.0])
def test_estimates_are_refused_where_a_published_smile_has_an_arbitrage(at):
    grid = [round(0.1 * step, 1) for step in range(-15, 16)]
    strikes = {1000 * math.exp(each): math.sqrt(_vogt(each)) for each in grid if each != at}
    year = NOW + YEAR
    missing = _option(1000 * math.exp(at), 0.0, year)
    filled, refused = fill_from_smile([missing], _slice(strikes, year), NOW)
    assert [reason for _, reason in refused] == (
        ["the estimate would allow butterfly arbitrage"] if _durrleman(at) < 0 else []
    )
    assert len(filled) + len(refused) == 1


def test_call_prices_that_rise_with_the_strike_are_refused():
    steep = {900.0: 0.2, 1000.0: 0.2, 1010.0: 0.2, 1040.0: 0.4, 1050.0: 0.4}
    filled, ((_, reason),) = fill_from_smile([_option(1020.0, 0.0)], _slice(steep), NOW)
    assert not filled
    assert reason == "the estimate would allow butterfly arbitrage"


def test_a_smile_steeper_than_lees_bound_is_refused():
    decade = NOW + 10 * YEAR
    steep = {500.0: 0.5, 1000.0: 0.5, 1100.0: 0.8, 2000.0: 0.8}
    filled, ((_, reason),) = fill_from_smile([_option(1050.0, 0.0, decade)], _slice(steep, decade), NOW)
    assert not filled
    assert reason == "the smile at its strike is steeper than Lee's bound"


@pytest.mark.parametrize(("shift", "expiry"), [(0.9, QUARTER), (0.5, QUARTER), (1.9, MONTH), (1.0, MONTH)])
def test_a_total_variance_that_falls_with_time_is_refused(shift, expiry):
    # At 0.5 and 1.9 times its volatility one expiry has less total variance in 90 days than the other in 30.
    near = {strike: volatility * (shift if expiry == MONTH else 1) for strike, volatility in SMILE.items()}
    far = {strike: volatility * (shift if expiry == QUARTER else 1) for strike, volatility in SMILE.items()}
    quoted = _slice(near, MONTH) + _slice(far, QUARTER)
    _, refused = fill_from_smile([_option(1050.0, 0.0, expiry)], quoted, NOW)
    reasons = [reason for _, reason in refused]
    assert reasons == (["the estimate would allow calendar arbitrage"] if shift in {0.5, 1.9} else [])


def test_the_call_and_the_put_of_a_strike_get_one_volatility():
    both = [_option(1050.0, 0.0, right=right) for right in Right]
    filled, refused = fill_from_smile(both, _slice(SMILE), NOW)
    assert not refused
    (call, _), (put, _) = sorted(filled, key=lambda pair: pair[0].right)
    assert call.volatility == put.volatility
    assert float(call.mark - put.mark) == pytest.approx(-50, abs=1e-9)


@pytest.mark.parametrize(
    "smile", [SMILE, {800.0: 0.54, 900.0: 0.75, 1000.0: 0.73, 1100.0: 0.58, 1200.0: 0.65}]
)
def test_adjacent_estimates_allow_no_arbitrage(smile):
    missing = [_option(float(strike), 0.0) for strike in range(810, 1200, 10) if strike % 100]
    filled, refused = fill_from_smile(missing, _slice(smile), NOW)
    assert len(filled) + len(refused) == len(missing)
    assert len(filled) > 10
    known = smile | {float(one.strike): float(one.volatility) for one, _ in filled}
    root = math.sqrt((MONTH - NOW) / YEAR)
    strikes = sorted(known)
    prices = [QuantLib.blackFormula(QuantLib.Option.Call, one, 1000.0, known[one] * root) for one in strikes]
    slopes = np.diff(prices) / np.diff(strikes)
    for strike, bend in zip(strikes[1:-1], np.diff(slopes), strict=True):
        assert strike in smile or bend > -2e-7


CONVEX = (-0.6, -0.5, -0.2, -0.1)


@pytest.mark.parametrize(
    ("slopes", "allowed"),
    [
        (CONVEX, True),
        ((-0.6, -0.5, -0.5, -0.1), True),
        ((-0.6, -0.2, -0.5, -0.1), False),
        ((-0.5, -0.6, -0.2, -0.1), False),
        ((-0.6, -0.5, -0.1, -0.2), False),
        ((-1.2, -0.5, -0.2, -0.1), False),
        ((-0.6, -0.5, -0.2, 0.1), False),
    ],
)
def test_call_prices_must_fall_and_be_convex_around_a_new_strike(slopes, allowed):
    strikes = np.array([0.8, 0.9, 1.0, 1.1, 1.2])
    calls = 0.3 + np.concatenate([[0.0], np.cumsum(np.array(slopes) * 0.1)])
    deviations = black76.implied_deviation(calls, 1.0, strikes, is_call=True)
    points = [Point(math.log(one), each**2) for one, each in zip(strikes, deviations, strict=True)]
    new = points.pop(2)
    assert Smile(points).allows(new) is allowed


@pytest.mark.parametrize("strike", [805.0, 850.0, 1010.0, 1170.0])
def test_the_range_of_an_estimate_is_that_without_butterfly_arbitrage(strike):
    """Just inside it the call prices of the neighbours and the estimate are convex, and just outside they are not."""
    smile = Smile(point(one, NOW) for one in _slice(SMILE))
    low, high = smile.bounds(math.log(strike / 1000))
    middle = smile.variance(math.log(strike / 1000))
    assert low < middle < high
    for variance, inside in ((low, 1.002), (high, 0.998)):
        for factor, allowed in ((inside, True), (2 - inside, False)):
            assert smile.allows(Point(math.log(strike / 1000), variance * factor)) is allowed
    assert smile.bounds(0.0) == (smile.variance(0.0),) * 2


def test_the_range_next_to_the_last_strikes_takes_the_limits_of_a_call():
    """Beside a last strike, a call may fall by as much as the strike rises, and it may keep its price."""
    smile = Smile(point(one, NOW) for one in _slice({900.0: 0.01, 1100.0: 0.7}))
    low, high = smile.bounds(0.0)
    assert 0.0 <= low < smile.variance(0.0) < high
    flat = black76.price(1.0, 1.1, math.sqrt(smile.points[-1].variance), is_call=True)
    least = black76.price(1.0, 1.0, math.sqrt(low), is_call=True)
    assert float(least) == pytest.approx(float(flat), rel=1e-9)


def test_without_missing_volatilities_nothing_is_estimated():
    assert fill_from_smile([], _slice(SMILE), NOW) == ([], [])


def test_a_real_chain_is_estimated_to_a_tenth_of_a_point_in_the_middle():
    market = import_deribit(market_data("deribit_eth_options_2024-01-08.csv"))
    groups = _by_strike(_options(market))
    errors, refused = [], 0
    for place, hidden in groups.items():
        rest = [one for other, group in groups.items() for one in group if other != place]
        filled, left = fill_from_smile([_bare(one) for one in hidden], rest, market.time)
        before = {one.name: one for one in hidden}
        errors += [abs(float(one.mark - before[one.name].mark) / float(one.forward)) for one, _ in filled]
        refused += len(left)
    assert refused / (len(errors) + refused) < 0.15
    assert np.median(errors) < 1e-4
    assert np.quantile(errors, 0.95) < 5e-4
