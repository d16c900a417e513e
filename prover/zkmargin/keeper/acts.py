"""The actions of a keeper: it proves and sends what it has decided."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.documents.files import make_folder
from zkmargin.errors import ChainError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.transition import CASH, Change
from zkmargin.settlement.account_folder import AccountFolder
from zkmargin.settlement.account_state import AccountState
from zkmargin.settlement.openings import account_of
from zkmargin.settlement.roles.bidder import Bidder
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.liquidator import Liquidator

from .world import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zkmargin.settlement.market import SettlementMarket
    from zkmargin.settlement.roles.participant import Provers
    from zkmargin.snapshot.snapshot import Snapshot

    from .store import Store
    from .world import Action, Offer

__all__ = ["Acts"]


class Acts:
    """Makes proofs and sends transactions.

    Parameters
    ----------
    market : SettlementMarket
    provers : Provers
    store : Store
        Holds the openings. The opening of an account that is bought is stored there before the bid is sent.
    bought : Path
        The folder that gets an `AccountFolder` for each bought account; its owner needs it to move funds.
    """

    def __init__(self, market: SettlementMarket, provers: Provers, store: Store, bought: Path) -> None:
        self._market, self._store, self._bought = market, store, bought
        self._last: Snapshot | None = None
        self._holder = Holder(market, provers, keep=self._keep)
        self._liquidator = Liquidator(market, provers, keep=self._keep)
        self._bidder = Bidder(market, provers, keep=self._keep)

    def do(self, action: Action, snapshot: Snapshot | None) -> None:
        """Do an action; its transaction is in the chain when this returns.

        Parameters
        ----------
        action : Action
        snapshot : Snapshot or None
            The latest snapshot; only a call does without.

        Raises
        ------
        StatementError
            If the account has changed meanwhile.
        InputError
            If the account does not fit the snapshot, or a circuit.
        ToolchainError
            If a program is missing or fails.
        ChainError
            If the node or a contract refuses.
        """
        if action.purpose is Purpose.CALL:
            self._liquidator.call(action.account)
            return
        if snapshot is None:
            raise StatementError("the latest snapshot is missing")
        self._last = snapshot
        state = self._state_of(action.account, snapshot)
        if action.offer is not None:
            self._bid(state, snapshot, action.offer)
            return
        acts: dict[Purpose, Callable[[AccountState, Snapshot], int]] = {
            Purpose.ATTEST: self._holder.attest,
            Purpose.START: self._liquidator.start,
            Purpose.GIVE_BACK: self._liquidator.give_back,
        }
        acts[action.purpose](state, snapshot)

    def _bid(self, state: AccountState, snapshot: Snapshot, offer: Offer) -> None:
        added = Change(CASH, Decimal(f"{offer.funds}E-6"))
        try:
            self._bidder.bid(state, snapshot, added, offer.limit)
        except ChainError as error:
            if "PriceAboveLimit" in str(error):
                # The contract's message repeats the limit, which shows the account's worth to the bidder.
                raise ChainError("bid: the price has risen above the limit") from None
            raise

    def _state_of(self, number: int, snapshot: Snapshot) -> AccountState:
        opening = self._store.opening(self._market.house.account(number).commitment)
        if opening is None:
            raise StatementError(f"account {number}: the opening of its present state is unknown")
        return AccountState(number, account_of(opening, snapshot), b"")

    def _keep(self, state: AccountState) -> None:
        """Store a new state before the transaction that makes it the account's is sent."""
        if self._last is not None:
            opening = state.account.opening(self._last)
            self._store.learn({spec.commitment(opening, fast_hasher()): opening})
            AccountFolder(make_folder(self._bought) / str(state.number)).keep(state)
