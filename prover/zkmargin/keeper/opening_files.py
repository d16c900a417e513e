"""Openings from files: account files, and openings that holders have sealed to the venue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.account import Account
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.settlement.escrow import SEALED_BYTES, unseal

from .reports import Level, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zkmargin.settlement.escrow import SealingKey
    from zkmargin.snapshot.snapshot import Snapshot

    from .reports import Tell

__all__ = ["OpeningFiles"]


class OpeningFiles:
    """Reads the folders with openings: each file when it is new or has changed.

    Parameters
    ----------
    accounts : Path or None
        A folder of account files (``*.json``), searched with its subfolders.
    sealed : Path or None
        A folder of sealed openings (``*.sealed``), searched with its subfolders.
    key : SealingKey or None
        The key that opens them.
    tell : callable
        Receives one report for each file that cannot be used.

    Raises
    ------
    InputError
        If a folder does not exist.
    """

    def __init__(
        self, accounts: Path | None, sealed: Path | None, key: SealingKey | None, tell: Tell
    ) -> None:
        for folder in (accounts, sealed):
            if folder is not None and not folder.is_dir():
                raise InputError("no such folder", source=str(folder))
        self._accounts, self._sealed, self._key, self._tell = accounts, sealed, key, tell
        self._read: dict[Path, tuple[int, int]] = {}
        self._refused: set[Path] = set()

    def new(self, snapshot: Snapshot | None) -> dict[int, spec.Account]:
        """Return the openings in new and changed files, by commitment.

        Parameters
        ----------
        snapshot : Snapshot or None
            Gives instruments their ids and lots; without it, account files are left for later.
        """
        found: dict[int, spec.Account] = {}
        hasher = fast_hasher()
        for opening in self._openings(snapshot):
            found[spec.commitment(opening, hasher)] = opening
        return found

    def _openings(self, snapshot: Snapshot | None) -> Iterator[spec.Account]:
        if self._accounts is not None and snapshot is not None:
            yield from self._each(self._accounts, "*.json", lambda path: Account.load(path).opening(snapshot))
        key = self._key
        if self._sealed is not None and key is not None:
            yield from self._each(self._sealed, "*.sealed", lambda path: unseal(_content(path), key))

    def _each(
        self, folder: Path, pattern: str, read: Callable[[Path], spec.Account]
    ) -> Iterator[spec.Account]:
        for path in sorted(folder.rglob(pattern)):
            try:
                state = path.stat()
                signature = state.st_mtime_ns, state.st_size
                if self._read.get(path) == signature:
                    continue
                opening = read(path)
            except (InputError, OSError) as error:
                # Tried again: a later snapshot may have the instruments of an account file.
                self._refuse(path, error)
                continue
            self._read[path] = signature
            self._refused.discard(path)
            yield opening

    def _refuse(self, path: Path, error: InputError | OSError) -> None:
        if path not in self._refused:
            self._refused.add(path)
            reason = error.reason if isinstance(error, InputError) else str(error.strerror)
            self._tell(Report(Level.WARNING, "file-refused", {"file": str(path), "reason": reason}))


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SEALED_BYTES + 1)
