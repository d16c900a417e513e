"""The context of a proof: one chain, one consumer, one account, one action, until one deadline.

The circuit binds the context without interpreting it. ``MarginVerifier.sol`` computes the same number and
compares, so a proof that was made for one purpose cannot be used for another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError
from zkmargin.ethereum import keccak
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Context", "action_from_text", "action_id", "context_signal", "context_value"]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)

_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_LABEL = re.compile(r"[ -~]{1,200}", re.ASCII)
_UINT256 = 2**256 - 1
_NAMES = ("chainId", "consumer", "accountCommitment", "action", "deadline")


@dataclass(frozen=True, slots=True)
class Context:
    """The purpose of a proof: one chain, consumer, account and action, until one deadline.

    Attributes
    ----------
    chain_id : int
        The chain's id (EIP-155).
    consumer : str
        The address of the contract that relies on the proof, ``0x`` and 40 hexadecimal digits.
    account_commitment : int
        The account.
    action : bytes
        The action requested of the consumer, 32 bytes in its own encoding; see `action_from_text`.
    deadline : int
        The last second at which the proof may be used, as Unix time.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    chain_id: int
    consumer: str
    account_commitment: int
    action: bytes
    deadline: int

    def __post_init__(self) -> None:
        """Check every value, by computing what they come to."""
        if type(self.account_commitment) is not int or not 0 <= self.account_commitment < FIELD:
            raise InputError("expected a field element", source="context", key="accountCommitment")
        _ = self.value

    @property
    def value(self) -> int:
        """The public signal: see `context_value`."""
        return context_value(
            self.chain_id, self.consumer, self.account_commitment, self.action, self.deadline
        )

    def to_json(self) -> dict[str, str]:
        """Return the object of a ``statement.json``."""
        return {
            "chainId": str(self.chain_id),
            "consumer": self.consumer,
            "accountCommitment": str(self.account_commitment),
            "action": "0x" + self.action.hex(),
            "deadline": str(self.deadline),
        }

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``statement.json``.

        Raises
        ------
        InputError
            If it is not one.
        """
        members = field.members(_NAMES)
        action = members["action"].text(_WORD, "0x and 64 hexadecimal digits in lower case")
        chain_id, deadline = (members[name].integer(0, _UINT256) for name in ("chainId", "deadline"))
        commitment = members["accountCommitment"].integer(0, FIELD - 1)
        try:
            return cls(chain_id, members["consumer"].text(), commitment, bytes.fromhex(action[2:]), deadline)
        except InputError as error:
            # The address: the others have been checked.
            members["consumer"].refuse(error.reason)


def context_signal(context: Context | int) -> int:
    """Return the public signal for a context; a number stands for itself.

    Raises
    ------
    InputError
        If a number is not a field element.
    """
    if isinstance(context, Context):
        return context.value
    if type(context) is not int or not 0 <= context < FIELD:
        raise InputError("expected a field element", source="context")
    return context


def action_from_text(text: str) -> bytes:
    """Return the action that a text denotes: 32 bytes as ``0x`` and 64 hexadecimal digits, or a label.

    See `action_id`.

    Raises
    ------
    InputError
        If the text is empty, longer than 200 characters or not ASCII.
    """
    if _WORD.fullmatch(text):
        return bytes.fromhex(text[2:])
    if not _LABEL.fullmatch(text) or text.startswith("0x"):
        raise InputError(
            "expected 0x and 64 hexadecimal digits, or a label of at most 200 ASCII characters",
            source="action",
        )

    return action_id(text)


def context_value(chain_id: int, consumer: str, account_commitment: int, action: bytes, deadline: int) -> int:
    """Compute the public signal ``context``.

    Parameters
    ----------
    chain_id : int
        The chain on which the proof will be used.
    consumer : str
        The address that relies on the proof and calls the contract MarginVerifier.
    account_commitment : int
        The account.
    action : bytes
        The action requested of the consumer, 32 bytes in its own encoding; see `action_id`.
    deadline : int
        The last second at which the proof may be used, as Unix time.

    Returns
    -------
    int
        ``keccak256(abi.encode(chain_id, consumer, account_commitment, action, deadline))`` modulo r.

    Raises
    ------
    InputError
        If a value is outside the range of its type.
    """
    if not _ADDRESS.fullmatch(consumer):
        raise InputError("expected an address: 0x and 40 hexadecimal digits", source="consumer")
    if len(action) != 32:
        raise InputError(f"expected 32 bytes, got {len(action)}", source="action")
    words = (
        _word("chain_id", chain_id),
        bytes.fromhex(consumer[2:]).rjust(32, b"\0"),
        _word("account_commitment", account_commitment),
        action,
        _word("deadline", deadline),
    )
    return int.from_bytes(keccak(b"".join(words)), "big") % SCALAR_MODULUS


def action_id(label: str) -> bytes:
    """Return the action that a label such as ``"withdraw"`` denotes: the Keccak-256 of its UTF-8 text."""
    return keccak(label.encode())


def _word(name: str, value: int) -> bytes:
    if not 0 <= value < 2**256:
        raise InputError("does not fit in 256 bits", source=name)
    return value.to_bytes(32, "big")
