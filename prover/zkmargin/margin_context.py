"""What a proof is for, by its parts; `zkmargin.context` has the number that they come to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from .errors import InputError
from .spec.constants import FIELD

if TYPE_CHECKING:
    from .fields import Field

__all__ = ["Context", "action_from_text", "context_signal"]

_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_LABEL = re.compile(r"[ -~]{1,200}", re.ASCII)
_UINT256 = 2**256 - 1
_NAMES = ("chainId", "consumer", "accountCommitment", "action", "deadline")


@dataclass(frozen=True, slots=True)
class Context:
    """What a proof is for: one chain, consumer, account and action, until one deadline.

    Attributes
    ----------
    chain_id : int
        The chain's id (EIP-155).
    consumer : str
        The address of the contract that relies on the proof, ``0x`` and 40 hexadecimal digits.
    account_commitment : int
        The account.
    action : bytes
        What the consumer is asked to do, 32 bytes in its own encoding; see `action_from_text`.
    deadline : int
        The last second at which the proof may be used, Unix time.

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
            raise InputError("not a field element", source="context", key="accountCommitment")
        _ = self.value

    @property
    def value(self) -> int:
        """The public signal: see `zkmargin.context.context_value`."""
        from .context import context_value  # noqa: PLC0415  # it needs Keccak; a number for a context does not

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
        raise InputError("not a field element", source="context")
    return context


def action_from_text(text: str) -> bytes:
    """Return an action: ``0x`` and 64 hexadecimal digits stand for themselves, any other text is a label.

    See `zkmargin.context.action_id`.

    Raises
    ------
    InputError
        If it is empty, longer than 200 characters or not ASCII.
    """
    if _WORD.fullmatch(text):
        return bytes.fromhex(text[2:])
    if not _LABEL.fullmatch(text) or text.startswith("0x"):
        raise InputError("neither 0x and 64 hexadecimal digits nor a label", source="action")
    from .context import action_id  # noqa: PLC0415  # see Context.value

    return action_id(text)
