"""Following the chain: events block by block, and reorganisations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web3.exceptions import BlockNotFound

from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError
from zkmargin.settlement.next_state import steps_of

from .reports import Level, Report
from .steps import costs_of

if TYPE_CHECKING:
    from zkmargin.settlement.market import SettlementMarket

    from .reports import Tell
    from .store import Store

__all__ = ["Block", "Follower"]

_SPAN = 2000
"""The number of blocks in one query; most nodes refuse much larger ranges."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block.

    Attributes
    ----------
    number : int
    hash : bytes
    time : int
        In seconds since 1970.
    """

    number: int
    hash: bytes
    time: int


class Follower:
    """Reads the events of a market into a store.

    Parameters
    ----------
    market : SettlementMarket
    store : Store
    tell : callable
        Receives reports of reorganisations.
    """

    def __init__(self, market: SettlementMarket, store: Store, tell: Tell) -> None:
        self._market, self._store, self._tell = market, store, tell

    def follow(self) -> Block:
        """Read up to the latest block, and return it.

        Raises
        ------
        ChainError
            If the node is out of reach, or the chain changed meanwhile; try again.
        """
        head = self.latest()
        start = self._common(head) + 1
        while start <= head.number:
            end = min(start + _SPAN - 1, head.number)
            self._read(start, head if end == head.number else self._at(end))
            start = end + 1
        return head

    def latest(self) -> Block:
        """Return the latest block.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return _required(self._block("latest"))

    def _common(self, head: Block) -> int:
        """Return the last block that was read and is still in the chain; forget later ones."""
        known = self._store.blocks()
        if not known:
            return self._market.deployment.block
        common = next(
            (number for number, block_hash in known if self._holds(number, block_hash, head)),
            self._market.deployment.block,
        )
        last = known[0][0]
        if common != last:
            self._tell(Report(Level.WARNING, "reorganisation", {"from": common + 1, "to": last}))
            self._store.roll_back(common)
        return common

    def _holds(self, number: int, block_hash: bytes, head: Block) -> bool:
        if number > head.number:
            return False
        block = self._block(number)
        return block is not None and block.hash == block_hash

    def _read(self, start: int, end: Block) -> None:
        events = self._market.house.changes(start, end.number)
        if self._at(end.number) != end:
            # The events may belong to another branch.
            raise ChainError("the chain changed while it was read")
        self._store.advance(end.number, end.hash, steps_of(events), costs_of(events))

    def _at(self, number: int) -> Block:
        return _required(self._block(number))

    def _block(self, number: int | str) -> Block | None:
        with node_errors("a block"):
            try:
                found = self._market.web3.eth.get_block(number)  # type: ignore[arg-type]  # web3 has types of its own
            except BlockNotFound:
                return None
            return Block(int(found["number"]), bytes(found["hash"]), int(found["timestamp"]))


def _required(block: Block | None) -> Block:
    if block is None:
        raise ChainError("the chain changed while it was read")
    return block
