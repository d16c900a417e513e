"""What a bidder does: it takes accounts over that are auctioned off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.proofs.transition import after

from .participant import NOTHING, Entry, Participant, moved

if TYPE_CHECKING:
    from zkmargin.proofs.transition import Change
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Bidder"]


class Bidder(Participant):
    """Bids as the connection's account, which owns what it wins.

    The parameters are those of `Participant`.
    """

    def bid(self, held: AccountState, snapshot: Snapshot, change: Change | None, limit: int) -> AccountState:
        """Take an account over for the present price of its auction.

        The vault is allowed to take the limit, and what is added; of the limit, what the price is lower stays
        allowed.

        Parameters
        ----------
        held : AccountState
            The account's present state, which is to be had from its venue or its owner.
        snapshot : Snapshot
            The feed's latest.
        change : Change or None
            What the bidder adds.
        limit : int
            The highest price to be paid, in micro of the quote token; negative, what is to be received at
            least, in micro of cash credits.

        Returns
        -------
        AccountState
            The account's new state, which the bidder owns.

        Raises
        ------
        StatementError
            If it is not the present state, or would not meet initial margin. Nothing is sent then.
        InputError
            If there is no such asset, or less than nothing is added.
        ChainError
            If the node or a contract refuses: ``NoAuction``, ``AuctionOver``, ``PriceAboveLimit``,
            ``NotTheLatestSnapshot``, ``Paused``.
        """
        change = change or NOTHING
        if change.amount < 0:
            raise InputError("less than nothing is added", source="change")
        self._present(held, snapshot)
        market = self.market
        entry = Entry("takeOver", held.number, market.sender)
        taken = after(held.account, change, owner=int(entry.receiver, 16))
        new = self._sealed(held.number, taken, snapshot)
        following = self._next(entry, held.account, new, snapshot, change)
        health = self._health(entry, new.account, snapshot, market.initial_bps())
        self._keep(new)
        asset, amount = moved(following.proof.signals)
        market.allow((asset, amount), price=max(limit, 0))
        market.engine.bid(held.number, limit, asset, amount, following, health)
        return new
