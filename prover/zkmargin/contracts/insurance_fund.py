"""A client of the contract InsuranceFund: cash that stands in for defaults, market by market.

A market is the address of its clearing house. Amounts are in micro, 1e-6 of the token.
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

    The parameters are those of `zkmargin.contracts.client.Client`.

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
        Units of the token in one micro.
    """

    SOURCE = "InsuranceFund.sol"
    CALLED = ("demo/DemoToken.sol",)
    # A deposit takes about 70 000 and the token may want more; with a fixed limit nothing depends on an
    # estimate.
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
            The quote token, of 6 to 18 decimals.

        Raises
        ------
        InputError
            If the address is none.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract refuses: ``UnsupportedDecimals``.
        """
        return cls._deploy(connection(node), address_of("token", token))

    def deposit(self, market: str, amount: int) -> int:
        """Give a market an amount for good, which the fund has to be allowed to take.

        Parameters
        ----------
        market : str
            The market's clearing house.
        amount : int

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If the address is none, or the amount does not fit its type.
        ChainError
            If the node, the contract (``NotAMarket``, ``InexactTransfer``) or the token
            (``ERC20InsufficientAllowance``) refuses.
        """
        return self._send("deposit", address_of("market", market), fitting("amount", amount, 128))

    def balance_of(self, market: str) -> int:
        """Return what a market has.

        Raises
        ------
        InputError
            If the address is none.
        ChainError
            If the node is out of reach.
        """
        return int(self._ask("balanceOf", address_of("market", market)))
