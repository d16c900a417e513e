"""A client of the contract FirstLoss: the venue's first-loss tranche. Amounts are in micro of the quote token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from zkmargin.chain.node import connection

from .client import Client, address_of, fitting, known

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["FirstLoss"]


class FirstLoss(Client):
    """A client of a deployed FirstLoss.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    token : str
        The quote token.
    """

    SOURCE = "clearing/FirstLoss.sol"
    CALLED = ("clearing/House.sol", "demo/DemoToken.sol")
    GAS = 300_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.token = str(self._ask("token"))

    @classmethod
    def deploy(cls, node: str | Web3, token: str) -> Self:
        """Deploy a tranche; its house must then be set.

        Raises
        ------
        InputError
            If the address is invalid.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach, or the contract rejects the token: ``UnsupportedDecimals``.
        """
        return cls._deploy(connection(node), address_of("token", token))

    def set_house(self, house: str) -> int:
        """Set the house, once; only the deployer can. Returns the gas used."""
        return self._send("setHouse", address_of("house", house))

    def deposit(self, amount: int) -> int:
        """Add to the tranche, from tokens approved to it. Returns the gas used."""
        return self._send("deposit", fitting("amount", amount, 128))

    def announce_withdrawal(self, amount: int) -> int:
        """Give notice that a part leaves, as the venue. Returns the gas used."""
        return self._send("announceWithdrawal", fitting("amount", amount, 128))

    def dispute(self, account: int) -> int:
        """Start the notice again, because an account is late; anybody can. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotLate``, ``NoNotice``.
        """
        return self._send("dispute", fitting("account", account, 256))

    def withdraw(self, to: str) -> int:
        """Pay the announced part, as the venue, once the notice is over. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NoNotice``, ``NoticeRunning``, ``DefaultsStand``.
        """
        return self._send("withdraw", address_of("to", to))

    def house(self) -> str | None:
        """Return the house, or None before it is set."""
        return known(str(self._ask("house")))

    def balance(self) -> int:
        """Return the tranche."""
        return int(self._ask("balance"))

    def notice(self) -> tuple[int, int]:
        """Return the announced part and the live time from which it may leave; 0 for none."""
        amount, from_ = self._ask("notice")
        return int(amount), int(from_)
