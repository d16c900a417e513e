"""What the owner of an account does: it opens it, moves its funds, agrees to trades and shows its health."""

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
from .participant import NOTHING, Entry, Participant, SignedTrade, moved

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from zkmargin.contracts.proof_arguments import Next
    from zkmargin.proofs.transition import Change
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Holder"]


class Holder(Participant):
    """Acts for the owner of accounts, who is the connection's account.

    The parameters are those of `Participant`; what comes in is approved to
    the vault first, exactly.
    """

    def open(self, snapshot: Snapshot, change: Change | None = None) -> AccountState:
        """Open an account, with funds or without.

        Parameters
        ----------
        snapshot : Snapshot
            Gives assets their places.
        change : Change, optional
            What comes.

        Returns
        -------
        AccountState
            Its first state. It is kept before anything is sent, with the number 0, and again with its number.

        Raises
        ------
        InputError
            If there is no such asset, or less than nothing comes.
        ChainError
            If the node or a contract refuses: ``NoFreshSnapshot``, ``Paused``, ``CapExceeded``.
        """
        change = change or NOTHING
        _require(change.amount >= 0, "less than nothing comes")
        sender = self.market.sender
        # The state 0, which is nobody's yet, is what the first one follows from.
        held = self._sealed(0, after(Account.new(owner=int(sender, 16)), change), snapshot)
        following = self._next(Entry("open", 0, sender), None, held, snapshot, change)
        self._keep(held)
        asset, amount = moved(following.proof.signals)
        self.market.allow((asset, amount))
        number, _ = self.market.house.open(asset, amount, following)
        opened = replace(held, number=number)
        self._keep(opened)
        return opened

    def deposit(self, held: AccountState, snapshot: Snapshot, *changes: Change) -> AccountState:
        """Add funds, of several assets in one transaction.

        Parameters
        ----------
        held : AccountState
            The present state.
        snapshot : Snapshot
            Gives assets their places.
        *changes : Change
            What comes, one after the other; at least one.

        Returns
        -------
        AccountState
            The new state.

        Raises
        ------
        StatementError
            If it is not the present state.
        InputError
            If there is no such asset, what comes is not more than nothing, or the connection's account is not
            the owner.
        ChainError
            If the node or a contract refuses: ``InvalidTransition`` where the account has changed meanwhile,
            ``WrongState``, ``DepositTooSoon``, ``CapExceeded``.
        """
        _require(bool(changes), "nothing comes")
        self._present(held, snapshot)
        # Before anything is approved in the name of somebody else.
        self._require_owner(held)
        entry = Entry("deposit", held.number, address_text(held.account.owner))
        parts: list[tuple[int, int, Next]] = []
        for change in changes:
            _require(change.amount > 0, "what comes is not more than nothing")
            new = self._sealed(held.number, after(held.account, change), snapshot)
            following = self._next(entry, held.account, new, snapshot, change)
            parts.append((*moved(following.proof.signals), following))
            held = new
        self._keep(held)
        self.market.allow(*((asset, amount) for asset, amount, _ in parts))
        if len(parts) == 1:
            self.market.house.deposit(held.number, *parts[0])
        else:
            self.market.house.deposits(held.number, parts)
        return held

    def withdraw(
        self, held: AccountState, snapshot: Snapshot, change: Change, to: str | None = None
    ) -> AccountState:
        """Take funds out.

        Parameters
        ----------
        held : AccountState
            The present state.
        snapshot : Snapshot
            The feed's latest.
        change : Change
            What goes: its amount is negative.
        to : str, optional
            Who gets it; the owner if left out.

        Returns
        -------
        AccountState
            The new state.

        Raises
        ------
        StatementError
            If it is not the present state, or the new one would not meet initial margin; before anything
            is sent.
        InputError
            If more goes than there is, not less than nothing, or the connection's account is not the owner.
        ChainError
            If the node or a contract refuses: ``NotTheLatestSnapshot``, ``CashExceeded`` where an account
            that has never traded would owe cash, ``InvalidTransition`` where the
            account has changed meanwhile, ``WrongState``, ``Paused``, ``NotCalm``.
        """
        _require(change.amount < 0, "not negative, as of what goes")
        self._present(held, snapshot)
        self._require_owner(held)
        entry = Entry("withdraw", held.number, to or address_text(held.account.owner))
        new = self._sealed(held.number, after(held.account, change), snapshot)
        following = self._next(entry, held.account, new, snapshot, change)
        health = self._health(entry, new.account, snapshot, self.market.withdrawal_bps())
        self._keep(new)
        asset, amount = moved(following.proof.signals)
        self.market.house.withdraw(new.number, asset, amount, entry.receiver, following, health)
        return new

    def attest(self, held: AccountState, snapshot: Snapshot) -> int:
        """Show that an account meets maintenance margin.

        Parameters
        ----------
        held : AccountState
            The present state.
        snapshot : Snapshot
            Newer than that of the last such proof.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        StatementError
            If it is not the present state, or not healthy. Nothing is sent then.
        ChainError
            If the node or a contract refuses: ``NothingNewer``, ``StaleSnapshot``, ``UnknownSnapshot``,
            ``WrongAccount`` where the account has changed meanwhile, ``WrongState``.
        """
        self._present(held, snapshot)
        entry = Entry("attest", held.number, address_text(held.account.owner))
        health = self._health(entry, held.account, snapshot, Requirement.MAINTENANCE)
        return self.market.house.attest(held.number, health)

    def sign_trade(
        self, held: AccountState, new: Account, snapshot: Snapshot, deadline: int, key: LocalAccount
    ) -> SignedTrade:
        """Agree to a trade. From then on the venue decides whether it happens.

        Parameters
        ----------
        held : AccountState
            The present state.
        new : Account
            The account after the trade, as of `zkmargin.settlement.openings.traded`.
        snapshot : Snapshot
            The feed's latest, which gives instruments their ids and lots.
        deadline : int
            The last second for the trade, since 1970.
        key : LocalAccount
            The owner's key.

        Returns
        -------
        SignedTrade
            For the venue. The new state has been kept.

        Raises
        ------
        StatementError
            If it is not the present state, or the snapshot is not the feed's latest: one by which an id or a
            lot is another instrument's would have the owner agree to something else.
        InputError
            If the new state does not follow from the present one by a trade, or keeps its salt.
        """
        state = self._present(held, snapshot)
        latest = self.market.feed.latest()
        if latest is None or latest[0] != snapshot.root:
            raise StatementError("trade: the snapshot is not the feed's latest")
        try:
            check_change(held.account.opening(snapshot), new.opening(snapshot), TRADE, 0)
        except SpecError as error:
            raise InputError(error.reason, source="trade", key=error.key) from None
        _require(new.owner == held.account.owner, "another owner", "trade")
        _require(new.salt != held.account.salt, "the salt is not a new one", "trade")
        agreed = self._sealed(held.number, new, snapshot)
        self._keep(agreed)
        signature = self.market.house.sign_trade(
            key, held.number, new.commitment(snapshot), agreed.escrow, state.nonce, deadline
        )
        return SignedTrade(held.number, agreed.sealed, deadline, signature)

    def _require_owner(self, held: AccountState) -> None:
        """Require that the connection's account owns an account."""
        if address_text(held.account.owner) != self.market.sender:
            raise InputError("not the connection's account", source="account", key="owner")


def _require(holds: bool, reason: str, source: str = "change") -> None:
    if not holds:
        raise InputError(reason, source=source)
