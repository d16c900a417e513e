"""Batches and attestations of a venue as transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.chain.node import node_errors
from zkmargin.clearing import plan_batch, prove_plan
from zkmargin.contracts.house_events import BatchSettled, HealthAttested
from zkmargin.contracts.settled import settled_content
from zkmargin.errors import ChainError, InputError, StatementError

from ..following import follow
from .drafts import Drafter
from .participant import MAINTENANCE_BPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkmargin import spec
    from zkmargin.clearing import Batch, Draft
    from zkmargin.orders import SigningKey
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from ..book import Book
    from ..event_reader import Snapshots
    from ..following import Head
    from ..market import Market

__all__ = ["Sent", "Settler"]

_QUIET = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch, or an attestation, that the chain has.

    Attributes
    ----------
    operations : int
        The number of operations; 0 of an attestation.
    accounts : tuple of int
        The accounts' numbers, ascending.
    circuits : tuple of str
        The circuit of each proof.
    gas : int
        Gas used by the transaction.
    transaction : bytes
        Its hash, 32 bytes.
    """

    operations: int
    accounts: tuple[int, ...]
    circuits: tuple[str, ...]
    gas: int
    transaction: bytes


class Settler(Drafter):
    """Sends the transactions of a venue, whose address is the connection's account.

    The chain decides which openings are present, so nothing is settled twice: `sync` finds out what became of a
    transaction whose receipt was lost.

    Parameters
    ----------
    market : Market
    book : Book
    key : SigningKey
        The venue's key on BabyJubJub, which view keys are sealed to.
    keys, backend, progress
        See `Participant`.
    workers : int
        The number of processes that prove a batch.
    snapshots : Snapshots, optional
        For `sync`; see `follow`.

    Raises
    ------
    InputError
        If the key is not the market's.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what a participant has, its key and processes
        self,
        market: Market,
        book: Book,
        key: SigningKey,
        keys: Path | None = None,
        backend: str | None = None,
        progress: Progress | None = None,
        *,
        workers: int = 1,
        snapshots: Snapshots | None = None,
    ) -> None:
        super().__init__(market, book, keys, backend, progress)
        if key.key != market.house.venue_key():
            raise InputError("not the venue's key of this market", source="venue key")
        self._key, self._workers = key, workers
        self._folder, self._backend, self._progress = keys, backend, progress
        self._snapshots = snapshots

    def sync(self) -> Head:
        """Learn from the chain what has become of all accounts; see `follow`."""
        return follow(
            self.market,
            self.book,
            venue_secret=self._key.secret,
            snapshots=self._snapshots,
            progress=self._blocks_read,
        )

    # --- transactions

    def has_settled(self, name: str) -> bool:
        """Return whether a batch that was sent with this name is on the chain, by the last `sync`."""
        return self.book.has_settled(name)

    def settle(self, draft: Draft, name: str | None = None) -> Sent:
        """Prove a draft and settle it.

        The openings after it are stored in the book first. If the transaction is in doubt, because the node was lost,
        `sync` finds out from the chain whether it was included; a second batch from the same states cannot be.

        Parameters
        ----------
        draft : Draft
            Of the present openings, with at least one operation.
        name : str, optional
            Names the batch for `has_settled`: that of a list of fills.

        Raises
        ------
        InputError
            If the draft has no operation, or the market has no circuit for it.
        StatementError
            If an account would not be healthy, or the chain has a batch of this name. Nothing is sent then.
        ChainError
            If the node or a contract reverts; see `House.settle`.
        """
        house, batch = self.market.house, self._prove(draft)
        # The draft's states are older than this look: another process may have settled the list since.
        if name is not None and self.has_settled(name):
            raise StatementError(f"a batch with the name {name} is on the chain")
        self.book.learn(*draft.after.values())
        last = {touched.number: touched.last for touched in batch.content.accounts}
        if name is not None:
            self.book.note_batch(name, last.values())
        begun = self._block()
        gas = house.settle(batch)
        transaction = _found(
            one.place.transaction
            for one in house.changes(begun, self._block())
            if isinstance(one, BatchSettled)
            and settled_content(one.content, self.market.circuits).accounts == last
        )
        self.sync()
        circuits = tuple(part.circuit for part in batch.content.parts)
        return Sent(len(draft.operations), tuple(last), circuits, gas, transaction)

    def wake(self) -> None:
        """Make a block if there was none for minutes, as on a local chain.

        The time of a batch must be close to those of the latest block and of its own.
        """
        if self._time() - self.market.time() > _QUIET:
            self.alive()

    def alive(self) -> int:
        """Give a sign of life, so that the market goes on without batches. Returns the gas used."""
        return self.market.house.alive()

    def collect_fees(self) -> int:
        """Pay the fees of batches into the first-loss tranche. Returns the gas used."""
        return self.market.house.collect_fees()

    # --- parts

    def _prove(self, draft: Draft) -> Batch:
        bps = self.market.house.requirement_bps(draft)
        plan = plan_batch(draft, bps, self.market.circuits)
        for circuit in {task.circuit.name: task.circuit for task in plan.tasks}.values():
            self._prover.keys(circuit)
        return prove_plan(
            plan, workers=self._workers, prover=self._backend, keys=self._folder, progress=self._progress
        )

    def _attest(self, openings: list[spec.Account], snapshot: Snapshot) -> Sent:
        house = self.market.house
        attestation = self._attestation(self._plan(openings, snapshot, MAINTENANCE_BPS))
        begun = self._block()
        gas = house.attest(attestation)
        numbers = tuple(one.number for one in attestation.content.accounts)
        transaction = _found(
            one.place.transaction
            for one in house.changes(begun, self._block())
            if isinstance(one, HealthAttested) and one.accounts == numbers
        )
        circuits = tuple(part.circuit for part in attestation.content.health)
        return Sent(0, numbers, circuits, gas, transaction)

    def _blocks_read(self, block: int, last: int) -> None:
        if self._progress is not None:
            self._progress("reading blocks", block, last)

    def _block(self) -> int:
        with node_errors("the latest block"):
            return int(self.market.web3.eth.block_number)


def _found(transactions: Iterator[bytes]) -> bytes:
    """Return the transaction of an event that the chain must have."""
    found = next(transactions, None)
    if found is None:
        raise ChainError(
            "the transaction was included, but the node has no event of it: sync, and look again"
        )
    return found
