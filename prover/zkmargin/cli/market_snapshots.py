"""Snapshots of a market, by file or by a folder that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.settlement.market import Market
    from zkmargin.settlement.snapshots import SnapshotFolder
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["latest_snapshot", "snapshot_at", "snapshot_folder"]


def snapshot_folder(path: Path | None) -> SnapshotFolder | None:
    """Return the snapshots of a folder; None for a file, or without a path."""
    from zkmargin.settlement.snapshots import SnapshotFolder  # noqa: PLC0415  # needs an extra

    return SnapshotFolder(path) if path is not None and path.is_dir() else None


def snapshot_at(path: Path, root: int | None, what: str) -> Snapshot:
    """Return the snapshot of a file, or the one of a root in a folder.

    Parameters
    ----------
    path : Path
        A file or a folder.
    root : int, optional
        The root to look for in a folder.
    what : str
        The name of that snapshot in the message.

    Raises
    ------
    InputError
        If the folder does not contain it, or a file is malformed.
    """
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415

    folder = snapshot_folder(path)
    if folder is None:
        return Snapshot.load(path)
    found = None if not root else folder.find(root)
    if found is None:
        raise InputError(f"does not contain {what}", source=str(path))
    return found


def latest_snapshot(path: Path, market: Market) -> Snapshot:
    """Return the snapshot of a file, or the feed's latest in a folder; otherwise like `snapshot_at`."""
    latest = market.feed.latest()
    return snapshot_at(path, latest and latest[0], "the feed's latest snapshot")
