"""What a proof is for: one chain, one consumer, one account, one action, until one deadline.

The circuit binds the context without a look into it; ``MarginVerifier.sol`` computes the same number and
compares. So a proof that was made for one purpose is of no use for another.
"""

from __future__ import annotations

import re

from eth_hash.auto import keccak

from .errors import InputError
from .proving.bn254 import SCALAR_MODULUS

__all__ = ["action_id", "context_value"]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def context_value(chain_id: int, consumer: str, account_commitment: int, action: bytes, deadline: int) -> int:
    """Compute the public signal ``context``.

    Parameters
    ----------
    chain_id : int
        The chain on which the proof will be used.
    consumer : str
        The address that will call the contract MarginVerifier: whoever relies on the proof.
    account_commitment : int
        The account.
    action : bytes
        What the proof is for, 32 bytes in the consumer's own encoding; see `action_id`.
    deadline : int
        The last second at which the proof may be used, since 1970.

    Returns
    -------
    int
        ``keccak256(abi.encode(chain_id, consumer, account_commitment, action, deadline))`` modulo r.

    Raises
    ------
    InputError
        If a value does not have its type's range.
    """
    if not _ADDRESS.fullmatch(consumer):
        raise InputError("not an address: 0x and 40 hexadecimal digits", source="consumer")
    if len(action) != 32:
        raise InputError(f"{len(action)} bytes where 32 belong", source="action")
    words = (
        _word("chain_id", chain_id),
        bytes.fromhex(consumer[2:]).rjust(32, b"\0"),
        _word("account_commitment", account_commitment),
        action,
        _word("deadline", deadline),
    )
    return int.from_bytes(keccak(b"".join(words)), "big") % SCALAR_MODULUS


def action_id(label: str) -> bytes:
    """Return the action that a label such as ``"withdraw"`` stands for: the Keccak-256 of its UTF-8 text."""
    return keccak(label.encode())


def _word(name: str, value: int) -> bytes:
    if not 0 <= value < 2**256:
        raise InputError("does not fit in 256 bits", source=name)
    return value.to_bytes(32, "big")
