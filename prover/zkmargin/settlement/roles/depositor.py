"""Movements of funds outside of an account's commitment: deposits, refunds, the bond, and refused payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.account.funds import Funds
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.errors import InputError

from .participant import Participant, amounts_of, require

if TYPE_CHECKING:
    from zkmargin.contracts.house_values import Waiting

__all__ = ["Depositor"]


class Depositor(Participant):
    """Moves funds of the connection's account, for which no opening is needed."""

    def deposit(self, number: int, *funds: Funds) -> int:
        """Deposit assets, which wait for the venue's credit.

        The vault is approved for exactly the amounts, where its allowance is lower. Each asset is a transaction.

        Parameters
        ----------
        number : int
            The account's number.
        *funds : Funds
            At least one; each of another asset.

        Returns
        -------
        int
            Gas used by the deposits.

        Raises
        ------
        StatementError
            If the market has ended.
        InputError
            If the market has no such asset, an amount is not positive, more than the balance of the token or than the
            vault's cap leaves, or the connection's account does not own the account.
        ChainError
            If the node, a contract or a token refuses: ``CapExceeded``.
        """
        amounts = amounts_of(self.market, funds)
        record = self._own(number)
        self._require_running()
        self._require_balance(amounts)
        if record.state != HouseState.SEIZED and not self.market.house.is_called(number):
            self._require_room(amounts)
        self.market.allow(amounts)
        return sum(self.market.house.deposit(number, *one) for one in amounts.items())

    def announce_refund(self, number: int, funds: Funds) -> Waiting:
        """Give notice that waiting funds leave, ten minutes before `refund`; replaces the asset's earlier notice.

        Parameters
        ----------
        number : int
            The account's number; also of an account that had been the connection account's own.
        funds : Funds
            The amount 0 cancels a notice.

        Returns
        -------
        Waiting
            What waits now, with the time from which it may leave.

        Raises
        ------
        InputError
            If the market has no such asset, or less of it waits for the connection's account without being counted.
        ChainError
            If the node or the contract refuses: ``NotWaiting``.
        """
        slot, micro = self.market.deployment.slot(funds.asset), funds.micro
        waiting = self._waiting(number, slot)
        self._require_waiting(number, funds.asset, micro, waiting.amount - waiting.counted)
        self.market.house.announce_refund(number, slot, micro)
        return self._waiting(number, slot)

    def refund(self, number: int, funds: Funds, to: str | None = None) -> int:
        """Take back waiting funds, after a notice; at once when the market has ended.

        Parameters
        ----------
        number : int
            The account's number; also of an account that had been the connection account's own.
        funds : Funds
        to : str, optional
            The receiver, by default the connection's account. If the token rejects the transfer, the receiver gets a
            claim on the vault.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If the notice is running.
        InputError
            If the market has no such asset, the amount is not positive or more than the notice is for, or the receiver
            cannot get payments.
        ChainError
            If the node or the contract refuses: ``NoticeRunning``, ``NotWaiting``.
        """
        ((slot, micro),) = amounts_of(self.market, [funds]).items()
        receiver = self._receiver(to)
        waiting = self._waiting(number, slot)
        if self.market.house.standing().ended:
            self._require_waiting(number, funds.asset, micro, waiting.amount - waiting.counted)
        else:
            if micro > waiting.leaving:
                reason = "no notice of a refund of so much: announce it first"
                raise InputError(reason, source=f"account {number}", key=funds.asset)
            left = waiting.leaves_at - self._time()
            require(left <= 0, f"account {number}: the notice of a refund runs for {left} s more")
        return self.market.house.refund(number, slot, micro, receiver)

    def post_bond(self, number: int) -> int:
        """Leave the bond that fills need. The vault is approved for it.

        Returns
        -------
        int
            The bond, in micro of the quote token.

        Raises
        ------
        StatementError
            If the market has ended, the account is not open, has a bond, or the market asks for none.
        InputError
            If the connection's account does not own the account, or has less of the token.
        ChainError
            If the node, a contract or the token refuses: ``AlreadyBonded``, ``NothingMoved``.
        """
        record = self._own_open(number)
        self._require_running()
        require(AccountFlag.BONDED not in record.flags, f"account {number}: has a bond already")
        bond = self.market.house.parameters().bond
        require(bond > 0, "the market asks for no bond")
        self._require_balance({CASH: bond})
        self.market.allow({CASH: bond})
        self.market.house.post_bond(number)
        return bond

    # --- conditions

    def _waiting(self, number: int, slot: int) -> Waiting:
        self._record(number)
        return self.market.house.waiting_for(self.market.sender, number, slot)

    def _require_waiting(self, number: int, asset: str, micro: int, free: int) -> None:
        if micro > free:
            reason = (
                f"only {Funds.of_micro(asset, free).text} waits for {self.market.sender} and is not counted"
            )
            raise InputError(reason, source=f"account {number}", key=asset)

    def _require_room(self, amounts: dict[int, int]) -> None:
        for slot, micro in amounts.items():
            listed = self.market.vault.asset(slot)
            if listed is not None and micro > listed.room:
                room = Funds.of_micro("", listed.room).text
                raise InputError(
                    f"the vault's cap leaves room for {room}", source=self.market.asset_name(slot)
                )
