"""Rows of an account's instruments, computed from the venue data behind a snapshot after a shock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.risk import black76
from zkmargin.risk.quotes import SECONDS_PER_YEAR
from zkmargin.risk.table import risk_rows
from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data import VenueData
from zkmargin.venue_data.instruments import Expired, Option

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec.table import Row
    from zkmargin.venue_data.instruments import Instrument, Underlying

__all__ = ["Shock", "check_venue_data", "held_rows"]

_LEAST_VOLATILITY = 0.0001
_NO_POINTS = Decimal(0)


@dataclass(frozen=True, slots=True)
class Shock:
    """An instant shock to an underlying.

    Attributes
    ----------
    move : float
        The relative move of all its prices, above -1.
    points : float
        The addition to the annual volatility of all its options; 0.1 is ten points.
    """

    move: float = 0.0
    points: float = 0.0


def check_venue_data(
    opening: spec.Account, snapshot: Snapshot, venue_data: VenueData
) -> dict[int, Underlying]:
    """Return the instruments of an account, and check that the venue data are the snapshot's.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    venue_data : VenueData

    Returns
    -------
    dict of int to Underlying
        The underlyings of the account's positions by number, with only the held instruments.

    Raises
    ------
    InputError
        If time, quote currency, underlyings or a row differ. Each value of a row may differ by one micro-quote,
        since logarithms differ in the last bit between machines.
    """
    parts = snapshot.parts
    same = (venue_data.time, venue_data.quote, tuple(one.name for one in venue_data.underlyings))
    if same != (parts.timestamp, parts.quote, parts.underlyings):
        _refuse("must have the snapshot's time, quote currency and underlyings")
    wanted = {position.instrument for position in opening.held}
    held: dict[int, Underlying] = {}
    for number in sorted({position.underlying for position in opening.held}):
        underlying = venue_data.underlyings[number]
        kept = tuple(one for one in underlying.instruments if INSTRUMENTS * number + one.index in wanted)
        held[number] = replace(underlying, instruments=kept)
        rows = _rows(held[number], number, snapshot)
        for instrument in wanted:
            if instrument // INSTRUMENTS == number and not _close(
                rows.get(instrument), parts.rows[instrument]
            ):
                _refuse("must give the snapshot's rows of this account's instruments")
    return held


def held_rows(underlying: Underlying, number: int, snapshot: Snapshot, shock: Shock) -> dict[int, Row]:
    """Return the rows of an underlying by id after a shock.

    Options are marked at their Black-76 price.

    Raises
    ------
    InputError
        If a value per lot is too large for its slot.
    """
    points = Decimal(repr(shock.points))
    return _rows(_moved(underlying, snapshot.timestamp, shock), number, snapshot, points)


def _rows(
    underlying: Underlying, number: int, snapshot: Snapshot, points: Decimal = _NO_POINTS
) -> dict[int, Row]:
    parts = snapshot.parts
    names = {one.name for one in underlying.instruments}
    estimates = tuple(one.raised(points) for one in parts.estimates if one.name in names)
    alone = VenueData(parts.timestamp, parts.quote, (underlying,), estimates=estimates)
    try:
        rows = risk_rows(alone, parts.model, parts.layout)
    except InputError as error:
        # Without the key, which names an instrument of the account.
        raise InputError(error.reason, source="venue data") from None
    return {INSTRUMENTS * number + index: row for index, row in rows.items()}


def _moved(underlying: Underlying, time: int, shock: Shock) -> Underlying:
    scale = 1 + Decimal(repr(shock.move))
    options = [one for one in underlying.instruments if isinstance(one, Option)]
    priced = dict(zip((one.index for one in options), _repriced(options, time, shock), strict=True))

    def moved(one: Instrument) -> Instrument:
        if isinstance(one, Option):
            mark, volatility = priced[one.index]
            return replace(one, forward=one.forward * scale, mark=mark, volatility=volatility)
        if isinstance(one, Expired):
            return one
        return replace(one, mark=one.mark * scale)

    instruments = tuple(moved(one) for one in underlying.instruments)
    return replace(underlying, price=underlying.price * scale, instruments=instruments)


def _repriced(options: list[Option], time: int, shock: Shock) -> list[tuple[Decimal, Decimal]]:
    """Return the mark and the volatility of options after a shock."""
    forward, strike, volatility = (
        np.array([float(getattr(one, name)) for one in options])
        for name in ("forward", "strike", "volatility")
    )
    if shock.points:
        volatility = np.maximum(volatility + shock.points, _LEAST_VOLATILITY)
    years = np.array([(one.expiry - time) / SECONDS_PER_YEAR for one in options])
    is_call = np.array([one.right == "call" for one in options], dtype=bool)
    marks = black76.price(forward * (1 + shock.move), strike, volatility * np.sqrt(years), is_call)
    return [tuple(Decimal(repr(float(x))) for x in pair) for pair in zip(marks, volatility, strict=True)]  # type: ignore[misc]


def _close(ours: Row | None, theirs: Row) -> bool:
    if ours is None or len(ours.slots) != len(theirs.slots):
        return False
    pairs = [*zip(ours.slots, theirs.slots, strict=True), (ours.short_floor, theirs.short_floor)]
    return all(abs(a - b) <= 1 for a, b in (*pairs, (ours.add_on, theirs.add_on)))


def _refuse(reason: str) -> None:
    raise InputError(reason, source="venue data")
