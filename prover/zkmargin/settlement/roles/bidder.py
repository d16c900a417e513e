"""The bidder: buys seized accounts, whose openings their auctions have published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.house_values import HouseState
from zkmargin.errors import ChainError
from zkmargin.spec import CASH

from .owner import Owner
from .participant import Participant
from .sender import require

if TYPE_CHECKING:
    from zkmargin.spec import TradingKey

__all__ = ["Bidder"]


class Bidder(Owner, Participant):
    """Bids in auctions; parameters are those of `Participant`."""

    def allow(self, amount: int) -> None:
        """Approve the vault for an amount in micro of the quote token, unless it is; errors as `Market.allow`."""
        self.market.allow({CASH: amount})

    def bid(self, number: int, limit: int, key: TradingKey = spec.NO_KEY) -> spec.Account:
        """Buy an account at its present price.

        The winner must prove the account's health within the grace; see `Participant.attest`. What the account lacks is
        added by a deposit, which the venue credits.

        Parameters
        ----------
        number : int
            The account's number; the book has its opening, which `follow` reads from the auction.
        limit : int
            The highest price, in micro of the quote token; if negative, the least payment to receive, in
            micro-credits of cash. The vault must be allowed to take a positive price.
        key : spec.TradingKey
            The key that will sign the account's orders; `spec.NO_KEY` if it takes none.

        Returns
        -------
        spec.Account
            The account as its new owner's, which is in the book.

        Raises
        ------
        StatementError
            If the account is not seized, or its opening is unknown.
        ChainError
            If the node or a contract refuses: ``TooEarly``, ``AuctionOver``, ``InvalidBatch``, ``Paused``; or the price
            has risen above the limit, which the message does not repeat.
        """
        record = self._record(number)
        require(record.state == HouseState.SEIZED, f"account {number}: not seized")
        house, sender, before = self.market.house, self.market.sender, self._present(number, record)
        context = house.context("takeOver", number, sender)
        after, proof = self._owner_prover.take_over(before, int(sender, 16), key, house.venue_key(), context)
        self.book.learn(after)
        try:
            self.market.auctions.bid(number, limit, proof)
        except ChainError as error:
            if "PriceAboveLimit" in str(error):
                # The contract's message repeats the limit, which shows the account's worth to the bidder.
                raise ChainError("bid: the price has risen above the limit") from None
            raise
        return after
