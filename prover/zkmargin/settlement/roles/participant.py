"""The base of all roles: accounts and their openings, proofs by the market's circuits, and shared conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web3.exceptions import BlockNotFound

from zkmargin.chain.node import node_errors
from zkmargin.clearing import Attestation, plan_attestation
from zkmargin.contracts.client import address_of
from zkmargin.contracts.house_values import HouseState
from zkmargin.contracts.token import Token
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.owner_proofs import OwnerProver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from zkmargin import spec
    from zkmargin.account.funds import Funds
    from zkmargin.clearing import AttestationPlan
    from zkmargin.contracts.house_values import HouseAccount
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from ..book import Book
    from ..market import Market

__all__ = ["MarketProver", "Participant", "amounts_of", "require", "require_open", "value_down"]

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


class Participant:
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

    Attributes
    ----------
    market : Market
    book : Book
    """

    def __init__(
        self,
        market: Market,
        book: Book,
        keys: Path | None = None,
        backend: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.market, self.book = market, book
        self._prover = MarketProver(market, backend, keys, progress)
        self._owner_prover = OwnerProver(self._prover, claims=market.claims)

    # --- accounts

    def _record(self, number: int) -> HouseAccount:
        """Return the record of an account that exists."""
        record = self.market.house.account(number)
        if record.state == HouseState.NONE:
            raise InputError("the market has no such account", source=f"account {number}")
        return record

    def _own(self, number: int) -> HouseAccount:
        """Return the record of an account that the connection's account owns."""
        record = self._record(number)
        if record.owner != self.market.sender:
            raise InputError(
                f"its owner is {record.owner}, not {self.market.sender}", source=f"account {number}"
            )
        return record

    def _own_open(self, number: int) -> HouseAccount:
        """Return the record of an open account that the connection's account owns."""
        record = self._own(number)
        require_open(number, record)
        return record

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
            openings, snapshot.spec, bps, domain=market.house.domain, circuits=market.circuits
        )

    def _attestation(self, plan: AttestationPlan) -> Attestation:
        """Prove the health of accounts."""
        proofs = (self._prover.prove(task.circuit, task.signals, task.public) for task in plan.tasks)
        return Attestation(plan.content, tuple(proof for proof, _ in proofs))

    # --- conditions

    def _time(self) -> int:
        """Return the time of the block that the node would make now; blocks of a quiet chain may be old."""
        with node_errors("the next block"):
            try:
                return int(self.market.web3.eth.get_block("pending")["timestamp"])
            except BlockNotFound:
                return self.market.time()

    def _require_running(self) -> None:
        if self.market.house.standing().ended:
            raise StatementError("the market has ended: only refunds, claims and payments go on")

    def _require_balance(self, funds: Mapping[int, int]) -> None:
        """Require that the connection's account has amounts, in micro by slot."""
        for slot, micro in funds.items():
            listed, name = self.market.vault.asset(slot), self.market.asset_name(slot)
            if listed is None:
                raise InputError("the vault has no such asset", source=name)
            if Token(self.market.web3, listed.token).balance_of(self.market.sender) < micro * listed.scale:
                raise InputError(f"{self.market.sender} has less of the token", source=name)

    def _receiver(self, to: str | None) -> str:
        """Return the receiver of a payment, by default the connection's account."""
        receiver = address_of("receiver", to or self.market.sender)
        addresses = self.market.deployment.addresses
        if int(receiver, 16) == 0 or receiver in {
            addresses.house,
            addresses.vault,
            addresses.insurance_fund,
            addresses.first_loss,
        }:
            raise InputError("the zero address and contracts of the market cannot receive", source="receiver")
        return receiver


def require(holds: bool, reason: str) -> None:
    """Raise `StatementError` with a reason unless a condition holds."""
    if not holds:
        raise StatementError(reason)


def require_open(number: int, record: HouseAccount) -> None:
    """Raise `StatementError` unless an account is open."""
    reasons = {
        HouseState.REGISTERED: "registered, but not open yet",
        HouseState.SEIZED: "seized, and in an auction",
    }
    if record.state in reasons:
        raise StatementError(f"account {number}: {reasons[record.state]}")


def amounts_of(market: Market, funds: Sequence[Funds]) -> dict[int, int]:
    """Return amounts in micro by slot.

    Raises
    ------
    InputError
        If there is none, the market has no such asset, one is listed twice, or an amount is not positive.
    """
    if not funds:
        raise InputError("expected at least one asset and amount", source="funds")
    amounts: dict[int, int] = {}
    for one in funds:
        slot, micro = market.deployment.slot(one.asset), one.micro
        if micro == 0:
            raise InputError("amount must be positive", source=one.asset)
        if slot in amounts:
            raise InputError("listed twice", source=one.asset)
        amounts[slot] = micro
    return amounts


def value_down(amount: int, factor: int) -> int:
    """Return the worth of credits of cash in micro of the quote token, rounded against the account.

    Parameters
    ----------
    amount : int
        In micro-credits; negative for a debt.
    factor : int
        `House.cash_factor`.
    """
    return amount * factor // 10**18
