"""The observed state of the world, and the actions that a keeper can decide on. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .risk import Risk

__all__ = [
    "Action",
    "Auction",
    "Conditions",
    "Offer",
    "Purpose",
    "Watched",
    "World",
    "credits_of",
    "value_of",
]

_WAD = 10**18


class Purpose(StrEnum):
    """The purpose of a transaction."""

    ATTEST = "attest"
    CALL = "call"
    FREEZE = "freeze"
    START = "start"
    GIVE_BACK = "give-back"
    RECORD = "record-unsaleable"
    APPROVE = "approve"
    BID = "bid"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Auction:
    """An auction of an account.

    Attributes
    ----------
    price : int or None
        The present price in 1e-6 of the quote token; if negative, the winner is paid in micro-credits of cash;
        None when the auction is over.
    open : bool
        Whether bids are accepted: they begin some blocks after the start.
    counted : int
        The waiting cash that goes with the account, in micro of the quote token.
    unsaleable : bool
        Whether its last price could not reach what a buyer needs, and this is not recorded.
    """

    price: int | None
    open: bool = True
    counted: int = 0
    unsaleable: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """An account: its record on the chain, and the keeper's knowledge of it.

    Attributes
    ----------
    number : int
        Its number.
    mine : bool
        Whether the keeper attests for it.
    bought : bool
        Whether the keeper has bought it and still owns it.
    known : bool
        Whether the keeper has the opening of the present commitment.
    open, seized : bool
        Whether it is open, or in an auction.
    traded : bool
        Whether it has ever traded: only then it owes proofs of health.
    frozen : bool
        Whether the market is frozen because of it.
    exposed : bool
        Whether its opening has been published: it takes part in no fills before its owner has new keys.
    last_healthy_at : int
        The time of the snapshot of its last proof of health.
    unproven_for : int
        The live seconds since that proof.
    overdue : bool
        Whether it owes a proof of health.
    called : bool
        Whether it has been called and has not answered.
    time_left : int
        The live seconds in which it must answer, if called; pauses of liquidations prolong them.
    late : int
        The live seconds for which the answer has been late.
    waiting : int
        The cash that waits for its owner, in micro of the quote token.
    bond : int
        The bond, which the winner of its auction also gets, in micro of the quote token.
    risk : Risk or None
        None if the opening or the latest snapshot is unknown.
    auction : Auction or None
        Its auction; None if there is none.
    pending : frozenset of Purpose
        The purposes of the keeper's pending transactions.
    """

    number: int
    mine: bool = False
    bought: bool = False
    known: bool = False
    open: bool = True
    seized: bool = False
    traded: bool = False
    frozen: bool = False
    exposed: bool = False
    last_healthy_at: int = 0
    unproven_for: int = 0
    overdue: bool = False
    called: bool = False
    time_left: int = 0
    late: int = 0
    waiting: int = 0
    bond: int = 0
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
        Parameters of the house.
    liquidations_paused : bool
        Whether the guardian has paused them.
    frozen : int
        The number of accounts because of which there are no fills and no withdrawals.
    ended : bool
        Whether the market has ended.
    cash_factor : int
        The value of a credit of cash, in 1e-18 of the quote token.
    spendable : int
        The most that bids and deposits may cost now, in 1e-6 of the quote token.
    allowance : int
        The most that the vault may take from the keeper's key, in 1e-6 of the quote token.
    approving : bool
        Whether an approval is pending.
    lag : int
        The seconds between the latest block and this machine's clock.
    other_collateral : bool
        Whether the latest snapshot has other collateral assets than the feed requires, or another order.
    """

    now: int
    snapshot_time: int | None
    snapshot_known: bool
    max_snapshot_age: int
    heartbeat: int
    initial_bps: int
    liquidations_paused: bool = False
    frozen: int = 0
    ended: bool = False
    cash_factor: int = _WAD
    spendable: int = 0
    allowance: int = 0
    approving: bool = False
    lag: int = 0
    other_collateral: bool = False

    @property
    def fresh(self) -> bool:
        """Whether the latest snapshot is recent enough for calls, auctions and returns."""
        return self.snapshot_time is not None and self.now - self.snapshot_time <= self.max_snapshot_age

    @property
    def liquidations_possible(self) -> bool:
        """Whether calls and starts are possible."""
        return self.fresh and not self.liquidations_paused

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
    cost : int
        The most that the price costs, in 1e-6 of the quote token.
    adds : int
        The amount that the account will lack for initial margin, in 1e-6 of the quote token; a deposit adds it later.
    """

    limit: int
    cost: int
    adds: int


@dataclass(frozen=True, slots=True, repr=False)
class Action:
    """An action of a keeper, which is one transaction.

    Attributes
    ----------
    purpose : Purpose
    accounts : tuple of int
        Empty for an approval.
    offer : Offer or None
        The bid; None for other purposes.
    amount : int
        Of an approval or a deposit, in 1e-6 of the quote token.
    """

    purpose: Purpose
    accounts: tuple[int, ...]
    offer: Offer | None = None
    amount: int = 0

    @property
    def cost(self) -> int:
        """The most that it spends besides fees, in 1e-6 of the quote token."""
        if self.offer is not None:
            return self.offer.cost
        return self.amount if self.purpose is Purpose.DEPOSIT else 0


def credits_of(value: int, factor: int) -> int:
    """Return the micro-credits that cash is worth, rounded down as the contracts do."""
    return value * _WAD // factor


def value_of(credits_: int, factor: int) -> int:
    """Return the cost of micro-credits in 1e-6 of the quote token, rounded up as the house does."""
    return -(-credits_ * factor // _WAD)
