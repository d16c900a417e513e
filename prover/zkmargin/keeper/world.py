"""The state of the world that a keeper decides by, and what it may decide. Nothing here reads a chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .risk import Risk

__all__ = ["Action", "Auction", "Conditions", "Offer", "Purpose", "Watched", "World"]


class Purpose(StrEnum):
    """What a transaction is for."""

    ATTEST = "attest"
    CALL = "call"
    START = "start"
    GIVE_BACK = "give-back"
    BID = "bid"


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction of an account.

    Attributes
    ----------
    price : int or None
        The present price in 1e-6 of the quote token; negative if the winner is paid, then in micro-credits of
        cash; None when it is over.
    """

    price: int | None


@dataclass(frozen=True, slots=True)
class Watched:
    """An account as the chain has it, and what the keeper knows of it.

    Attributes
    ----------
    number : int
        Its number.
    mine : bool
        Whether the keeper attests for it.
    known : bool
        Whether the keeper has the opening of the present commitment.
    seized : bool
        Whether it is auctioned off; else it is open.
    last_healthy_at : int
        The time of the snapshot of its last proof of health.
    overdue : bool
        Whether it owes a proof of health.
    called : bool
        Whether it has been called and has not answered.
    deadline : int or None
        The last second to answer, if called.
    risk : Risk or None
        None where the opening or the latest snapshot is not known.
    auction : Auction or None
        If there is one.
    pending : frozenset of Purpose
        For what a transaction of the keeper's own is under way.
    """

    number: int
    mine: bool = False
    known: bool = False
    seized: bool = False
    last_healthy_at: int = 0
    overdue: bool = False
    called: bool = False
    deadline: int | None = None
    risk: Risk | None = None
    auction: Auction | None = None
    pending: frozenset[Purpose] = frozenset()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for all accounts. Times are in seconds, as blocks have them.

    Attributes
    ----------
    now : int
        The time of the latest block.
    snapshot_time : int or None
        The time of the latest snapshot; None before the first.
    snapshot_known : bool
        Whether the keeper has that snapshot.
    max_snapshot_age, heartbeat, initial_bps : int
        Parameters of the clearing house.
    liquidations_paused : bool
        By the guardian.
    cash_factor : int
        What a credit of cash is worth, in 1e-18 of the quote token.
    spendable : int
        What bids may cost now, in 1e-6 of the quote token.
    silence : int
        After how many seconds without a snapshot what is healthy goes back by the last one.
    lag : int
        How many seconds the latest block is behind this machine's clock.
    """

    now: int
    snapshot_time: int | None
    snapshot_known: bool
    max_snapshot_age: int
    heartbeat: int
    initial_bps: int
    liquidations_paused: bool = False
    cash_factor: int = 10**18
    spendable: int = 0
    lag: int = 0
    silence: int = 1 << 40

    @property
    def fresh(self) -> bool:
        """Whether the latest snapshot is one that calls, auctions and bids may rely on."""
        return self.snapshot_time is not None and self.now - self.snapshot_time <= self.max_snapshot_age

    @property
    def liquidations_possible(self) -> bool:
        """Whether calls, starts and bids are possible."""
        return self.fresh and not self.liquidations_paused

    @property
    def returns_possible(self) -> bool:
        """Whether a seized account that is healthy can be given back."""
        silent = self.snapshot_time is not None and self.now - self.snapshot_time > self.silence
        return (self.fresh or silent) and not self.liquidations_paused

    def newer_than(self, time: int) -> bool:
        """Say whether the latest snapshot is newer than a moment."""
        return self.snapshot_time is not None and self.snapshot_time > time


@dataclass(frozen=True, slots=True)
class World:
    """All that a decision depends on, of one block.

    Attributes
    ----------
    conditions : Conditions
    accounts : tuple of Watched
    """

    conditions: Conditions
    accounts: tuple[Watched, ...]


# No repr: a limit tells what the account is worth to the bidder, until it is on chain.
@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A bid.

    Attributes
    ----------
    limit : int
        The highest price; negative, what is to be received at least.
    funds : int
        The cash that is added, in micro-credits.
    cost : int
        What both cost at most, in 1e-6 of the quote token.
    """

    limit: int
    funds: int
    cost: int


@dataclass(frozen=True, slots=True)
class Action:
    """What a keeper is to do.

    Attributes
    ----------
    purpose : Purpose
    account : int
    offer : Offer or None
        Of a bid.
    """

    purpose: Purpose
    account: int
    offer: Offer | None = None
