"""``zkmargin data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venues import import_answers, import_csv
from zkmargin.venues.columns import SOURCES

from . import typed
from .data_changes import expire, stress
from .data_files import DataOut, IndexPrices, Lots, amounts, load_data, save_data, seconds
from .finding import instruments
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import progress

__all__ = ["data_app"]

data_app = typed.Group()
data_app.command()(expire)
data_app.command()(stress)
data_app.command()(instruments)

_PLAIN = "csv"

_Previous = Annotated[
    Path | None, typed.Option("--previous", help="The venue data before; its instruments keep their ids.")
]
_Time = Annotated[
    str | None,
    typed.Option(
        "--time", help="The time, 2024-01-26T08:00:00Z or Unix seconds; that of the newest row if left out."
    ),
]
_Fill = Annotated[
    bool,
    typed.Option(
        "--fill-from-smile",
        help="Estimate the marks of options that have no usable one; otherwise exclude them.",
    ),
]
_Spot = Annotated[
    list[str] | None,
    typed.Option(
        "--spot", help="List this underlying itself as an instrument, such as BTC-SPOT. Repeatable."
    ),
]
_Underlyings = Annotated[
    list[str] | None, typed.Option("--underlying", help="Import only this underlying. Repeatable.")
]


@data_app.command("import")
def import_(  # noqa: PLR0913, PLR0917  # the options of a command
    source: Annotated[
        str, typed.Argument(help=f"Where the files come from: csv (our plain format), {', '.join(SOURCES)}.")
    ],
    files: Annotated[list[Path], typed.Argument(help="The venue's answers, JSON or CSV.")],
    out: DataOut,
    underlying: _Underlyings = None,
    lot: Lots = None,
    index: IndexPrices = None,
    previous: _Previous = None,
    time: _Time = None,
    spot: _Spot = None,
    fill_from_smile: _Fill = False,
    as_json: Json = False,
) -> None:
    """Import options, futures and perpetuals from files of a venue.

    Answers of different kinds complete each other. docs/venue-data.md lists the formats.
    """
    before, moment = load_data(previous), seconds(time)
    if source == _PLAIN:
        for option, value in (("--underlying", underlying), ("--lot", lot), ("--index", index)):
            if value:
                raise InputError("a plain CSV has its own columns for it", source=option)
        if len(files) != 1:
            raise InputError("expected one plain CSV", source="FILES")
        made = import_csv(
            files[0], previous=before, time=moment, spot=spot or (), fill_from_smile=fill_from_smile
        )
    else:
        if source not in SOURCES:
            known = (_PLAIN, *SOURCES)
            hint = did_you_mean(source, known) or f": expected one of {', '.join(known)}"
            raise InputError(f"no source {source}{hint}", source="SOURCE")
        made = import_answers(
            source,
            *files,
            previous=before,
            time=moment,
            lots=amounts(lot, "--lot"),
            underlyings=underlying or (),
            spot=spot or (),
            index_prices=amounts(index, "--index"),
            fill_from_smile=fill_from_smile,
        )
    save_data(made, out, as_json=as_json)


@data_app.command()
def fetch(  # noqa: PLR0913, PLR0917  # the options of a command
    venue: Annotated[str, typed.Argument(help="The venue: deribit.")],
    underlyings: Annotated[list[str], typed.Argument(help="The underlyings, e.g. ETH BTC.")],
    out: DataOut,
    save_answers: Annotated[
        Path | None, typed.Option("--save-answers", help="Save the venue's responses in this folder.")
    ] = None,
    url: Annotated[str | None, typed.Option("--url", help="Another address to ask, e.g. of a proxy.")] = None,
    timeout: Annotated[
        float,
        typed.Option("--timeout", min=0.1, max=600, help="The longest wait for a response, in seconds."),
    ] = 10.0,
    lot: Lots = None,
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
        lots=amounts(lot, "--lot"),
        underlyings=underlyings,
        spot=spot or (),
        fill_from_smile=fill_from_smile,
    )
    save_data(venue_data, out, as_json=as_json)
