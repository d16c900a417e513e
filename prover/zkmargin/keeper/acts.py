"""The actions of a keeper: it proves and sends what it has decided."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.funds import CASH, Funds
from zkmargin.errors import StatementError
from zkmargin.orders.key_file import load_public_key
from zkmargin.settlement.roles.bidder import Bidder
from zkmargin.settlement.roles.liquidator import Liquidator

from .world import Purpose

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.settlement.book import Book
    from zkmargin.settlement.market import Market
    from zkmargin.snapshot.snapshot import Snapshot

    from .world import Action

__all__ = ["Acts"]


class Acts:
    """Makes proofs and sends transactions, without waiting for their blocks.

    Parameters
    ----------
    market : Market
    book : Book
        Has the openings. That of an account that is bought is stored there before the bid is sent.
    keys : Path or None
        The folder of the circuits' keys.
    places : int
        The least number of positions of the circuit for a single account.
    trading_key : Path or None
        The file of the key that bought accounts get.
    """

    def __init__(
        self, market: Market, book: Book, keys: Path | None, places: int, trading_key: Path | None
    ) -> None:
        self._trading_key = spec.NO_KEY if trading_key is None else load_public_key(trading_key)
        self._liquidator = Liquidator(market, book, keys, places=places)
        self._bidder = Bidder(market, book, keys)

    def do(self, action: Action, snapshot: Snapshot | None) -> None:
        """Do an action; its transaction has been sent when this returns.

        Parameters
        ----------
        action : Action
        snapshot : Snapshot or None
            The latest snapshot, for proofs of health and disclosures.

        Raises
        ------
        StatementError
            If an account has changed meanwhile.
        InputError
            If an account does not fit the snapshot, or a circuit.
        ToolchainError
            If a program is missing or fails.
        ChainError
            If the node or a contract refuses.
        """
        purpose, accounts = action.purpose, action.accounts
        if purpose is Purpose.APPROVE:
            self._bidder.allow(action.amount)
        elif purpose is Purpose.CALL:
            self._liquidator.call(accounts)
        elif purpose is Purpose.ATTEST:
            self._liquidator.attest(accounts, _required(snapshot))
        else:
            self._do_one(action, accounts[0], snapshot)

    def _do_one(self, action: Action, account: int, snapshot: Snapshot | None) -> None:
        """Do an action that concerns one account."""
        match action.purpose:
            case Purpose.FREEZE:
                self._liquidator.freeze(account)
            case Purpose.RECORD:
                self._liquidator.record_unsaleable(account)
            case Purpose.DEPOSIT:
                self._bidder.deposit(account, Funds(CASH, Decimal(action.amount).scaleb(-6)))
            case Purpose.START:
                self._liquidator.start(account, _required(snapshot))
            case Purpose.GIVE_BACK:
                self._liquidator.give_back(account, _required(snapshot))
            case Purpose.BID if action.offer is not None:
                self._bidder.bid(account, action.offer.limit, self._trading_key)


def _required(snapshot: Snapshot | None) -> Snapshot:
    if snapshot is None:
        raise StatementError("the latest snapshot is missing")
    return snapshot
