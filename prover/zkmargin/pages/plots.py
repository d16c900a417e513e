"""Geometry of plots: lines, areas and points in a drawing that is stretched, with labels beside it.

A drawing is `EXTENT` units wide and high and stretches to any width, while its labels are text of the page and keep
their size. So a plot is readable on a telephone, on a wide screen and on paper.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from .text import amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "EXTENT",
    "Axis",
    "Mark",
    "Path",
    "Plot",
    "Tick",
    "area",
    "date_ticks",
    "line",
    "linear_ticks",
    "log_ticks",
    "plain_label",
    "stems",
    "ticks_of",
]

EXTENT = 1000
_COLUMNS = 480
"""Values of a line that fall into the same column are drawn as the least and the largest of them."""
_TICKS = 6
_MANY_DAYS = 100
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_DAYS = (1, 2, 5, 10, 20)


@dataclass(frozen=True, slots=True, repr=False)
class Tick:
    """A label of an axis.

    Attributes
    ----------
    place : float
        The place from left or from the top, in percent of the drawing.
    label : str
    is_zero : bool
        Whether its line is drawn in a stronger colour.
    """

    place: float
    label: str
    is_zero: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Path:
    """A line, an area or points: the class of its style, and the data of an SVG path."""

    style: str
    data: str


@dataclass(frozen=True, slots=True, repr=False)
class Mark:
    """A highlighted point with a label, at a place in percent of the drawing."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, repr=False)
class Plot:
    """A plot.

    Attributes
    ----------
    x_ticks, y_ticks : tuple of Tick
    paths : tuple of Path
        In the order of drawing.
    marks : tuple of Mark
    """

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    paths: tuple[Path, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear or logarithmic axis. Places are in units of the drawing: from left, or from the top.

    Attributes
    ----------
    low, high : float
        The values at its ends.
    upwards : bool
        Whether it runs from bottom to top, instead of from left to right.
    is_log : bool
    """

    low: float
    high: float
    upwards: bool = False
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        low, high, value = (
            map(math.log, (self.low, self.high, value)) if self.is_log else (self.low, self.high, value)
        )
        part = (value - low) / ((high - low) or 1.0)
        return EXTENT * (1 - part if self.upwards else part)

    def percent(self, value: float) -> float:
        """Return the place of a value in percent of the drawing."""
        return round(100 * self(value) / EXTENT, 2)


def line(across: Axis, up: Axis, xs: Sequence[float], ys: Sequence[float]) -> str:
    """Return the data of a path through points, whose x ascend."""
    return _path(_thinned(across, up, xs, ys))


def area(across: Axis, up: Axis, xs: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    """Return the data of the area between two lines."""
    there, back = (_thinned(across, up, xs, side) for side in (high, low))
    return _path([*there, *reversed(back)]) + "z"


def stems(across: Axis, up: Axis, xs: Iterable[float], ys: Iterable[float], length: int) -> str:
    """Return the data of a short vertical line at each point, `length` units downwards."""
    return "".join(f"M{round(across(x))} {round(up(y))}v{length}" for x, y in zip(xs, ys, strict=True))


def linear_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from low to high: multiples of 1, 2 or 5 times a power of ten."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(power * size for size in (1, 2, 5, 10) if span / (power * size) <= _TICKS)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from low to high on a logarithmic axis, with room for a label at each."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    gap = math.log(high / low) / _TICKS
    for sizes in ((1, 1.5, 2, 3, 5, 7), (1, 1.5, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        found = [
            size * 10.0**power for power in powers for size in sizes if low <= size * 10.0**power <= high
        ]
        if all(math.log(b / a) >= gap for a, b in pairwise(found)):
            break
    return found[:: math.ceil(len(found) / _TICKS)] if len(found) > 1 else linear_ticks(low, high)


def date_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Return at most six days from first to last with labels: starts of months, or single days of a short time."""
    days = (last - first).days
    if days < _MANY_DAYS:
        step = next(one for one in _DAYS if days / one < _TICKS)
        chosen = [first + timedelta(one) for one in range(0, days + 1, step)]
        return [(one, f"{one:%m-%d}") for one in chosen]
    months = range(12 * first.year + first.month - 1 + (first.day > 1), 12 * last.year + last.month)
    step = next((one for one in _MONTHS if len(months) / one <= _TICKS), _MONTHS[-1])
    chosen = [date(one // 12, one % 12 + 1, 1) for one in months if one % step == 0]
    return [(one, f"{one:%Y}" if one.month == 1 else f"{one:%Y-%m}") for one in chosen]


def ticks_of(axis: Axis, values: Iterable[float], label: Callable[[float], str]) -> tuple[Tick, ...]:
    """Return ticks at values of an axis."""
    return tuple(Tick(axis.percent(one), label(one), one == 0) for one in values)


def plain_label(values: Sequence[float]) -> Callable[[float], str]:
    """Return a function that writes ticks of an axis with as many decimals as their distance needs."""
    step = min((b - a for a, b in pairwise(values)), default=0.01)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return lambda value: amount(value, decimals)


def _thinned(across: Axis, up: Axis, xs: Sequence[float], ys: Sequence[float]) -> list[tuple[int, int]]:
    """Return points in whole units: of each column the least and the largest value, in their order."""
    placed = [(across(x), up(y)) for x, y in zip(xs, ys, strict=True)]
    kept: list[tuple[int, int]] = []
    for _, group in groupby(placed, key=lambda one: int(one[0] * _COLUMNS / EXTENT)):
        column = list(group)
        ends = {min(column, key=lambda one: one[1]), max(column, key=lambda one: one[1])}
        kept += [(round(x), round(y)) for x, y in sorted(ends)]
    # A point inside a level stretch says nothing.
    return [
        one
        for number, one in enumerate(kept)
        if not 0 < number < len(kept) - 1 or not kept[number - 1][1] == one[1] == kept[number + 1][1]
    ]


def _path(places: Sequence[tuple[int, int]]) -> str:
    """Return the data of a path through places, in relative coordinates."""
    (x, y), text = places[0], []
    for after in places[1:]:
        text.append(f"{after[0] - x} {after[1] - y}")
        x, y = after
    steps = "l" + " ".join(text).replace(" -", "-") if text else ""
    return f"M{places[0][0]} {places[0][1]}{steps}"
