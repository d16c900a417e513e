"""The place of an event in the chain.

A chain can replace its last blocks. A program that stores events must store the hash of their block too, and read again
from the first block whose hash has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web3.types import EventData

__all__ = ["Place", "place_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an event.

    Attributes
    ----------
    block : int
        The block's number.
    block_hash : bytes
        The block's hash, 32 bytes.
    transaction : bytes
        The transaction's hash, 32 bytes.
    index : int
        The index of the log within the block.
    """

    block: int
    block_hash: bytes
    transaction: bytes
    index: int


def place_of(data: EventData) -> Place:
    """Return the place of an event."""
    block_hash, transaction = bytes(data["blockHash"]), bytes(data["transactionHash"])
    return Place(data["blockNumber"], block_hash, transaction, data["logIndex"])
