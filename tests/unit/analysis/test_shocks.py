"""Grids, expiries and roots: against QuantLib and functions with known roots."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import QuantLib as ql  # noqa: N813  # its own short name

from support import margin_values
from zkmargin.analysis import Level, by_expiry, distance, price_volatility_grid
from zkmargin.analysis.grid import FACTORS, MOVES
from zkmargin.analysis.revaluation import _interpolated, moved_prices
from zkmargin.venue_data import Future, Option, Perpetual, Right, Underlying

DAY = 86_400
LOT = Decimal("0.1")
TIME = margin_values.snapshot().timestamp


@pytest.fixture(scope="module")
def market():
    """Return an underlying with the instruments of `margin_values`' ETH; the call expires in 73 days."""
    call = Option(
        "ETH-CALL",
        1,
        Decimal("0.1"),
        TIME + 73 * DAY,
        Decimal(2200),
        Right.CALL,
        Decimal(2100),
        Decimal(1),
        Decimal("0.6"),
    )
    return Underlying(
        "ETH", Decimal(2000), 2, (Perpetual("ETH-PERPETUAL", 0, Decimal("0.1"), Decimal(2200)), call)
    )


def test_a_grid_is_the_sum_of_repriced_positions_and_collateral(market):
    snapshot = margin_values.snapshot()
    opening = margin_values.account().opening(snapshot)
    grid = price_volatility_grid(opening, snapshot, 0, market)
    assert (grid.moves, grid.factors) == (MOVES, FACTORS)
    deviation = 0.6 * 0.2**0.5
    now = ql.blackFormula(ql.Option.Call, 2200, 2100, deviation)
    for move, row in zip(MOVES, grid.changes, strict=True):
        for factor, change in zip(FACTORS, row, strict=True):
            then = ql.blackFormula(ql.Option.Call, 2200, 2100 * (1 + move), deviation * factor)
            # 0.2 of the perpetual, 0.4 sold calls, and 0.5 ETH that count at 1800.
            expected = 0.2 * 2200 * move - 0.4 * (then - now) + 0.5 * 1800 * move
            assert change == pytest.approx(expected, abs=1e-8)
    assert grid.changes[MOVES.index(0.0)][FACTORS.index(1.0)] == 0


def test_greeks_by_expiry_are_those_of_quantlib(market):
    future = Future("F", 4096 - 1, Decimal("0.1"), TIME + 73 * DAY, Decimal(2100))
    opening = margin_values.account().opening(margin_values.snapshot())
    perpetual, dated = by_expiry(opening, {0: market}, TIME)
    assert (perpetual.time, perpetual.days, perpetual.positions) == (None, None, 1)
    assert perpetual.greeks.delta == pytest.approx(0.2 * 2200)
    calculator = ql.BlackCalculator(ql.PlainVanillaPayoff(ql.Option.Call, 2200), 2100, 0.6 * 0.2**0.5)
    assert (dated.days, dated.positions) == (73, 1)
    assert dated.greeks.delta == pytest.approx(-0.4 * calculator.deltaForward() * 2100)
    assert dated.greeks.gamma == pytest.approx(-0.4 * calculator.gammaForward() * 2100**2 / 100)
    assert dated.greeks.vega == pytest.approx(-0.4 * calculator.vega(0.2) / 100)
    assert future.expiry == dated.time


class Curve:
    """A revaluation with given functions."""

    def __init__(self, equity, maintenance=lambda _: 10.0, ends=(-0.9, 2.0)):
        self.equity, self.maintenance, self.ends, self.calls = equity, maintenance, ends, 0

    def at(self, moved, move):
        self.calls += 1
        return self.equity(move), self.maintenance(move)

    def grid(self, moved, *, upwards):
        return [self.ends[upwards] * number / 20 for number in range(1, 21)]


def test_the_first_move_below_margin_and_below_zero_is_found_in_few_steps():
    curve = Curve(lambda move: 100 * (1 + move) ** 3 - 30)
    found = {level: distance(curve, (0,), upwards=False, level=level) for level in Level}
    assert found[Level.MAINTENANCE].move == pytest.approx(0.4 ** (1 / 3) - 1, abs=1e-8)
    assert found[Level.ZERO].move == pytest.approx(0.3 ** (1 / 3) - 1, abs=1e-8)
    assert curve.calls < 50
    up = distance(curve, (0,), upwards=True)
    assert (up.move, up.searched) == (None, 2.0)
    assert distance(Curve(lambda _: 5.0), (0,), upwards=True) == replace(up, searched=0.0)
    assert distance(Curve(lambda _: 5.0), (0,), upwards=True, level=Level.ZERO).searched == 2.0


@pytest.mark.parametrize(("x", "y"), [(-1, 5), (0, 5), (0.5, 4), (1, 3), (2.5, 6), (3, 7), (9, 7)])
def test_interpolation_is_linear_and_constant_beyond_its_ends(x, y):
    assert _interpolated(x, [0, 1, 3], [5, 3, 7]) == y


def test_coins_move_with_the_price_of_their_name_and_stablecoins_do_not():
    snapshot = margin_values.snapshot()
    # USDC counts at 1, DOGE has no price, ETH counts at 1800; other places are empty.
    assert snapshot.spec.prices[:3] == (10**6, 0, 1800 * 10**6)
    moved = moved_prices(snapshot, {"ETH": -0.25, "DOGE": 1.0, "BTC": 0.5})
    assert moved == (10**6, 0, 1350 * 10**6, *[0] * (len(moved) - 3))
    assert moved_prices(snapshot, {}) == snapshot.spec.prices
