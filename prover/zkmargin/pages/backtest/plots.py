"""The plots of a backtest: requirements over time, and prices with the band that the requirement covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zkmargin.pages.plots import (
    Axis,
    Path,
    Plot,
    Tick,
    area,
    date_ticks,
    line,
    linear_ticks,
    log_ticks,
    plain_label,
    stems,
    ticks_of,
)
from zkmargin.pages.text import percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.book_backtest import BookBacktest

__all__ = ["loss_plot", "price_plot", "requirement_plot"]

_BELOW, _ABOVE = 0.75, 1.3
_STEM = 70


def requirement_plot(tests: Sequence[Backtest]) -> Plot:
    """Draw the requirement over time, a line for each buffer.

    Parameters
    ----------
    tests : sequence of Backtest
        Backtests of one history and one model.

    Returns
    -------
    Plot
    """
    largest = [np.maximum(one.long.requirements, one.short.requirements) for one in tests]
    across, x_ticks = _days(tests[0])
    up = Axis(0.0, float(max(one.max() for one in largest)) * 1.05, upwards=True)
    return Plot(
        x_ticks=x_ticks,
        y_ticks=ticks_of(up, linear_ticks(up.low, up.high), percent),
        paths=tuple(
            Path(f"line {one.buffer}", line(across, up, _numbers(one.dates), part.tolist()))
            for one, part in zip(tests, largest, strict=True)
        ),
    )


def price_plot(one: Backtest) -> Plot:
    """Draw the price, the band that requirements cover at the end of their close-outs, and the breaches.

    Parameters
    ----------
    one : Backtest

    Returns
    -------
    Plot
    """
    across, x_ticks = _days(one)
    up = Axis(float(one.closes.min()) * _BELOW, float(one.closes.max()) * _ABOVE, upwards=True, is_log=True)
    days, ends = _numbers(one.dates), _numbers(one.long.ends)
    # Beyond the plot a band would leave it; the price itself never does.
    low = np.maximum(one.closes * (1 - one.long.requirements), up.low)
    high = np.minimum(one.closes * (1 + one.short.requirements), up.high)
    after = one.closes * (1 - one.long.losses)
    values = log_ticks(up.low, up.high)
    breaches = []
    for side, length in ((one.long, _STEM), (one.short, -_STEM)):
        if (hits := side.breaches).any():
            found = np.clip(after[hits], up.low, up.high)
            breaches.append(Path("breach", stems(across, up, np.array(ends)[hits], found, length)))
    return Plot(
        x_ticks=x_ticks,
        y_ticks=ticks_of(up, values, plain_label(values)),
        paths=(
            Path(f"band {one.buffer}", area(across, up, ends, low.tolist(), high.tolist())),
            Path("line price", line(across, up, days, one.closes.tolist())),
            *breaches,
        ),
    )


def loss_plot(one: BookBacktest) -> Plot:
    """Draw both requirements of a book and its losses, at the ends of the close-outs, and the breaches.

    Parameters
    ----------
    one : BookBacktest

    Returns
    -------
    Plot
    """
    test, ends = one.maintenance, _numbers(one.maintenance.ends)
    known = np.isfinite(test.losses)
    losses, days = test.losses[known], np.array(ends)[known]
    across, x_ticks = _dates(test.ends[0], test.ends[-1])
    up = Axis(
        min(0.0, float(losses.min())), float(max(one.initial.requirements.max(), losses.max())), upwards=True
    )
    values = linear_ticks(up.low, up.high)
    paths = [
        Path("line maintenance", line(across, up, ends, test.requirements.tolist())),
        Path("line initial", line(across, up, ends, one.initial.requirements.tolist())),
        Path("line price", line(across, up, days.tolist(), losses.tolist())),
    ]
    if (hits := test.breaches).any():
        paths.append(Path("breach", stems(across, up, np.array(ends)[hits], test.losses[hits], _STEM)))
    return Plot(x_ticks, ticks_of(up, values, plain_label(values)), tuple(paths))


def _days(one: Backtest) -> tuple[Axis, tuple[Tick, ...]]:
    """Return the axis of the days, which ends with the last close-out, and its ticks."""
    return _dates(one.dates[0], max(*one.long.ends, one.dates[-1]))


def _dates(first: date, last: date) -> tuple[Axis, tuple[Tick, ...]]:
    axis = Axis(first.toordinal(), last.toordinal())
    return axis, tuple(Tick(axis.percent(day.toordinal()), label) for day, label in date_ticks(first, last))


def _numbers(dates: Sequence[date]) -> list[int]:
    return [day.toordinal() for day in dates]
