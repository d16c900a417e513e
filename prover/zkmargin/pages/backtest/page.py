"""Rendering and writing of the backtest page."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from zkmargin import __version__
from zkmargin.documents.fields import decimal_text
from zkmargin.documents.files import write_text

from .plots import COLOURS, price_plot, requirement_plot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.risk.adjustment import Adjustment, Rule
    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.history import History

__all__ = ["render_page", "write_page"]

_SIGNIFICANCE = 0.05
_HERE = Path(__file__).parent


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
    sections = [_section(number, *pair, adjustment) for number, pair in enumerate(results)]
    return (
        _environment()
        .get_template("backtest.html.j2")
        .render(
            version=__version__,
            sections=sections,
            adjustment=adjustment,
            requirement=requirement,
            confidence=sections[0]["first"].confidence,
            significance=_SIGNIFICANCE,
            overlap=any(one.close_out > 1 for each in sections for one in each["tests"]),
            colours=COLOURS,
        )
    )


def write_page(
    path: Path,
    results: Iterable[tuple[History, Sequence[Backtest]]],
    adjustment: Adjustment,
    requirement: str,
) -> None:
    """Write the backtest page atomically. See `render_page`."""
    write_text(path, render_page(results, adjustment, requirement))


def _section(
    number: int, history: History, tests: Sequence[Backtest], adjustment: Adjustment
) -> dict[str, Any]:
    """Return the template's values for a history."""
    groups: dict[tuple[str, int], list[Backtest]] = {}
    for one in tests:
        groups.setdefault((one.model, one.close_out), []).append(one)
    models: dict[str, int] = {}
    return {
        "history": history,
        "first": tests[0],
        "tests": tests,
        "rule": _parameters(adjustment.rule(history.name)),
        "groups": [
            {
                "title": f"{model}, losses over {days} days" if days > 1 else model,
                "close_out": days,
                "tests": group,
                # The requirement does not depend on the close-out.
                "requirements": requirement_plot(group, f"r{number}-{place}-")
                if models.setdefault(model, days) == days
                else None,
                "prices": price_plot(group, f"p{number}-{place}-"),
            }
            for place, ((model, days), group) in enumerate(groups.items())
        ],
    }


def _parameters(rule: Rule) -> dict[str, str]:
    values = {one.name: getattr(rule, one.name) for one in fields(rule)}
    return {
        name.replace("_", " "): str(value) if isinstance(value, int) else decimal_text(value)
        for name, value in values.items()
    }


def _percent(part: float, decimals: int = 1) -> str:
    return f"{100 * part:,.{decimals}f}\N{NO-BREAK SPACE}%"


def _environment() -> jinja2.Environment:
    # The report page's folder has the shared style sheet.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE, _HERE.parent / "report"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        lstrip_blocks=True,
        trim_blocks=True,
    )
    environment.filters["percent"] = _percent
    return environment
