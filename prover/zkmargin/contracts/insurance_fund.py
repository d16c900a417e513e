"""A client of the contract InsuranceFund: cash that covers losses from defaults, market by market.

A market is identified by the address of its clearing house. Amounts are in micro, 1e-6 of the token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from zkmargin.chain.node import connection

from .client import Client, address_of, fitting

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["InsuranceFund"]


class InsuranceFund(Client):
    """A client of a deployed InsuranceFund.

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
    scale : int
        The token's units in one micro.
    """

    SOURCE = "InsuranceFund.sol"
    CALLED = ("demo/DemoToken.sol",)
    # A deposit takes about 70 000 and the token may need more; a fixed limit avoids
    # gas estimates.
    GAS = 500_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.token: str = self._ask("token")
        self.scale: int = self._ask("scale")

    @classmethod
    def deploy(cls, node: str | Web3, token: str) -> Self:
        """Deploy a fund.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        token : str
            The quote token; it must have 6 to 18 decimals.

        Raises
        ------
        InputError
            If the address is invalid.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects the call: ``UnsupportedDecimals``.
        """
        return cls._deploy(connection(node), address_of("token", token))

    def deposit(self, market: str, amount: int) -> int:
        """Donate an amount to a market; the amount must be approved to the fund.

        Parameters
        ----------
        market : str
            The market's clearing house.
        amount : int

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the address is invalid, or the amount does not fit its type.
        ChainError
            If the node, the contract (``NotAMarket``, ``InexactTransfer``) or the token
            (``ERC20InsufficientAllowance``) rejects the call.
        """
        return self._send("deposit", address_of("market", market), fitting("amount", amount, 128))

    def balance_of(self, market: str) -> int:
        """Return the balance of a market.

        Raises
        ------
        InputError
            If the address is invalid.
        ChainError
            If the node is out of reach.
        """
        return int(self._ask("balanceOf", address_of("market", market)))
