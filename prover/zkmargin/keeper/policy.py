"""What a keeper is to do, by role; docs/keeper.md says how the settings file has it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["BidPolicy", "HolderPolicy", "Roles"]


@dataclass(frozen=True, slots=True)
class HolderPolicy:
    """How accounts of one's own are kept healthy in the eyes of the market.

    Attributes
    ----------
    accounts : frozenset of int or None
        Which; None for all that the keeper's key owns, those it buys included.
    at : Fraction
        After which part of the heartbeat a new proof of health is made, above 0, below 1.
    warn_at : Fraction
        Warn when the equity is less than so many times the requirement; at least 1.
    show_shortage : bool
        Whether a warning says how much is missing, which is private.
    """

    accounts: frozenset[int] | None = None
    at: Fraction = Fraction(1, 2)
    warn_at: Fraction = Fraction(11, 10)
    show_shortage: bool = False


@dataclass(frozen=True, slots=True)
class BidPolicy:
    """For which accounts to bid, and how much; amounts are in 1e-6 of the quote token.

    What the account is worth is its equity with the latest snapshot: collateral counts after its haircut.

    Attributes
    ----------
    min_discount : Fraction
        The least gain, as a part of what the account is worth.
    min_gain : Fraction
        The least gain, as a part of its margin requirement. The larger of the two counts.
    fixed_cost : int
        The least gain besides: fees of transactions and of hedging.
    max_requirement : int
        The largest requirement of an account to bid for.
    max_funds : int
        The most that may be added to an account to bring it to initial margin.
    max_spend_per_day : int
        The most that bids may cost in any 24 hours: prices and what is added.
    instruments : tuple of str
        Patterns; an account with a position in any other instrument is left alone.
    """

    min_discount: Fraction
    min_gain: Fraction
    fixed_cost: int
    max_requirement: int
    max_funds: int
    max_spend_per_day: int
    instruments: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a keeper.

    Attributes
    ----------
    holder : HolderPolicy or None
        Attests for accounts of its own.
    caller : bool
        Calls accounts that owe a proof of health.
    starter : bool
        Starts auctions, and gives back accounts that are healthy again.
    opens_escrows : bool
        Whether the starter is the venue's, with the key to all escrows: then it warns of those it lacks.
    bidder : BidPolicy or None
        Bids in auctions.
    """

    holder: HolderPolicy | None = None
    caller: bool = False
    starter: bool = False
    opens_escrows: bool = False
    bidder: BidPolicy | None = None

    @property
    def prove(self) -> bool:
        """Whether any of them makes proofs: for these it needs openings, snapshots and the circuits' keys."""
        return self.holder is not None or self.starter or self.bidder is not None

    @property
    def names(self) -> str:
        """Their names, for people."""
        roles = {"holder": self.holder, "caller": self.caller, "starter": self.starter, "bidder": self.bidder}
        return ", ".join(name for name, role in roles.items() if role)
