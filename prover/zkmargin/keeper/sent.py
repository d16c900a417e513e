"""A keeper's transaction and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .world import Purpose

__all__ = ["Outcome", "Sent"]


class Outcome(StrEnum):
    """The outcome of a transaction."""

    DONE = "done"
    """It is in the chain."""
    FAILED = "failed"
    """It is in the chain, but reverted."""
    DROPPED = "dropped"
    """The node no longer has it: another transaction has its nonce, or a reorganisation removed it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was sent, or was about to be.

    Attributes
    ----------
    hash : bytes
        32 bytes.
    purpose : Purpose
    accounts : tuple of int
        The numbers of the market's accounts that it concerns.
    nonce : int
        The nonce of the keeper's key.
    max_fee, tip : int
        The highest fee for a unit of gas, and the block producer's tip in it; in wei.
    sent_at : int
        The time of the latest block when it was sent.
    cost : int
        The most that it spends besides fees, in 1e-6 of the quote token.
    block : int or None
        The number of its block; None if it is in none.
    outcome : Outcome or None
        None while it is pending.
    """

    hash: bytes
    purpose: Purpose
    accounts: tuple[int, ...]
    nonce: int
    max_fee: int
    tip: int
    sent_at: int
    cost: int = 0
    block: int | None = None
    outcome: Outcome | None = None
