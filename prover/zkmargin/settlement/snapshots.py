"""A folder of snapshots, looked up by root: a chain has only their roots."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SnapshotFolder"]

# `Snapshot.save` writes the root first, so only a wanted file is read as a whole.
_ROOT = re.compile(rb'\A\s*\{\s*"format":\s*"zkmargin-snapshot/[0-9]+",\s*"root":\s*"([0-9]+)"')
_HEAD_BYTES = 512


class SnapshotFolder:
    """A folder of snapshot files. Files may be added while it is in use.

    Parameters
    ----------
    path : Path
        The folder; files ending in ``.json`` are searched.
    keep : int
        The number of snapshots kept in memory, the most recently used ones.

    Raises
    ------
    InputError
        If there is no such folder.
    """

    def __init__(self, path: Path, *, keep: int = 4) -> None:
        if not path.is_dir():
            raise InputError("no such folder", source=str(path))
        self._path, self._keep = path, keep
        self._loaded: OrderedDict[int, Snapshot] = OrderedDict()

    def find(self, root: int) -> Snapshot | None:
        """Return the snapshot of a root, or None if there is none yet.

        Raises
        ------
        InputError
            If files claim the root, and none hashes to it; see `Snapshot.load`.
        """
        if root in self._loaded:
            self._loaded.move_to_end(root)
        else:
            self._load(root)
        # Looked up again: the file may have been replaced since its root was read.
        return self._loaded.get(root)

    def _load(self, root: int) -> None:
        """Load the newest good file of those that claim a root: anybody can write a root into a file."""
        refused: InputError | None = None
        for path in self._files():
            if _claimed_root(path) == root:
                try:
                    self._add(Snapshot.load(path))
                except InputError as error:
                    refused = refused or error
                    continue
                return
        if refused is not None:
            raise refused

    def _files(self) -> list[Path]:
        """Return the files, the newest first."""
        return sorted(self._path.glob("*.json"), key=_changed_at, reverse=True)

    def _add(self, snapshot: Snapshot) -> None:
        self._loaded[snapshot.root] = snapshot
        while len(self._loaded) > self._keep:
            self._loaded.popitem(last=False)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        # The file was removed meanwhile.
        return 0


def _claimed_root(path: Path) -> int | None:
    """Return the root that a file claims; None if it is not a snapshot."""
    try:
        with path.open("rb") as file:
            found = _ROOT.match(file.read(_HEAD_BYTES))
    except OSError:
        return None
    return None if found is None or len(found[1]) > 80 else int(found[1])
