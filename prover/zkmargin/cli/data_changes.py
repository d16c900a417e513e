"""``zkmargin data expire`` and ``zkmargin data stress``: a market made from a market."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from zkmargin.errors import InputError

from .data_files import DataOut, save_data, seconds
from .options import Json  # noqa: TC001  # typer reads the annotations

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["expire", "stress"]


def stress(  # noqa: PLR0913, PLR0917  # the options of a command
    venue_data: Annotated[Path, typer.Argument(help="The market file.")],
    out: DataOut,
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
    from zkmargin.risk.stress import stressed  # noqa: PLC0415
    from zkmargin.venue_data import VenueData  # noqa: PLC0415  # imports are left to the commands

    before, at = VenueData.load(venue_data), seconds(time)
    moves, volatilities = _changes(move, "--move"), _changes(volatility, "--vol")
    save_data(
        stressed(before, before.time if at is None else at, moves=moves, volatility=volatilities),
        out,
        as_json=as_json,
    )


def expire(  # noqa: PLR0913, PLR0917  # the options of a command
    venue_data: Annotated[Path, typer.Argument(help="The market file, imported after the expiry.")],
    out: DataOut,
    previous: Annotated[
        Path, typer.Option("--previous", help="The last market file that lists what has expired.")
    ],
    price: Annotated[
        list[str] | None,
        typer.Option(
            "--price", help="ETH@2026-03-27T08:00:00Z=2950.25: a delivery price of an underlying. Repeatable."
        ),
    ] = None,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, max=36_500, help="How long after its expiry a row stays.")
    ] = 7,
    as_json: Json = False,
) -> None:
    """Give what has expired its settlement value, so that accounts that hold it can still be proven."""
    from zkmargin.venue_data import VenueData, expiry  # noqa: PLC0415  # imports are left to the commands

    before, after = VenueData.load(previous), VenueData.load(venue_data)
    made = expiry.expire(before, after, _delivery_prices(price), keep=keep_days * 86_400)
    save_data(made, out, as_json=as_json)


def _delivery_prices(texts: list[str] | None) -> dict[tuple[str, int], Decimal]:
    from zkmargin.documents.fields import Field  # noqa: PLC0415  # imports are left to the commands
    from zkmargin.venues.parsing import parse_time  # noqa: PLC0415

    found: dict[tuple[str, int], Decimal] = {}
    for text in texts or ():
        what, _, value = text.partition("=")
        underlying, _, expiry = what.partition("@")
        key = underlying, parse_time(expiry, "--price", what[:80])
        if key in found:
            raise InputError("stands there twice", source="--price", key=what[:80])
        found[key] = Field(value, "--price", what[:80]).decimal()
    return found


def _changes(texts: list[str] | None, option: str) -> dict[str, Decimal]:
    from zkmargin.documents.fields import Field  # noqa: PLC0415  # imports are left to the commands

    pairs = [text.partition("=") for text in texts or ()]
    found = {name: Field(value, option).decimal() for name, _, value in pairs}
    if len(found) < len(pairs):
        raise InputError("stands there twice", source=option)
    return found
