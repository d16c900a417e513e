"""The states of accounts as events tell them, and openings that follow from one another.

Whoever has the opening of one state has those of all until the next trade: a change of funds is public, and
so is how the salt goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import spec
from ..chain.house_events import Changed, Deposited, Opened, TakenOver, Traded, Withdrawn
from ..snapshot import fast_hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..chain.house_events import HouseEvent

__all__ = ["Step", "costs_of", "followed", "steps_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """How an account came to one of its states.

    Attributes
    ----------
    account, nonce : int
        Which account, and the number of the state.
    block : int
        The block of the transaction.
    commitment : int
        To what the account held then.
    escrow : bytes
        The hash of the sealed opening.
    owner : str or None
        Who has owned the account from then on; None for the same as before.
    asset : int
        What came or went: 0 to 7 a collateral, 8 cash; 9 in a trade.
    delta : int
        How much came, in 1e-6 of the asset; negative if it went.
    """

    account: int
    nonce: int
    block: int
    commitment: int
    escrow: bytes
    owner: str | None = None
    asset: int = spec.CASH
    delta: int = 0


def steps_of(events: Iterable[HouseEvent]) -> list[Step]:
    """Return the states that accounts have come to.

    Parameters
    ----------
    events : iterable of HouseEvent
        Of whole blocks, in their order.
    """
    steps: list[Step] = []
    last: dict[int, int] = {}
    owners: dict[int, str] = {}
    for event in events:
        if isinstance(event, Opened):
            owners[event.account] = event.owner
        elif isinstance(event, Changed):
            last[event.account] = len(steps)
            owner = owners.pop(event.account, None)
            place = event.account, event.nonce, event.place.block
            steps.append(Step(*place, event.commitment, event.escrow, owner))
        elif event.account in last:
            # What the state before came by is told after it.
            at = last[event.account]
            steps[at] = _told(steps[at], event)
    return steps


def _told(step: Step, event: HouseEvent) -> Step:
    if isinstance(event, Deposited):
        return replace(step, asset=event.asset, delta=event.amount)
    if isinstance(event, Withdrawn):
        return replace(step, asset=event.asset, delta=-event.amount)
    if isinstance(event, Traded):
        return replace(step, asset=spec.TRADE)
    if isinstance(event, TakenOver):
        return replace(step, owner=event.winner)
    return step


def costs_of(events: Iterable[HouseEvent]) -> dict[bytes, int]:
    """Return what takeovers have cost their winners at most, by transaction, in 1e-6 of the quote token."""
    costs: dict[bytes, int] = {}
    for event in events:
        if isinstance(event, TakenOver):
            # A credit is worth a token at most.
            costs[event.place.transaction] = max(0, event.price)
        elif isinstance(event, Deposited) and event.place.transaction in costs:
            costs[event.place.transaction] += event.value
    return costs


def followed(steps: Iterable[Step], known: Callable[[int], spec.Account | None]) -> dict[int, spec.Account]:
    """Return the openings of an account that follow from known ones.

    Parameters
    ----------
    steps : iterable of Step
        Of one account, by rising nonce.
    known : callable
        Gives the opening of a commitment, or None.

    Returns
    -------
    dict of int to spec.Account
        By commitment. Each opens to it.
    """
    found: dict[int, spec.Account] = {}
    opening: spec.Account | None = None
    for step in steps:
        before, opening = opening, known(step.commitment)
        if opening is None and before is not None:
            opening = _next(before, step)
            if opening is not None:
                found[step.commitment] = opening
    return found


def _next(opening: spec.Account, step: Step) -> spec.Account | None:
    """Return the opening after a step; None where it does not follow, as after a trade."""
    if step.asset == spec.TRADE or step.nonce != opening.nonce + 1:
        return None
    hasher, amounts = fast_hasher(), list(opening.amounts)
    if step.asset != spec.CASH:
        amounts[step.asset] += step.delta
    try:
        following = spec.Account(
            owner=opening.owner if step.owner is None else int(step.owner, 16),
            nonce=step.nonce,
            salt=spec.next_salt(opening.salt, opening.nonce, hasher),
            cash=opening.cash + (step.delta if step.asset == spec.CASH else 0),
            amounts=tuple(amounts),
            positions=opening.positions,
        )
    except spec.SpecError:
        return None
    return following if spec.commitment(following, hasher) == step.commitment else None
