"""What a keeper remembers: openings, the chain as it has seen it, and what it has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.settlement.next_state import Step

from .database import Database
from .opening_text import opening_text, read_opening
from .sent import Outcome, Sent
from .world import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zkmargin import spec

__all__ = ["Store"]

_KEPT_BLOCKS = 4096
"""How far back hashes of blocks are kept: a deeper reorganisation is read from the market's first block."""
_ADD_STEP = (
    "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, "
    "COALESCE(?, (SELECT owner FROM steps WHERE account = ? AND nonce = ?), ''), ?, ?)"
)
_LATEST_STEPS = (
    "SELECT * FROM steps WHERE (account, nonce) IN (SELECT account, MAX(nonce) FROM steps GROUP BY account) "
    "ORDER BY account"
)
_SPENT = (
    "SELECT COALESCE(SUM(COALESCE(paid, cost)), 0) FROM transactions "
    "WHERE sent_at > ? AND (outcome IS NULL OR outcome = ? OR (outcome = ? AND sent_at > ?))"
)


class Store(Database):
    """The database of a keeper; its parameters and errors are those of `Database`."""

    def learn(self, openings: Mapping[int, spec.Account]) -> None:
        """Keep openings by their commitments, for good: a reorganisation may bring an old state back."""
        rows = [(str(commitment), opening_text(one)) for commitment, one in openings.items()]
        with self.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO openings VALUES (?, ?)", rows)

    def opening(self, commitment: int) -> spec.Account | None:
        """Return the opening of a commitment, or None."""
        for (text,) in self.rows("SELECT opening FROM openings WHERE commitment = ?", str(commitment)):
            try:
                return read_opening(text)
            except ValueError:
                raise self.refuse("an opening in it has been changed") from None
        return None

    def blocks(self) -> list[tuple[int, bytes]]:
        """Return number and hash of blocks that were the latest once, the last one first."""
        return self.rows("SELECT number, hash FROM blocks ORDER BY number DESC")

    def advance(
        self, number: int, block_hash: bytes, steps: Iterable[Step], costs: Mapping[bytes, int]
    ) -> None:
        """Keep what happened up to a block.

        Parameters
        ----------
        number, block_hash : int, bytes
            The block.
        steps : iterable of Step
            By rising nonce of each account.
        costs : mapping of bytes to int
            What bids have cost, by transaction; those of others are ignored.
        """
        paid = [(cost, Outcome.DROPPED, sent_hash) for sent_hash, cost in costs.items()]
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?)", (number, block_hash))
            connection.execute("DELETE FROM blocks WHERE number < ?", (number - _KEPT_BLOCKS,))
            connection.executemany(_ADD_STEP, [_step_row(step) for step in steps])
            # A bid that seemed lost was not.
            query = "UPDATE transactions SET paid = ?, outcome = NULLIF(outcome, ?) WHERE hash = ?"
            connection.executemany(query, paid)

    def roll_back(self, number: int) -> None:
        """Forget what came after a block. Transactions of later blocks are under way again."""
        with self.writing() as connection:
            connection.execute("DELETE FROM blocks WHERE number > ?", (number,))
            connection.execute("DELETE FROM steps WHERE block > ?", (number,))
            # In another block a bid may cost something else.
            query = (
                "UPDATE transactions SET block = NULL, outcome = NULL, paid = NULL "
                "WHERE block > ? OR outcome IS NULL"
            )
            connection.execute(query, (number,))

    def steps(self, account: int) -> list[Step]:
        """Return the states of an account by rising nonce."""
        rows = self.rows("SELECT * FROM steps WHERE account = ? ORDER BY nonce", account)
        return list(map(_step, rows))

    def latest_steps(self) -> list[Step]:
        """Return the last state of each account; its owner is always given."""
        return list(map(_step, self.rows(_LATEST_STEPS)))

    def record(self, sent: Sent) -> None:
        """Keep a transaction that is about to be sent."""
        row = (
            *(sent.hash, sent.purpose, sent.account, sent.nonce, sent.max_fee, sent.tip, sent.sent_at),
            *(sent.cost, sent.block, sent.outcome),
        )
        with self.writing() as connection:
            query = "INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
            connection.execute(query, row)

    def settle(self, sent_hash: bytes, block: int | None, outcome: Outcome | None) -> None:
        """Keep what has become of a transaction; None and None for one that is under way."""
        with self.writing() as connection:
            query = "UPDATE transactions SET block = ?, outcome = ? WHERE hash = ?"
            connection.execute(query, (block, outcome, sent_hash))

    def unsettled(self, final: int) -> list[Sent]:
        """Return the transactions that are under way, or in a block after `final`; by rising nonce."""
        query = "SELECT * FROM transactions WHERE outcome IS NULL OR block > ? ORDER BY nonce, sent_at"
        return list(map(_sent, self.rows(query, final)))

    def spent_since(self, time: int, lost_since: int) -> int:
        """Return what bids cost, in 1e-6 of the quote token: what is not known yet, at most.

        Parameters
        ----------
        time : int
            Those sent after this moment.
        lost_since : int
            Those that the node no longer has count as well if they were sent after this moment: another node
            may have them still.
        """
        return int(self.rows(_SPENT, time, Outcome.DONE, Outcome.DROPPED, lost_since)[0][0])


def _step_row(step: Step) -> tuple[Any, ...]:
    place = step.account, step.nonce, step.block, str(step.commitment), step.escrow
    return (*place, step.owner, step.account, step.nonce - 1, step.asset, str(step.delta))


def _step(row: tuple[Any, ...]) -> Step:
    account, nonce, block, commitment, escrow, owner, asset, delta = row
    return Step(account, nonce, block, int(commitment), escrow, owner, asset, int(delta))


def _sent(row: tuple[Any, ...]) -> Sent:
    sent_hash, purpose, account, nonce, max_fee, tip, sent_at, cost, block, outcome, _ = row
    known = None if outcome is None else Outcome(outcome)
    return Sent(sent_hash, Purpose(purpose), account, nonce, max_fee, tip, sent_at, cost, block, known)
