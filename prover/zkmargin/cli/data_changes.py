"""``zkmargin data expire`` and ``zkmargin data stress``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.venue_data import SETTLED_DAYS, VenueData, expiry

from . import typed
from .data_files import DataOut, delivery_prices, save_data, seconds
from .options import Json  # noqa: TC001  # typed reads the annotations

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["expire", "stress"]


def stress(  # noqa: PLR0913, PLR0917  # the options of a command
    venue_data: Annotated[Path, typed.Argument(help="The venue data.")],
    out: DataOut,
    move: Annotated[
        list[str] | None,
        typed.Option("--move", help="A relative move of prices: ETH=-0.15 for a fall by 15 %. Repeatable."),
    ] = None,
    volatility: Annotated[
        list[str] | None,
        typed.Option("--vol", help="A change of volatilities: ETH=0.1 for ten points more. Repeatable."),
    ] = None,
    time: Annotated[
        str | None,
        typed.Option(
            "--time",
            help="The time after the shock, 2024-01-26T08:00:00Z or Unix seconds; that of the data if left out.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write venue data as they would be after a shock.

    Options are repriced; instruments keep their ids.
    """
    from zkmargin.risk.stress import stressed  # noqa: PLC0415

    before, at = VenueData.load(venue_data), seconds(time)
    moves, volatilities = _changes(move, "--move"), _changes(volatility, "--vol")
    save_data(
        stressed(before, before.time if at is None else at, moves=moves, volatility=volatilities),
        out,
        as_json=as_json,
    )


def expire(  # noqa: PLR0913, PLR0917  # the options of a command
    venue_data: Annotated[Path, typed.Argument(help="Venue data imported after the expiry.")],
    out: DataOut,
    previous: Annotated[
        Path, typed.Option("--previous", help="The last venue data that list the expired instruments.")
    ],
    price: Annotated[
        list[str] | None,
        typed.Option("--price", help="A delivery price: ETH@2026-03-27T08:00:00Z=2950.25. Repeatable."),
    ] = None,
    keep_days: Annotated[
        int,
        typed.Option(
            "--keep-days",
            min=SETTLED_DAYS,
            max=36_500,
            help="The days that a row stays after it was settled.",
        ),
    ] = SETTLED_DAYS,
    as_json: Json = False,
) -> None:
    """Settle expired instruments at their payoff.

    Their rows stay, so that accounts that hold them can still be proven, and anybody's positions become cash without
    the holder's consent.
    """
    before, after = VenueData.load(previous), VenueData.load(venue_data)
    made = expiry.expire(before, after, delivery_prices(price, "--price"), keep=keep_days * 86_400)
    save_data(made, out, as_json=as_json)


def _changes(texts: list[str] | None, option: str) -> dict[str, Decimal]:
    pairs = [text.partition("=") for text in texts or ()]
    found = {name: Field(value, option).decimal() for name, _, value in pairs}
    if len(found) < len(pairs):
        raise InputError("duplicate name", source=option)
    return found
