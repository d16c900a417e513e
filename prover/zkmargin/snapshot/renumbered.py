"""Changes of what accounts commit to between two snapshots: ids, lots and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.documents.difference import Change
from zkmargin.documents.fields import decimal_text

from .collateral_list import collateral_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .snapshot import Snapshot

__all__ = ["renumbered"]


def renumbered(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Yield the changes of ids, lots and places between two snapshots.

    Parameters
    ----------
    before, after : Snapshot

    Yields
    ------
    Change
        An id that now means another instrument; an instrument with another id or lot; an underlying or asset
        at another place.
    """
    old, new = ({one.id: one for one in each.parts.listings} for each in (before, after))
    for number, listing in old.items():
        other = new.get(number)
        if other is not None and other.name != listing.name:
            yield Change(f"id {number}", listing.name, other.name)
    moved = {one.name: one for one in after.parts.listings}
    for listing in old.values():
        other = moved.get(listing.name)
        if other is not None and other.id != listing.id:
            yield Change(f"{listing.name}: id", str(listing.id), str(other.id))
        if other is not None and other.lot != listing.lot:
            lots = (decimal_text(one.lot) for one in (listing, other))
            yield Change(f"{listing.name}: lot", *lots)
    yield from _moved(before.parts.underlyings, after.parts.underlyings)
    yield from _moved(collateral_names(before), collateral_names(after))


def _moved(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Change]:
    places = {name: place for place, name in enumerate(after)}
    for place, name in enumerate(before):
        if places.get(name, place) != place:
            yield Change(f"{name}: place", str(place), str(places[name]))
