"""Venue data after a shock: what it would show if prices and volatilities moved.

>>> crash = stressed(market, market.time + 3600, moves={"ETH": Decimal("-0.15")})  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.venue_data import Exclusion, Expired, Option, Perpetual, Right, VenueData

from . import black76
from .quotes import SECONDS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.venue_data import Instrument, Underlying

__all__ = ["stressed"]

_MICRO = Decimal("0.000001")
_NOTHING = Decimal(0)


def stressed(
    venue_data: VenueData,
    time: int,
    *,
    moves: Mapping[str, Decimal] | None = None,
    volatility: Mapping[str, Decimal] | None = None,
) -> VenueData:
    """Return a market at a later time, after moves of its prices and volatilities.

    All prices of an underlying move by the same part; options are repriced by Black-76 at their new
    volatility and the time that is left. Indices stay, so accounts keep their positions.

    Parameters
    ----------
    venue_data : VenueData
    time : int
        Unix time in seconds, not before the market's. What has expired by then is left out; what was settled
        before stays as it is, for its time.
    moves : mapping of str to Decimal, optional
        By underlying, the part by which prices move: -0.15 is a fall by 15 %; above -1.
    volatility : mapping of str to Decimal, optional
        By underlying, what is added to annual volatilities: 0.1 is ten points.

    Raises
    ------
    InputError
        If there is no such underlying, a price or a volatility would not be positive, or the time is before
        the market's.
    """
    if time < venue_data.time:
        raise InputError("before the market's time", source="time")
    moves, volatility = moves or {}, volatility or {}
    for source, given in (("moves", moves), ("volatility", volatility)):
        for name in set(given) - {one.name for one in venue_data.underlyings}:
            raise InputError("no underlying of this market", source=source, key=name)
    underlyings = tuple(
        _moved(one, time, moves.get(one.name, _NOTHING), volatility.get(one.name, _NOTHING))
        for one in venue_data.underlyings
    )
    expired = tuple(
        Exclusion(one.name, "expired", underlying.name)
        for _, underlying, one in venue_data.instruments()
        if _is_expired(one, time)
    )
    return replace(venue_data, time=time, underlyings=underlyings, exclusions=venue_data.exclusions + expired)


def _moved(one: Underlying, time: int, move: Decimal, volatility: Decimal) -> Underlying:
    if move <= -1:
        raise InputError("must be above -1", source="moves", key=one.name)
    scale = 1 + move
    alive = (instrument for instrument in one.instruments if not _is_expired(instrument, time))
    instruments = tuple(_repriced(each, time, scale, volatility) for each in alive)
    return replace(one, price=_rounded(one.price * scale), instruments=instruments)


def _repriced(one: Instrument, time: int, scale: Decimal, volatility: Decimal) -> Instrument:
    if isinstance(one, Expired):
        return one
    if not isinstance(one, Option):
        return replace(one, mark=_rounded(one.mark * scale))
    raised = one.volatility + volatility
    if raised <= 0:
        raise InputError("must be positive after the change", source="volatility", key=one.name)
    forward = _rounded(one.forward * scale)
    deviation = float(raised) * sqrt((one.expiry - time) / SECONDS_PER_YEAR)
    value = black76.price(float(forward), float(one.strike), deviation, one.right is Right.CALL)
    return replace(one, forward=forward, volatility=raised, mark=_rounded(Decimal(float(value))))


def _is_expired(one: Instrument, time: int) -> bool:
    if isinstance(one, Perpetual):
        return False
    return (one.until if isinstance(one, Expired) else one.expiry) <= time


def _rounded(price: Decimal) -> Decimal:
    """Return a price in whole micro-quote, as a snapshot takes it."""
    return price.quantize(_MICRO)
