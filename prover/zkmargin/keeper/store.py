"""The record of a keeper: its transactions, each stored before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.settlement.private_database import PrivateDatabase, Schema

from .sent import Outcome, Sent
from .world import Purpose

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Store"]

# Other nodes may still have it, as long as no other transaction has its nonce.
_MAY_RETURN = """
(outcome = 'dropped' AND NOT EXISTS (
    SELECT 1 FROM transactions AS other WHERE other.nonce = one.nonce AND other.outcome IN ('done', 'failed')
))"""
_SPENT = (
    "SELECT COALESCE(SUM(COALESCE(paid, cost)), 0) FROM transactions AS one "  # noqa: S608  # no value from outside
    f"WHERE sent_at > ? AND (outcome IS NULL OR outcome = 'done' OR {_MAY_RETURN})"
)
_UNSETTLED = (
    "SELECT * FROM transactions AS one "  # noqa: S608
    f"WHERE outcome IS NULL OR block > ? OR {_MAY_RETURN} ORDER BY nonce, sent_at"
)


class Store(PrivateDatabase):
    """The file of a keeper, which one process uses at a time; parameters and errors are those of `PrivateDatabase`."""

    SCHEMA = Schema(
        "a keeper's record",
        0x7A6B6B70,
        3,
        """
CREATE TABLE transactions (
    hash BLOB PRIMARY KEY, purpose TEXT NOT NULL, accounts TEXT NOT NULL, nonce INTEGER NOT NULL,
    max_fee INTEGER NOT NULL, tip INTEGER NOT NULL, sent_at INTEGER NOT NULL, cost INTEGER NOT NULL,
    block INTEGER, outcome TEXT, paid INTEGER
) STRICT;
CREATE INDEX transactions_by_time ON transactions (sent_at);
CREATE INDEX transactions_by_nonce ON transactions (nonce)""",
    )

    def __init__(self, path: Path) -> None:
        super().__init__(path, exclusive=True)

    def record(self, sent: Sent) -> None:
        """Store a transaction that is about to be sent."""
        accounts = ",".join(map(str, sent.accounts))
        row = (
            *(sent.hash, sent.purpose, accounts, sent.nonce, sent.max_fee, sent.tip, sent.sent_at),
            *(sent.cost, sent.block, sent.outcome),
        )
        with self.writing() as connection:
            query = "INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
            connection.execute(query, row)

    def settle(
        self, sent_hash: bytes, block: int | None, outcome: Outcome | None, paid: int | None = None
    ) -> None:
        """Store a transaction's outcome; None and None if it is pending.

        Parameters
        ----------
        sent_hash : bytes
        block : int or None
            The block that has it.
        outcome : Outcome or None
        paid : int or None
            Its cost besides fees; None if its highest cost counts.
        """
        with self.writing() as connection:
            query = "UPDATE transactions SET block = ?, outcome = ?, paid = ? WHERE hash = ?"
            connection.execute(query, (block, outcome, paid, sent_hash))

    def unsettled(self, final: int) -> list[Sent]:
        """Return the transactions whose outcome may change, by ascending nonce.

        They are pending, in a block after `final`, or dropped by the node without another one in the chain that has
        their nonce.
        """
        return list(map(_sent, self.rows(_UNSETTLED, final)))

    def pending(self) -> list[Sent]:
        """Return the pending transactions, by ascending nonce."""
        query = "SELECT * FROM transactions WHERE outcome IS NULL ORDER BY nonce, sent_at"
        return list(map(_sent, self.rows(query)))

    def bought(self) -> frozenset[int]:
        """Return the accounts that bids of this keeper have bought, whoever owns them now."""
        query = "SELECT accounts FROM transactions WHERE purpose = ? AND outcome = ?"
        return frozenset(int(accounts) for (accounts,) in self.rows(query, Purpose.BID, Outcome.DONE))

    def spent_since(self, time: int) -> int:
        """Return the costs of bids and deposits, in 1e-6 of the quote token; an unknown cost counts as its maximum.

        A transaction that the node has dropped counts until another one has taken its nonce: other nodes may have it.

        Parameters
        ----------
        time : int
            Those sent after this time count.
        """
        return int(self.rows(_SPENT, time)[0][0])


def _sent(row: tuple[Any, ...]) -> Sent:
    sent_hash, purpose, accounts, nonce, max_fee, tip, sent_at, cost, block, outcome, _ = row
    numbers = tuple(map(int, accounts.split(","))) if accounts else ()
    known = None if outcome is None else Outcome(outcome)
    return Sent(sent_hash, Purpose(purpose), numbers, nonce, max_fee, tip, sent_at, cost, block, known)
