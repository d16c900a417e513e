"""Contexts, actions and messages for a clearing house, as ClearingHouse.sol computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD

from .client import address_of, fitting, word

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

__all__ = [
    "disclosure_action",
    "health_action",
    "sign_trade",
    "trade_digest",
    "trade_message",
    "transition_context",
]

_TRADE = (
    ("account", "uint256"),
    ("newCommitment", "bytes32"),
    ("escrow", "bytes32"),
    ("nonce", "uint64"),
    ("deadline", "uint256"),
)


def transition_context(chain_id: int, house: str, name: str, account: int, receiver: str) -> int:
    """Return the context of a transition proof.

    Parameters
    ----------
    chain_id : int
        The chain's id.
    house : str
        The clearing house's address.
    name : str
        The entry point: ``open``, ``deposit``, ``withdraw``, ``trade``, ``takeOver``.
    account : int
        The account's number; 0 for ``open``.
    receiver : str
        The receiver of a withdrawal, the winner of a takeover, otherwise the owner.

    Returns
    -------
    int
        A field element.

    Raises
    ------
    InputError
        If an address is invalid, or a number does not fit its type.
    """
    parts = (
        fitting("chain_id", chain_id, 256),
        address_of("house", house),
        fitting("account", account, 256),
        keccak(name.encode()),
        address_of("receiver", receiver),
    )
    kinds = ("uint256", "address", "uint256", "bytes32", "address")
    return int.from_bytes(keccak(encode(kinds, parts)), "big") % FIELD


def health_action(name: str, account: int, receiver: str) -> bytes:
    """Return the action in the context of a margin proof; otherwise like `transition_context`.

    Entry points with a margin proof are ``withdraw``, ``trade``, ``attest``, ``takeOver``.
    """
    parts = (name, fitting("account", account, 256), address_of("receiver", receiver))
    return keccak(encode(("string", "uint256", "address"), parts))


def disclosure_action(account: int) -> bytes:
    """Return the action in the context of a disclosure, for LiquidationEngine."""
    return keccak(encode(("string", "uint256"), ("disclose", fitting("account", account, 256))))


def trade_message(  # noqa: PLR0913  # the members of the message
    chain_id: int,
    house: str,
    *,
    account: int,
    new_commitment: int,
    escrow: bytes,
    nonce: int,
    deadline: int,
) -> dict[str, Any]:
    """Return the EIP-712 typed data that an account's owner signs for a trade.

    Parameters
    ----------
    chain_id : int
        The chain's id.
    house : str
        The clearing house's address.
    account : int
        The account's number.
    new_commitment : int
        The commitment after the trade.
    escrow : bytes
        The hash of the sealed opening after the trade; 32 bytes.
    nonce : int
        The nonce of the current state.
    deadline : int
        The deadline in Unix time, the same as the margin proof's.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    if len(escrow) != 32:
        raise InputError(f"expected 32 bytes, got {len(escrow)}", source="escrow")
    domain = {
        "name": "zkmargin",
        "version": "1",
        "chainId": fitting("chain_id", chain_id, 256),
        "verifyingContract": address_of("house", house),
    }
    message = {
        "account": fitting("account", account, 256),
        "newCommitment": word("new_commitment", new_commitment),
        "escrow": escrow,
        "nonce": fitting("nonce", nonce, 64),
        "deadline": fitting("deadline", deadline, 256),
    }
    kinds = {"Trade": [{"name": name, "type": kind} for name, kind in _TRADE]}
    return {"domain_data": domain, "message_types": kinds, "message_data": message}


def sign_trade(key: LocalAccount, message: dict[str, Any]) -> bytes:
    """Sign a message from `trade_message`.

    Returns
    -------
    bytes
        65 bytes: r, s, v.
    """
    return bytes(key.sign_message(encode_typed_data(**message)).signature)


def trade_digest(message: dict[str, Any]) -> bytes:
    """Return the EIP-712 hash of a message from `trade_message`."""
    signable = encode_typed_data(**message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)
