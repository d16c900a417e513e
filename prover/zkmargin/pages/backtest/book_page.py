"""Rendering of the page of a book's backtest. Private."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin import __version__
from zkmargin.documents.fields import decimal_text
from zkmargin.documents.utc import utc_text
from zkmargin.pages.rendering import environment, write_private_page
from zkmargin.pages.text import amount

from .page import SIGNIFICANCE, part
from .plots import loss_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from zkmargin.risk.book_backtest import BookBacktest
    from zkmargin.risk.market_day import MarketDay

__all__ = ["render_book_page", "write_book_page"]


def render_book_page(
    days: Sequence[MarketDay],
    tests: Sequence[BookBacktest],
    positions: Mapping[str, Decimal] | None = None,
) -> str:
    """Return the page of a book's backtest; as secret as the account.

    Parameters
    ----------
    days : sequence of MarketDay
    tests : sequence of BookBacktest
        Backtests of one book and one confidence level on these days.
    positions : mapping of str to Decimal, optional
        Quantities by instrument. Without them the page names no instrument.

    Returns
    -------
    str
        HTML. Equal arguments give equal pages.
    """
    templates = environment("backtest")
    templates.filters["part"] = templates.globals["part"] = part
    templates.globals["amount"] = amount
    first = tests[0]
    return templates.get_template("book.html.j2").render(
        version=__version__,
        days=days,
        missing_days=(days[-1].date - days[0].date).days + 1 - len(days),
        first=first,
        groups=[_group(one) for one in tests],
        confidence=first.maintenance.confidence,
        significance=SIGNIFICANCE,
        overlap=any(one.close_out > 1 for one in tests),
        positions=None
        if positions is None
        else [(name, decimal_text(positions[name])) for name in sorted(positions)],
        expiries=[(utc_text(one.expiry), decimal_text(one.price), one) for one in first.settlements],
    )


def write_book_page(
    path: Path,
    days: Sequence[MarketDay],
    tests: Sequence[BookBacktest],
    positions: Mapping[str, Decimal] | None = None,
) -> None:
    """Write the page atomically, readable only by this user. See `render_book_page`."""
    write_private_page(render_book_page(days, tests, positions), path)


def _group(one: BookBacktest) -> dict[str, Any]:
    title = f"{one.model}, losses over {one.close_out} days" if one.close_out > 1 else one.model
    breaches = [int(test.breaches.sum()) for test in (one.maintenance, one.initial)]
    return {
        "title": title,
        "test": one,
        "sides": (("maintenance", one.maintenance), ("initial", one.initial)),
        "plot": loss_plot(one),
        "text": f"Requirements and losses under {title}, {one.dates[0]} to {one.maintenance.ends[-1]}: "
        f"{breaches[0]} breaches of the maintenance margin, {breaches[1]} of the initial margin",
    }
