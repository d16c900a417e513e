"""Parser of Deribit's instrument names: ``ETH-26JAN24-2400-C``, ``BTC-PERPETUAL``, ``SOL_USDC-26JAN24``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from zkmargin.venue_data.instruments import Right

__all__ = ["Name", "parse_name"]

_NAME = re.compile(
    r"(?P<base>[A-Z0-9]{1,12})(?:_(?P<linear>USDC|USDT))?-"
    r"(?:PERPETUAL|(?P<day>[1-9]|[0-3][0-9])(?P<month>[A-Z]{3})(?P<year>[0-9]{2})"
    r"(?:-(?P<strike>[0-9]{1,9}(?:d[0-9]{1,6})?)-(?P<right>[CP]))?)",
    re.ASCII,
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EXPIRY_HOUR = 8


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of an instrument's name.

    Attributes
    ----------
    base : str
        The underlying.
    linear : str
        The stablecoin of a linear instrument; empty for an instrument settled in the coin.
    expiry : int or None
        Unix time of 08:00 UTC on the day of the expiry; None for a perpetual.
    strike : Decimal or None
        None for futures.
    right : Right or None
        None for futures.
    """

    base: str
    linear: str
    expiry: int | None
    strike: Decimal | None
    right: Right | None


def parse_name(text: str) -> Name | None:
    """Parse a name; return None for names of anything but an option, a future or a perpetual."""
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    expiry = None
    if match["day"]:
        if match["month"] not in _MONTHS:
            return None
        month = _MONTHS.index(match["month"]) + 1
        try:
            day = datetime(2000 + int(match["year"]), month, int(match["day"]), _EXPIRY_HOUR, tzinfo=UTC)
        except ValueError:
            return None
        expiry = int(day.timestamp())
    strike = Decimal(match["strike"].replace("d", ".")) if match["strike"] else None
    right = {"C": Right.CALL, "P": Right.PUT, None: None}[match["right"]]
    return Name(match["base"], match["linear"] or "", expiry, strike, right)
