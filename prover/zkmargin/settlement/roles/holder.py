"""The holder of an account: opens it, deposits, withdraws, signs trades and proves its health."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zkmargin.account.account import Account
from zkmargin.account.requirement import Requirement
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.transition import after
from zkmargin.spec import TRADE, SpecError
from zkmargin.spec.transition import check_change

from ..market import address_text
from .participant import NO_CHANGE, Entry, Participant, SignedTrade

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from zkmargin.contracts.proof_arguments import Next
    from zkmargin.proofs.transition import Change
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Holder"]


class Holder(Participant):
    """Acts for accounts that the connection's account owns.

    The parameters are those of `Participant`. Before a deposit, the vault is approved for exactly its amount.
    """

    def open(self, snapshot: Snapshot, change: Change | None = None) -> AccountState:
        """Open an account, with or without funds.

        Parameters
        ----------
        snapshot : Snapshot
            Gives assets their places.
        change : Change, optional
            The first deposit.

        Returns
        -------
        AccountState
            The first state. It is kept with the number 0 before the transaction is sent, and again with its
            number.

        Raises
        ------
        InputError
            If the market has no such asset, or the amount is negative.
        ChainError
            If the node or a contract refuses: ``NoFreshSnapshot``, ``Paused``, ``CapExceeded``.
        """
        change = change or NO_CHANGE
        _require(change.amount >= 0, "amount must not be negative")
        sender = self.market.sender
        # The first state follows from the empty state 0. It has the account number 0, as all later ones: the contract
        # gives the account its number only when it takes this proof.
        new = self._next_state(0, after(Account.new(owner=int(sender, 16)), change), snapshot)
        next_ = self._prove_next(Entry("open", 0, sender), None, new, snapshot, change)
        self._keep(new.state)
        asset, amount = next_.proof.asset, next_.proof.amount
        self.market.allow((asset, amount))
        number, _ = self.market.house.open(asset, amount, next_)
        opened = replace(new.state, number=number)
        self._keep(opened)
        return opened

    def deposit(self, state: AccountState, snapshot: Snapshot, *changes: Change) -> AccountState:
        """Add funds, of several assets in one transaction.

        Parameters
        ----------
        state : AccountState
            The present state.
        snapshot : Snapshot
            Gives assets their places.
        *changes : Change
            The deposits in order; at least one.

        Returns
        -------
        AccountState
            The new state.

        Raises
        ------
        StatementError
            If the state is not the present one.
        InputError
            If the market has no such asset, an amount is not positive, or the connection's account is not the
            owner.
        ChainError
            If the node or a contract refuses: ``InvalidTransition`` if the account has changed meanwhile,
            ``WrongState``, ``DepositTooSoon``, ``CapExceeded``.
        """
        _require(bool(changes), "expected at least one deposit")
        old = self._open_present(state, snapshot)
        # Checked before the vault is approved: nobody pays into an account that is not theirs.
        self._require_owner(state)
        entry = Entry("deposit", state.number, address_text(state.account.owner))
        parts: list[tuple[int, int, Next]] = []
        for change in changes:
            _require(change.amount > 0, "amount must be positive")
            new = self._next_state(state.number, after(state.account, change), snapshot)
            next_ = self._prove_next(entry, old, new, snapshot, change)
            parts.append((next_.proof.asset, next_.proof.amount, next_))
            state, old = new.state, new.opened
        self._keep(state)
        self.market.allow(*((asset, amount) for asset, amount, _ in parts))
        if len(parts) == 1:
            self.market.house.deposit(state.number, *parts[0])
        else:
            self.market.house.deposits(state.number, parts)
        return state

    def withdraw(
        self, state: AccountState, snapshot: Snapshot, change: Change, to: str | None = None
    ) -> AccountState:
        """Take funds out.

        Parameters
        ----------
        state : AccountState
            The present state.
        snapshot : Snapshot
            The feed's latest snapshot.
        change : Change
            The withdrawal; its amount is negative.
        to : str, optional
            The address that receives the funds; the owner by default.

        Returns
        -------
        AccountState
            The new state.

        Raises
        ------
        StatementError
            If the state is not the present one, or the new one would not meet initial margin. Nothing is
            sent then.
        InputError
            If the amount is not negative, or larger than the balance of a collateral asset, or the
            connection's account is not the owner.
        ChainError
            If the node or a contract refuses: ``NotTheLatestSnapshot``, ``CashExceeded`` if an account that
            has never traded would owe cash, ``InvalidTransition`` if the account has changed meanwhile,
            ``WrongState``, ``Paused``, ``NotCalm``.
        """
        _require(change.amount < 0, "amount of a withdrawal must be negative")
        old = self._open_present(state, snapshot)
        self._require_owner(state)
        entry = Entry("withdraw", state.number, to or address_text(state.account.owner))
        new = self._next_state(state.number, after(state.account, change), snapshot)
        next_ = self._prove_next(entry, old, new, snapshot, change)
        health = self._prove_health(entry, new.opened, snapshot, self.market.withdrawal_bps())
        self._keep(new.state)
        asset, amount = next_.proof.asset, -next_.proof.amount
        self.market.house.withdraw(state.number, asset, amount, entry.receiver, next_, health)
        return new.state

    def attest(self, state: AccountState, snapshot: Snapshot) -> int:
        """Prove that an account meets maintenance margin.

        Parameters
        ----------
        state : AccountState
            The present state.
        snapshot : Snapshot
            A snapshot newer than that of the last such proof.

        Returns
        -------
        int
            The gas used.

        Raises
        ------
        StatementError
            If the state is not the present one, or not healthy. Nothing is sent then.
        ChainError
            If the node or a contract refuses: ``NothingNewer``, ``StaleSnapshot``, ``UnknownSnapshot``,
            ``WrongAccount`` if the account has changed meanwhile, ``WrongState``.
        """
        opened = self._open_present(state, snapshot)
        entry = Entry("attest", state.number, address_text(state.account.owner))
        health = self._prove_health(entry, opened, snapshot, Requirement.MAINTENANCE)
        return self.market.house.attest(state.number, health)

    def sign_trade(
        self, state: AccountState, new: Account, snapshot: Snapshot, deadline: int, key: LocalAccount
    ) -> SignedTrade:
        """Agree to a trade. From then on the venue decides whether it happens.

        Parameters
        ----------
        state : AccountState
            The present state.
        new : Account
            The account after the trade, for example from `zkmargin.settlement.openings.traded`.
        snapshot : Snapshot
            The feed's latest snapshot, which gives instruments their ids and lots.
        deadline : int
            The last second for the trade, since 1970.
        key : LocalAccount
            The owner's key.

        Returns
        -------
        SignedTrade
            The consent, for the venue. The new state has been kept.

        Raises
        ------
        StatementError
            If the state is not the present one, or the snapshot is not the feed's latest. In another
            snapshot, an id or a lot may belong to another instrument, and the owner would agree to that.
        InputError
            If the new state does not follow from the present one by a trade, or keeps its view key.
        """
        old = self._open_present(state, snapshot)
        latest = self.market.feed.latest()
        if latest is None or latest[0] != snapshot.root:
            raise StatementError("trade: the snapshot is not the feed's latest")
        agreed = self._next_state(state.number, new, snapshot)
        try:
            check_change(old.opening, agreed.opened.opening, TRADE, 0)
        except SpecError as error:
            raise InputError(error.reason, source="trade", key=error.key) from None
        _require(new.owner == state.account.owner, "the owner must stay the same", "trade")
        # Until it trades, an account that was taken over has the view key of its former owner.
        _require(new.view_key != state.account.view_key, "the view key must be a new one", "trade")
        self._keep(agreed.state)
        signature = self.market.house.sign_trade(
            key, state.number, agreed.opened.commitment, agreed.state.escrow, state.account.nonce, deadline
        )
        return SignedTrade(state.number, agreed.state.sealed, deadline, signature)

    def _require_owner(self, state: AccountState) -> None:
        """Require that the connection's account owns an account."""
        if address_text(state.account.owner) != self.market.sender:
            raise InputError("not the connection's account", source="account", key="owner")


def _require(holds: bool, reason: str, source: str = "change") -> None:
    if not holds:
        raise InputError(reason, source=source)
