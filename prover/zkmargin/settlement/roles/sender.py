"""The base of all roles: records of accounts, and conditions that every step shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web3.exceptions import BlockNotFound

from zkmargin.chain.node import node_errors
from zkmargin.contracts.client import address_of
from zkmargin.contracts.house_values import HouseState
from zkmargin.contracts.token import Token
from zkmargin.errors import InputError, StatementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkmargin.account.funds import Funds
    from zkmargin.contracts.house_values import HouseAccount

    from ..market import Market

__all__ = ["Sender", "amounts_of", "require", "require_open", "value_down"]


class Sender:
    """Somebody who sends transactions to a market with the connection's account.

    Parameters
    ----------
    market : Market

    Attributes
    ----------
    market : Market
    """

    def __init__(self, market: Market) -> None:
        self.market = market

    # --- accounts

    def _record(self, number: int) -> HouseAccount:
        """Return the record of an account that exists."""
        record = self.market.house.account(number)
        if record.state == HouseState.NONE:
            raise InputError("the market has no such account", source=f"account {number}")
        return record

    def _own(self, number: int) -> HouseAccount:
        """Return the record of an account that the connection's account owns."""
        record = self._record(number)
        if record.owner != self.market.sender:
            raise InputError(
                f"its owner is {record.owner}, not {self.market.sender}", source=f"account {number}"
            )
        return record

    def _own_open(self, number: int) -> HouseAccount:
        """Return the record of an open account that the connection's account owns."""
        record = self._own(number)
        require_open(number, record)
        return record

    # --- conditions

    def _time(self) -> int:
        """Return the time of the block that the node would make now; blocks of a quiet chain may be old."""
        with node_errors("the next block"):
            try:
                return int(self.market.web3.eth.get_block("pending")["timestamp"])
            except BlockNotFound:
                return self.market.time()

    def _require_running(self) -> None:
        if self.market.house.standing().ended:
            raise StatementError("the market has ended: only refunds, claims and payments go on")

    def _require_balance(self, funds: Mapping[int, int]) -> None:
        """Require that the connection's account has amounts, in micro by slot."""
        for slot, micro in funds.items():
            listed, name = self.market.vault.asset(slot), self.market.asset_name(slot)
            if listed is None:
                raise InputError("the vault has no such asset", source=name)
            if Token(self.market.web3, listed.token).balance_of(self.market.sender) < micro * listed.scale:
                raise InputError(f"{self.market.sender} has less of the token", source=name)

    def _receiver(self, to: str | None) -> str:
        """Return the receiver of a payment, by default the connection's account."""
        receiver = address_of("receiver", to or self.market.sender)
        addresses = self.market.deployment.addresses
        if int(receiver, 16) == 0 or receiver in {
            addresses.house,
            addresses.vault,
            addresses.insurance_fund,
            addresses.first_loss,
        }:
            raise InputError("the zero address and contracts of the market cannot receive", source="receiver")
        return receiver


def require(holds: bool, reason: str) -> None:
    """Raise `StatementError` with a reason unless a condition holds."""
    if not holds:
        raise StatementError(reason)


def require_open(number: int, record: HouseAccount) -> None:
    """Raise `StatementError` unless an account is open."""
    reasons = {
        HouseState.REGISTERED: "registered, but not open yet",
        HouseState.SEIZED: "seized, and in an auction",
    }
    if record.state in reasons:
        raise StatementError(f"account {number}: {reasons[record.state]}")


def amounts_of(market: Market, funds: Sequence[Funds]) -> dict[int, int]:
    """Return amounts in micro by slot.

    Raises
    ------
    InputError
        If there is none, the market has no such asset, one is listed twice, or an amount is not positive.
    """
    if not funds:
        raise InputError("expected at least one asset and amount", source="funds")
    amounts: dict[int, int] = {}
    for one in funds:
        slot, micro = market.deployment.slot(one.asset), one.micro
        if micro == 0:
            raise InputError("amount must be positive", source=one.asset)
        if slot in amounts:
            raise InputError("listed twice", source=one.asset)
        amounts[slot] = micro
    return amounts


def value_down(amount: int, factor: int) -> int:
    """Return the worth of credits of cash in micro of the quote token, rounded against the account.

    Parameters
    ----------
    amount : int
        In micro-credits; negative for a debt.
    factor : int
        `House.cash_factor`.
    """
    return amount * factor // 10**18
