"""A holder's view: its account after a batch, from the last opening and public data alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .batch import BatchContent, OperationsPart

__all__ = ["follow", "latest_opening"]


def latest_opening(
    opening: spec.Account,
    content: BatchContent,
    *,
    snapshot: spec.Snapshot | None = None,
    key: spec.TradingKey | None = None,
) -> spec.Account:
    """Return the opening of an account after a batch.

    Nothing in a batch says which sealed elements are an account's. The opening contains the view key, which unseals
    those of the account's next operation and no others, so each operation is found by trying all elements.

    Parameters
    ----------
    opening : spec.Account
        The opening before the batch.
    content : BatchContent
    snapshot : spec.Snapshot, optional
        That of the batch; needed if a position has expired.
    key : TradingKey, optional
        The key that the owner requested; needed if the batch has given it to the account.

    Returns
    -------
    spec.Account
        The opening of the account's last commitment; the given one if the batch does not touch the account.

    Raises
    ------
    StatementError
        If the opening is not of the account's state before the batch, or the sealed elements do not lead to its state
        after it: the venue then withholds what the account consists of.
    """
    hasher = fast_hasher()
    touched = next((one for one in content.accounts if one.number == opening.number), None)
    if touched is None:
        return opening
    if spec.commitment(opening, hasher) != touched.first:
        raise StatementError(f"account {opening.number}: the opening is not of the state before the batch")
    return follow(opening, touched.last, content.operations, snapshot=snapshot, key=key)


def follow(
    opening: spec.Account,
    last: int,
    operations: Iterable[OperationsPart],
    *,
    snapshot: spec.Snapshot | Callable[[], spec.Snapshot] | None = None,
    key: spec.TradingKey | None = None,
) -> spec.Account:
    """Return the opening of an account's last commitment in a batch, from the batch's sealed elements.

    Parameters
    ----------
    opening : spec.Account
        The opening before the batch.
    last : int
        The commitment to the account after the batch.
    operations : iterable of OperationsPart
        All operations of the batch, fills first.
    snapshot : spec.Snapshot or callable, optional
        That of the batch, or a function that gets it; needed if a position has expired.
    key : TradingKey, optional
        As in `latest_opening`.

    Raises
    ------
    StatementError
        If the sealed elements do not lead to the last commitment.
    """
    hasher = fast_hasher()
    left = [(part.digest, element) for part in operations for element in part.elements]
    current = opening
    while spec.commitment(current, hasher) != last:
        found = _own(current, left)
        if found is None:
            raise StatementError(
                f"account {opening.number}: the sealed elements do not lead to its state after the batch"
            )
        place, change = found
        del left[place]
        if callable(snapshot) and isinstance(change, spec.Expired):
            snapshot = snapshot()
        known = None if callable(snapshot) else snapshot
        try:
            current = spec.advance(current, change, snapshot=known, key=key)
        except spec.SpecError as error:
            raise StatementError(f"account {opening.number}: {error}") from None
    return current


def _own(account: spec.Account, elements: Sequence[tuple[int, int]]) -> tuple[int, spec.Change] | None:
    """Return the place and the change of the sealed element of an account's next operation; None if there is none."""
    hasher = fast_hasher()
    pads = {digest: spec.pad(account, digest, hasher) for digest, _ in elements}
    for place, (digest, element) in enumerate(elements):
        try:
            return place, spec.unpack_change((element - pads[digest]) % FIELD)
        except spec.SpecError:
            # Another account's: one in 2^67 of them looks like a change.
            continue
    return None
