"""``zkmargin data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkmargin.venues import import_csv, import_deribit

from .data_changes import expire, stress
from .data_files import DataOut, load_data, save_data, seconds
from .finding import instruments
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import progress

__all__ = ["data_app"]

data_app = typer.Typer(no_args_is_help=True)
import_app = typer.Typer(no_args_is_help=True, help="Import venue data from files.")
data_app.add_typer(import_app, name="import")
data_app.command()(expire)
data_app.command()(stress)
data_app.command()(instruments)

_Previous = Annotated[
    Path | None, typer.Option("--previous", help="The venue data before; its instruments keep their ids.")
]
_Time = Annotated[
    str | None,
    typer.Option(
        "--time", help="The time, 2024-01-26T08:00:00Z or Unix seconds; that of the newest row if left out."
    ),
]
_Fill = Annotated[
    bool,
    typer.Option(
        "--fill-from-smile",
        help="Estimate the marks of options that have no usable one; otherwise exclude them.",
    ),
]
_Spot = Annotated[
    list[str] | None,
    typer.Option(
        "--spot", help="List this underlying itself as an instrument, such as BTC-SPOT. Repeatable."
    ),
]
_Underlyings = Annotated[
    list[str] | None, typer.Option("--underlying", help="Import only this underlying. Repeatable.")
]


@import_app.command()
def deribit(  # noqa: PLR0913, PLR0917  # the options of a command
    files: Annotated[
        list[Path], typer.Argument(help="Responses of get_book_summary_by_currency, JSON or CSV.")
    ],
    out: DataOut,
    underlying: _Underlyings = None,
    previous: _Previous = None,
    time: _Time = None,
    spot: _Spot = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Import options, futures and perpetuals of Deribit."""
    venue_data = import_deribit(
        *files,
        previous=load_data(previous),
        time=seconds(time),
        underlyings=underlying or (),
        spot=spot or (),
        fill_from_smile=fill_from_smile,
    )
    save_data(venue_data, out, as_json=as_json)


@import_app.command()
def csv(  # noqa: PLR0913, PLR0917  # the options of a command
    file: Annotated[Path, typer.Argument(help="A CSV file in the format of docs/formats/venue-csv.md.")],
    out: DataOut,
    previous: _Previous = None,
    time: _Time = None,
    spot: _Spot = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Import options, futures and perpetuals of any venue."""
    venue_data = import_csv(
        file,
        previous=load_data(previous),
        time=seconds(time),
        spot=spot or (),
        fill_from_smile=fill_from_smile,
    )
    save_data(venue_data, out, as_json=as_json)


@data_app.command()
def fetch(  # noqa: PLR0913, PLR0917  # the options of a command
    venue: Annotated[str, typer.Argument(help="The venue: deribit.")],
    underlyings: Annotated[list[str], typer.Argument(help="The underlyings, e.g. ETH BTC.")],
    out: DataOut,
    save_answers: Annotated[
        Path | None, typer.Option("--save-answers", help="Save the venue's responses in this folder.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Another address to ask, e.g. of a proxy.")] = None,
    timeout: Annotated[
        float,
        typer.Option("--timeout", min=0.1, max=600, help="The longest wait for a response, in seconds."),
    ] = 10.0,
    previous: _Previous = None,
    spot: _Spot = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Fetch present venue data from a venue.

    Exit code 4 if it does not answer.
    """
    from zkmargin.venues import live  # noqa: PLC0415

    before = load_data(previous)
    with progress(lines=False) as report:
        report(f"asking {venue}", 0, 0)
        answers = live.fetch_answers(venue, underlyings, url=url, timeout=timeout)
    if save_answers is not None:
        live.save_answers(answers, save_answers)
    venue_data = live.venue_data_of(
        answers,
        previous=before,
        underlyings=underlyings,
        spot=spot or (),
        fill_from_smile=fill_from_smile,
    )
    save_data(venue_data, out, as_json=as_json)
