"""What anybody may do who has the opening of an account: have it auctioned off, or end that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .participant import Participant

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Liquidator"]


class Liquidator(Participant):
    """Calls accounts, and starts and ends auctions, as the connection's account.

    The parameters are those of `Participant`.
    """

    def call(self, number: int) -> int:
        """Call an account that owes a proof of health; returns the gas used, all in.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotOverdue``, ``AlreadyCalled``, ``NoFreshSnapshot``.
        """
        return self.market.house.margin_call(number)

    def start(self, held: AccountState, snapshot: Snapshot) -> int:
        """Have an account auctioned off, by evidence of default or for silence.

        Parameters
        ----------
        held : AccountState
            The present state.
        snapshot : Snapshot
            The feed's latest.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        StatementError
            If it is not the present state.
        ChainError
            If the node or a contract refuses: ``NotLiquidatable``, ``NothingNewer``, ``NothingAtStake``,
            ``NotTheLatestSnapshot``, ``Paused``; of a seized account ``AuctionRunning``, ``StillHealthy``.
        """
        self._present(held, snapshot)
        return self.market.engine.start(held.number, self._disclosure(held, snapshot))

    def give_back(self, held: AccountState, snapshot: Snapshot) -> int:
        """Give an account that nobody has bought, and that is healthy, back to its owner; like `start`.

        Raises
        ------
        StatementError
            If it is not the present state.
        ChainError
            If the node or a contract refuses: ``AuctionRunning``, ``StillInDefault``, ``NoAuction``.
        """
        self._present(held, snapshot)
        return self.market.engine.give_back(held.number, self._disclosure(held, snapshot))
