"""The bidder: it takes over accounts in auction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.proofs.transition import after

from .participant import NO_CHANGE, Entry, Participant

if TYPE_CHECKING:
    from zkmargin.proofs.transition import Change
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Bidder"]


class Bidder(Participant):
    """Bids as the connection's account, which owns the accounts that it wins.

    The parameters are those of `Participant`.
    """

    def bid(self, state: AccountState, snapshot: Snapshot, change: Change | None, limit: int) -> AccountState:
        """Take an account over for the present price of its auction.

        The vault is approved for the limit and for the added funds. If the price is below the limit, the
        rest stays approved.

        Parameters
        ----------
        state : AccountState
            The account's present state, from its venue or its owner.
        snapshot : Snapshot
            The feed's latest snapshot.
        change : Change or None
            Funds that the bidder adds.
        limit : int
            The highest price to pay, in micro of the quote token; if negative, the least payment to receive,
            in micro of cash credits.

        Returns
        -------
        AccountState
            The account's new state, which the bidder owns.

        Raises
        ------
        StatementError
            If the state is not the present one, or the new one would not meet initial margin. Nothing is
            sent then.
        InputError
            If the market has no such asset, or the added amount is negative.
        ChainError
            If the node or a contract refuses: ``NoAuction``, ``AuctionOver``, ``PriceAboveLimit``,
            ``NotTheLatestSnapshot``, ``Paused``.
        """
        change = change or NO_CHANGE
        if change.amount < 0:
            raise InputError("amount must not be negative", source="change")
        old = self._open_present(state, snapshot)
        market = self.market
        entry = Entry("takeOver", state.number, market.sender)
        taken = after(state.account, change, owner=int(entry.receiver, 16))
        new = self._next_state(state.number, taken, snapshot)
        next_ = self._prove_next(entry, old, new, snapshot, change)
        health = self._prove_health(entry, new.opened, snapshot, market.initial_bps())
        self._keep(new.state)
        asset, amount = next_.proof.asset, next_.proof.amount
        market.allow((asset, amount), price=max(limit, 0))
        market.engine.bid(state.number, limit, asset, amount, next_, health)
        return new.state
