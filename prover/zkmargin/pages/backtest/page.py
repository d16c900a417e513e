"""Rendering and writing of the backtest page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin import __version__
from zkmargin.documents.files import write_text
from zkmargin.pages.rendering import environment
from zkmargin.risk.adjustment import FIXED

from .plots import price_plot, requirement_plot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from zkmargin.risk.adjustment import Adjustment
    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.history import History

__all__ = ["SIGNIFICANCE", "part", "render_page", "write_page"]

SIGNIFICANCE = 0.05
"""The p-value below which the page marks a result."""


def render_page(
    results: Iterable[tuple[History, Sequence[Backtest]]], adjustment: Adjustment, requirement: str
) -> str:
    """Return the backtest page.

    Parameters
    ----------
    results : iterable of (History, sequence of Backtest)
        Backtests of one confidence level.
    adjustment : Adjustment
        The rules that the ranges come from.
    requirement : str
        The tested claim, such as ``maintenance``.

    Returns
    -------
    str
        HTML. Equal arguments give equal pages.
    """
    sections = [_section(*pair, adjustment) for pair in results]
    templates = environment("backtest")
    templates.filters["part"] = templates.globals["part"] = part
    return templates.get_template("backtest.html.j2").render(
        version=__version__,
        sections=sections,
        buffers={name for one in sections for name in one["buffers"]},
        adjustment=adjustment,
        requirement=requirement,
        confidence=sections[0]["first"].confidence,
        significance=SIGNIFICANCE,
        overlap=any(
            one.close_out > 1 for each in sections for group in each["groups"] for one in group["tests"]
        ),
    )


def write_page(
    path: Path,
    results: Iterable[tuple[History, Sequence[Backtest]]],
    adjustment: Adjustment,
    requirement: str,
) -> None:
    """Write the backtest page atomically. See `render_page`."""
    write_text(path, render_page(results, adjustment, requirement))


def _section(history: History, tests: Sequence[Backtest], adjustment: Adjustment) -> dict[str, Any]:
    """Return the template's values for a history."""
    groups: dict[tuple[str, int], list[Backtest]] = {}
    for one in tests:
        groups.setdefault((one.model, one.close_out), []).append(one)
    # The requirement does not depend on the close-out, so it is drawn once.
    first = dict(reversed(groups))
    return {
        "history": history,
        "first": tests[0],
        "buffers": {one.buffer for one in tests},
        "parameters": {
            name.replace("_", " "): value for name, value in adjustment.rule(history.name).to_json().items()
        },
        "groups": [
            _group(model, days, group, with_requirements=first[model] == days)
            for (model, days), group in groups.items()
        ],
    }


def _group(model: str, days: int, tests: Sequence[Backtest], *, with_requirements: bool) -> dict[str, Any]:
    """Return the template's values for a history under a model, with losses over a number of days."""
    title = f"{model}, losses over {days} days" if days > 1 else model
    when = f"{tests[0].history} under {title}, {tests[0].dates[0]} to {tests[0].dates[-1]}"
    means = ", ".join(f"{one.buffer} {part(one.mean_requirement)}" for one in tests)
    fixed = [float(one.ranges[0]) for one in tests if one.buffer == FIXED]
    return {
        "model": model,
        "title": title,
        "close_out": days,
        "tests": tests,
        "fixed": fixed[0] if fixed else None,
        "requirements": requirement_plot(tests) if with_requirements else None,
        "requirements_text": f"Requirement as a fraction of the price, {when}. Means: {means}",
        "prices": [(one, price_plot(one), _price_text(one, when)) for one in tests],
    }


def _price_text(one: Backtest, when: str) -> str:
    long, short = (int(side.breaches.sum()) for side in (one.long, one.short))
    return f"Price and covered band of {one.buffer}, {when}: {long} breaches of a long position, {short} of a short one"


def part(fraction: float, decimals: int = 1) -> str:
    """Return a fraction in percent, with a fixed number of decimals."""
    return f"{100 * fraction:,.{decimals}f}\N{NO-BREAK SPACE}%"
