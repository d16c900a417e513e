"""``zkmargin backtest``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError

from . import typed
from .histories import AdjustmentFile, AllowGaps, Criteria, ShiftDays
from .market_files import MarketFiles
from .options import Json, Requirement, chosen_model

if TYPE_CHECKING:
    from zkmargin.risk.closing import HalfSpread

__all__ = ["backtest"]

_PRICES, _BOOK, _VOLATILITY = "HISTORY", "--book", "--volatility"
_SURFACES = "a backtest of volatility ranges on venue data"
_REQUIREMENT = "maintenance"
_MODES = {
    "--book": {_BOOK},
    "--volatility": {_VOLATILITY},
    "--snapshots": {_BOOK, _SURFACES},
    "--market-history": {_BOOK, _SURFACES},
    "--fill-from-smile": {_BOOK, _SURFACES},
    "--delivery": {_BOOK},
    "--half-spread": {_BOOK},
    "--volatility-points": {_BOOK},
    "--show-positions": {_BOOK},
    "--buffer": {_PRICES, _VOLATILITY},
    "--adjustment": {_PRICES, _VOLATILITY},
    "--requirement": {_PRICES},
    "--allow-gaps": {_PRICES},
    "--shift-days": {_PRICES, _VOLATILITY},
    "--out": {_PRICES, _BOOK},
}
"""The kinds of backtests that an option is for."""


def backtest(  # noqa: PLR0913, PLR0917  # the options of a command
    histories: Annotated[
        list[str] | None,
        typed.Argument(
            metavar="[HISTORY]...",
            help="Daily closes, CSV: UNDERLYING=FILE, or FILE if it is named after the underlying.",
        ),
    ] = None,
    book: Annotated[
        Path | None,
        typed.Option(
            "--book", help="Test the positions of this account file instead of price histories. Private."
        ),
    ] = None,
    volatility: Annotated[
        list[str] | None,
        typed.Option(
            "--volatility",
            help="Test volatility ranges: daily volatilities in percent, CSV: UNDERLYING=FILE, or FILE. Repeatable.",
        ),
    ] = None,
    snapshots: Annotated[
        Path | None,
        typed.Option(
            "--snapshots",
            help="A folder of snapshots or venue data, a file for each day: for --book; without it the volatility "
            "ranges are tested.",
        ),
    ] = None,
    market_history: Annotated[
        Path | None,
        typed.Option(
            "--market-history",
            help="Instead of --snapshots, a venue's own files: a folder with a file or a folder for each day, or a "
            "plain CSV of many days.",
        ),
    ] = None,
    source: Annotated[
        str, typed.Option("--source", help="The format of --market-history, as in zkmargin data import.")
    ] = "deribit",
    delivery: Annotated[
        list[str] | None,
        typed.Option(
            "--delivery",
            help="With --book: a delivery price, ETH@2026-03-27T08:00:00Z=2950.25. Repeatable; without it the index "
            "price of the file nearest in time.",
        ),
    ] = None,
    half_spread: Annotated[
        float | None,
        typed.Option(
            "--half-spread",
            help="With --book: the half spread of futures, perpetuals and spot without bid or ask, as a fraction of "
            "the mark; 0.001 if left out.",
        ),
    ] = None,
    volatility_points: Annotated[
        float | None,
        typed.Option(
            "--volatility-points",
            help="With --book: the half spread of options without bid or ask, in points of volatility; 2 if left out.",
        ),
    ] = None,
    show_positions: Annotated[
        bool, typed.Option("--show-positions", help="With --book: the page lists the positions.")
    ] = False,
    fill_from_smile: Annotated[
        bool,
        typed.Option(
            "--fill-from-smile", help="With --market-history: estimate options without a usable mark."
        ),
    ] = False,
    model: Annotated[
        list[str] | None,
        typed.Option("--model", help="A margin model: a name or a TOML file. Repeatable; span if left out."),
    ] = None,
    buffer: Annotated[
        list[str] | None,
        typed.Option(
            "--buffer",
            help="The option against procyclicality: none, buffer, stressed or floor; fixed keeps the model's range. "
            "Repeatable; all if left out, of volatility ranges fixed.",
        ),
    ] = None,
    confidence: Annotated[
        float, typed.Option("--confidence", help="The fraction of days that the requirement should cover.")
    ] = 0.99,
    close_out: Annotated[
        list[int] | None,
        typed.Option("--close-out", help="Days until a position is closed. Repeatable; 1 if left out."),
    ] = None,
    requirement: Requirement = _REQUIREMENT,
    adjustment: AdjustmentFile = None,
    allow_gaps: AllowGaps = False,
    shift_days: ShiftDays = 0,
    out: Annotated[Path | None, typed.Option("-o", "--out", help="Write a page with plots, HTML.")] = None,
    as_json: Json = False,
) -> None:
    """Test margin models on daily prices, or on the positions of an account.

    Counts the days on which a position's loss exceeded the requirement set before it.
    """
    if not 0 < confidence < 1:
        raise InputError("must be between 0 and 1", source="--confidence")
    mode = _PRICES if histories else _BOOK if book else _VOLATILITY if volatility else _SURFACES
    given: dict[str, object] = {
        "--book": book,
        "--volatility": volatility,
        "--snapshots": snapshots,
        "--market-history": market_history,
        "--fill-from-smile": fill_from_smile,
        "--delivery": delivery,
        "--half-spread": half_spread is not None,
        "--volatility-points": volatility_points is not None,
        "--show-positions": show_positions,
        "--buffer": buffer,
        "--adjustment": adjustment,
        "--requirement": requirement != _REQUIREMENT,
        "--allow-gaps": allow_gaps,
        "--shift-days": shift_days,
        "--out": out,
    }
    _check_options(mode, given)
    models = [chosen_model(one) for one in model or ()]
    if len({one.name for one in models}) < len(models):
        raise InputError("two models of the same name", source="--model")
    criteria = Criteria(models, list(dict.fromkeys(close_out or [1])), confidence)
    files = MarketFiles(snapshots, market_history, source, fill_from_smile=fill_from_smile)
    if histories:
        from .backtest_prices import PriceOptions, run_prices  # noqa: PLC0415

        prices = PriceOptions(histories, allow_gaps, shift_days, buffer, requirement, adjustment)
        run_prices(prices, criteria, out, as_json=as_json)
    elif book is not None:
        from .backtest_book import run_book  # noqa: PLC0415

        assumed = _half_spread(half_spread, volatility_points)
        run_book(
            book,
            files,
            criteria,
            delivery,
            out,
            assumed=assumed,
            show_positions=show_positions,
            as_json=as_json,
        )
    else:
        from .backtest_volatility import VolatilityOptions, run_volatility  # noqa: PLC0415

        options = VolatilityOptions(volatility, shift_days, files, buffer, adjustment)
        run_volatility(options, criteria, as_json=as_json)


def _half_spread(half_spread: float | None, volatility_points: float | None) -> HalfSpread:
    from zkmargin.risk.closing import HalfSpread  # noqa: PLC0415

    given = {"half_spread": half_spread, "volatility_points": volatility_points}
    try:
        return HalfSpread(**{name: value for name, value in given.items() if value is not None})
    except InputError as error:
        raise InputError(error.reason, source=f"--{error.source.replace('_', '-')}") from None


def _check_options(mode: str, given: dict[str, object]) -> None:
    """Refuse options that a kind of backtest does not have, and one without its data."""
    for name, value in given.items():
        if value and mode not in _MODES[name]:
            raise InputError(f"cannot be combined with {mode}", source=name)
    if mode in {_BOOK, _SURFACES} and bool(given["--snapshots"]) == bool(given["--market-history"]):
        reason = "expected price histories, --volatility, or one of --snapshots and --market-history"
        raise InputError(reason, source="HISTORY")
    if given["--fill-from-smile"] and not given["--market-history"]:
        raise InputError("needs --market-history", source="--fill-from-smile")
