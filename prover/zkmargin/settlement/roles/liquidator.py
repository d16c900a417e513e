"""The liquidator: it calls accounts, and starts and ends auctions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .participant import Participant

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

    from ..account_state import AccountState

__all__ = ["Liquidator"]


class Liquidator(Participant):
    """Calls accounts, and starts and ends auctions, as the connection's account.

    Anybody may do this; starting and ending an auction needs the account's opening. The parameters are those
    of `Participant`.
    """

    def call(self, number: int) -> int:
        """Call an account that owes a proof of health; return the gas used.

        Raises
        ------
        ChainError
            If the node or the contract refuses: ``NotOverdue``, ``AlreadyCalled``, ``NoFreshSnapshot``.
        """
        return self.market.house.margin_call(number)

    def start(self, state: AccountState, snapshot: Snapshot) -> int:
        """Start the auction of an account, because it is in default or has not answered a call.

        Parameters
        ----------
        state : AccountState
            The account's present state.
        snapshot : Snapshot
            The feed's latest snapshot.

        Returns
        -------
        int
            The gas used.

        Raises
        ------
        StatementError
            If the state is not the present one.
        ChainError
            If the node or a contract refuses: ``NotLiquidatable``, ``NothingNewer``, ``NothingAtStake``,
            ``NotTheLatestSnapshot``, ``Paused``; for a seized account ``AuctionRunning``, ``StillHealthy``.
        """
        opened = self._open_present(state, snapshot)
        disclosure = self._prove_disclosure(state.number, opened, snapshot)
        return self.market.engine.start(state.number, disclosure)

    def give_back(self, state: AccountState, snapshot: Snapshot) -> int:
        """Return a healthy account that nobody has bought to its owner; the arguments are those of `start`.

        Raises
        ------
        StatementError
            If the state is not the present one.
        ChainError
            If the node or a contract refuses: ``AuctionRunning``, ``StillInDefault``, ``NoAuction``.
        """
        opened = self._open_present(state, snapshot)
        disclosure = self._prove_disclosure(state.number, opened, snapshot)
        return self.market.engine.give_back(state.number, disclosure)
