"""The observed state of the world, and the actions that a keeper can decide on. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .risk import Risk

__all__ = ["Action", "Auction", "Conditions", "Offer", "Purpose", "Watched", "World"]


class Purpose(StrEnum):
    """The purpose of a transaction."""

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
        The present price in 1e-6 of the quote token; if negative, the winner is paid in micro-credits of cash;
        None when the auction is over.
    """

    price: int | None


@dataclass(frozen=True, slots=True)
class Watched:
    """An account: its record on the chain, and the keeper's knowledge of it.

    Attributes
    ----------
    number : int
        Its number.
    mine : bool
        Whether the keeper attests for it.
    known : bool
        Whether the keeper has the opening of the present commitment.
    seized : bool
        Whether it is in auction; if not, it is open.
    last_healthy_at : int
        The time of the snapshot of its last proof of health.
    overdue : bool
        Whether it owes a proof of health.
    called : bool
        Whether it has been called and has not answered.
    deadline : int or None
        The last second to answer, if called.
    risk : Risk or None
        None if the opening or the latest snapshot is unknown.
    auction : Auction or None
        Its auction; None if there is none.
    pending : frozenset of Purpose
        The purposes of the keeper's pending transactions.
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
    """Conditions that concern all accounts. Times are block times, in seconds.

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
        Whether the guardian has paused them.
    cash_factor : int
        The value of a credit of cash, in 1e-18 of the quote token.
    spendable : int
        The most that bids may cost now, in 1e-6 of the quote token.
    silence : int
        After this many seconds without a new snapshot, healthy accounts are given back by the last one.
    lag : int
        The seconds between the latest block and this machine's clock.
    other_collateral : bool
        Whether that snapshot has other collateral assets than the feed requires, or another order.
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
    other_collateral: bool = False

    @property
    def fresh(self) -> bool:
        """Whether the latest snapshot is recent enough for calls, auctions and bids."""
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
        """Return whether the latest snapshot is newer than a time."""
        return self.snapshot_time is not None and self.snapshot_time > time


@dataclass(frozen=True, slots=True)
class World:
    """The state of the world as of one block; decisions depend on nothing else.

    Attributes
    ----------
    conditions : Conditions
    accounts : tuple of Watched
    """

    conditions: Conditions
    accounts: tuple[Watched, ...]


# No repr: the limit shows the account's worth to the bidder.
@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A bid.

    Attributes
    ----------
    limit : int
        The highest price; if negative, the least payment to receive.
    funds : int
        The cash that is added, in micro-credits.
    cost : int
        The most that price and funds cost, in 1e-6 of the quote token.
    """

    limit: int
    funds: int
    cost: int


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a keeper.

    Attributes
    ----------
    purpose : Purpose
    account : int
    offer : Offer or None
        The bid; None for other purposes.
    """

    purpose: Purpose
    account: int
    offer: Offer | None = None
