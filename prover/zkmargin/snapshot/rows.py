"""Rules about the rows of two snapshots of a market: no row is dropped or changed before its positions can be cash.

An expired instrument stays as a *settled* row, whose mark is final, for `SETTLED_DAYS`. Meanwhile anybody's position of
it becomes cash at that mark. If a row were dropped earlier, or its mark changed, some would have been paid for what
others no longer pay, and lots would never add up again. Publishers and signers refuse such a snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.utc import utc_text
from zkmargin.errors import StatementError
from zkmargin.venue_data.instruments import SETTLED_DAYS, SETTLED_SECONDS

from .missing import way_forward

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .parts import Listing
    from .snapshot import Snapshot

__all__ = ["require_rows", "row_faults"]

_SHOWN = 10


def row_faults(before: Snapshot, after: Snapshot, *, is_next: bool = True) -> Iterator[str]:
    """Yield what makes a later snapshot's rows unacceptable after those of an earlier one.

    Parameters
    ----------
    before, after : Snapshot
        The earlier and the later snapshot of one market.
    is_next : bool
        Whether no snapshot was published in between. Otherwise a row that was live before can have been settled and
        dropped by the rules, if `SETTLED_DAYS` lie between the two.

    Yields
    ------
    str
        A sentence that begins with the instrument's name.
    """
    by_id = {one.id: one for one in after.parts.listings}
    for listing in before.parts.listings:
        other = by_id.get(listing.id)
        if other is not None and other.name == listing.name:
            yield from _changed(listing, other, before, after)
        else:
            yield from _dropped(listing, before, after, is_next=is_next)


def require_rows(before: Snapshot, after: Snapshot) -> None:
    """Refuse a snapshot whose rows must not follow those of the snapshot before it.

    Parameters
    ----------
    before : Snapshot
        The one before: the feed's latest.
    after : Snapshot

    Raises
    ------
    StatementError
        If the later snapshot is older, drops a row that has not been settled for `SETTLED_DAYS`, or changes a settled
        row. The message names the first instruments, each with the reason.
    """
    if after.timestamp < before.timestamp:
        raise StatementError("the snapshot is older than the previous one")
    found = list(row_faults(before, after))
    if found:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise StatementError(
            f"rows must not follow the previous snapshot's: {'; '.join(found[:_SHOWN])}{more}"
        )


def _changed(old: Listing, new: Listing, before: Snapshot, after: Snapshot) -> Iterator[str]:
    name = old.name
    if old.lot != new.lot:
        yield f"{name}: the lot changes from {decimal_text(old.lot)} to {decimal_text(new.lot)}"
    if old.settled is None:
        if new.settled is not None and new.settled <= before.timestamp:
            yield (
                f"{name}: settled since {utc_text(new.settled)}, but live in the previous snapshot of "
                f"{utc_text(before.timestamp)}"
            )
        return
    if new.settled is None:
        yield f"{name}: settled in the previous snapshot, and live again"
    elif new.settled != old.settled:
        yield f"{name}: settled since {utc_text(old.settled)}, and now since {utc_text(new.settled)}"
    marks = [one.parts.rows[old.id].slots[one.parts.layout.mark] for one in (before, after)]
    if marks[0] != marks[1]:
        yield f"{name}: the mark of a settled row changes from {marks[0]} to {marks[1]} micro-quote per lot"


def _dropped(old: Listing, before: Snapshot, after: Snapshot, *, is_next: bool) -> Iterator[str]:
    moved = next((one.id for one in after.parts.listings if one.name == old.name), None)
    reason = next((one.reason for one in after.parts.exclusions if one.name == old.name), "")
    why = f" (excluded: {reason}: {way_forward(reason)})" if reason else ""
    since = before.timestamp if old.settled is None else old.settled
    is_over = after.timestamp - since >= SETTLED_SECONDS
    if moved is not None:
        yield f"{old.name}: the id changes from {old.id} to {moved}"
    elif old.settled is not None and not is_over:
        yield f"{old.name}: no row{why}, but settled only since {utc_text(since)}, less than {SETTLED_DAYS} days ago"
    elif old.settled is None and (is_next or not is_over):
        yield f"{old.name}: no row{why}, but it was never settled"
