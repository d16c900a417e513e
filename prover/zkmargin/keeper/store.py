"""The store of a keeper: openings, the chain as it was read, and sent transactions."""

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
"""The number of blocks whose hashes are kept. After a deeper reorganisation all blocks are read again."""
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
    """The database of a keeper; parameters and errors are those of `Database`."""

    def learn(self, openings: Mapping[int, spec.Account]) -> None:
        """Store openings by commitment. They are never removed: a reorganisation may restore an old state."""
        rows = [(str(commitment), opening_text(one)) for commitment, one in openings.items()]
        with self.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO openings VALUES (?, ?)", rows)

    def opening(self, commitment: int) -> spec.Account | None:
        """Return the opening of a commitment, or None."""
        for (text,) in self.rows("SELECT opening FROM openings WHERE commitment = ?", str(commitment)):
            try:
                return read_opening(text)
            except ValueError:
                raise self.refuse("a stored opening is malformed") from None
        return None

    def blocks(self) -> list[tuple[int, bytes]]:
        """Return number and hash of the blocks read up to, the last one first."""
        return self.rows("SELECT number, hash FROM blocks ORDER BY number DESC")

    def advance(
        self, number: int, block_hash: bytes, steps: Iterable[Step], costs: Mapping[bytes, int]
    ) -> None:
        """Store the steps up to a block.

        Parameters
        ----------
        number, block_hash : int, bytes
            The block.
        steps : iterable of Step
            The steps, by ascending nonce within an account.
        costs : mapping of bytes to int
            The costs of bids by transaction; other parties' transactions are ignored.
        """
        paid = [(cost, Outcome.DROPPED, sent_hash) for sent_hash, cost in costs.items()]
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?)", (number, block_hash))
            connection.execute("DELETE FROM blocks WHERE number < ?", (number - _KEPT_BLOCKS,))
            connection.executemany(_ADD_STEP, [_step_row(step) for step in steps])
            # The bid may have been recorded as dropped.
            query = "UPDATE transactions SET paid = ?, outcome = NULLIF(outcome, ?) WHERE hash = ?"
            connection.executemany(query, paid)

    def roll_back(self, number: int) -> None:
        """Forget everything after a block. Transactions of later blocks are pending again."""
        with self.writing() as connection:
            connection.execute("DELETE FROM blocks WHERE number > ?", (number,))
            connection.execute("DELETE FROM steps WHERE block > ?", (number,))
            # The cost of a bid depends on its block.
            query = (
                "UPDATE transactions SET block = NULL, outcome = NULL, paid = NULL "
                "WHERE block > ? OR outcome IS NULL"
            )
            connection.execute(query, (number,))

    def steps(self, account: int) -> list[Step]:
        """Return the steps of an account by ascending nonce."""
        rows = self.rows("SELECT * FROM steps WHERE account = ? ORDER BY nonce", account)
        return list(map(_step, rows))

    def latest_steps(self) -> list[Step]:
        """Return the last step of each account, always with its owner."""
        return list(map(_step, self.rows(_LATEST_STEPS)))

    def record(self, sent: Sent) -> None:
        """Store a transaction that is about to be sent."""
        row = (
            *(sent.hash, sent.purpose, sent.account, sent.nonce, sent.max_fee, sent.tip, sent.sent_at),
            *(sent.cost, sent.block, sent.outcome),
        )
        with self.writing() as connection:
            query = "INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
            connection.execute(query, row)

    def settle(self, sent_hash: bytes, block: int | None, outcome: Outcome | None) -> None:
        """Store a transaction's outcome; None and None if it is pending."""
        with self.writing() as connection:
            query = "UPDATE transactions SET block = ?, outcome = ? WHERE hash = ?"
            connection.execute(query, (block, outcome, sent_hash))

    def unsettled(self, final: int) -> list[Sent]:
        """Return the transactions that are pending or in a block after `final`, by ascending nonce."""
        query = "SELECT * FROM transactions WHERE outcome IS NULL OR block > ? ORDER BY nonce, sent_at"
        return list(map(_sent, self.rows(query, final)))

    def spent_since(self, time: int, lost_since: int) -> int:
        """Return the costs of bids, in 1e-6 of the quote token; an unknown cost counts as its maximum.

        Parameters
        ----------
        time : int
            Count bids sent after this time.
        lost_since : int
            Also count bids that the node has dropped, if they were sent after this time; another node may
            still have them.
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
