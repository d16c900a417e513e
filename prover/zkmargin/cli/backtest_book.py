"""``zkmargin backtest --book``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.account.market_days import check_book, days_of_files, days_of_venue_data
from zkmargin.errors import InputError
from zkmargin.risk.book_backtest import backtest_book
from zkmargin.venue_data.instruments import spot_name

from .book_text import book_to_json, show_book
from .data_files import delivery_prices
from .options import load_account
from .output import print_json, print_line

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.risk.closing import HalfSpread
    from zkmargin.risk.market_day import MarketDay

    from .histories import Criteria
    from .market_files import MarketFiles

__all__ = ["run_book"]


def run_book(  # noqa: PLR0913  # the options of a command
    book: Path,
    files: MarketFiles,
    criteria: Criteria,
    delivery: list[str] | None,
    out: Path | None,
    *,
    assumed: HalfSpread,
    show_positions: bool,
    as_json: bool,
) -> None:
    """Test models on an account's positions, and show the results; also write them to a private page."""
    if out is not None:
        from zkmargin.pages import backtest as backtest_page  # noqa: PLC0415  # a missing extra ends the command before the work

    prices, account = delivery_prices(delivery, "--delivery"), load_account(book)
    if not account.positions:
        raise InputError("no positions", source=account.source, key="positions")
    days = _days(files, frozenset(account.positions), criteria)
    check_book(account, days)
    tests = [
        backtest_book(
            account.positions,
            days,
            model,
            close_out=close_out,
            confidence=criteria.confidence,
            delivery=prices,
            assumed=assumed,
        )
        for model in days[0].models
        for close_out in criteria.close_outs
    ]
    if out is not None:
        held = account.positions if show_positions else None
        backtest_page.write_book_page(out, days, tests, held)
    if as_json:
        print_json(book_to_json(account.positions, days, tests))
        return
    show_book(days, tests)
    if out is not None:
        print_line(f"{out}: the results with plots. Keep the page private.")


def _days(files: MarketFiles, names: frozenset[str], criteria: Criteria) -> list[MarketDay]:
    if files.snapshots is not None:
        return days_of_files(files.snapshots, names, criteria.models)
    suffix = spot_name("")
    spot = [name.removesuffix(suffix) for name in sorted(names) if name.endswith(suffix)]
    return days_of_venue_data(files.imported(spot), names, criteria.models)
