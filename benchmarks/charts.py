"""Curves on logarithmic axes as SVG. A chart has a background of its own, light or dark as the reader prefers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Curve", "chart"]

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 560, 44, 364
_APART = 17
"""The least distance of two labels."""
_NEAR = 60
"""A curve that ends at this distance of the right or closer has its name there."""

_STYLE = """
text { font-family: system-ui, 'Segoe UI', Roboto, sans-serif; font-size: 13px; fill: #1d2730; }
.title { font-size: 15px; font-weight: 600; }
.note { fill: #52606d; }
.ground { fill: #ffffff; }
.grid { stroke: #d5dce3; }
.curve { fill: none; stroke-width: 2; }
.further { stroke-dasharray: 5 5; }
.c0 { stroke: #00796b; } .c1 { stroke: #c0392b; } .c2 { stroke: #1565c0; }
.c3 { stroke: #9a6700; } .c4 { stroke: #7b3fa0; } .c5 { stroke: #52606d; }
.point { fill: #ffffff; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9ee; }
  .note { fill: #a7b3bf; }
  .ground, .point { fill: #1b2027; }
  .grid { stroke: #37424e; }
  .c0 { stroke: #4db6ac; } .c1 { stroke: #ef8b80; } .c2 { stroke: #74b3f5; }
  .c3 { stroke: #e0b04a; } .c4 { stroke: #c79be6; } .c5 { stroke: #a7b3bf; }
}
"""


@dataclass(frozen=True)
class Curve:
    """A named curve: measured points, and points beyond them that are calculated, which are drawn dashed."""

    name: str
    points: Sequence[tuple[float, float]]
    further: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis from the place `start` to the place `end`."""

    least: float
    most: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> _Axis:
        found = sorted(values)
        return cls(found[0] / 1.15, found[-1] * 1.15, start, end)

    def place(self, value: float) -> float:
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        steps = (1, 2, 5) if self.most / self.least < 1000 else (1,)
        for power in range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)) + 1):
            for step in steps:
                if self.least <= (value := step * 10.0**power) <= self.most:
                    yield value


def chart(title: str, across: str, up: str, curves: Sequence[Curve]) -> str:
    """Draw curves with their names beside their ends.

    Parameters
    ----------
    title : str
    across, up : str
        The labels of the axes.
    curves : sequence of Curve
        Their values are positive.
    """
    every = [point for curve in curves for point in (*curve.points, *curve.further)]
    x_axis = _Axis.over((x for x, _ in every), _LEFT, _RIGHT)
    y_axis = _Axis.over((y for _, y in every), _BOTTOM, _TOP)
    parts = [*_grid(x_axis, y_axis), *_titles(title, across, up)]
    for place, curve in enumerate(curves):
        parts += _curve(curve, f"c{place}", x_axis, y_axis)
    parts += _names(curves, x_axis, y_axis)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}"'
        f' height="{_HEIGHT}" role="img" aria-labelledby="title description">\n'
        f'<title id="title">{escape(title)}</title>\n'
        f'<desc id="description">{escape(_description(across, up, curves))}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _grid(x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    for value in x_axis.ticks():
        x = x_axis.place(value)
        yield f'<path class="grid" d="M{x} {_TOP}V{_BOTTOM}"/>'
        yield _text(x, _BOTTOM + 18, _number(value), "note", "middle")
    for value in y_axis.ticks():
        y = y_axis.place(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}"/>'
        yield _text(_LEFT - 8, y + 4, _number(value), "note", "end")


def _titles(title: str, across: str, up: str) -> Iterator[str]:
    yield _text(16, 24, f"{title}: {up}", "title", "start")
    yield _text((_LEFT + _RIGHT) / 2, _HEIGHT - 14, across, "note", "middle")


def _curve(curve: Curve, colour: str, x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    def path(points: Sequence[tuple[float, float]]) -> str:
        return "M" + " L".join(f"{x_axis.place(x)} {y_axis.place(y)}" for x, y in points)

    if len(curve.points) > 1:
        yield f'<path class="curve {colour}" d="{path(curve.points)}"/>'
    if curve.further:
        yield f'<path class="curve further {colour}" d="{path([*curve.points[-1:], *curve.further])}"/>'
    for x, y in curve.points:
        yield f'<circle class="point {colour}" cx="{x_axis.place(x)}" cy="{y_axis.place(y)}" r="4"/>'


def _names(curves: Sequence[Curve], x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    """Write each curve's name above its end, or on the right in the order of the ends and apart from each other."""
    ends = sorted((y_axis.place(y), x_axis.place(x), place) for place, (x, y) in enumerate(map(_end, curves)))
    level = 0.0
    for y, x, place in ends:
        if x < _RIGHT - _NEAR:
            yield _text(x + 8, y - 8, curves[place].name, "", "start")
            continue
        level = max(y, level + _APART)
        yield f'<path class="curve c{place}" d="M{x + 8} {y} L{_RIGHT + 12} {level} h10"/>'
        yield _text(_RIGHT + 28, round(level + 4, 1), curves[place].name, "", "start")


def _end(curve: Curve) -> tuple[float, float]:
    return [*curve.points, *curve.further][-1]


def _description(across: str, up: str, curves: Sequence[Curve]) -> str:
    ends = (f"{curve.name} {_number(_end(curve)[1])} at {_number(_end(curve)[0])}" for curve in curves)
    return f"{up} against {across} on logarithmic axes. At the right ends: {', '.join(ends)}."


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    shown = f' class="{style}"' if style else ""
    return f'<text{shown} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _number(value: float) -> str:
    """Return a number with two or more digits, and thin groups of three."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.2g}"
