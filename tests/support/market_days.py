"""Venue data of successive days, computed by QuantLib's Black formula."""

from __future__ import annotations

import math
from decimal import Decimal

import QuantLib

from zkmargin.venue_data import Future, Option, Perpetual, Right, Underlying, VenueData

DAY = 86_400
FIRST = 1_704_700_800
"""2024-01-08T08:00:00Z."""

EXPIRY = FIRST + 5 * DAY
LATE = FIRST + 60 * DAY
LOT = Decimal("0.01")
BOOK = {"CALL": Decimal("-2"), "PUT": Decimal("-1.5"), "LATE": Decimal("3"), "PERP": Decimal("0.5")}
"""A short strangle that expires on the sixth day, a long call and a perpetual."""


def exact(number: float, digits: str = "1e-9") -> Decimal:
    return Decimal(number).quantize(Decimal(digits))


def market_on(day: int, price: float, volatility: float = 0.7, without: tuple[str, ...] = ()) -> VenueData:
    """Return venue data of a day, without the instruments that have expired, and some others.

    Parameters
    ----------
    day : int
        The number of days since 2024-01-08, at 08:00:00 UTC.
    price : float
        Of the index, the perpetual and all forwards.
    volatility : float
        That of all options.
    without : tuple of str
        Names of instruments to leave out.
    """
    time, forward = FIRST + day * DAY, exact(price)
    options = (("CALL", EXPIRY, 2200, "call"), ("PUT", EXPIRY, 1800, "put"), ("LATE", LATE, 2400, "call"))
    every: list[Option | Perpetual | Future] = [Perpetual("PERP", 3, LOT, forward)]
    for index, (name, expiry, strike, right) in enumerate(options):
        if expiry > time:
            kind = QuantLib.Option.Call if right == "call" else QuantLib.Option.Put
            deviation = volatility * math.sqrt((expiry - time) / (365 * DAY))
            mark = exact(QuantLib.blackFormula(kind, strike, price, deviation))
            terms = (Decimal(strike), Right(right), forward, mark, exact(volatility))
            every.append(Option(name, index, LOT, expiry, *terms))
    kept = tuple(sorted((one for one in every if one.name not in without), key=lambda one: one.index))
    return VenueData(time, "USD", (Underlying("ETH", forward, 4, kept),))
