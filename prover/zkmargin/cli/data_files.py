"""Files and times of the commands under ``zkmargin data``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import Field
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError
from zkmargin.venue_data import Expired, VenueData
from zkmargin.venue_data.instruments import NAME
from zkmargin.venues.parsing import parse_number, parse_time

from . import typed
from .exclusions import exclusions_to_json, outside_to_json, show_estimates, show_exclusions, show_outside
from .output import print_json, print_line

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "DataOut",
    "IndexPrices",
    "Lots",
    "amounts",
    "delivery_prices",
    "load_data",
    "save_data",
    "seconds",
]

DataOut = Annotated[Path, typed.Option("-o", "--out", help="The venue data file to write.")]

Lots = Annotated[
    list[str] | None,
    typed.Option("--lot", help="Units of an underlying in one lot, e.g. PEPE=1000000. Repeatable."),
]
IndexPrices = Annotated[
    list[str] | None,
    typed.Option("--index", help="The index price of an underlying, e.g. BTC=63000. Repeatable."),
]

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"


def load_data(path: Path | None) -> VenueData | None:
    """Read venue data, if a file is given."""
    return None if path is None else VenueData.load(path)


def seconds(text: str | None) -> int | None:
    """Read the value of ``--time``, if it is given."""
    return None if text is None else parse_time(text, "--time")


def amounts(texts: list[str] | None, option: str) -> dict[str, Decimal]:
    """Read positive numbers by underlying: ``BTC=0.001``."""
    found: dict[str, Decimal] = {}
    for text in texts or ():
        name, _, number = text.partition("=")
        value = parse_number(number, option, name)
        if not NAME.fullmatch(name) or value is None or value <= 0:
            raise InputError("expected an underlying and a positive number, such as BTC=0.001", source=option)
        if name in found:
            raise InputError("duplicate underlying", source=option, key=name)
        found[name] = value
    return found


def delivery_prices(texts: list[str] | None, option: str) -> dict[tuple[str, int], Decimal]:
    """Read delivery prices, such as ``ETH@2026-03-27T08:00:00Z=2950.25``.

    Raises
    ------
    InputError
        If a text is malformed, or two are of the same expiry.
    """
    found: dict[tuple[str, int], Decimal] = {}
    for text in texts or ():
        what, _, value = text.partition("=")
        name, _, expiry = what.partition("@")
        key = name, parse_time(expiry, option, what[:80])
        if key in found:
            raise InputError("duplicate delivery price", source=option, key=what[:80])
        found[key] = Field(value, option, what[:80]).decimal()
    return found


def save_data(venue_data: VenueData, out: Path, *, as_json: bool) -> None:
    """Write venue data and show a summary."""
    venue_data.save(out)
    kinds = [type(one) for _, _, one in venue_data.instruments()]
    count, expired = len(kinds), kinds.count(Expired)
    names = [one.name for one in venue_data.underlyings]
    if as_json:
        shown = {
            "file": str(out),
            "time": str(venue_data.time),
            "underlyings": names,
            "instruments": count,
            "expired": expired,
        }
        estimates = [one.to_json() for one in venue_data.estimates]
        exclusions = exclusions_to_json(venue_data.exclusions)
        outside = outside_to_json(venue_data.marks_outside())
        print_json({**shown, "estimates": estimates, "exclusions": exclusions, "marks_outside": outside})
        return
    print_line(f"{out}: {count} instruments of {', '.join(names)} at {utc_text(venue_data.time, _CLOCK)}")
    if expired:
        print_line(f"expired: {expired}")
    show_estimates(venue_data.estimates)
    show_exclusions(venue_data.exclusions)
    show_outside(venue_data.marks_outside())
