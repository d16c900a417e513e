"""Lanes: the assignment of an account's positions to a circuit.

A circuit has L lanes and N positions in all. Each lane is for one underlying, no underlying has two lanes, and
each position names its lane. So every account with at most N positions in at most L underlyings fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .account import EMPTY
from .checks import SpecError
from .constants import MAX_POSITIONS, UNDERLYINGS
from .layout import STANDARD, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .table import Row


@dataclass(frozen=True, slots=True)
class Shape:
    """The size and kind of a circuit.

    Parameters
    ----------
    lanes : int
        L, 1 to 8.
    positions : int
        N, 1 to 128.
    layout : Layout
        The layout of the rows.
    limited : bool
        Whether it limits the net Greeks of each underlying.
    disclosed : bool
        Whether it discloses equity and requirement.

    Raises
    ------
    SpecError
        If a value is out of range, or the layout has no gamma to limit.
    """

    lanes: int
    positions: int
    layout: Layout = STANDARD
    limited: bool = False
    disclosed: bool = False

    def __post_init__(self) -> None:  # noqa: D105
        if type(self.lanes) is not int or not 1 <= self.lanes <= UNDERLYINGS:
            raise SpecError("lanes", f"expected an integer from 1 to {UNDERLYINGS}")
        if type(self.positions) is not int or not 1 <= self.positions <= MAX_POSITIONS:
            raise SpecError("positions", f"expected an integer from 1 to {MAX_POSITIONS}")
        if self.limited and self.layout.gamma is None:
            raise SpecError("limited", f"the layout {self.layout.name} has no gamma")

    def holds(self, account: Account) -> bool:
        """Return whether the circuit has enough positions and lanes for an account."""
        underlyings = {position.underlying for position in account.held}
        return len(account.positions) <= self.positions and len(underlyings) <= self.lanes


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """The underlying of each lane, and the lane of each position.

    A circuit requires strictly ascending underlyings, as `plan` returns them. Other plans exist for tests of what a
    circuit must refuse: two lanes for one underlying could raise the requirement.

    Parameters
    ----------
    underlyings : tuple of int
        The underlying of each lane.
    lane_of : tuple of int or None
        The lane of each slot, in the account's order; None for an empty one.
    """

    underlyings: tuple[int, ...]
    lane_of: tuple[int | None, ...]


def one_lane_each(account: Account) -> Plan:
    """Give each underlying of an account one lane, in ascending order; this gives the least requirement.

    Parameters
    ----------
    account : Account

    Returns
    -------
    Plan
    """
    return _placed(account, {position.underlying for position in account.held})


def _placed(account: Account, used: set[int]) -> Plan:
    """Return the plan with one lane for each of these underlyings."""
    underlyings = tuple(sorted(used))
    lanes = (None if slot == EMPTY else underlyings.index(slot.underlying) for slot in account.positions)
    return Plan(underlyings, tuple(lanes))


def plan(account: Account, shape: Shape) -> Plan:
    """Assign an account to the lanes of a circuit: `one_lane_each`, and idle lanes for other underlyings.

    The underlyings ascend, so no two lanes have the same. There are never more lanes than underlyings.

    Parameters
    ----------
    account : Account
    shape : Shape

    Returns
    -------
    Plan

    Raises
    ------
    SpecError
        If the account has more slots, empty ones between included, or more underlyings than the circuit.
    """
    used = {position.underlying for position in account.held}
    if len(account.positions) > shape.positions:
        raise SpecError("positions", f"more than the circuit's {shape.positions}")
    if len(used) > shape.lanes:
        raise SpecError("positions", f"in more underlyings than the circuit's {shape.lanes}")
    idle = [underlying for underlying in range(UNDERLYINGS) if underlying not in used]
    return _placed(account, used.union(idle[: shape.lanes - len(used)]))


def check_plan(account: Account, chosen: Plan, rows: Mapping[int, Row]) -> None:
    """Check that each position has a row and a lane of its underlying, and each lane an underlying.

    Empty slots have no lane.

    Parameters
    ----------
    account : Account
    chosen : Plan
    rows : Mapping[int, Row]
        Rows by instrument id.

    Raises
    ------
    SpecError
        If one is missing.
    """
    for number, underlying in enumerate(chosen.underlyings):
        if not 0 <= underlying < UNDERLYINGS:
            raise SpecError(f"underlyings[{number}]", f"must be from 0 to {UNDERLYINGS - 1}")
    if len(chosen.lane_of) != len(account.positions):
        raise SpecError("laneOf", "expected one lane for each slot")
    for i, (position, lane) in enumerate(zip(account.positions, chosen.lane_of, strict=True)):
        if position == EMPTY or lane is None:
            fits = position == EMPTY and lane is None
        else:
            fits = 0 <= lane < len(chosen.underlyings) and position.underlying == chosen.underlyings[lane]
        if not fits:
            raise SpecError(f"positions[{i}]", "not in a lane of its underlying")
        if position != EMPTY and position.instrument not in rows:
            raise SpecError(f"positions[{i}].instrument", "no such row in the risk table")
