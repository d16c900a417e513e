"""The book: all openings of accounts that somebody knows, and the commitments of accounts along the chain.

Holders, venues and keepers each have a book, one file of SQLite (docs/formats/book.md). An opening is written before
the transaction that makes it the account's state is sent, so that no failure loses it.
`zkmargin.settlement.following` fills a book from the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.client import address_of
from zkmargin.native_hash import fast_hasher

from .private_database import PrivateDatabase, Schema

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

__all__ = ["Book", "HeadRow", "OwnerRow", "Read"]

_KEPT_BLOCKS = 4096
"""The number of blocks whose hashes are kept. After a deeper reorganisation all blocks are read again."""
_WORD = 32
_LATEST = (
    "NOT EXISTS (SELECT 1 FROM {table} AS later WHERE later.account = {table}.account "
    "AND (later.block, later.place) > ({table}.block, {table}.place))"
)
_LATEST_HEADS = _LATEST.format(table="heads")
_LATEST_OWNERS = _LATEST.format(table="owners")
_ONE_HEAD = "SELECT commitment FROM heads WHERE account = ? ORDER BY block DESC, place DESC LIMIT 1"
_ONE_OWNER = "SELECT owner FROM owners WHERE account = ? ORDER BY block DESC, place DESC LIMIT 1"
_KNOWN = f"SELECT heads.account, opening FROM heads JOIN openings USING (commitment) WHERE {_LATEST_HEADS}"  # noqa: S608
_NUMBERS = (
    f"SELECT account FROM heads WHERE {_LATEST_HEADS} AND commitment IN (SELECT commitment FROM openings)"  # noqa: S608
)
_UNKNOWN = (
    f"SELECT account, event FROM heads WHERE {_LATEST_HEADS} "  # noqa: S608  # no value from outside
    "AND commitment NOT IN (SELECT commitment FROM openings) ORDER BY account"
)
_OWNED = f"SELECT account FROM owners WHERE owner = ? AND {_LATEST_OWNERS} ORDER BY account"  # noqa: S608
_BEHIND = (
    f"SELECT MIN(known.block) FROM heads AS known JOIN heads USING (account) "  # noqa: S608
    f"WHERE known.commitment = ? AND {_LATEST_HEADS} "
    "AND heads.commitment NOT IN (SELECT commitment FROM openings)"
)


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A commitment that an event gave an account; `block` and `place` are the event's."""

    account: int
    block: int
    place: int
    commitment: int
    event: str


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner that an event gave an account; `block` and `place` are the event's."""

    account: int
    block: int
    place: int
    owner: str


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """What a range of blocks says.

    Attributes
    ----------
    block : tuple of int and bytes
        Number and hash of the last block.
    heads, owners : sequence
    openings : mapping of int to spec.Account
        New openings by commitment.
    requests : sequence of tuple
        Account, value and key of requests for trading keys.
    untried : bool
        Whether no secret was tried on a sealed view key that is not known.
    """

    block: tuple[int, bytes]
    heads: Iterable[HeadRow]
    owners: Iterable[OwnerRow]
    openings: Mapping[int, spec.Account]
    requests: Iterable[tuple[int, int, spec.TradingKey]]
    untried: bool


class Book(PrivateDatabase):
    """A book; parameters and errors are those of `PrivateDatabase`. Several processes can use one."""

    SCHEMA = Schema(
        "a book of openings",
        0x7A6B6D62,
        1,
        """
CREATE TABLE openings (commitment BLOB PRIMARY KEY, account INTEGER NOT NULL, opening BLOB NOT NULL) STRICT;
CREATE TABLE heads (
    account INTEGER NOT NULL, block INTEGER NOT NULL, place INTEGER NOT NULL, commitment BLOB NOT NULL,
    event TEXT NOT NULL, PRIMARY KEY (account, block, place)
) STRICT;
CREATE INDEX heads_by_commitment ON heads (commitment);
CREATE TABLE owners (
    account INTEGER NOT NULL, block INTEGER NOT NULL, place INTEGER NOT NULL, owner TEXT NOT NULL,
    PRIMARY KEY (account, block, place)
) STRICT;
CREATE TABLE requests (
    account INTEGER NOT NULL, value BLOB NOT NULL, x BLOB NOT NULL, y BLOB NOT NULL, PRIMARY KEY (account, value)
) STRICT;
CREATE TABLE batches (name TEXT NOT NULL, states BLOB NOT NULL, PRIMARY KEY (name, states)) STRICT;
CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT""",
    )

    def learn(self, *openings: spec.Account) -> None:
        """Store openings; they are on disk when this returns. They are never deleted.

        An opening may be that of a past state whose next states are not known. `follow` then reads the chain again
        from there.
        """
        hasher = fast_hasher()
        with self.writing() as connection:
            for one in openings:
                commitment = spec.commitment(one, hasher)
                if not _add_openings(connection, {commitment: one}):
                    continue
                (block,) = connection.execute(_BEHIND, (_word(commitment),)).fetchone()
                if block is not None:
                    _roll_back(connection, block - 1)

    def opening(self, commitment: int) -> spec.Account | None:
        """Return the opening of a commitment, or None if it is not known."""
        found = self.rows("SELECT opening FROM openings WHERE commitment = ?", _word(commitment))
        return self._opening(found[0][0]) if found else None

    def head(self, account: int) -> int | None:
        """Return the present commitment of an account, or None if the chain has none yet."""
        found = self.rows(_ONE_HEAD, account)
        return _number(found[0][0]) if found else None

    def present(self, account: int) -> spec.Account | None:
        """Return the opening of an account's present state, or None if it is not known."""
        commitment = self.head(account)
        return None if commitment is None else self.opening(commitment)

    def accounts(self) -> dict[int, spec.Account]:
        """Return the openings of all present states that are known, by the accounts' numbers."""
        return {account: self._opening(opening) for account, opening in self.rows(_KNOWN)}

    def numbers(self) -> tuple[int, ...]:
        """Return the accounts whose present state is known, ascending."""
        return tuple(sorted(account for (account,) in self.rows(_NUMBERS)))

    def unknown(self) -> dict[int, str]:
        """Return the accounts whose present state is not known, each with the event that made the state.

        The events are ``opened``, ``settled``, ``withdrawn`` and ``renewed``.
        """
        return dict(self.rows(_UNKNOWN))

    def owner(self, account: int) -> str | None:
        """Return the present owner of an account, or None if it is not registered."""
        found = self.rows(_ONE_OWNER, account)
        return str(found[0][0]) if found else None

    def owned_by(self, address: str) -> tuple[int, ...]:
        """Return the accounts that belong to an address, also those that are not open or not known; ascending.

        Raises
        ------
        InputError
            If it is not an address.
        """
        return tuple(account for (account,) in self.rows(_OWNED, address_of("owner", address)))

    # --- batches of a venue

    def note_batch(self, name: str, commitments: Iterable[int]) -> None:
        """Note the name of a batch that is about to be sent, with the last commitments of its accounts."""
        states = b"".join(map(_word, commitments))
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO batches VALUES (?, ?)", (name, states))

    def has_settled(self, name: str) -> bool:
        """Return whether the chain has a batch of a name: one whose last commitments its accounts have had."""
        return any(
            all(self._was_head(states[place : place + _WORD]) for place in range(0, len(states), _WORD))
            for (states,) in self.rows("SELECT states FROM batches WHERE name = ?", name)
        )

    def _was_head(self, commitment: bytes) -> bool:
        return bool(self.rows("SELECT 1 FROM heads WHERE commitment = ? LIMIT 1", commitment))

    # --- following the chain

    def requested_key(self, account: int, value: int) -> spec.TradingKey | None:
        """Return the trading key that an account has requested by its hash, or None."""
        query = "SELECT x, y FROM requests WHERE account = ? AND value = ?"
        found = self.rows(query, account, _word(value))
        return spec.TradingKey(*map(_number, found[0])) if found else None

    def blocks(self) -> list[tuple[int, bytes]]:
        """Return number and hash of the last blocks up to which the chain was read, the last one first."""
        return self.rows("SELECT number, hash FROM blocks ORDER BY number DESC")

    def advance(self, since: tuple[int, bytes] | None, read: Read) -> bool:
        """Store what a range of blocks says.

        Parameters
        ----------
        since : tuple of int and bytes, or None
            The block up to which the chain had been read.
        read : Read

        Returns
        -------
        bool
            False if another process has read on, or gone back, meanwhile; nothing is stored then.
        """
        number, block_hash = read.block
        with self.writing() as connection:
            last = connection.execute(
                "SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1"
            ).fetchone()
            if last != since:
                return False
            connection.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?)", (number, block_hash))
            connection.execute("DELETE FROM blocks WHERE number < ?", (number - _KEPT_BLOCKS,))
            _add_openings(connection, read.openings)
            heads = [(*_place(one), _word(one.commitment), one.event) for one in read.heads]
            connection.executemany("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?)", heads)
            owners = [(*_place(one), one.owner) for one in read.owners]
            connection.executemany("INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?)", owners)
            requests = [(account, _word(value), *map(_word, key)) for account, value, key in read.requests]
            connection.executemany("INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?)", requests)
            if read.untried:
                connection.execute("DELETE FROM meta WHERE name = 'tried'")
        return True

    def roll_back(self, number: int) -> None:
        """Forget what later blocks than this one say. Openings stay known."""
        with self.writing() as connection:
            _roll_back(connection, number)

    def try_key(self, key: spec.TradingKey) -> None:
        """Prepare to try a venue's secret: if it was not tried on all sealed view keys, begin with the first block."""
        text = f"{key.x}:{key.y}"
        with self.writing() as connection:
            query = "SELECT value FROM meta WHERE name = 'tried'"
            if connection.execute(query).fetchone() == (text,):
                return
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('tried', ?)", (text,))
            if connection.execute(_UNKNOWN).fetchone():
                _roll_back(connection, -1)

    def _opening(self, elements: bytes) -> spec.Account:
        words = (elements[place : place + _WORD] for place in range(0, len(elements), _WORD))
        try:
            return spec.account_of(tuple(map(_number, words)))
        except spec.SpecError:
            raise self.refuse("a stored opening is malformed") from None


def _add_openings(connection: sqlite3.Connection, openings: Mapping[int, spec.Account]) -> int:
    """Store openings, and return how many are new."""
    rows = [(_word(commitment), one.number, _elements(one)) for commitment, one in openings.items()]
    return connection.executemany("INSERT OR IGNORE INTO openings VALUES (?, ?, ?)", rows).rowcount


def _roll_back(connection: sqlite3.Connection, number: int) -> None:
    """Forget all after the last block up to a number whose hash is known."""
    connection.execute("DELETE FROM blocks WHERE number > ?", (number,))
    (last,) = connection.execute("SELECT COALESCE(MAX(number), -1) FROM blocks").fetchone()
    connection.execute("DELETE FROM heads WHERE block > ?", (last,))
    connection.execute("DELETE FROM owners WHERE block > ?", (last,))


def _elements(opening: spec.Account) -> bytes:
    elements = spec.opening_elements(opening, max(1, len(opening.positions)))
    return b"".join(map(_word, elements))


def _place(row: HeadRow | OwnerRow) -> tuple[int, int, int]:
    return row.account, row.block, row.place


def _word(number: int) -> bytes:
    return number.to_bytes(_WORD, "big")


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")
