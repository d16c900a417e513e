"""Venue data after a shock to prices and volatilities.

>>> crash = stressed(venue_data, venue_data.time + 3600, moves={"ETH": Decimal("-0.15")})  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data import Exclusion, Expired, Option, Right, Spot, VenueData
from zkmargin.venue_data.digits import rounded
from zkmargin.venue_data.instruments import expiry_of

from . import black76
from .quotes import SECONDS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zkmargin.venue_data import Estimate, Instrument, Underlying

__all__ = ["stressed"]

_PLACES = 6
_NOTHING = Decimal(0)


def stressed(
    venue_data: VenueData,
    time: int,
    *,
    moves: Mapping[str, Decimal] | None = None,
    volatility: Mapping[str, Decimal] | None = None,
) -> VenueData:
    """Return venue data at a later time, after moves of prices and volatilities.

    All prices of an underlying move by the same fraction. Options are repriced by Black-76 at their new volatility
    and remaining time. Indices of instruments do not change, so accounts keep their positions. Bids and asks are left
    out, because nobody knows them.

    Parameters
    ----------
    venue_data : VenueData
    time : int
        Unix time in seconds, not before that of the venue data. Instruments that expire by then are omitted;
        instruments of kind ``expired`` stay until their own time.
    moves : mapping of str to Decimal, optional
        The relative price move by underlying, above -1: -0.15 is a fall by 15 %.
    volatility : mapping of str to Decimal, optional
        The addition to annual volatilities by underlying: 0.1 is ten points.

    Raises
    ------
    InputError
        If there is no such underlying, a price or a volatility would not be positive, or the time is before that of
        the venue data.
    """
    if time < venue_data.time:
        raise InputError("must not be before the time of the venue data", source="time")
    moves, volatility = moves or {}, volatility or {}
    names = {one.name for one in venue_data.underlyings}
    for source, given in (("moves", moves), ("volatility", volatility)):
        for name in sorted(set(given) - names):
            raise InputError(f"no such underlying{did_you_mean(name, names)}", source=source, key=name)
    underlyings = tuple(
        _moved(one, time, moves.get(one.name, _NOTHING), volatility.get(one.name, _NOTHING))
        for one in venue_data.underlyings
    )
    expired = tuple(
        Exclusion(one.name, "expired", underlying.name)
        for _, underlying, one in venue_data.instruments()
        if _is_expired(one, time)
    )
    return replace(
        venue_data,
        time=time,
        underlyings=underlyings,
        exclusions=venue_data.exclusions + expired,
        estimates=tuple(_raised(venue_data, time, volatility)),
    )


def _raised(venue_data: VenueData, time: int, volatility: Mapping[str, Decimal]) -> Iterator[Estimate]:
    """Yield the estimates that do not expire, with the same additions to their ranges as to volatilities."""
    added = {
        one.name: volatility.get(underlying.name, _NOTHING)
        for _, underlying, one in venue_data.instruments()
        if not _is_expired(one, time)
    }
    for one in venue_data.estimates:
        if one.name in added:
            yield one.raised(added[one.name])


def _moved(one: Underlying, time: int, move: Decimal, volatility: Decimal) -> Underlying:
    if move <= -1:
        raise InputError("must be above -1", source="moves", key=one.name)
    scale = 1 + move
    alive = (instrument for instrument in one.instruments if not _is_expired(instrument, time))
    instruments = tuple(_repriced(each, time, scale, volatility, one.price) for each in alive)
    return replace(one, price=rounded(one.price * scale, one.price, _PLACES), instruments=instruments)


def _repriced(one: Instrument, time: int, scale: Decimal, volatility: Decimal, price: Decimal) -> Instrument:
    """Return an instrument after a move; `price` is the index price, by which prices are rounded."""
    if isinstance(one, Expired):
        return one
    if not isinstance(one, Option):
        moved = replace(one, mark=rounded(one.mark * scale, price, _PLACES))
        return moved if isinstance(moved, Spot) else replace(moved, bid=None, ask=None)
    raised = one.volatility + volatility
    if raised <= 0:
        raise InputError("must be positive after the change", source="volatility", key=one.name)
    forward = rounded(one.forward * scale, price, _PLACES)
    deviation = float(raised) * sqrt((one.expiry - time) / SECONDS_PER_YEAR)
    value = black76.price(float(forward), float(one.strike), deviation, one.right is Right.CALL)
    mark = rounded(Decimal(float(value)), price, _PLACES)
    return replace(one, forward=forward, volatility=raised, mark=mark, bid=None, ask=None)


def _is_expired(one: Instrument, time: int) -> bool:
    expiry = one.until if isinstance(one, Expired) else expiry_of(one)
    return expiry is not None and expiry <= time
