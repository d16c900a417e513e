"""The line chart of equity and maintenance margin by price move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.pages.plots import Axis, Mark, Path, Plot, line, linear_ticks, plain_label, ticks_of
from zkmargin.pages.text import move

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.analysis.reverse import Curve, Distance

__all__ = ["line_chart"]


def line_chart(curve: Curve, distances: Iterable[Distance]) -> Plot:
    """Draw a curve.

    Parameters
    ----------
    curve : Curve
    distances : iterable of Distance
        The distances to highlight.

    Returns
    -------
    Plot
    """
    values = (*curve.equity, *curve.maintenance, 0.0)
    across = Axis(curve.moves[0], curve.moves[-1])
    up = Axis(min(values), max(values), upwards=True)
    steps = linear_ticks(up.low, up.high)
    return Plot(
        x_ticks=ticks_of(across, linear_ticks(across.low, across.high), move),
        y_ticks=ticks_of(up, steps, plain_label(steps)),
        paths=(
            Path("line maintenance", line(across, up, curve.moves, curve.maintenance)),
            Path("line equity", line(across, up, curve.moves, curve.equity)),
        ),
        marks=tuple(_mark(across, up, curve, one.move) for one in distances if one.move is not None),
    )


def _mark(across: Axis, up: Axis, curve: Curve, place: float) -> Mark:
    after = next(number for number, x in enumerate(curve.moves) if x >= place)
    before = max(after - 1, 0)
    width = curve.moves[after] - curve.moves[before]
    part = (place - curve.moves[before]) / width if width else 0.0
    value = curve.equity[before] + part * (curve.equity[after] - curve.equity[before])
    return Mark(across.percent(place), up.percent(value), move(place))
