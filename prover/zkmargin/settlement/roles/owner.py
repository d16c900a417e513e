"""An owner's steps that need no opening: deposits, refunds, the bond, requests, notices, and refused payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.funds import CASH as CASH_NAME
from zkmargin.account.funds import Funds
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.wind_down import Stage
from zkmargin.errors import ChainError, InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.eddsa import on_curve

from .sender import Sender, amounts_of, require

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.contracts.house_values import Times, Waiting

__all__ = ["Owner", "require_key"]


class Owner(Sender):
    """Acts for accounts that the connection's account owns, without their openings.

    The parameter is that of `Sender`.
    """

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
            If the node, a contract or a token refuses: ``CapExceeded``. The message names what was deposited
            before.
        """
        amounts = amounts_of(self.market, funds)
        record = self._own(number)
        self._require_running()
        self._require_balance(amounts)
        if record.state != HouseState.SEIZED and not self.market.house.is_called(number):
            self._require_room(amounts)
        self.market.allow(amounts)
        gas, done = 0, list[str]()
        for slot, micro in amounts.items():
            try:
                gas += self.market.house.deposit(number, slot, micro)
            except ChainError as error:
                if not done:
                    raise
                # The same command again would deposit them twice.
                raise ChainError(f"{error}; deposited already: {', '.join(done)}") from error
            name = self.market.asset_name(slot)
            done.append(f"{Funds.of_micro(name, micro).text} {name}")
        return gas

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

    def claim_payments(self, to: str | None = None) -> list[Funds]:
        """Collect payments that a token refused; the connection's account has claims on the vault for them.

        Parameters
        ----------
        to : str, optional
            The receiver, by default the connection's account.

        Returns
        -------
        list of Funds
            What was paid, perhaps nothing.

        Raises
        ------
        InputError
            If the receiver cannot get payments.
        ChainError
            If the node or a contract refuses, or a token still does: ``NothingOwed``, ``InvalidReceiver``.
        """
        receiver, vault, paid = self._receiver(to), self.market.vault, []
        for asset in self.market.deployment.assets:
            if owed := vault.claim_of(asset.slot, self.market.sender):
                vault.claim(asset.slot, receiver)
                paid.append(Funds.of_micro(self.market.asset_name(asset.slot), owed))
        return paid

    def request_key(self, number: int, key: spec.TradingKey | None) -> int:
        """Ask the venue for another trading key; the account has it once a batch has granted it.

        Parameters
        ----------
        number : int
            The account's number.
        key : spec.TradingKey or None
            The next key; `spec.NO_KEY` takes no orders, None withdraws the request.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If the account is not open, or there is no request to withdraw.
        InputError
            If the key is not a point of the curve, or the connection's account does not own the account.
        ChainError
            If the node or the contract refuses: ``NotOwner``, ``WrongState``.
        """
        house = self.market.house
        if key is not None:
            require_key(key)
        self._own_open(number)
        if key is None:
            require(house.key_request(number) != 0, f"account {number}: no key is requested")
            return house.request_key(number, spec.NO_KEY, 0)
        return house.request_key(number, key, fast_hasher()(key))

    def announce_withdrawal(self, number: int) -> Times:
        """Give notice of a withdrawal. When it is over, the account is in no batch until the withdrawal or the lapse.

        Parameters
        ----------
        number : int
            The account's number.

        Returns
        -------
        Times
            With the times from which and until which the owner may withdraw.

        Raises
        ------
        StatementError
            If the account is not open, or an earlier notice stands.
        InputError
            If the connection's account does not own the account.
        ChainError
            If the node or the contract refuses: ``NoticeRunning``.
        """
        record, house = self._own_open(number), self.market.house
        times = house.times(number)
        stands = AccountFlag.NOTICED in record.flags and self._time() < times.withdraws_until
        require(not stands, f"account {number}: a notice of a withdrawal stands")
        house.announce_withdrawal(number)
        return house.times(number)

    def buy_coins(self, coins: Funds, limit: Decimal, to: str | None = None) -> int:
        """Buy coins of unpaid debts, and of accounts without a claim, from a market that winds down.

        The vault is approved for what they cost now; the price falls.

        Parameters
        ----------
        coins : Funds
        limit : Decimal
            The highest cost, in the quote currency.
        to : str, optional
            The receiver, by default the connection's account.

        Returns
        -------
        int
            Gas used.

        Raises
        ------
        StatementError
            If it is not the time of the sale, or the coins cost more than the limit.
        InputError
            If the market has no such coin, the amount is not positive, the receiver cannot get payments, or the
            connection's account has less of the quote token.
        ChainError
            If the node, a contract or the token refuses: ``MoreThanMissing``.
        """
        ((slot, micro),) = amounts_of(self.market, [coins]).items()
        receiver, wind_down, most = self._receiver(to), self.market.wind_down, Funds(CASH_NAME, limit).micro
        if slot == CASH:
            raise InputError("cash is not for sale", source=coins.asset)
        stage = wind_down.stage()
        require(stage == Stage.SELLING, f"no coins are for sale at the stage {stage.name.lower()}")
        cost = -(-micro * wind_down.price() // 10**18)
        require(cost <= most, f"the coins cost {Funds.of_micro('', cost).text} now, more than the limit")
        self._require_balance({CASH: cost})
        self.market.allow({CASH: cost})
        return wind_down.buy(slot, micro, most, receiver)

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


def require_key(key: spec.TradingKey) -> None:
    """Raise `InputError` unless a key is a point of the curve or `spec.NO_KEY`."""
    if key != spec.NO_KEY and not on_curve(key):
        raise InputError("not a point of the curve", source="trading key")
