"""Who gets which number.

An account names its positions by number, so a number must mean the same instrument for as long as an account
may hold it. An instrument keeps its index, valued or not, until `KEPT` after its expiry, or for as long as it
stays in the market as settled; a new one gets the next free index in turn, round the 4096, so that an index
comes back as late as possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS, UNDERLYINGS

from .instruments import Expired, Perpetual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .instruments import Instrument
    from .venue_data import VenueData

__all__ = ["KEPT", "Known", "assign_indices", "known_instruments", "order_underlyings"]

KEPT = 7 * 86400
"""How long an index stays that of an expired instrument, in seconds: the time to settle it."""


def order_underlyings(names: Iterable[str], previous: VenueData | None) -> tuple[str, ...]:
    """Return the underlyings in the order of their numbers: known ones as they were, new ones by name.

    Raises
    ------
    InputError
        If there are more than eight.
    """
    known = [one.name for one in previous.underlyings] if previous else []
    order = (*known, *sorted(set(names) - set(known)))
    if len(order) > UNDERLYINGS:
        raise InputError(f"{len(order)} underlyings, more than {UNDERLYINGS}")
    return order


@dataclass(frozen=True, slots=True)
class Known:
    """What the market before says of an instrument.

    Attributes
    ----------
    underlying : str
        The underlying's name.
    index : int
        Its index.
    expiry : int or None
        Unix time in seconds, None if it does not expire.
    instrument : Instrument or None
        None if it was left out.
    """

    underlying: str
    index: int
    expiry: int | None
    instrument: Instrument | None = None

    def is_alive(self, time: int) -> bool:
        """Say whether it expires after a moment."""
        return self.expiry is None or self.expiry > time

    def keeps_index(self, time: int) -> bool:
        """Say whether nothing else may have its index at a moment."""
        if isinstance(self.instrument, Expired):
            return self.instrument.until > time
        return self.expiry is None or self.expiry + KEPT > time


def known_instruments(previous: VenueData | None) -> dict[str, Known]:
    """Return what has an index in the market before, by name."""
    if previous is None:
        return {}
    known = {
        one.name: Known(one.underlying, one.index, one.expiry)
        for one in previous.exclusions
        if one.index is not None
    }
    for _, underlying, one in previous.instruments():
        expiry = None if isinstance(one, Perpetual) else one.expiry
        known[one.name] = Known(underlying.name, one.index, expiry, one)
    return known


def assign_indices(names: Sequence[str], known: dict[str, int], start: int) -> tuple[dict[str, int], int]:
    """Give every name an index.

    Parameters
    ----------
    names : sequence of str
        What is listed now, in the order in which new ones are numbered.
    known : dict of str to int
        Indices in use before; those of names no longer listed are free again.
    start : int
        Where the search starts.

    Returns
    -------
    indices : dict of str to int
        For every name.
    start : int
        Where the next search starts.

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
