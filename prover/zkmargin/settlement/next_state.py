"""The next states of an account, computed from public events: deposits, withdrawals and takeovers.

These events name the change of funds, and nothing else changes but the nonce and, in a takeover, the owner. An
opening of one state therefore gives the openings of all later ones, up to the next trade.
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
    """The step of an account into one of its states, as the chain shows it.

    Attributes
    ----------
    account, nonce : int
        The account's number, and the number of the state.
    block : int
        The block of the transaction.
    commitment : int
        The commitment of the state.
    escrow : bytes
        The hash of the sealed opening.
    owner : str or None
        The account's new owner; None if the owner stays the same.
    asset : int
        The asset that is added or taken out: 0 to 7 a collateral asset, 8 cash; 9 in a trade.
    delta : int
        How much of it is added, in 1e-6 of the asset; negative if it is taken out.
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
    """Return the steps that events tell of.

    Parameters
    ----------
    events : iterable of HouseEvent
        Events of whole blocks, in chain order.
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
            # The event that names the cause comes after `Changed`.
            at = last[event.account]
            steps[at] = _with_cause(steps[at], event)
    return steps


def _with_cause(step: Step, event: HouseEvent) -> Step:
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
    """Return the opening after a step; None if it cannot be computed, as after a trade.

    Parameters
    ----------
    opening : spec.Account
        The opening of the state before.
    step : Step
    """
    if step.asset == spec.TRADE or step.nonce != opening.nonce + 1:
        return None
    hasher, amounts = fast_hasher(), list(opening.amounts)
    if step.asset != spec.CASH:
        amounts[step.asset] += step.delta
    try:
        after = replace(
            opening,
            owner=opening.owner if step.owner is None else int(step.owner, 16),
            nonce=step.nonce,
            cash=opening.cash + (step.delta if step.asset == spec.CASH else 0),
            amounts=tuple(amounts),
        )
    except spec.SpecError:
        return None
    return after if spec.commitment(after, hasher) == step.commitment else None


def latest_state(state: AccountState, events: Iterable[HouseEvent], snapshot: Snapshot) -> AccountState:
    """Return the state of an account after events.

    Parameters
    ----------
    state : AccountState
        An earlier state.
    events : iterable of HouseEvent
        Events from `ClearingHouse.changes`, in chain order. Those before the state, and those of other
        accounts, are ignored.
    snapshot : Snapshot
        Gives ids their names.

    Returns
    -------
    AccountState
        The last state, without sealed bytes; the given one if no event changes it. Its commitment is that of
        the last event.

    Raises
    ------
    StatementError
        If the account has traded since, or the events do not continue this state.
    InputError
        If the snapshot does not have an instrument or asset that the account holds.
    """
    steps = [
        one for one in steps_of(events) if one.account == state.number and one.nonce > state.account.nonce
    ]
    opening = state.account.opening(snapshot)
    for step in steps:
        if step.asset == spec.TRADE:
            raise StatementError(f"account {state.number}: it has traded since; its new escrow is needed")
        after = next_opening(opening, step)
        if after is None:
            reason = "its states on the chain do not continue this one"
            raise StatementError(f"account {state.number}: {reason}")
        opening = after
    return AccountState(state.number, account_of(opening, snapshot), b"") if steps else state
