"""What binds proofs and signatures to a clearing house, computed as ClearingHouse.sol does."""

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
    """Return the context that a transition proof carries.

    Parameters
    ----------
    chain_id : int
        The chain's id.
    house : str
        The clearing house.
    name : str
        The entry: ``open``, ``deposit``, ``withdraw``, ``trade``, ``takeOver``.
    account : int
        The account's number; 0 for ``open``.
    receiver : str
        Who benefits: the receiver of a withdrawal, the winner of a takeover, otherwise the owner.

    Returns
    -------
    int
        A field element.

    Raises
    ------
    InputError
        If an address is none, or a number does not fit its type.
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

    Entries with one are ``withdraw``, ``trade``, ``attest``, ``takeOver``.
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
    """Return what the owner of an account signs for a trade, as EIP-712 typed data.

    Parameters
    ----------
    chain_id : int
        The chain's id.
    house : str
        The clearing house.
    account : int
        The account's number.
    new_commitment : int
        To what it holds after the trade.
    escrow : bytes
        The hash of that opening, sealed to the venue's key; 32 bytes.
    nonce : int
        Of the present state.
    deadline : int
        The last second for the trade, since 1970; that of the margin proof.

    Raises
    ------
    InputError
        If a value does not have its type's range.
    """
    if len(escrow) != 32:
        raise InputError(f"{len(escrow)} bytes where 32 belong", source="escrow")
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
    """Sign what `trade_message` has returned.

    Returns
    -------
    bytes
        65 bytes: r, s, v.
    """
    return bytes(key.sign_message(encode_typed_data(**message)).signature)


def trade_digest(message: dict[str, Any]) -> bytes:
    """Return the hash of what `trade_message` has returned: what a signature is checked against."""
    signable = encode_typed_data(**message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)
