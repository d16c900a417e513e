"""States that follow from what everybody sees: deposits, withdrawals and takeovers name what they change.

Whoever has the opening of one state has those of all until the next trade: a change of funds is public, and
so is how the salt goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.contracts.clearing_house_events import Changed, Deposited, Opened, TakenOver, Traded, Withdrawn
from zkmargin.errors import StatementError
from zkmargin.native_hash import fast_hasher

from .account_state import AccountState
from .openings import account_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.contracts.clearing_house_events import HouseEvent
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Step", "latest_state", "next_opening", "steps_of"]


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


def next_opening(opening: spec.Account, step: Step) -> spec.Account | None:
    """Return the opening after a step; None where it does not follow, as after a trade.

    Parameters
    ----------
    opening : spec.Account
        Of the state before.
    step : Step
    """
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


def latest_state(held: AccountState, events: Iterable[HouseEvent], snapshot: Snapshot) -> AccountState:
    """Return the state of an account after events.

    Parameters
    ----------
    held : AccountState
        A state.
    events : iterable of HouseEvent
        From `ClearingHouse.changes`, in their order; those before this state, and of other accounts, are
        passed over.
    snapshot : Snapshot
        Gives ids their names.

    Returns
    -------
    AccountState
        The last state; without sealed bytes, unless nothing followed. Its commitment is that of the events.

    Raises
    ------
    StatementError
        If the account has traded, so that its state does not follow, or this was never its state.
    InputError
        If the snapshot does not have what the account holds.
    """
    steps = [one for one in steps_of(events) if one.account == held.number and one.nonce > held.account.nonce]
    opening = held.account.opening(snapshot)
    for step in steps:
        if step.asset == spec.TRADE:
            raise StatementError(f"account {held.number}: it has traded since; its new escrow is needed")
        following = next_opening(opening, step)
        if following is None:
            reason = "its states on the chain do not follow from this one"
            raise StatementError(f"account {held.number}: {reason}")
        opening = following
    return AccountState(held.number, account_of(opening, snapshot), b"") if steps else held
