"""A client of tokens (ERC-20, with permits by ERC-2612), and of the demonstration's token.

Values are in the token's own unit; `Asset.scale` of the vault is the number of units in one micro.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from eth_account.messages import encode_typed_data

from zkmargin.chain.contract import contract_errors, sender_of
from zkmargin.chain.node import connection

from .client import Client, address_of, fitting

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

__all__ = ["DemoToken", "Permit", "Token"]

_PERMIT = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
_DOMAIN = ("name", "version", "chainId", "verifyingContract")


@dataclass(frozen=True, slots=True)
class Permit:
    """A signature that allows a spender one exact value.

    Attributes
    ----------
    deadline : int
        The deadline, in Unix time.
    v, r, s : int
        The signature.
    """

    deadline: int
    v: int
    r: int
    s: int

    def arguments(self) -> tuple[Any, ...]:
        """Return IHouse's struct ``Permit``."""
        return self.deadline, self.v, self.r.to_bytes(32, "big"), self.s.to_bytes(32, "big")


class Token(Client):
    """A client of a deployed token.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no token with decimals at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    decimals : int
        The token's number of decimals.
    """

    SOURCE = "demo/DemoToken.sol"
    # A transfer takes 30 000 to 100 000; some tokens need more.
    GAS = 500_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # Some large tokens return nothing from `approve`, so its result is left out; failures revert.
        abi = [{**entry, "outputs": []} if entry.get("name") == "approve" else entry for entry in self._abi]
        self._contract = web3.eth.contract(address=self._contract.address, abi=abi)
        self.decimals: int = self._ask("decimals")

    def balance_of(self, account: str) -> int:
        """Return the balance of an address."""
        return int(self._ask("balanceOf", address_of("account", account)))

    def allowance(self, owner: str, spender: str) -> int:
        """Return the allowance of a spender."""
        return int(self._ask("allowance", address_of("owner", owner), address_of("spender", spender)))

    def symbol(self) -> str:
        """Return the token's symbol."""
        return str(self._ask("symbol"))

    def approve(self, spender: str, value: int) -> int:
        """Approve a value to a spender, as the connection's account; returns the gas used.

        Raises
        ------
        InputError
            If the address is invalid, or the value does not fit its type.
        ChainError
            If the node or the token rejects the call.
        """
        return self._send("approve", address_of("spender", spender), fitting("value", value, 256))

    def sign_permit(self, key: LocalAccount, spender: str, value: int, deadline: int) -> Permit:
        """Sign a permit with the token owner's key.

        Parameters
        ----------
        key : LocalAccount
        spender : str
            The spender's address.
        value : int
            The exact value that the spender takes.
        deadline : int
            The deadline of the permit, in Unix time.

        Raises
        ------
        InputError
            If the address is invalid, or a number does not fit its type.
        ChainError
            If the node is out of reach, or the token has no permits or an unknown domain.
        """
        _, *shown = self._ask("eip712Domain")
        domain = dict(zip(_DOMAIN, shown[:4], strict=True))
        values = (
            key.address,
            address_of("spender", spender),
            fitting("value", value, 256),
            int(self._ask("nonces", key.address)),
            fitting("deadline", deadline, 256),
        )
        message = {name: one for (name, _), one in zip(_PERMIT, values, strict=True)}
        kinds = {"Permit": [{"name": name, "type": kind} for name, kind in _PERMIT]}
        signed = key.sign_message(encode_typed_data(domain, kinds, message))
        return Permit(deadline, signed.v, signed.r, signed.s)


class DemoToken(Token):
    """A client of the freely mintable test token; for tests and demonstrations only."""

    @classmethod
    def deploy(cls, node: str | Web3, name: str, decimals: int) -> Self:
        """Deploy a token.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        name : str
            The token's name and symbol.
        decimals : int
            The number of decimals; the vault accepts 6 to 18.

        Raises
        ------
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach or the deployment fails.
        """
        web3 = connection(node)
        return cls._deploy(web3, name, name, fitting("decimals", decimals, 8))

    def mint(self, value: int, to: str | None = None) -> int:
        """Mint a value to an address, by default the connection's account; returns the gas used."""
        with contract_errors("mint", self._abi):
            receiver = address_of("to", to or sender_of(self._web3))
        return self._send("mint", receiver, fitting("value", value, 256))
