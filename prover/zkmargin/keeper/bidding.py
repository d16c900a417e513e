"""Bids by a policy: an account's worth, the highest price for it, and the funds that it needs."""

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
    """Yield a bid for each account in auction with an acceptable price, within the spendable amount.

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
    """Return the bid for an account; None if its price is too high or the policy excludes it.

    Parameters
    ----------
    account : Watched
    conditions : Conditions
    policy : BidPolicy
    spendable : int
        The most that the bid may cost, in 1e-6 of the quote token.

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
    # If the price exceeds the rest of the spendable amount, there is no bid.
    limit = min(highest_price(account.risk, conditions, policy), spendable - adds)
    if account.auction.price > limit:
        return None
    return Offer(limit, funds, max(0, limit) + adds)


def highest_price(risk: Risk, conditions: Conditions, policy: BidPolicy) -> int:
    """Return the highest price for an account: its worth minus the least gain and the fixed cost.

    Parameters
    ----------
    risk : Risk
    conditions : Conditions
    policy : BidPolicy

    Returns
    -------
    int
        In the engine's unit, rounded down: 1e-6 of the quote token; if negative, the payment that the bidder
        must receive, in micro-credits of cash.
    """
    gain = max(_part_up(policy.min_discount, abs(risk.worth)), _part_up(policy.min_gain, risk.requirement))
    # The fixed cost is in tokens; a credit worth less than a token makes it more credits.
    limit = risk.worth - gain - -(-policy.fixed_cost * _WAD // conditions.cash_factor)
    # The cash factor is applied to the whole worth, as if all of it were cash; that is a lower bound.
    return limit if limit < 0 else limit * conditions.cash_factor // _WAD


def _suits(risk: Risk, policy: BidPolicy) -> bool:
    allowed = all(any(fnmatchcase(name, one) for one in policy.instruments) for name in risk.instruments)
    return allowed and risk.requirement <= policy.max_requirement


def _part_up(part: Fraction, whole: int) -> int:
    return -(-part.numerator * whole // part.denominator)


def _value_up(credits_: int, factor: int) -> int:
    """Return the cost of credits in the quote token, rounded up as the clearing house does."""
    return -(-credits_ * factor // _WAD)
