"""No clamp lowers a requirement: rows against prices without any clamp, by QuantLib, where those exist.

A price without clamps exists in a scenario whose price move is at most 30 %, if the moved volatility and the remaining
time are positive. The tests take bundled models at a price scan range of 30 %.
"""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from support import venues
from support.venues import CHAIN, DAY, LOT, NOW, market, option, table
from zkmargin.risk import Model, load_model
from zkmargin.risk.scenarios import Scenario
from zkmargin.venue_data import Option, Perpetual, Right, VenueData
from zkmargin.venues.volatility import fill_volatilities

NAMES = ("span", "deribit", "paradex", "derive_pmrm", "okx")
WIDEST = 0.3
MICRO = 10**6
YEAR = 365 * DAY


@cache
def _model(name: str) -> Model:
    return load_model(name).with_range("ETH", Decimal("0.3"))


def _gain(one: Option | Perpetual, scenario: Scenario, model: Model, *, bare: bool) -> float | None:
    """Return the gain of a unit times its cover; None without a price.

    `bare` leaves out the least volatility move and the floor of volatilities, which are parts of a model.
    """
    ranges = model.ranges("ETH")
    move = float(scenario.price) * (float(ranges.price_scan_range) if scenario.is_range else 1)
    if scenario.is_linear or abs(move) > WIDEST + 1e-12:
        return None
    if isinstance(one, Perpetual):
        return float(one.mark) * move * float(scenario.weight(ranges))
    seconds = one.expiry - NOW
    left = seconds - float(model.look_ahead_days) * DAY
    step, volatility = float(scenario.volatility), float(one.volatility)
    days = seconds / DAY
    if scenario.is_points:
        moved = volatility + step * ranges.points(days)
    else:
        up, down = ranges.volatility_range(days)
        part = (up if step > 0 else down) * volatility
        moved = volatility + step * (part if bare else max(part, float(ranges.volatility_scan_minimum)))
    if not bare and step > 0:
        moved = max(moved, float(ranges.volatility_floor))
    if moved <= 0 or left <= 0:
        return None
    prices = [
        _price(one, 1 + move, moved * math.sqrt(left / YEAR)),
        _price(one, 1, volatility * math.sqrt(seconds / YEAR)),
    ]
    return (prices[0] - prices[1]) * float(scenario.weight(ranges))


def _price(one: Option, scale: float, deviation: float) -> float:
    kind = QuantLib.Option.Call if one.right == Right.CALL else QuantLib.Option.Put
    price: float = QuantLib.blackFormula(kind, float(one.strike), float(one.forward) * scale, deviation)
    return price


def _largest_loss(held: dict[Option | Perpetual, int], model: Model, *, bare: bool) -> float:
    """Return the largest loss over the scenarios in which all positions have a price, in micro-quote; at least 0."""
    losses = [0.0]
    for scenario in model.scenarios:
        gains = [_gain(one, scenario, model, bare=bare) for one in held]
        if None not in gains:
            losses.append(-sum(lots * gain for lots, gain in zip(held.values(), gains, strict=True)))
    return max(losses) * float(LOT) * MICRO


def _required(of: VenueData, model: Model, lots: dict[int, int]) -> int:
    return venues.margin(table(of, model), lots).requirement


SIZES = st.integers(-1000, 1000).filter(bool)
OPTIONS = st.builds(
    lambda days, part, volatility, right: option(round(2000 * part), right, days=days, volatility=volatility),
    st.floats(0.2, 400),
    st.floats(0.3, 3.0),
    st.floats(0.02, 2.5),
    st.sampled_from(list(Right)),
)


@pytest.mark.parametrize("name", NAMES)
@given(OPTIONS, st.sampled_from([-1, 1]))
@settings(max_examples=15)
def test_a_position_requires_the_largest_loss_without_clamps(name, one, side):
    """Also without the least volatility move and the floor of volatilities."""
    lots = 100 * side
    required = _required(market(one), _model(name), {0: lots})
    for bare in (True, False):
        assert required >= _largest_loss({one: lots}, _model(name), bare=bare) - 1


@pytest.mark.parametrize("name", NAMES)
@given(st.dictionaries(st.integers(0, 6), SIZES, max_size=7), st.sampled_from([0.4, 1.1, 1.8]))
@settings(max_examples=10)
def test_a_portfolio_with_estimates_requires_the_largest_loss_without_clamps(name, lots, stale):
    """Two volatilities are stale, and the mark of an option in the money is below its intrinsic value."""
    deep = option(2500, Right.PUT, days=40, forward=2020, volatility=0.4)
    true = [*CHAIN, deep]
    quoted = [*CHAIN, replace(deep, mark=Decimal(470), volatility=Decimal("0.9"))]
    for place in (2, 5):
        quoted[place] = replace(quoted[place], volatility=Decimal(str(stale)))
    found = fill_volatilities(quoted, NOW)
    by_name = {one.name: one for one in (*found.valued, *found.at_intrinsic)}
    estimated = replace(market(*(by_name[one.name] for one in quoted)), estimates=tuple(found.estimates))
    assert len(estimated.estimates) == 3
    held = {true[place]: number for place, number in lots.items()}
    rounding = sum(map(abs, lots.values()))
    assert (
        _required(estimated, _model(name), lots) >= _largest_loss(held, _model(name), bare=False) - rounding
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_price_move_within_30_percent_is_clamped(name):
    model = _model(name)
    ranges = model.ranges("ETH")
    within = [one for one in model.scenarios if one.is_range and abs(one.price) <= 1]
    assert within
    assert all(one.move(ranges) == one.price * 3 / 10 for one in within)
