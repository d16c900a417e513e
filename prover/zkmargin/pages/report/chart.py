"""Geometry of a line chart; the template draws it as SVG in the colours of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .text import amount, move

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .liquidation import Curve, Distance

__all__ = ["HEIGHT", "WIDTH", "Chart", "Mark", "Tick", "line_chart"]

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 88, 16, 16, 40
_TICKS = 6


@dataclass(frozen=True, slots=True, repr=False)
class Tick:
    """A label and its place on an axis, in the chart's units."""

    place: float
    label: str
    is_zero: bool


@dataclass(frozen=True, slots=True, repr=False)
class Mark:
    """A highlighted point."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, repr=False)
class Chart:
    """A chart of equity and maintenance margin by price move.

    Attributes
    ----------
    x_ticks, y_ticks : tuple of Tick
    equity, maintenance : str
        Points of a polyline.
    marks : tuple of Mark
        The points of liquidation.
    """

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    equity: str
    maintenance: str
    marks: tuple[Mark, ...]


def line_chart(curve: Curve, distances: Iterable[Distance]) -> Chart:
    """Draw a curve.

    Parameters
    ----------
    curve : Curve
    distances : iterable of Distance
        The distances to highlight.

    Returns
    -------
    Chart
    """
    values = (*curve.equity, *curve.maintenance, 0.0)
    across = _Axis(curve.moves[0], curve.moves[-1], LEFT, WIDTH - RIGHT)
    up = _Axis(min(values), max(values), HEIGHT - BOTTOM, TOP)
    steps = _ticks(up.low, up.high)
    decimals = max(0, -math.floor(math.log10(steps[1] - steps[0]) + 1e-9)) if len(steps) > 1 else 2
    return Chart(
        x_ticks=tuple(Tick(across(x), move(x), x == 0) for x in _ticks(across.low, across.high)),
        y_ticks=tuple(Tick(up(y), amount(y, decimals), y == 0) for y in steps),
        equity=_points(across, up, curve.moves, curve.equity),
        maintenance=_points(across, up, curve.moves, curve.maintenance),
        marks=tuple(_mark(across, up, curve, one.move) for one in distances if one.move is not None),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(self.start + part * (self.end - self.start), 1)


def _points(across: _Axis, up: _Axis, moves: Sequence[float], values: Sequence[float]) -> str:
    return " ".join(f"{across(x)},{up(y)}" for x, y in zip(moves, values, strict=True))


def _mark(across: _Axis, up: _Axis, curve: Curve, place: float) -> Mark:
    after = next(number for number, x in enumerate(curve.moves) if x >= place)
    before = max(after - 1, 0)
    width = curve.moves[after] - curve.moves[before]
    part = (place - curve.moves[before]) / width if width else 0.0
    value = curve.equity[before] + part * (curve.equity[after] - curve.equity[before])
    return Mark(across(place), up(value), move(place))


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers from low to high: multiples of 1, 2 or 5 times a power of ten."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(power * size for size in (1, 2, 5, 10) if span / (power * size) <= _TICKS)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
