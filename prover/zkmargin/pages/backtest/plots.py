"""Plots as SVG text in the colours of the page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes

    from zkmargin.risk.backtest import Backtest

__all__ = ["COLOURS", "price_plot", "requirement_plot"]

COLOURS = {"none": "c1", "buffer": "c2", "stressed": "c3", "floor": "c4", "fixed": "c5"}
"""The page's colour of each buffer."""

_DASHES = {"none": "-", "buffer": "-", "stressed": "--", "floor": "-.", "fixed": ":"}
_WIDTH = 10.0
_PANEL = 2.1
# matplotlib has no style sheet variables, so these placeholders are replaced in its output.
_STAND_INS = {
    "ink": "#010101",
    "quiet": "#020202",
    "rule": "#030303",
    "loss": "#040404",
    "c1": "#010001",
    "c2": "#010002",
    "c3": "#010003",
    "c4": "#010004",
    "c5": "#010005",
}
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "zkmargin",
    "font.size": 10,
    "text.color": _STAND_INS["quiet"],
    "axes.labelcolor": _STAND_INS["quiet"],
    "axes.edgecolor": _STAND_INS["rule"],
    "axes.titlecolor": _STAND_INS["ink"],
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _STAND_INS["rule"],
    "grid.linewidth": 0.5,
    "xtick.color": _STAND_INS["rule"],
    "xtick.labelcolor": _STAND_INS["quiet"],
    "ytick.color": _STAND_INS["rule"],
    "ytick.labelcolor": _STAND_INS["quiet"],
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def requirement_plot(tests: Sequence[Backtest], prefix: str) -> Markup:
    """Draw the requirement over time, a line for each buffer.

    Parameters
    ----------
    tests : sequence of Backtest
        Backtests of one history and one model.
    prefix : str
        The prefix of the drawing's ids, so that a page can contain several drawings.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(_WIDTH, 3.2))
        axes = figure.subplots()
        for one in tests:
            largest = np.maximum(one.long.requirements, one.short.requirements)
            colour = _STAND_INS[COLOURS[one.buffer]]
            axes.plot(
                _days(one.dates),
                largest,
                color=colour,
                linestyle=_DASHES[one.buffer],
                lw=1.3,
                label=one.buffer,
            )
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda part, _: f"{100 * part:g} %"))
        axes.set_ylabel("of the price")
        _date_axis(axes)
        axes.legend(loc="upper right", ncols=len(tests))
        return _svg(figure, prefix)


def price_plot(tests: Sequence[Backtest], prefix: str) -> Markup:
    """Draw the price, the band that requirements cover at the end of their close-outs, and the breaches.

    Parameters
    ----------
    tests : sequence of Backtest
        Backtests of one history, one model and one close-out, drawn in a panel each.
    prefix : str
        The prefix of the drawing's ids, so that a page can contain several drawings.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(_WIDTH, _PANEL * len(tests) + 0.3))
        panels = figure.subplots(len(tests), sharex=True, squeeze=False)[:, 0]
        for axes, one in zip(panels, tests, strict=True):
            _price_panel(axes, one)
        _date_axis(panels[-1])
        return _svg(figure, prefix)


def _price_panel(axes: Axes, one: Backtest) -> None:
    days, ends = _days(one.dates), _days(one.long.ends)
    low = one.closes * (1 - one.long.requirements)
    high = one.closes * (1 + one.short.requirements)
    colour = _STAND_INS[COLOURS[one.buffer]]
    axes.fill_between(ends, low, high, color=colour, alpha=0.3, lw=0)
    axes.plot(days, one.closes, color=_STAND_INS["ink"], lw=0.8)
    after = one.closes * (1 - one.long.losses)
    for side, marker in ((one.long, "v"), (one.short, "^")):
        hits = side.breaches
        axes.plot(ends[hits], after[hits], marker, color=_STAND_INS["loss"], ms=6, mew=0)
    axes.set_yscale("log")
    axes.set_ylim(one.closes.min() * 0.75, one.closes.max() * 1.3)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.minorticks_off()
    long, short = one.long.breaches.sum(), one.short.breaches.sum()
    axes.set_title(
        f"{one.buffer}: breaches \N{BLACK DOWN-POINTING TRIANGLE} long {long}, "
        f"\N{BLACK UP-POINTING TRIANGLE} short {short}"
    )


def _days(dates: Sequence[date]) -> np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]:
    return np.array(dates, dtype="datetime64[D]")


def _date_axis(axes: Axes) -> None:
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _svg(figure: Figure, prefix: str) -> Markup:
    """Return a figure as an element of a page, with unique ids and the page's colours."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    # The metadata contain the time.
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}", text)
    # The page's font applies; matplotlib's own is used for measuring only.
    text = re.sub(r"font: ([0-9.]+px) [^;\"]*", r"font-size: \g<1>", text)
    for name, stand_in in _STAND_INS.items():
        text = text.replace(stand_in, f"var(--{name})")
    # matplotlib escapes text, and all text here is names of buffers, numbers and dates, none from a file.
    return Markup(text)  # noqa: S704
