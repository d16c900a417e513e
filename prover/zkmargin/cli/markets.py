"""``zkmargin market``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError
from ..utc import utc_text
from .exclusions import exclusions_to_json, show_exclusions
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from decimal import Decimal

    from ..market import Market

__all__ = ["market_app"]

market_app = typer.Typer(no_args_is_help=True, help="Import or fetch what a venue lists.")
import_app = typer.Typer(no_args_is_help=True, help="Import what a venue lists.")
market_app.add_typer(import_app, name="import")

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"
_Out = Annotated[Path, typer.Option("-o", "--out", help="Where the market goes.")]
_Previous = Annotated[
    Path | None, typer.Option("--previous", help="The market before: its instruments keep their numbers.")
]
_Time = Annotated[
    str | None,
    typer.Option("--time", help="2024-01-26T08:00:00Z or Unix seconds; that of the newest row if left out."),
]
_Fill = Annotated[
    bool,
    typer.Option("--fill-from-smile", help="Estimate options without a usable mark; left out otherwise."),
]
_Underlyings = Annotated[
    list[str] | None, typer.Option("--underlying", help="Take only this one; may be repeated.")
]


@import_app.command()
def deribit(  # noqa: PLR0913, PLR0917  # the options of a command
    files: Annotated[
        list[Path], typer.Argument(help="Answers of get_book_summary_by_currency, JSON or CSV.")
    ],
    out: _Out,
    underlying: _Underlyings = None,
    previous: _Previous = None,
    time: _Time = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Import Deribit's options, futures and perpetuals."""
    from ..market import import_deribit  # noqa: PLC0415  # imports are left to the commands

    market = import_deribit(
        *files,
        previous=_load(previous),
        time=_seconds(time),
        underlyings=underlying or (),
        fill_from_smile=fill_from_smile,
    )
    _save(market, out, as_json=as_json)


@import_app.command()
def csv(  # noqa: PLR0913, PLR0917  # the options of a command
    file: Annotated[Path, typer.Argument(help="A plain CSV: see docs/formats/market-csv.md.")],
    out: _Out,
    previous: _Previous = None,
    time: _Time = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Import options, futures and perpetuals of any venue."""
    from ..market import import_csv  # noqa: PLC0415  # imports are left to the commands

    market = import_csv(file, previous=_load(previous), time=_seconds(time), fill_from_smile=fill_from_smile)
    _save(market, out, as_json=as_json)


@market_app.command()
def fetch(  # noqa: PLR0913, PLR0917  # the options of a command
    venue: Annotated[str, typer.Argument(help="deribit.")],
    underlyings: Annotated[list[str], typer.Argument(help="Such as ETH BTC.")],
    out: _Out,
    save_answers: Annotated[
        Path | None, typer.Option("--save-answers", help="The folder for what the venue answered.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where to ask instead, such as a proxy.")] = None,
    timeout: Annotated[
        float,
        typer.Option("--timeout", min=0.1, max=600, help="How long the venue may be silent, in seconds."),
    ] = 10.0,
    previous: _Previous = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Fetch what a venue lists now. Exit code 4 when it does not answer."""
    from ..market import live  # noqa: PLC0415  # imports are left to the commands

    before = _load(previous)
    with progress() as report:
        report(f"asking {venue}", 0, 0)
        answers = live.fetch_answers(venue, underlyings, url=url, timeout=timeout)
    if save_answers is not None:
        live.save_answers(answers, save_answers)
    market = live.market_of_answers(
        answers, previous=before, underlyings=underlyings, fill_from_smile=fill_from_smile
    )
    _save(market, out, as_json=as_json)


@market_app.command()
def stress(  # noqa: PLR0913, PLR0917  # the options of a command
    market: Annotated[Path, typer.Argument(help="The market file.")],
    out: _Out,
    move: Annotated[
        list[str] | None, typer.Option("--move", help="ETH=-0.15: prices fall by 15 %. Repeatable.")
    ] = None,
    volatility: Annotated[
        list[str] | None, typer.Option("--vol", help="ETH=0.1: volatilities rise by ten points. Repeatable.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option("--time", help="2024-01-26T08:00:00Z or Unix seconds; the market's if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the market as it would be after a shock: options repriced, numbers kept."""
    from ..market import Market  # noqa: PLC0415  # imports are left to the commands
    from ..risk.stress import stressed  # noqa: PLC0415

    before, at = Market.load(market), _seconds(time)
    moves, volatilities = _changes(move, "--move"), _changes(volatility, "--vol")
    _save(
        stressed(before, before.time if at is None else at, moves=moves, volatility=volatilities),
        out,
        as_json=as_json,
    )


def _changes(texts: list[str] | None, option: str) -> dict[str, Decimal]:
    from ..fields import Field  # noqa: PLC0415  # imports are left to the commands

    pairs = [text.partition("=") for text in texts or ()]
    found = {name: Field(value, option).decimal() for name, _, value in pairs}
    if len(found) < len(pairs):
        raise InputError("stands there twice", source=option)
    return found


def _load(path: Path | None) -> Market | None:
    from ..market import Market  # noqa: PLC0415  # imports are left to the commands

    return None if path is None else Market.load(path)


def _seconds(text: str | None) -> int | None:
    from ..market.venue_files import parse_time  # noqa: PLC0415  # imports are left to the commands

    return None if text is None else parse_time(text, "--time")


def _save(market: Market, out: Path, *, as_json: bool) -> None:
    """Write the market and show what it holds."""
    market.save(out)
    count = sum(1 for _ in market.instruments())
    names = [one.name for one in market.underlyings]
    if as_json:
        shown = {"file": str(out), "time": str(market.time), "underlyings": names, "instruments": count}
        estimates = [{"name": one.name, "reason": one.reason} for one in market.estimates]
        exclusions = exclusions_to_json(market.exclusions)
        print_json({**shown, "estimates": estimates, "exclusions": exclusions})
        return
    print_line(f"{out}: {count} instruments of {', '.join(names)} at {utc_text(market.time, _CLOCK)}")
    if market.estimates:
        print_line(f"estimated: {len(market.estimates)} (all of them are in the file)")
    show_exclusions(market.exclusions)
