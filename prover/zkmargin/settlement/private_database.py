"""SQLite files that only their owner can read: books, and the records of keepers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["PrivateDatabase", "Schema"]

_PATIENCE = 10.0
"""The seconds to wait while another process writes."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a kind of file.

    Attributes
    ----------
    name : str
        The kind, for messages.
    application, version : int
        Numbers in the file's header that tell it from other SQLite files.
    tables : str
        SQL that creates the tables, after ``meta (name, value)``.
    """

    name: str
    application: int
    version: int
    tables: str


class PrivateDatabase:
    """An open SQLite file with mode 0600, a context manager that closes it.

    Parameters
    ----------
    path : Path
        Created if it does not exist.
    exclusive : bool
        Whether to refuse the file to other processes until it is closed.

    Attributes
    ----------
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If the file is of another kind, version or market, is in use by another process, or cannot be read or written.
        Every method may raise it.
    """

    SCHEMA: ClassVar[Schema]

    def __init__(self, path: Path, *, exclusive: bool = False) -> None:
        self.source = str(path)
        _make_private(path)
        patience = 1.0 if exclusive else _PATIENCE
        self._connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            self._prepare("EXCLUSIVE" if exclusive else "NORMAL")
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
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction: all its writes are on disk when it ends, or none of them."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self.refuse(f"cannot be written: {error}") from None

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Return the rows of a query."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self.refuse(f"cannot be read: {error}") from None

    def require_market(self, chain_id: int, house: str) -> None:
        """Require that the file belongs to a market; a file that belongs to none takes it.

        Parameters
        ----------
        chain_id : int
        house : str
            The address of the market's house.
        """
        market = f"{chain_id}:{house}"
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('market', ?)", (market,))
        if self.rows("SELECT value FROM meta WHERE name = 'market'") != [(market,)]:
            raise self.refuse("belongs to another market: use one file for each market")

    def refuse(self, reason: str) -> InputError:
        """Return an error that names the file."""
        return InputError(reason, source=self.source)

    def _prepare(self, locking: str) -> None:
        try:
            # A rollback journal gets the mode of the file; it is empty or gone between transactions.
            for pragma in (f"locking_mode = {locking}", "journal_mode = DELETE", "synchronous = FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute("BEGIN IMMEDIATE")
            self._create_or_check()
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            in_use = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            raise self.refuse(
                "another process is using it" if in_use else f"cannot be used: {error}"
            ) from None
        except sqlite3.DatabaseError:
            raise self._other_kind() from None

    def _create_or_check(self) -> None:
        (application,), (version,) = (
            self._connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("application_id", "user_version")
        )
        schema = self.SCHEMA
        is_new = not self._connection.execute("SELECT name FROM sqlite_master").fetchone()
        if is_new:
            tables = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;" + schema.tables
            for statement in tables.split(";"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {schema.application}")
            self._connection.execute(f"PRAGMA user_version = {schema.version}")
        elif application != schema.application:
            raise self._other_kind()
        elif version != schema.version:
            raise self.refuse(f"expected version {schema.version}, got {version}")

    def _other_kind(self) -> InputError:
        return self.refuse(f"expected {self.SCHEMA.name}")


def _make_private(path: Path) -> None:
    """Create the file if it does not exist, for this user alone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror}", source=str(path)) from None
