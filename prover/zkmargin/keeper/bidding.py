"""Bids by a policy: an account's worth, the highest price for it, and the cash that it needs afterwards."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .world import Action, Offer, Purpose, credits_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from .policy import BidPolicy
    from .risk import Risk
    from .world import Conditions, Watched, World

__all__ = ["bids", "deposits", "highest_price", "offer_for"]

_WAD = 10**18


def bids(world: World, policy: BidPolicy) -> Iterator[Action]:
    """Yield a bid for each account in auction with an acceptable price, within the spendable amount.

    The vault must be allowed to take a price. Until it is, an approval stands for all bids that cost something.

    Parameters
    ----------
    world : World
    policy : BidPolicy
    """
    spendable, conditions = world.conditions.spendable, world.conditions
    # What bought accounts lack comes first.
    spendable -= sum(_lacks(account, conditions) for account in world.accounts)
    approved = False
    for account in world.accounts:
        if Purpose.BID in account.pending:
            continue
        offer = offer_for(account, conditions, policy, spendable)
        if offer is None:
            continue
        spendable -= offer.cost + offer.adds
        if offer.cost <= conditions.allowance:
            yield Action(Purpose.BID, (account.number,), offer)
        elif not approved:
            approved = True
            yield Action(Purpose.APPROVE, (), amount=policy.max_spend_per_day)


def deposits(world: World, policy: BidPolicy) -> Iterator[Action]:
    """Yield a deposit for each bought account that lacks cash for initial margin, within the policy.

    Parameters
    ----------
    world : World
    policy : BidPolicy
    """
    conditions = world.conditions
    left = conditions.spendable
    for account in world.accounts:
        amount = _lacks(account, conditions)
        if not 0 < amount <= min(policy.max_funds, left) or Purpose.DEPOSIT in account.pending:
            continue
        left -= amount
        if amount <= conditions.allowance:
            yield Action(Purpose.DEPOSIT, (account.number,), amount=amount)
        else:
            yield Action(Purpose.APPROVE, (), amount=policy.max_spend_per_day)
            return


def offer_for(account: Watched, conditions: Conditions, policy: BidPolicy, spendable: int) -> Offer | None:
    """Return the bid for an account; None if its price is too high or the policy excludes it.

    Parameters
    ----------
    account : Watched
    conditions : Conditions
    policy : BidPolicy
    spendable : int
        The most that bid and deposit may cost, in 1e-6 of the quote token.

    Returns
    -------
    Offer or None
        Its limit is never above `highest_price`, and its costs together never above `spendable`.
    """
    auction = account.auction
    if auction is None or auction.price is None or not auction.open or account.risk is None:
        return None
    if not conditions.liquidations_possible or not _suits(account.risk, policy):
        return None
    factor = conditions.cash_factor
    highest = highest_price(account, account.risk, conditions, policy)
    # A negative price is paid into the account, and so is what has been counted.
    gets = credits_of(auction.counted, factor) + max(0, -highest)
    adds = value_of(max(0, account.risk.missing(conditions.initial_bps) - gets), factor)
    if adds > min(policy.max_funds, spendable):
        return None
    # If the price exceeds the rest of the spendable amount, there is no bid.
    limit = min(highest, spendable - adds)
    if auction.price > limit:
        return None
    return Offer(limit, max(0, limit), adds)


def highest_price(account: Watched, risk: Risk, conditions: Conditions, policy: BidPolicy) -> int:
    """Return the highest price for an account: its worth minus the least gain and the fixed cost.

    Its worth is its equity, the waiting cash that goes with it, and its bond.

    Parameters
    ----------
    account : Watched
    risk : Risk
        The account's.
    conditions : Conditions
    policy : BidPolicy

    Returns
    -------
    int
        In the unit of auctions, rounded down: 1e-6 of the quote token; if negative, the payment that the bidder must
        receive, in micro-credits of cash.
    """
    factor = conditions.cash_factor
    counted = account.auction.counted if account.auction is not None else 0
    worth = risk.worth + credits_of(counted + account.bond, factor)
    gain = max(_part_up(policy.min_discount, abs(worth)), _part_up(policy.min_gain, risk.requirement))
    # The fixed cost is in tokens; a credit worth less than a token makes it more credits.
    limit = worth - gain - -(-policy.fixed_cost * _WAD // factor)
    # The cash factor is applied to the whole worth, as if all of it were cash; that is a lower bound.
    return limit if limit < 0 else limit * factor // _WAD


def _lacks(account: Watched, conditions: Conditions) -> int:
    """Return what a bought account lacks for initial margin with its waiting cash, in 1e-6 of the quote token."""
    if not account.bought or not account.open or account.risk is None:
        return 0
    missing = account.risk.missing(conditions.initial_bps)
    return max(0, value_of(missing, conditions.cash_factor) - account.waiting)


def _suits(risk: Risk, policy: BidPolicy) -> bool:
    allowed = all(any(fnmatchcase(name, one) for one in policy.instruments) for name in risk.instruments)
    return allowed and risk.requirement <= policy.max_requirement


def _part_up(part: Fraction, whole: int) -> int:
    return -(-part.numerator * whole // part.denominator)
