"""What holders, venues and bidders have in common: states of accounts, and the proofs that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

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
    from zkmargin.contracts.market_values import AccountRecord
    from zkmargin.proofs.margin_prover import MarginProver
    from zkmargin.proofs.transition import TransitionProver
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec import TransitionSignals

    from ..account_state import Keep
    from ..market import SettlementMarket

__all__ = ["NOTHING", "Entry", "Participant", "Provers", "SignedTrade", "moved"]

NOTHING = Change(CASH, Decimal(0))
"""No change of funds, as where an account is opened without any."""


@dataclass(frozen=True, slots=True)
class Provers:
    """What makes proofs.

    Attributes
    ----------
    margin : MarginProver
    transition : TransitionProver
    """

    margin: MarginProver
    transition: TransitionProver


@dataclass(frozen=True, slots=True, repr=False)
class SignedTrade:
    """An owner's consent to a trade: what the venue gets of it. Its repr shows nothing.

    Attributes
    ----------
    number : int
        The account's number.
    sealed : bytes
        The opening after the trade, sealed to the venue.
    deadline : int
        The last second for the trade, since 1970.
    signature : bytes
        Of all that, by EIP-712.
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
    """What proofs for the clearing house are for; see IClearingHouse.

    Attributes
    ----------
    name : str
        The entry's.
    number : int
        The account's, 0 in ``open``.
    receiver : str
        Who benefits.
    """

    name: str
    number: int
    receiver: str


class Participant:
    """Somebody who acts in a market as the connection's account.

    Whoever does not have the opening of a state cannot get at its funds. So every new state is given to
    `keep` before the transaction is sent that makes it the account's. If the process dies in between, or
    nobody can tell whether the transaction has been included, one of the states that were kept is the
    account's: the one whose `AccountState.escrow` the chain shows. `AccountFolder` in
    `zkmargin.settlement.account_folder` keeps them so.

    Parameters
    ----------
    market : SettlementMarket
    provers : Provers
    keep : callable
        Takes each new state, as `Keep` says.

    Attributes
    ----------
    market : SettlementMarket
    """

    def __init__(self, market: SettlementMarket, provers: Provers, *, keep: Keep) -> None:
        self.market, self._provers, self._keep = market, provers, keep

    def _present(self, held: AccountState, snapshot: Snapshot) -> AccountRecord:
        """Return what the chain knows of an account, if this is its present state."""
        state = self.market.house.account(held.number)
        if state.commitment != held.account.commitment(snapshot):
            raise StatementError(f"account {held.number}: this is not its present state on the chain")
        return state

    def _sealed(self, number: int, account: Account, snapshot: Snapshot) -> AccountState:
        """Return a state with its opening sealed to the venue."""
        return AccountState(
            number, account, seal(account.opening(snapshot), self.market.deployment.sealing_key)
        )

    def _next(
        self, entry: Entry, before: Account | None, after: AccountState, snapshot: Snapshot, change: Change
    ) -> Next:
        """Prove that a state follows from the one before, for an entry of the clearing house.

        The place of an asset in the snapshot is the slot that the clearing house moves, so it has to be the
        market's as well: or one token would be taken for another.
        """
        self.market.require_slot(change, snapshot)
        context = self.market.house.transition_context(entry.name, entry.number, entry.receiver)
        prover = self._provers.transition
        self.market.require_keys(TRANSITION, prover.keys())
        proof = prover.prove(before, after.account, snapshot, change=change, context=context)
        return Next(proof, after.escrow)

    def _health(
        self,
        entry: Entry,
        account: Account,
        snapshot: Snapshot,
        requirement: AnyRequirement,
        deadline: int | None = None,
    ) -> Health:
        """Prove that a state is healthy, for an entry of the clearing house."""
        house, until = self.market.house, self.market.deadline() if deadline is None else deadline
        action = house.health_action(entry.name, entry.number, entry.receiver)
        context = self._context(house.address, account.commitment(snapshot), action, until)
        circuit, prover = self._circuit(account, snapshot), self._provers.margin
        proof = prover.prove(account, snapshot, requirement, context=context, instance=circuit)
        return Health(proof, until)

    def _disclosure(self, held: AccountState, snapshot: Snapshot) -> Health:
        """Prove equity and requirement of a state, whatever they are, for the engine."""
        engine, account, until = self.market.engine, held.account, self.market.deadline()
        action = engine.disclosure_action(held.number)
        context = self._context(engine.address, account.commitment(snapshot), action, until)
        circuit, prover = self._circuit(account, snapshot, disclosed=True), self._provers.margin
        proof = prover.prove(
            account, snapshot, context=context, disclose=True, instance=circuit, allow_unhealthy=True
        )
        return Health(proof, until)

    def _circuit(self, account: Account, snapshot: Snapshot, *, disclosed: bool = False) -> str:
        """Return the name of the smallest circuit of the market that holds an account."""
        opening = account.opening(snapshot)
        found = self.market.circuit(opening, snapshot.parts.layout, disclosed=disclosed)
        self.market.require_keys(found, self._provers.margin.keys(found.name))
        return found.name

    def _context(self, consumer: str, commitment: int, action: bytes, deadline: int) -> Context:
        return Context(self.market.deployment.chain_id, consumer, commitment, action, deadline)


def moved(signals: TransitionSignals) -> tuple[int, int]:
    """Return what a transition proof says that comes or goes: the slot, and how much of it in micro."""
    # As zkmargin.spec.change packs them.
    return signals.change >> 160 & 15, abs((signals.change >> 164) - 2**64)
