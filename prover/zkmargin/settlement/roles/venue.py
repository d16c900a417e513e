"""The venue of a market: it credits deposits, settles fills and proves the health of all accounts, in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.chain.node import node_errors
from zkmargin.clearing import plan_batch, prove_plan
from zkmargin.contracts.house_events import BatchSettled, HealthAttested
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.settled import settled_content
from zkmargin.errors import ChainError, InputError, StatementError
from zkmargin.native_hash import fast_hasher

from ..admission import FillRules
from ..following import follow
from .drafts import MOST_ACCOUNTS, Drafter, parts
from .participant import MAINTENANCE_BPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from zkmargin.clearing import Batch, Draft
    from zkmargin.orders import Fills, SigningKey
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from ..book import Book
    from ..event_reader import Snapshots
    from ..following import Head
    from ..market import Market
    from .drafts import Filled

__all__ = ["Attested", "Sent", "Venue"]

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


@dataclass(frozen=True, slots=True)
class Attested:
    """The attestations of all accounts that have traded.

    Attributes
    ----------
    sent : tuple of Sent
    failing : mapping of int to str
        The accounts that are not healthy, with the reason, by number.
    """

    sent: tuple[Sent, ...]
    failing: Mapping[int, str]


class Venue(Drafter):
    """Acts for the venue, whose address is the connection's account.

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

    def settle_upkeep(self, snapshot: Snapshot, *, leaving: bool = False) -> Iterator[Sent]:
        """Settle what waits, in batches, each account in one of them.

        An owner can change what waits while a batch is proven, so that the house refuses the whole batch. Its account
        is left out then, and the others' batch is proven again. What comes to wait meanwhile is left for the next call.

        Parameters
        ----------
        snapshot : Snapshot
            The feed's latest.
        leaving : bool
            See `Drafter.upkeep`.

        Yields
        ------
        Sent
            Each batch, once the chain has it.

        Raises
        ------
        InputError, ChainError
            As `Drafter.upkeep` and `settle`, if no owner is the reason.
        """
        left = set(self.book.accounts())
        while (draft := self.upkeep(snapshot, leaving=leaving, among=left)).operations:
            try:
                sent = self.settle(draft)
            except ChainError:
                self.sync()
                again = self.upkeep(snapshot, leaving=leaving, among=draft.before)
                changed = {one for one in draft.before if _steps_of(one, draft) != _steps_of(one, again)}
                if not changed or self._is_present(draft):
                    raise
                left -= changed
                continue
            left -= set(sent.accounts)
            yield sent

    def settle_fills(
        self, fills: Fills, snapshot: Snapshot, *, reduce_only: bool = False
    ) -> tuple[Filled, Sent | None]:
        """Settle a list of fills, in one batch with the list's name.

        An owner can make the house refuse a batch while it is proven, such as by a proof of health with a newer
        snapshot. The fills of its account are dropped then, and the others are proven again.

        Parameters
        ----------
        fills : Fills
        snapshot : Snapshot
            The feed's latest.
        reduce_only : bool
            See `Drafter.fill`.

        Returns
        -------
        Filled
            What was left out, too.
        Sent or None
            None if every fill was dropped.

        Raises
        ------
        InputError, StatementError, ChainError
            As `Drafter.fill` and `settle`, if no owner is the reason.
        """
        barred: dict[int, str] = {}
        while True:
            filled = self.fill(fills, snapshot, reduce_only=reduce_only, barred=barred)
            if not filled.draft.operations:
                return filled, None
            try:
                return filled, self.settle(filled.draft, fills.name)
            except ChainError:
                self.sync()
                changed = self._changed(filled.draft, snapshot)
                if not changed or self.has_settled(fills.name):
                    raise
                barred |= changed

    def attest_all(self, snapshot: Snapshot) -> Attested:
        """Prove the health of all accounts that have traded and have no proof with this snapshot yet.

        Accounts that are not healthy are left out, and named. An account whose owner proves its health meanwhile is
        left out too.

        Parameters
        ----------
        snapshot : Snapshot
            The feed's latest.

        Raises
        ------
        ChainError
            If the node or a contract reverts; see `House.attest`. What was sent before counts.
        """
        openings = self._owing(self.book.accounts(), snapshot)
        failing = self._unprovable(openings, snapshot, MAINTENANCE_BPS)
        healthy = [one for number, one in openings.items() if number not in failing]
        sent = (self._attest_owing(part, snapshot) for part in parts(healthy, MOST_ACCOUNTS))
        return Attested(tuple(one for one in sent if one is not None), failing)

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

    def _changed(self, draft: Draft, snapshot: Snapshot) -> dict[int, str]:
        """Return the accounts of a draft of fills that the house would refuse now, with the reason, by number."""
        rules = FillRules(self.market.house.parameters().bond, snapshot.timestamp)
        refused = self.refused(draft.before, rules)
        moved = [number for number, one in draft.before.items() if self.book.present(number) != one]
        return dict.fromkeys(moved, "has changed while the batch was proven") | refused

    def _is_present(self, draft: Draft) -> bool:
        """Return whether the states after a draft are those of the chain, by the last `sync`."""
        return all(self.book.present(number) == one for number, one in draft.after.items())

    def _owing(self, openings: Mapping[int, spec.Account], snapshot: Snapshot) -> dict[int, spec.Account]:
        """Return the accounts that owe a proof with a snapshot in the states that are given."""
        hasher = fast_hasher()
        return {
            number: openings[number]
            for number, record in ((number, record.account) for number, record in self.records(openings))
            if record.state == HouseState.OPEN
            and AccountFlag.TRADED in record.flags
            and record.last_healthy_at < snapshot.timestamp
            and record.commitment == spec.commitment(openings[number], hasher)
        }

    def _attest_owing(self, openings: list[spec.Account], snapshot: Snapshot) -> Sent | None:
        """Attest accounts; without those that others have attested or changed meanwhile, which stop the others."""
        while openings:
            try:
                return self._attest(openings, snapshot)
            except ChainError:
                left = list(self._owing({one.number: one for one in openings}, snapshot).values())
                if len(left) == len(openings):
                    raise
                openings = left
        return None

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


def _steps_of(number: int, draft: Draft) -> list[object]:
    """Return the state of an account before a draft, and the draft's operations on it."""
    own = [
        done.operation for done in draft.operations if any(one.after.number == number for one in done.steps)
    ]
    return [draft.before.get(number), *own]


def _found(transactions: Iterator[bytes]) -> bytes:
    """Return the transaction of an event that the chain must have."""
    found = next(transactions, None)
    if found is None:
        raise ChainError(
            "the transaction was included, but the node has no event of it: sync, and look again"
        )
    return found
