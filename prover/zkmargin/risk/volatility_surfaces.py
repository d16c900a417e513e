"""Volatilities at the money by expiry, from the options of venue data, and their moves by tenor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.venue_data.instruments import Option

from .volatility_backtest import VolatilityMoves

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["TENORS", "Surface", "moves_of_surfaces", "surface"]

TENORS = (3, 7, 30, 90)
"""The tested tenors, in days."""

_NEAR = 1.5
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Surface:
    """The volatilities at the money of one day.

    Attributes
    ----------
    source : str
        The file.
    time : int
        Unix time in seconds.
    underlyings : mapping of str to mapping of int to float
        Annual volatilities by underlying and expiry (Unix time in seconds).
    """

    source: str
    time: int
    underlyings: Mapping[str, Mapping[int, float]]

    @property
    def date(self) -> date:
        """The day in UTC."""
        return datetime.fromtimestamp(self.time, UTC).date()


def surface(venue_data: VenueData, source: str) -> Surface:
    """Return the volatilities at the money of venue data.

    That of an expiry is interpolated in the strike between the strikes on both sides of the forward; it is that of the
    nearest strike if all are on one side. Of a strike it is the mean of call and put. Estimates do not count.
    """
    estimated = {one.name for one in venue_data.estimates}
    found: dict[str, dict[int, dict[float, list[tuple[float, float]]]]] = {}
    for _, underlying, one in venue_data.instruments():
        if isinstance(one, Option) and one.name not in estimated:
            strikes = found.setdefault(underlying.name, {}).setdefault(one.expiry, {})
            strikes.setdefault(float(one.strike), []).append((float(one.forward), float(one.volatility)))
    return Surface(
        source,
        venue_data.time,
        MappingProxyType(
            {
                name: {expiry: _at_the_money(strikes) for expiry, strikes in by_expiry.items()}
                for name, by_expiry in found.items()
            }
        ),
    )


def _at_the_money(strikes: Mapping[float, Sequence[tuple[float, float]]]) -> float:
    ordered = sorted(strikes)
    forward = float(np.mean([one for pairs in strikes.values() for one, _ in pairs]))
    volatility = [float(np.mean([one for _, one in strikes[strike]])) for strike in ordered]
    return float(np.interp(forward, ordered, volatility))


def moves_of_surfaces(surfaces: Iterable[Surface], close_out: int) -> Iterator[VolatilityMoves]:
    """Yield the moves at each of `TENORS`: of the expiry whose days are nearest to it, and of the same expiry later.

    An expiry counts for a tenor if the longer of both is at most one and a half times the other, and if it is after the
    end of the close-out. A tenor without a known move is left out.

    Raises
    ------
    InputError
        If two surfaces are of one day.
    """
    days = sorted(surfaces, key=lambda one: one.time)
    for one, other in pairwise(days):
        if one.date == other.date:
            raise InputError(f"of the same day as {one.source}, {one.date}", source=other.source)
    by_date = {one.date: one for one in days}
    for name in dict.fromkeys(name for one in days for name in one.underlyings):
        for tenor in TENORS:
            found = []
            for one in days:
                end = one.date + timedelta(days=close_out)
                expiry = _nearest(one, name, tenor, close_out)
                if end > days[-1].date:
                    continue
                if expiry is None:
                    found.append((end, float(tenor), np.nan, np.nan))
                    continue
                later = by_date[end].underlyings.get(name, {}) if end in by_date else {}
                before = one.underlyings[name][expiry]
                found.append((end, (expiry - one.time) / _DAY, before, later.get(expiry, np.nan)))
            ends = tuple(end for end, *_ in found)
            columns = np.array([values for _, *values in found]).reshape(-1, 3).T
            if np.isfinite(columns).all(axis=0).any():
                yield VolatilityMoves(name, tenor, ends, *columns)


def _nearest(one: Surface, name: str, tenor: int, close_out: int) -> int | None:
    """Return the expiry that is nearest to a tenor; None if none is near."""
    days = {expiry: (expiry - one.time) / _DAY for expiry in one.underlyings.get(name, {})}
    ratio = {
        expiry: max(left / tenor, tenor / left)
        for expiry, left in days.items()
        if left > close_out and max(left / tenor, tenor / left) <= _NEAR
    }
    return min(ratio, key=lambda expiry: ratio[expiry]) if ratio else None
