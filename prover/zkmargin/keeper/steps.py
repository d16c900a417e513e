"""Knowledge from the events of a market: the costs of bids, and openings derived from known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.contracts.clearing_house_events import Deposited, TakenOver
from zkmargin.settlement.next_state import next_opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zkmargin import spec
    from zkmargin.contracts.clearing_house_events import HouseEvent
    from zkmargin.settlement.next_state import Step

__all__ = ["costs_of", "derived_openings"]


def costs_of(events: Iterable[HouseEvent]) -> dict[bytes, int]:
    """Return the winners' costs of takeovers, by transaction, in 1e-6 of the quote token."""
    costs: dict[bytes, int] = {}
    for event in events:
        if isinstance(event, TakenOver):
            costs[event.place.transaction] = max(0, event.price)
        elif isinstance(event, Deposited) and event.place.transaction in costs:
            costs[event.place.transaction] += event.value
    return costs


def derived_openings(
    steps: Iterable[Step], known: Callable[[int], spec.Account | None]
) -> dict[int, spec.Account]:
    """Return the unknown openings of an account that can be derived from known ones.

    Parameters
    ----------
    steps : iterable of Step
        The steps of one account, by ascending nonce.
    known : callable
        Returns the opening of a commitment, or None.

    Returns
    -------
    dict of int to spec.Account
        Openings by commitment.
    """
    found: dict[int, spec.Account] = {}
    opening: spec.Account | None = None
    for step in steps:
        before, opening = opening, known(step.commitment)
        if opening is None and before is not None:
            opening = next_opening(before, step)
            if opening is not None:
                found[step.commitment] = opening
    return found
