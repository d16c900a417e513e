"""Who gets which number.

An account names its positions by number, so a number must mean the same instrument for as long as an account
may hold it. An instrument keeps its index until it expires, valued or not; a new one gets the next free index
in turn, round the 4096, so that the index of an expired one comes back as late as possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..spec.constants import INSTRUMENTS, UNDERLYINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .market import Market

__all__ = ["assign_indices", "known_indices", "order_underlyings"]


def order_underlyings(names: Iterable[str], previous: Market | None) -> tuple[str, ...]:
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


def known_indices(previous: Market | None, underlying: str) -> tuple[dict[str, int], int]:
    """Return the indices in use by instrument name, and where to look for the next free one."""
    if previous is None:
        return {}, 0
    known = {
        one.name: one.index
        for one in previous.exclusions
        if one.underlying == underlying and one.index is not None
    }
    for one in previous.underlyings:
        if one.name == underlying:
            return known | {each.name: each.index for each in one.instruments}, one.next_index
    return {}, 0


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
