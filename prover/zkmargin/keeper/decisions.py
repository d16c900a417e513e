"""The decisions of a keeper: a pure function of the state of the world.

A keeper that was restarted, or lost transactions to a reorganisation, decides as it would have before. The
contracts check everything again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bidding import bids
from .risk import MAINTENANCE
from .world import Action, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .policy import HolderPolicy, Roles
    from .world import Conditions, Watched, World

__all__ = ["decide"]

_NEVER = 1 << 64


def decide(world: World, roles: Roles) -> tuple[Action, ...]:
    """Return the actions to take now, the most urgent first.

    Parameters
    ----------
    world : World
    roles : Roles

    Returns
    -------
    tuple of Action
        An action is left out while a transaction for it is pending.
    """
    return tuple(_wanted(world, roles))


def _wanted(world: World, roles: Roles) -> Iterator[Action]:
    conditions = world.conditions
    # Called accounts come first, by deadline; then those whose last proof of health is oldest.
    by_urgency = sorted(world.accounts, key=lambda one: (one.deadline or _NEVER, one.last_healthy_at))
    for one in by_urgency:
        if roles.holder is not None and one.mine and _attests(one, conditions, roles.holder):
            yield from _unless_pending(Purpose.ATTEST, one)
    for one in by_urgency:
        if _gives_back(one, conditions) and (roles.starter or (roles.holder is not None and one.mine)):
            yield from _unless_pending(Purpose.GIVE_BACK, one)
        # A keeper never auctions off its operator's own accounts.
        if roles.starter and not one.mine and _starts(one, conditions):
            yield from _unless_pending(Purpose.START, one)
    if roles.bidder is not None:
        yield from bids(world, roles.bidder)
    for one in by_urgency:
        # An account that is being seized cannot be called.
        is_started = roles.starter and _starts(one, conditions)
        if roles.caller and not one.mine and not is_started and _calls(one, conditions):
            yield from _unless_pending(Purpose.CALL, one)


def _unless_pending(purpose: Purpose, account: Watched) -> Iterator[Action]:
    if purpose not in account.pending:
        yield Action(purpose, account.number)


def _attests(account: Watched, conditions: Conditions, policy: HolderPolicy) -> bool:
    """Return whether a proof of health is due, and possible with the latest snapshot."""
    if account.seized or account.risk is None or not account.risk.healthy(MAINTENANCE):
        return False
    since = conditions.now - account.last_healthy_at
    due = account.called or account.overdue or since >= policy.at * conditions.heartbeat
    # Any snapshot since the call answers it, and the latest is one.
    usable = conditions.fresh or account.called
    return due and usable and conditions.newer_than(account.last_healthy_at)


def _calls(account: Watched, conditions: Conditions) -> bool:
    return (
        account.overdue
        and not account.called
        and not account.seized
        and conditions.liquidations_possible
        and conditions.newer_than(account.last_healthy_at)
    )


def _starts(account: Watched, conditions: Conditions) -> bool:
    """Return whether the account can be auctioned off: it is in default, or has not answered a call."""
    if account.risk is None or not conditions.liquidations_possible:
        return False
    healthy = account.risk.healthy(MAINTENANCE)
    if account.seized:
        return _is_over(account) and not healthy
    if account.deadline is not None and conditions.now > account.deadline:
        # An account without requirement need not answer.
        return not healthy or account.risk.requirement > 0
    return not healthy and conditions.newer_than(account.last_healthy_at)


def _gives_back(account: Watched, conditions: Conditions) -> bool:
    """Return whether the auction ended without a bid and the account is healthy again."""
    if not account.seized or account.risk is None or not conditions.returns_possible:
        return False
    return _is_over(account) and account.risk.healthy(MAINTENANCE)


def _is_over(account: Watched) -> bool:
    return account.auction is not None and account.auction.price is None
