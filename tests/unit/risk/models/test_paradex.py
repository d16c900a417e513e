"""Paradex's portfolio margin: the documented numbers and example, and a bound of the model's excess."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
import QuantLib
from hypothesis import example, given
from hypothesis import strategies as st

from support.venues import CHAIN, DAY, LOT, MICRO, NOW, margin, market, option, perpetual, table
from zkmargin.risk import load_model
from zkmargin.venue_data import Option, Right

PARADEX = load_model("paradex")
UNIT = float(LOT)
CALL = Right.CALL

# Paradex Docs, "Portfolio Margin", the scenario table: spot shock, volatility shock, weight, in percent.
PARADEX_TABLE = [
    (16, 40, 100), (12, 40, 100), (12, -22, 100), (8, 40, 100), (8, -22, 100), (4, 40, 100), (4, -22, 100),
    (0, 40, 100), (0, -22, 100), (-4, 40, 100), (-4, -22, 100), (-8, 40, 100), (-8, -22, 100),
    (-12, 40, 100), (-12, -22, 100), (-16, 40, 100), (-66, 40, 24), (-33, 40, 48), (50, 40, 32),
    (100, 40, 16), (200, 40, 8), (300, 40, 5.33), (400, 40, 4), (500, 40, 3.2),
]  # fmt: skip


def test_paradex_has_the_printed_table():
    ranges = PARADEX.default
    scale = Fraction(PARADEX.initial_bps, 10_000)
    shocks = {1: ranges.volatility_scan_range, 0: Decimal(0), -1: -ranges.volatility_scan_range_down}
    found = [
        (
            float(100 * one.move(ranges)),
            float(100 * shocks[int(one.volatility)]),
            round(float(100 * one.weight(ranges) * scale), 2),
        )
        for one in PARADEX.scenarios
        if not one.is_linear
    ]
    assert found == PARADEX_TABLE
    assert PARADEX.initial_bps == 20_000


def test_the_example_of_paradex():
    # Paradex Docs, "Portfolio Margin": long 1 BTC perpetual, short 5 calls of delta 0.3, spot 70 000: net
    # delta -0.5, gross 2.5, hedged 1, so the minimum is (2 % x 0.5 + 1 % x 1) x 70 000 = 1400.
    deviation = 0.5 * math.sqrt(30 / 365)
    quantile = QuantLib.InverseCumulativeNormal()(0.3)
    strike = 70_000 * math.exp(deviation**2 / 2 - quantile * deviation)
    chain = market(
        perpetual(70_000), option(strike, CALL, forward=70_000, volatility=0.5), name="BTC", price=70_000
    )
    lane = margin(table(chain, PARADEX), {0: 100, 1: -500}).lanes[0]
    linear = [place for place, one in enumerate(PARADEX.scenarios) if one.is_linear]
    minimum = max(-lane.totals[place] for place in linear) + lane.add_on
    assert 2 * minimum / MICRO == pytest.approx(1400, abs=0.01)


LOTS = st.lists(st.integers(-500, 500), min_size=len(CHAIN), max_size=len(CHAIN))


def _value(one: Option, move: float = 0, volatility: float | None = None) -> float:
    kind = QuantLib.Option.Call if one.right == CALL else QuantLib.Option.Put
    level = float(one.volatility) if volatility is None else volatility
    deviation = level * math.sqrt((one.expiry - NOW) / (365 * DAY))
    return QuantLib.blackFormula(kind, float(one.strike), float(one.forward) * (1 + move), deviation)


def _paradex_gain(one: object, move: float, shock: float) -> float:
    if not isinstance(one, Option):
        return float(one.mark) * move
    days = (one.expiry - NOW) / DAY
    term = (30 / max(1, days)) ** (0.30 if days < 30 else 0.13)
    return _value(one, move, float(one.volatility) * (1 + shock * term)) - _value(one)


def _delta(one: object) -> float:
    if not isinstance(one, Option):
        return float(one.mark)
    step = 1e-5
    return (_value(one, step) - _value(one, -step)) / (2 * step)


PARADEX_GAINS = [
    [_paradex_gain(one, move / 100, shock / 100) for one in CHAIN] for move, shock, _ in PARADEX_TABLE
]
PARADEX_WEIGHTS = [0.16 / 3 if weight == 5.33 else weight / 100 for _, _, weight in PARADEX_TABLE]
DELTAS = [_delta(one) for one in CHAIN]
PARADEX_ROWS = table(market(*CHAIN), PARADEX)


@given(LOTS)
@example([15, 500, 500, 273, 123, -500])  # no scenario loses: the minimum for the delta binds
def test_paradex_is_never_below_the_venue_and_at_most_a_part_of_gross_delta_above(lots):
    units = [UNIT * number for number in lots]
    losses = [
        -weight * sum(unit * gain for unit, gain in zip(units, gains, strict=True))
        for gains, weight in zip(PARADEX_GAINS, PARADEX_WEIGHTS, strict=True)
    ]
    net = abs(sum(unit * delta for unit, delta in zip(units, DELTAS, strict=True)))
    gross = sum(abs(unit * delta) for unit, delta in zip(units, DELTAS, strict=True))
    initial = max(0.0, *losses, 0.02 * net + 0.01 * (gross - net) / 2)
    ours = 2 * margin(PARADEX_ROWS, dict(enumerate(lots))).requirement / MICRO
    rounding = 1e-5 * sum(map(abs, lots)) + 1e-6 * gross  # micro-quotes per lot; the numeric delta
    assert initial - rounding <= ours <= initial + 0.005 * gross + rounding
