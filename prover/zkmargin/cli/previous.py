"""The snapshot before the one that is signed or published, whose rows must not be dropped or changed early."""

from __future__ import annotations

from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError
from zkmargin.snapshot.rows import require_rows
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import SETTLED_DAYS

from . import typed

if TYPE_CHECKING:
    from zkmargin.contracts.oracle_feed import OracleFeed

__all__ = ["Previous", "require_previous"]

Previous = Annotated[
    Path | None,
    typed.Option(
        "--previous",
        help="The snapshot before this one, for a feed its latest. Exit code 1 if a row of it is missing that was not "
        f"settled for {SETTLED_DAYS} days, or if a settled row changes. Required once the feed has a snapshot.",
    ),
]


def require_previous(snapshot: Snapshot, path: Path | None, feed: OracleFeed | None = None) -> None:
    """Refuse a snapshot whose rows must not follow those of the one before it.

    Parameters
    ----------
    snapshot : Snapshot
    path : Path or None
        The snapshot before it.
    feed : OracleFeed, optional
        The feed that it is for. If it has a snapshot, `path` must be that one's file.

    Raises
    ------
    StatementError
        If the rows must not follow (`zkmargin.snapshot.rows`).
    InputError
        If the feed has a snapshot and the file is missing, or is of another snapshot.
    """
    before = None if path is None else Snapshot.load(path)
    latest = None if feed is None else feed.latest()
    if latest is not None and before is None:
        raise InputError("the feed has a snapshot: give its file", source="--previous")
    if latest is not None and before is not None and before.root != latest[0]:
        reason = f"not the feed's latest snapshot, whose root is {latest[0]}"
        raise InputError(reason, source=str(path), key="root")
    if before is not None:
        require_rows(before, snapshot)
