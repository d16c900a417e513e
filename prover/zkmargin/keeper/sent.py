"""A transaction of the keeper's, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .world import Purpose

__all__ = ["Outcome", "Sent"]


class Outcome(StrEnum):
    """What became of a transaction."""

    DONE = "done"
    """It is in the chain."""
    FAILED = "failed"
    """It is in the chain, and a contract refused it there."""
    DROPPED = "dropped"
    """The node no longer has it: another transaction has its nonce, or a reorganisation took it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was sent, or was about to be.

    Attributes
    ----------
    hash : bytes
        32 bytes.
    purpose : Purpose
    account : int
        The account of the market that it is about.
    nonce : int
        Of the keeper's key.
    max_fee, tip : int
        What it pays for a unit of gas at most, and of that to who makes the block; in wei.
    sent_at : int
        The time of the latest block when it was sent.
    cost : int
        What it spends at most besides fees, in 1e-6 of the quote token.
    block : int or None
        The block that it is in.
    outcome : Outcome or None
        None while it is under way.
    """

    hash: bytes
    purpose: Purpose
    account: int
    nonce: int
    max_fee: int
    tip: int
    sent_at: int
    cost: int = 0
    block: int | None = None
    outcome: Outcome | None = None
