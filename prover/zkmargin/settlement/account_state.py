"""A state of an account, with the opening that its commitment hides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .escrow import escrow_hash

if TYPE_CHECKING:
    from zkmargin.account.account import Account

__all__ = ["AccountState", "Keep"]


@dataclass(frozen=True, slots=True, repr=False)
class AccountState:
    """A state of an account; the account's funds cannot be moved without it. Its repr shows only the number.

    Attributes
    ----------
    number : int
        The account's number; 0 while the account is being opened.
    account : Account
    sealed : bytes
        The opening sealed to the venue's key, for the venue; the chain has its hash. Empty if the opening
        came from elsewhere.
    """

    number: int
    account: Account
    sealed: bytes

    def __repr__(self) -> str:
        """Return the number alone."""
        return f"<AccountState: account {self.number}>"

    @property
    def escrow(self) -> bytes:
        """The hash of `sealed`, 32 bytes."""
        return escrow_hash(self.sealed)


Keep: TypeAlias = Callable[[AccountState], None]
"""Stores a state; when it returns, the state outlives this process."""
