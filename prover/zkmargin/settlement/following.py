"""Following a market along the chain: its events tell the next openings to everybody who knows the last ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from web3.exceptions import BlockNotFound

from zkmargin import spec
from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError, InputError
from zkmargin.spec.eddsa import trading_key

from .event_reader import EventReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from .book import Book
    from .event_reader import Snapshots
    from .market import Market

__all__ = ["Head", "follow"]

_SPAN = 2000
"""The most blocks in one request; most nodes refuse much larger ranges."""


@dataclass(frozen=True, slots=True)
class Head:
    """The latest block that a book has been read up to.

    Attributes
    ----------
    number : int
    hash : bytes
    time : int
        In seconds since 1970.
    replaced : int
        The number of known blocks that a reorganisation has replaced since the last time.
    """

    number: int
    hash: bytes
    time: int
    replaced: int = 0


def follow(
    market: Market,
    book: Book,
    *,
    venue_secret: bytes | None = None,
    snapshots: Snapshots | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Read the market's events since the last time into a book.

    Afterwards the book knows the present opening of each account of which it knew an opening, of each account that was
    auctioned, and, with the venue's secret, of each account whose owner has sealed its view key properly; see
    `Book.unknown`.

    Parameters
    ----------
    market : Market
    book : Book
    venue_secret : bytes, optional
        The secret of the key that view keys are sealed to, 32 bytes.
    snapshots : Snapshots, optional
        Needed if a position has expired.
    progress : callable, optional
        Called with the last block read and the last block to read.

    Raises
    ------
    InputError
        If the snapshot of an expired position is missing, the book belongs to another market or cannot be read or
        written, or the secret has another length.
    ChainError
        If the node is out of reach, or the chain changed while it was read; try again.
    """
    book.require_market(market.deployment.chain_id, market.deployment.addresses.house)
    if venue_secret is not None:
        book.try_key(_key_of(venue_secret))
    head = _block(market, "latest")
    replaced, span = 0, _SPAN
    while True:
        known = book.blocks()
        common = next((one for one in known if _holds(market, one, head)), None)
        if known and common != known[0]:
            replaced += known[0][0] - (common[0] if common else market.deployment.block)
            book.roll_back(common[0] if common else -1)
        start = (common[0] if common else market.deployment.block) + 1
        if start > head.number:
            return Head(head.number, head.hash, head.time, replaced)
        end = head if start + span > head.number else _block(market, start + span - 1)
        try:
            events = market.changes(start, end.number)
        except ChainError:
            if start == end.number:
                raise
            # Anybody can fill blocks with more events than a node returns at once.
            span = (end.number - start + 1) // 2
            continue
        span = min(_SPAN, 2 * span)
        reader = EventReader(book, market.circuits, venue_secret, snapshots)
        for event in events:
            reader.read(event)
        if _block(market, end.number) != end:
            # The events may belong to another branch.
            raise ChainError("the chain changed while it was read")
        book.advance(common, reader.result((end.number, end.hash)))
        if progress is not None:
            progress(end.number, head.number)


def _holds(market: Market, known: tuple[int, bytes], head: Head) -> bool:
    """Return whether a block is still in the chain."""
    number, block_hash = known
    if number > head.number:
        return False
    with node_errors("a block"):
        try:
            return bytes(market.web3.eth.get_block(number)["hash"]) == block_hash
        except BlockNotFound:
            return False


def _block(market: Market, number: int | Literal["latest"]) -> Head:
    with node_errors("a block"):
        try:
            found = market.web3.eth.get_block(number)
        except BlockNotFound:
            raise ChainError("the chain changed while it was read") from None
        return Head(int(found["number"]), bytes(found["hash"]), int(found["timestamp"]))


def _key_of(secret: bytes) -> spec.TradingKey:
    try:
        return trading_key(secret)
    except spec.SpecError as error:
        raise InputError(str(error), source="the venue's secret") from None
