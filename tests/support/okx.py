"""OKX's MR1 and MR6 by their description, in floats, with QuantLib's prices: independent of `zkmargin.risk`.

MR1 moves volatilities in points or by a percentage and takes the larger loss of the two; MR6 is half of the loss of an
extreme move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import QuantLib

from zkmargin.venue_data import Option, Perpetual

PERCENT = {0: 0.50, 30: 0.35, 60: 0.25}
POINTS = {0: 0.30, 30: 0.25, 60: 0.20}

Held = Mapping[Option | Perpetual, float]
"""Units of the underlying by instrument."""


def stress(held: Held, time: int, largest: float) -> float:
    """Return max(MR1, MR6) for the class with this largest move of MR1."""
    moves = [largest * step / 3 for step in range(-3, 4)]
    shocks = [0.0, 1.0, -1.0]
    losses = [
        -_gain(held, time, move, shock, in_points=in_points)
        for move in moves
        for shock in shocks
        for in_points in (False, True)
    ]
    extreme = [-_gain(held, time, move, 0.0, in_points=False) / 2 for move in (2 * largest, -2 * largest)]
    return max(*losses, *extreme)


def _gain(held: Held, time: int, move: float, shock: float, *, in_points: bool) -> float:
    return sum(units * _change(one, time, move, shock, in_points=in_points) for one, units in held.items())


def _change(one: Option | Perpetual, time: int, move: float, shock: float, *, in_points: bool) -> float:
    if isinstance(one, Perpetual):
        return float(one.mark) * move
    years = (one.expiry - time) / (365 * 86_400)
    volatility = float(one.volatility)
    size = _at(POINTS, years * 365) if in_points else _at(PERCENT, years * 365) * volatility
    shocked = max(volatility + shock * size, 0.0)
    return _price(one, float(one.forward) * (1 + move), shocked, years) - _price(
        one, float(one.forward), volatility, years
    )


def _at(table: Mapping[int, float], days: float) -> float:
    """Interpolate between the days, constant beyond the last."""
    near, middle, far = table.values()
    if days <= 30:
        return near + (middle - near) * days / 30
    return middle + (far - middle) * min(days - 30, 30) / 30


def _price(one: Option, forward: float, volatility: float, years: float) -> float:
    kind = QuantLib.Option.Call if one.right == "call" else QuantLib.Option.Put
    return QuantLib.blackFormula(kind, float(one.strike), forward, volatility * math.sqrt(years))
