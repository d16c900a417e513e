"""The base of all roles that prove: present openings of accounts, and proofs by the market's circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.clearing import Attestation, plan_attestation
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.owner_proofs import OwnerProver

from .sender import Sender, require, require_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from zkmargin import spec
    from zkmargin.clearing import AttestationPlan
    from zkmargin.contracts.house_values import HouseAccount
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from ..book import Book
    from ..market import Market

__all__ = ["MAINTENANCE_BPS", "MarketProver", "Participant"]

MAINTENANCE_BPS = 10_000


class MarketProver(CircuitProver):
    """A prover that uses the keys of a market, and refuses others: proofs by them would revert.

    Parameters
    ----------
    market : Market
    backend, keys, progress
        See `CircuitProver`.
    """

    def __init__(
        self, market: Market, backend: str | None, keys: Path | None, progress: Progress | None
    ) -> None:
        super().__init__(backend, keys=keys, progress=progress)
        self._market = market

    def keys(self, circuit: PublishedCircuit) -> Keys:
        """Return the keys of a circuit.

        Raises
        ------
        InputError
            If they are not those of the market, or the market does not take the circuit.
        """
        if circuit.name not in self._market.deployment.circuits:
            # Asked first: keys of a circuit that nobody uses would be built.
            raise InputError("the market does not take this circuit", source=f"keys of {circuit.name}")
        keys = super().keys(circuit)
        self._market.require_keys(circuit, keys)
        return keys

    def prove(
        self, circuit: PublishedCircuit, signals: dict[str, Any], public: tuple[int, ...]
    ) -> tuple[Proof, Keys]:
        """Prove a circuit by keys of the market; errors are those of `CircuitProver.prove` and `keys`."""
        self.keys(circuit)
        return super().prove(circuit, signals, public)


class Participant(Sender):
    """A participant of a market; the connection's account sends its transactions.

    The funds of an account cannot be moved without its opening. Every new opening is therefore stored in the book
    before the transaction that makes it the account's is sent. If the process dies in between, the book has the
    openings of both states, and the chain shows which one is present.

    Parameters
    ----------
    market : Market
    book : Book
        The openings that are known.
    keys : Path, optional
        The folder of the circuits' keys, `zkmargin.proofs.circuit_keys.keys_folder` by default. Missing keys are built;
        they are those of the market only if it has development keys that were built in this folder.
    backend : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    progress : callable, optional
        Called with a stage, the work done in it and the total work.
    places : int
        Proofs of one account's health or claim use circuits with at least so many places for positions, which hide how
        large the account is.

    Attributes
    ----------
    market : Market
    book : Book
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what every role needs
        self,
        market: Market,
        book: Book,
        keys: Path | None = None,
        backend: str | None = None,
        progress: Progress | None = None,
        places: int = 0,
    ) -> None:
        super().__init__(market)
        self.book, self._places = book, places
        self._prover = MarketProver(market, backend, keys, progress)
        self._owner_prover = OwnerProver(self._prover, claims=market.claims)

    # --- accounts

    def _present(self, number: int, record: HouseAccount) -> spec.Account:
        """Return the opening of an account's present state."""
        opening = self.book.opening(record.commitment)
        if opening is None:
            raise StatementError(
                f"account {number}: the book lacks the opening of its present state; follow the chain first"
            )
        return opening

    # --- health

    def attest(self, numbers: Sequence[int], snapshot: Snapshot) -> int:
        """Prove in one transaction that accounts meet maintenance margin; they need not be the connection's account's.

        Parameters
        ----------
        numbers : sequence of int
            Numbers of accounts whose openings the book has.
        snapshot : Snapshot
            Newer than that of each account's last proof. A called account may answer with one that is no longer fresh.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If an account is not open or not healthy, its present opening is unknown, or the snapshot is not newer than
            that of its last proof. Nothing is sent then.
        InputError
            If there is no account, one is listed twice, the snapshot is not of this market's feed or too old, or keys
            are not those of the market.
        ChainError
            If the node or a contract refuses: ``InvalidBatch`` if an account has changed meanwhile, and those of
            `House.attest`.
        """
        house = self.market.house
        time = self.market.feed.published_at(snapshot.root)
        if time == 0:
            raise InputError("not published in this market's feed", source="snapshot")
        self._require_running()
        old = self._time() - time > house.parameters().max_snapshot_age
        openings = []
        for number in numbers:
            record = self._record(number)
            require_open(number, record)
            newer = time > record.last_healthy_at
            require(newer, f"account {number}: the snapshot is not newer than that of its last proof")
            if old and not self._answers(number, time):
                raise InputError("too old", source="snapshot")
            openings.append(self._present(number, record))
        return house.attest(self._attestation(self._plan(openings, snapshot, MAINTENANCE_BPS)))

    def _answers(self, number: int, time: int) -> bool:
        """Return whether a snapshot of a time answers the account's call before its deadline."""
        house = self.market.house
        called = house.is_called(number) and house.late_for(number) == 0
        return called and time >= house.times(number).called_since

    # --- proofs

    def _plan(self, openings: Iterable[spec.Account], snapshot: Snapshot, bps: int) -> AttestationPlan:
        """Plan proofs of health; raises `StatementError` with an account that is not healthy."""
        market = self.market
        return plan_attestation(
            openings,
            snapshot.spec,
            bps,
            domain=market.house.domain,
            circuits=market.circuits,
            positions=self._places,
        )

    def _attestation(self, plan: AttestationPlan) -> Attestation:
        """Prove the health of accounts."""
        proofs = (self._prover.prove(task.circuit, task.signals, task.public) for task in plan.tasks)
        return Attestation(plan.content, tuple(proof for proof, _ in proofs))
