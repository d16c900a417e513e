"""Ether, demo tokens and the clock of a local chain, for demonstrations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from web3.types import Wei

from zkmargin.chain.contract import sender_of
from zkmargin.chain.node import LOCAL_CHAINS, node_errors
from zkmargin.contracts.token import DemoToken
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import ChainError, InputError
from zkmargin.settlement.deploy.fields import address_of

from .values import micro_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from web3 import Web3

    from zkmargin.documents.fields import Field

__all__ = [
    "DemoTokens",
    "Mint",
    "advance",
    "fill_with_ether",
    "mint",
    "mint_in",
    "require_local",
]

_FORMAT = "zkmargin-demo-tokens/1"
_MINT = re.compile(r"([!-9;-<>-~]{1,64}):([0-9]{1,2})=(.+)", re.ASCII)
_MICRO_DECIMALS = 6
_MOST_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class Mint:
    """An amount of a demo token.

    Attributes
    ----------
    name : str
        The token's name and symbol.
    decimals : int
        6 to 18.
    micro : int
        The amount in 1e-6 of the token.
    """

    name: str
    decimals: int
    micro: int


@dataclass(frozen=True, slots=True)
class DemoTokens(JsonFile):
    """The demo tokens of a local chain, in a file that finds them again.

    Attributes
    ----------
    tokens : mapping of str to str
        Each token's address by its name.
    """

    tokens: Mapping[str, str]

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of the file; raise `InputError` with the key path if that fails."""
        members = field.members_of(_FORMAT, ("format", "tokens"))
        return cls({name: address_of(one) for name, one in members["tokens"].entries().items()})

    def to_json(self) -> dict[str, Any]:
        """Return the object of the file."""
        return {"format": _FORMAT, "tokens": dict(self.tokens)}


def mint_in(text: str) -> Mint:
    """Return the amount of a text such as ``USD:6=10000``, or raise `InputError`."""
    found = _MINT.fullmatch(text)
    if found is None:
        raise InputError("expected NAME:DECIMALS=AMOUNT, e.g. USD:6=10000", source=text)
    decimals = int(found[2])
    if not _MICRO_DECIMALS <= decimals <= _MOST_DECIMALS:
        raise InputError(f"must be from {_MICRO_DECIMALS} to {_MOST_DECIMALS}", source=text, key="decimals")
    return Mint(found[1], decimals, micro_in(found[3], text))


def require_local(web3: Web3) -> None:
    """Require that a node is on a local chain.

    Raises
    ------
    InputError
        If its chain id is another.
    ChainError
        If the node is out of reach.
    """
    with node_errors("the chain's id"):
        chain_id = web3.eth.chain_id
    if chain_id not in LOCAL_CHAINS:
        known = " and ".join(map(str, LOCAL_CHAINS))
        raise InputError(f"for local chains only, with the ids {known}; the node is on chain {chain_id}")


def fill_with_ether(web3: Web3, address: str, ether: Decimal) -> None:
    """Send ether from the node's own account until an address has an amount; more is left alone.

    Raises
    ------
    ChainError
        If the node is out of reach, or its account has too little.
    """
    wanted = int(ether * 10**18)
    with node_errors("ether"):
        missing = wanted - web3.eth.get_balance(web3.to_checksum_address(address))
        if missing > 0:
            sent = web3.eth.send_transaction({"from": sender_of(web3), "to": address, "value": Wei(missing)})
            web3.eth.wait_for_transaction_receipt(sent)


def mint(web3: Web3, wanted: Mint, known: str | None, receivers: list[str]) -> str:
    """Mint an amount of a demo token to each of several addresses, and return the token's address.

    Parameters
    ----------
    web3 : Web3
        A node whose own account pays.
    wanted : Mint
    known : str, optional
        The token's address. Without one, or if the chain has no contract there, a token is deployed.
    receivers : list of str
        Addresses.

    Raises
    ------
    InputError
        If the token has other decimals.
    ChainError
        If the node is out of reach.
    """
    token = _token(web3, wanted, known)
    if token.decimals != wanted.decimals:
        reason = f"the token {token.address} has {token.decimals} decimals"
        raise InputError(reason, source=wanted.name, key="decimals")
    value = wanted.micro * 10 ** (wanted.decimals - _MICRO_DECIMALS)
    for receiver in receivers:
        if value:
            token.mint(value, receiver)
    return token.address


def advance(web3: Web3, to: int) -> None:
    """Mine a block at a time, which must be later than that of the latest block.

    Parameters
    ----------
    web3 : Web3
    to : int
        In Unix time.

    Raises
    ------
    InputError
        If the time is not later.
    ChainError
        If the node is out of reach, or cannot set its clock.
    """
    with node_errors("the latest block"):
        latest = web3.eth.get_block("latest")["timestamp"]
    if to <= latest:
        raise InputError(f"must be later than the latest block, whose time is {latest}", source="TIME")
    for method, arguments in (("evm_setNextBlockTimestamp", [to]), ("evm_mine", [])):
        with node_errors(method):
            answer = web3.provider.make_request(method, arguments)  # type: ignore[arg-type]
        if "error" in answer:
            raise ChainError(f"{method}: the node does not set its clock")


def _token(web3: Web3, wanted: Mint, known: str | None) -> DemoToken:
    if known is not None:
        with node_errors("code of a token"):
            code = web3.eth.get_code(web3.to_checksum_address(known))
        if code:
            return DemoToken(web3, known)
    return DemoToken.deploy(web3, wanted.name, wanted.decimals)
