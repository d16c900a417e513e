"""Step 7: limits on each underlying's net delta and gamma, in circuits with limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .checks import SpecError, check_unsigned

if TYPE_CHECKING:
    from .margin import LaneRisk, Margin

LIMIT_BITS = 83
"""A limit is below 2^83; a total is at most 2^82 in magnitude."""

NO_LIMIT: int = 2**LIMIT_BITS - 1
"""A limit that every total is within."""


class Limits(NamedTuple):
    """The limits on the net Greeks of each underlying, in micro-quote, in the circuit's order."""

    delta: int = NO_LIMIT
    gamma: int = NO_LIMIT


def within_limits(margin: Margin, limits: Limits) -> bool:
    """Return whether ``|delta| <= limits.delta`` and ``|gamma| <= limits.gamma`` in every lane.

    Parameters
    ----------
    margin : Margin
    limits : Limits

    Returns
    -------
    bool

    Raises
    ------
    SpecError
        If a limit is out of range, or the table's layout has no gamma.
    """
    for name, limit in zip(Limits._fields, limits, strict=True):
        check_unsigned(f"limits.{name}", limit, LIMIT_BITS)
    return all(
        abs(total) <= limit
        for lane in margin.lanes
        for total, limit in zip(_greeks(lane), limits, strict=True)
    )


def _greeks(lane: LaneRisk) -> tuple[int, int]:
    if lane.layout.gamma is None:
        raise SpecError("limits", f"the layout {lane.layout.name} has no gamma")
    return lane.totals[lane.layout.delta], lane.totals[lane.layout.gamma]
