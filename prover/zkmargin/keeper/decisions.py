"""The decisions of a keeper: a pure function of the state of the world.

A keeper that was restarted, or lost transactions to a reorganisation, decides as it would have before. The
contracts check everything again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bidding import bids, deposits
from .policy import HolderPolicy
from .risk import MAINTENANCE
from .world import Action, Purpose, credits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .policy import Roles
    from .world import Conditions, Watched, World

__all__ = ["decide"]

_FREEZE_BOUND = 3600
"""The live seconds after which a late account can freeze the market: HouseRecords.FREEZE_BOUND."""
_CALLED_AT_ONCE = 128
"""The most accounts of one call, which takes 13 300 gas for each."""
_ATTESTED_AT_ONCE = 64
"""The most accounts of one attestation: proofs of more take longer than a round."""


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
    if world.conditions.ended:
        return ()
    actions = list(_wanted(world, roles))
    approvals = [one for one in actions if one.purpose is Purpose.APPROVE]
    unneeded = approvals if world.conditions.approving else approvals[1:]
    return tuple(one for one in actions if not any(one is other for other in unneeded))


def _wanted(world: World, roles: Roles) -> Iterator[Action]:
    conditions = world.conditions
    # Called accounts come first, by deadline; then those whose last proof of health is oldest.
    accounts = sorted(
        world.accounts, key=lambda one: (not one.called, one.time_left - one.late, one.last_healthy_at)
    )

    def those(purpose: Purpose, wanted: Callable[[Watched], bool]) -> list[int]:
        return [one.number for one in accounts if purpose not in one.pending and wanted(one)]

    if roles.bidder is not None:
        yield from deposits(world, roles.bidder)
    policy = roles.holder or HolderPolicy()
    due = those(Purpose.ATTEST, lambda one: one.mine and _attests(one, conditions, policy))
    yield from _many(Purpose.ATTEST, due, _ATTESTED_AT_ONCE)
    if roles.starter:
        # A keeper never auctions off its operator's own accounts.
        yield from _each(
            Purpose.START, those(Purpose.START, lambda one: not one.mine and _in_default(one, conditions))
        )
    if roles.bidder is not None:
        yield from bids(world, roles.bidder)
    yield from _each(
        Purpose.GIVE_BACK,
        those(
            Purpose.GIVE_BACK,
            lambda one: (roles.starter or one.mine) and _returns(one, conditions),
        ),
    )
    if roles.starter:
        yield from _each(
            Purpose.START, those(Purpose.START, lambda one: not one.mine and _is_silent(one, conditions))
        )
    if roles.caller:
        starts = roles.starter
        called = those(Purpose.CALL, lambda one: _calls(one, conditions, starts=starts))
        yield from _many(Purpose.CALL, called, _CALLED_AT_ONCE)
        yield from _each(Purpose.RECORD, those(Purpose.RECORD, _records))
    if roles.freezes:
        starts = roles.starter
        yield from _each(
            Purpose.FREEZE, those(Purpose.FREEZE, lambda one: _freezes(one, conditions, starts=starts))
        )


def _each(purpose: Purpose, numbers: Iterable[int]) -> Iterator[Action]:
    for number in numbers:
        yield Action(purpose, (number,))


def _many(purpose: Purpose, numbers: Iterable[int], most: int) -> Iterator[Action]:
    chosen = tuple(numbers)
    for start in range(0, len(chosen), most):
        yield Action(purpose, chosen[start : start + most])


# --- holder


def _attests(account: Watched, conditions: Conditions, policy: HolderPolicy) -> bool:
    """Return whether a proof of health is due, and possible with the latest snapshot."""
    if not (account.open and account.traded) or account.risk is None or not account.risk.provable():
        return False
    due = account.called or account.overdue or account.unproven_for >= policy.at * conditions.heartbeat
    # The latest snapshot answers a call, however old, until the answer is late.
    usable = conditions.fresh or (account.called and account.late == 0)
    return due and usable and conditions.newer_than(account.last_healthy_at)


# --- caller


def _calls(account: Watched, conditions: Conditions, *, starts: bool) -> bool:
    # An account that is being seized cannot be called.
    is_started = starts and _in_default(account, conditions)
    return (
        account.open
        and account.traded
        and account.overdue
        and not account.called
        and not account.mine
        and not is_started
        and conditions.liquidations_possible
        and conditions.newer_than(account.last_healthy_at)
    )


def _freezes(account: Watched, conditions: Conditions, *, starts: bool) -> bool:
    """Return whether nobody closes the account out, this keeper included."""
    if account.frozen or account.mine:
        return False
    if starts and (
        _in_default(account, conditions) or _is_silent(account, conditions) or _returns(account, conditions)
    ):
        return False
    return _is_over(account) if account.seized else account.late > _FREEZE_BOUND


def _records(account: Watched) -> bool:
    return account.auction is not None and account.auction.price is None and account.auction.unsaleable


# --- starter


def _in_default(account: Watched, conditions: Conditions) -> bool:
    """Return whether the account can be auctioned off by evidence of a default."""
    if account.risk is None or not conditions.liquidations_possible:
        return False
    waiting = credits_of(account.waiting, conditions.cash_factor)
    if account.seized:
        # Nobody bought. Below initial margin it cannot be returned, so it is sold again.
        return _is_over(account) and not account.risk.meets(conditions.initial_bps, waiting)
    provable = account.late > 0 or conditions.newer_than(account.last_healthy_at)
    return account.open and provable and not account.risk.meets(MAINTENANCE, waiting)


def _is_silent(account: Watched, conditions: Conditions) -> bool:
    """Return whether the account can be auctioned off because it has not answered a call."""
    if account.risk is None or not account.open or not conditions.liquidations_possible:
        return False
    # Without a requirement nothing is at stake.
    return account.late > 0 and account.risk.requirement > 0 and not _in_default(account, conditions)


def _returns(account: Watched, conditions: Conditions) -> bool:
    """Return whether the account can be given back: it reaches initial margin with its waiting cash."""
    if not account.seized or account.auction is None or account.risk is None or not conditions.fresh:
        return False
    waiting = credits_of(account.waiting, conditions.cash_factor)
    return account.risk.meets(conditions.initial_bps, waiting)


def _is_over(account: Watched) -> bool:
    return account.auction is not None and account.auction.price is None
