"""The keeper's SQLite file: readable by its owner only, used by one process at a time."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["Database"]

_APPLICATION = 0x7A6B6B70
_VERSION = 2
_SCHEMA = """
CREATE TABLE market (chain_id TEXT NOT NULL, house TEXT NOT NULL) STRICT;
CREATE TABLE openings (commitment TEXT PRIMARY KEY, opening TEXT NOT NULL) STRICT;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
CREATE TABLE steps (
    account INTEGER NOT NULL, nonce INTEGER NOT NULL, block INTEGER NOT NULL, commitment TEXT NOT NULL,
    escrow BLOB NOT NULL, owner TEXT NOT NULL, asset INTEGER NOT NULL, delta TEXT NOT NULL,
    PRIMARY KEY (account, nonce)
) STRICT;
CREATE TABLE transactions (
    hash BLOB PRIMARY KEY, purpose TEXT NOT NULL, account INTEGER NOT NULL, nonce INTEGER NOT NULL,
    max_fee INTEGER NOT NULL, tip INTEGER NOT NULL, sent_at INTEGER NOT NULL, cost INTEGER NOT NULL,
    block INTEGER, outcome TEXT, paid INTEGER
) STRICT;
CREATE INDEX transactions_by_time ON transactions (sent_at);
"""


class Database:
    """An open database, a context manager that closes it.

    Parameters
    ----------
    path : Path
        The file; created with mode 0600 if it does not exist.
    chain_id : int
        The chain of the market.
    house : str
        The market's clearing house.

    Attributes
    ----------
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If the file is not a keeper's database, is of another version or another market, is in use by another
        process, or cannot be written. Every method raises it if the file can no longer be read or written.
    """

    def __init__(self, path: Path, chain_id: int, house: str) -> None:
        self.source = str(path)
        _make_private(path)
        self._connection = sqlite3.connect(path, timeout=1.0, isolation_level=None)
        try:
            self._prepare((str(chain_id), house))
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction: its writes are on disk when it ends, or none of them."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise InputError(f"cannot be written: {error}", source=self.source) from None

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return the rows of a query."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise InputError(f"cannot be read: {error}", source=self.source) from None

    def refuse(self, reason: str) -> InputError:
        """Return an error that names the file."""
        return InputError(reason, source=self.source)

    def _prepare(self, market: tuple[str, str]) -> None:
        try:
            # In exclusive mode, the first write locks the file until it is closed.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute("BEGIN IMMEDIATE")
            self._create_or_check(market)
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            in_use = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            raise self.refuse(
                "another keeper is using it" if in_use else f"cannot be used: {error}"
            ) from None
        except sqlite3.DatabaseError:
            raise self.refuse("not a keeper's database") from None

    def _create_or_check(self, market: tuple[str, str]) -> None:
        (application,), (version,) = (
            self._connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("application_id", "user_version")
        )
        is_new = not self._connection.execute("SELECT name FROM sqlite_master").fetchone()
        if is_new:
            for statement in _SCHEMA.split(";"):
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO market VALUES (?, ?)", market)
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            # Written last: a file without it is not complete.
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        elif application != _APPLICATION:
            raise self.refuse("not a keeper's database")
        elif version != _VERSION:
            raise self.refuse(f"expected version {_VERSION}, got {version}")
        elif self._connection.execute("SELECT * FROM market").fetchall() != [market]:
            raise self.refuse("belongs to another market: use one file for each market")


def _make_private(path: Path) -> None:
    """Create the file if it does not exist. SQLite gives the files beside it the same mode."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", source=str(path)) from None
