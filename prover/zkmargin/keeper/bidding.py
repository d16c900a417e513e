"""Bids by a policy: what an account is worth, what it may cost, and what it needs."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .world import Action, Offer, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from .policy import BidPolicy
    from .risk import Risk
    from .world import Conditions, Watched, World

__all__ = ["bids", "highest_price", "offer_for"]

_WAD = 10**18


def bids(world: World, policy: BidPolicy) -> Iterator[Action]:
    """Yield a bid for each account in auction whose price is right, as long as the money lasts.

    Parameters
    ----------
    world : World
    policy : BidPolicy
    """
    spendable = world.conditions.spendable
    for account in world.accounts:
        if Purpose.BID in account.pending:
            continue
        offer = offer_for(account, world.conditions, policy, spendable)
        if offer is not None:
            spendable -= offer.cost
            yield Action(Purpose.BID, account.number, offer)


def offer_for(account: Watched, conditions: Conditions, policy: BidPolicy, spendable: int) -> Offer | None:
    """Return what to bid for an account; None if its price is too high, or it is none to bid for.

    Parameters
    ----------
    account : Watched
    conditions : Conditions
    policy : BidPolicy
    spendable : int
        What the bid may cost, in 1e-6 of the quote token.

    Returns
    -------
    Offer or None
        Its limit is never above `highest_price`, and its cost never above `spendable`.
    """
    if account.auction is None or account.auction.price is None or account.risk is None:
        return None
    if not conditions.liquidations_possible or not _suits(account.risk, policy):
        return None
    factor = conditions.cash_factor
    funds = account.risk.missing(conditions.initial_bps)
    adds = _value_up(funds, factor)
    if adds > min(policy.max_funds, spendable):
        return None
    # With less left than the price there is no bid.
    limit = min(highest_price(account.risk, conditions, policy), spendable - adds)
    if account.auction.price > limit:
        return None
    return Offer(limit, funds, max(0, limit) + adds)


def highest_price(risk: Risk, conditions: Conditions, policy: BidPolicy) -> int:
    """Return the most that an account may cost: its worth, less the least gain and the fixed cost.

    Parameters
    ----------
    risk : Risk
    conditions : Conditions
    policy : BidPolicy

    Returns
    -------
    int
        As the engine has prices, rounded down: in 1e-6 of the quote token; negative, in micro-credits of
        cash, where the bidder has to be paid.
    """
    gain = max(_part_up(policy.min_discount, abs(risk.worth)), _part_up(policy.min_gain, risk.requirement))
    # A credit of less than a token means more credits for the same cost.
    limit = risk.worth - gain - -(-policy.fixed_cost * _WAD // conditions.cash_factor)
    # As if all of the account were cash: what it has of other things is worth more than that.
    return limit if limit < 0 else limit * conditions.cash_factor // _WAD


def _suits(risk: Risk, policy: BidPolicy) -> bool:
    allowed = all(any(fnmatchcase(name, one) for one in policy.instruments) for name in risk.instruments)
    return allowed and risk.requirement <= policy.max_requirement


def _part_up(part: Fraction, whole: int) -> int:
    return -(-part.numerator * whole // part.denominator)


def _value_up(credits_: int, factor: int) -> int:
    """Return what credits cost in the quote token, as the clearing house rounds it."""
    return -(-credits_ * factor // _WAD)
