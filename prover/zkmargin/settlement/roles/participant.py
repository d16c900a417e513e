"""The base of all roles: it proves the next state of an account, health and disclosures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.account.opened import OpenedAccount
from zkmargin.contracts.proof_arguments import Health, Next
from zkmargin.errors import StatementError
from zkmargin.proofs.context import Context
from zkmargin.proofs.instances import TRANSITION
from zkmargin.proofs.transition import CASH, Change

from ..account_state import AccountState
from ..escrow import seal

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.proofs.margin_prover import MarginProver
    from zkmargin.proofs.transition import TransitionProver
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import Keep
    from ..market import SettlementMarket

__all__ = ["NO_CHANGE", "Entry", "NextState", "Participant", "Provers", "SignedTrade"]

NO_CHANGE = Change(CASH, Decimal(0))
"""No change of funds, for example where an account is opened empty."""


@dataclass(frozen=True, slots=True)
class Provers:
    """The provers of a participant.

    Attributes
    ----------
    margin : MarginProver
    transition : TransitionProver
    """

    margin: MarginProver
    transition: TransitionProver


@dataclass(frozen=True, slots=True, repr=False)
class SignedTrade:
    """An owner's consent to a trade, for the venue. Its repr shows only the account's number.

    Attributes
    ----------
    number : int
        The account's number.
    sealed : bytes
        The opening after the trade, sealed to the venue's key.
    deadline : int
        The last second for the trade, since 1970.
    signature : bytes
        The owner's EIP-712 signature of the trade.
    """

    number: int
    sealed: bytes
    deadline: int
    signature: bytes

    def __repr__(self) -> str:
        """Return the number alone."""
        return f"<SignedTrade: account {self.number}>"


@dataclass(frozen=True, slots=True)
class Entry:
    """The call of the clearing house that a proof is made for; see IClearingHouse.

    Attributes
    ----------
    name : str
        The function's name.
    number : int
        The account's number, 0 in ``open``.
    receiver : str
        The address that benefits.
    """

    name: str
    number: int
    receiver: str


@dataclass(frozen=True, slots=True, repr=False)
class NextState:
    """A state that is about to become the account's, opened against the snapshot of the operation.

    Attributes
    ----------
    state : AccountState
    opened : OpenedAccount
    """

    state: AccountState
    opened: OpenedAccount


class Participant:
    """A participant of a market; the connection's account sends its transactions.

    The funds of a state cannot be moved without its opening. Every new state is therefore given to `keep`
    before the transaction that makes it the account's is sent. If the process dies in between, or the
    transaction's inclusion is uncertain, the account's state is the kept one whose `AccountState.escrow` the
    chain shows. `zkmargin.settlement.account_folder.AccountFolder` keeps states that way.

    Parameters
    ----------
    market : SettlementMarket
    provers : Provers
    keep : callable
        Stores each new state; see `Keep`.

    Attributes
    ----------
    market : SettlementMarket
    """

    def __init__(self, market: SettlementMarket, provers: Provers, *, keep: Keep) -> None:
        self.market, self._provers, self._keep = market, provers, keep

    def _open_present(self, state: AccountState, snapshot: Snapshot) -> OpenedAccount:
        """Open a state, and require that it is the account's present state on the chain."""
        opened = OpenedAccount.of(state.account, snapshot)
        if self.market.house.account(state.number).commitment != opened.commitment:
            raise StatementError(f"account {state.number}: not its present state on the chain")
        return opened

    def _next_state(self, number: int, account: Account, snapshot: Snapshot) -> NextState:
        """Open an account that is to be the next state, and seal its opening to the venue."""
        opened = OpenedAccount.of(account, snapshot)
        sealed = seal(opened.opening, self.market.deployment.sealing_key)
        return NextState(AccountState(number, account, sealed), opened)

    def _prove_next(
        self, entry: Entry, old: OpenedAccount | None, new: NextState, snapshot: Snapshot, change: Change
    ) -> Next:
        """Prove that a state follows from the one before, for a call of the clearing house.

        The clearing house moves the token of the slot that the proof names, and the proof names the asset's
        place in the snapshot. The two must agree, or another token would be moved.
        """
        self.market.require_slot(change, snapshot)
        context = self.market.house.transition_context(entry.name, entry.number, entry.receiver)
        prover = self._provers.transition
        self.market.require_keys(TRANSITION, prover.keys())
        proof = prover.prove(old, new.opened, snapshot, change=change, context=context)
        return Next(proof, new.state.escrow)

    def _prove_health(
        self,
        entry: Entry,
        opened: OpenedAccount,
        snapshot: Snapshot,
        requirement: AnyRequirement,
        deadline: int | None = None,
    ) -> Health:
        """Prove that a state is healthy, for a call of the clearing house."""
        house, until = self.market.house, self.market.deadline() if deadline is None else deadline
        action = house.health_action(entry.name, entry.number, entry.receiver)
        context = self._context(house.address, opened.commitment, action, until)
        circuit, prover = self._circuit(opened, snapshot), self._provers.margin
        proof = prover.prove(opened, snapshot, requirement, context=context, instance=circuit)
        return Health(proof, until)

    def _prove_disclosure(self, number: int, opened: OpenedAccount, snapshot: Snapshot) -> Health:
        """Prove equity and requirement of a state, healthy or not, for the engine."""
        engine, until = self.market.engine, self.market.deadline()
        context = self._context(engine.address, opened.commitment, engine.disclosure_action(number), until)
        circuit, prover = self._circuit(opened, snapshot, disclosed=True), self._provers.margin
        proof = prover.prove(
            opened, snapshot, context=context, disclose=True, instance=circuit, allow_unhealthy=True
        )
        return Health(proof, until)

    def _circuit(self, opened: OpenedAccount, snapshot: Snapshot, *, disclosed: bool = False) -> str:
        """Return the name of the smallest circuit of the market that holds an account."""
        found = self.market.circuit(opened.opening, snapshot.parts.layout, disclosed=disclosed)
        self.market.require_keys(found, self._provers.margin.keys(found.name))
        return found.name

    def _context(self, consumer: str, commitment: int, action: bytes, deadline: int) -> Context:
        return Context(self.market.deployment.chain_id, consumer, commitment, action, deadline)
