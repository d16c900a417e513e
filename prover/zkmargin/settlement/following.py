"""States that follow from what everybody sees: deposits, withdrawals and takeovers name what they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..chain.house_events import Changed, Deposited, TakenOver, Traded, Withdrawn
from ..errors import StatementError
from ..transition import after
from .openings import change_of
from .participant import NOTHING, Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..chain.house_events import HouseEvent
    from ..snapshot import Snapshot
    from ..transition import Change

__all__ = ["followed"]


@dataclass(slots=True)
class _Step:
    """What the events of one transition say of it."""

    to: Changed
    change: Change = NOTHING
    owner: int | None = None
    traded: bool = False


def followed(held: Held, events: Iterable[HouseEvent], snapshot: Snapshot) -> Held:
    """Return the state of an account after events.

    Whoever has the opening of one state has those of all until the account's next trade: salts follow.

    Parameters
    ----------
    held : Held
        A state.
    events : iterable of HouseEvent
        From `ClearingHouse.changes`, in their order; those before this state, and of other accounts, are
        passed over.
    snapshot : Snapshot
        Gives assets their places.

    Returns
    -------
    Held
        The last state; without sealed bytes, unless nothing followed. Its commitment is that of the events.

    Raises
    ------
    StatementError
        If the account has traded, so that its state does not follow, or this was never its state.
    """
    for step in _steps(held, events, snapshot):
        if step.traded:
            raise StatementError(f"account {held.number}: it has traded since; its new escrow is needed")
        new = Held(held.number, after(held.account, step.change, owner=step.owner), b"")
        follows = new.account.nonce == step.to.nonce
        if not follows or new.account.commitment(snapshot) != step.to.commitment:
            raise StatementError(
                f"account {held.number}: its states on the chain do not follow from this one"
            )
        held = new
    return held


def _steps(held: Held, events: Iterable[HouseEvent], snapshot: Snapshot) -> list[_Step]:
    """Return the transitions after a state: each begins with its new commitment."""
    steps: list[_Step] = []
    for event in events:
        if event.account != held.number:
            continue
        if isinstance(event, Changed):
            if event.nonce > held.account.nonce:
                steps.append(_Step(event))
        elif steps:
            _add(steps[-1], event, snapshot)
    return steps


def _add(step: _Step, event: HouseEvent, snapshot: Snapshot) -> None:
    if isinstance(event, Deposited):
        step.change = change_of(event.asset, event.amount, snapshot)
    elif isinstance(event, Withdrawn):
        step.change = change_of(event.asset, -event.amount, snapshot)
    elif isinstance(event, TakenOver):
        step.owner = int(event.winner, 16)
    elif isinstance(event, Traded):
        step.traded = True
