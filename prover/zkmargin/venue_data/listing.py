"""Numbers of underlyings and indices of instruments.

Accounts commit to ids, so an id must mean the same instrument for as long as an account may hold it. An
instrument keeps its index, with or without a value, until `KEPT` after its expiry; a settled one until its own
time. New instruments get the next free index in a cycle through all 4096, so an index is reused as late
as possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS, UNDERLYINGS

from .instruments import Expired, expiry_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .instruments import Instrument
    from .venue_data import VenueData

__all__ = ["KEPT", "Known", "assign_indices", "known_instruments", "order_underlyings"]

KEPT = 7 * 86400
"""The time after its expiry for which an instrument that is not settled keeps its index, in seconds."""


def order_underlyings(names: Iterable[str], previous: VenueData | None) -> tuple[str, ...]:
    """Return the underlyings in the order of their numbers: known ones keep theirs, new ones follow by name.

    Raises
    ------
    InputError
        If there are more than eight underlyings.
    """
    known = [one.name for one in previous.underlyings] if previous else []
    order = (*known, *sorted(set(names) - set(known)))
    if len(order) > UNDERLYINGS:
        raise InputError(f"{len(order)} underlyings, more than {UNDERLYINGS}")
    return order


@dataclass(frozen=True, slots=True)
class Known:
    """An instrument of the previous venue data.

    Attributes
    ----------
    underlying : str
        The underlying's name.
    index : int
        The index of the instrument.
    expiry : int or None
        Unix time in seconds; None if it does not expire.
    instrument : Instrument or None
        The instrument; None if it was excluded.
    """

    underlying: str
    index: int
    expiry: int | None
    instrument: Instrument | None = None

    def is_alive(self, time: int) -> bool:
        """Return whether the instrument has not expired at a time (Unix, seconds)."""
        return self.expiry is None or self.expiry > time

    def keeps_index(self, time: int) -> bool:
        """Return whether the index is still reserved at a time."""
        if isinstance(self.instrument, Expired):
            return self.instrument.until > time
        return self.expiry is None or self.expiry + KEPT > time


def known_instruments(previous: VenueData | None) -> dict[str, Known]:
    """Return all instruments with an index in the previous venue data, by name."""
    if previous is None:
        return {}
    known = {
        one.name: Known(one.underlying, one.index, one.expiry)
        for one in previous.exclusions
        if one.index is not None
    }
    for _, underlying, one in previous.instruments():
        known[one.name] = Known(underlying.name, one.index, expiry_of(one), one)
    return known


def assign_indices(names: Sequence[str], known: dict[str, int], start: int) -> tuple[dict[str, int], int]:
    """Assign an index to every name.

    Parameters
    ----------
    names : sequence of str
        The listed names; new ones get indices in this order.
    known : dict of str to int
        The previous indices. Those of names that are not in `names` are free again.
    start : int
        The index where the search for a free one starts.

    Returns
    -------
    indices : dict of str to int
        The index of every name.
    start : int
        The index where the next search starts.

    Raises
    ------
    InputError
        If there are more names than indices.
    """
    if len(names) > INSTRUMENTS:
        raise InputError(f"{len(names)} instruments of one underlying, more than {INSTRUMENTS}")
    indices = {name: known[name] for name in names if name in known}
    used = set(indices.values())
    for name in names:
        if name not in indices:
            while start in used:
                start = (start + 1) % INSTRUMENTS
            indices[name] = start
            used.add(start)
            start = (start + 1) % INSTRUMENTS
    return indices, start
