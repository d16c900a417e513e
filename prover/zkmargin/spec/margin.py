"""The margin of an account under a snapshot: steps 3 to 6 of the statement.

The result includes the totals of every lane and scenario, for a private report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import SpecError, check_unsigned
from .constants import BPS_BITS, BPS_UNIT, PICO_PER_MICRO
from .lanes import Plan, check_plan, one_lane_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .account import Account, Position
    from .layout import Layout
    from .snapshot import Snapshot
    from .table import Row, Table


@dataclass(frozen=True, slots=True, repr=False)
class LaneRisk:
    """The totals of the positions in one lane, in micro-quote.

    Parameters
    ----------
    underlying : int
    layout : Layout
        The layout of the table.
    totals : tuple of int
        The total of each slot: the profit in each scenario, the mark, the Greeks.
    floor : int
        The short option minimum.
    add_on : int
        The sum of the add-ons of all lots.
    """

    underlying: int
    layout: Layout
    totals: tuple[int, ...]
    floor: int
    add_on: int

    @property
    def scan(self) -> int:
        """Scanning risk: the largest loss over the scenarios, or 0."""
        return max(0, *(-total for total in self.totals[: self.layout.scenarios]))

    @property
    def risk(self) -> int:
        """The larger of scanning risk and short option minimum."""
        return max(self.scan, self.floor)

    @property
    def mark(self) -> int:
        """The value of the positions."""
        return self.totals[self.layout.mark]


@dataclass(frozen=True, slots=True, repr=False)
class Margin:
    """The requirement and the equity of an account.

    Parameters
    ----------
    lanes : tuple of LaneRisk
    requirement : int
        The requirement in micro-quote.
    equity : int
        The equity in pico-quote.
    """

    lanes: tuple[LaneRisk, ...]
    requirement: int
    equity: int

    def healthy(self, requirement_bps: int) -> bool:
        """Return whether the equity is at least requirement_bps / 10 000 of the requirement. See `surplus`."""
        return self.surplus(requirement_bps) >= 0

    def surplus(self, requirement_bps: int) -> int:
        """Return the excess of the equity over the claim: see the function of this name."""
        return surplus(self.equity, self.requirement, requirement_bps)


def surplus(equity: int, requirement: int, requirement_bps: int) -> int:
    """Step 6: the excess of an equity over the claim.

    Parameters
    ----------
    equity : int
        In pico-quote.
    requirement : int
        In micro-quote.
    requirement_bps : int
        The claim: 10 000 is the requirement itself; 20 bits.

    Returns
    -------
    int
        ``10000 equity - requirementBps requirement 10^6``, in 1e-16 of the quote currency. The account is
        healthy if it is not negative.

    Raises
    ------
    SpecError
        If the claim has more than 20 bits.
    """
    check_unsigned("requirementBps", requirement_bps, BPS_BITS)
    return BPS_UNIT * equity - requirement_bps * requirement * PICO_PER_MICRO


def lane_risk(underlying: int, positions: Iterable[Position], table: Table) -> LaneRisk:
    """Step 3: sum the positions of a lane.

    Parameters
    ----------
    underlying : int
        The underlying of all the positions.
    positions : Iterable of Position
    table : Table

    Returns
    -------
    LaneRisk
    """
    held = [(position.lots, table.rows[position.instrument]) for position in positions]
    return sum_lots(underlying, held, table.layout)


def sum_lots(underlying: int, held: Sequence[tuple[int, Row]], layout: Layout) -> LaneRisk:
    """Step 3 for lots and their rows.

    Parameters
    ----------
    underlying : int
    held : Sequence of (int, Row)
        The lots of each position, long if positive, and the row of its instrument.
    layout : Layout
        The layout of the rows.

    Returns
    -------
    LaneRisk
    """
    return LaneRisk(
        underlying,
        layout,
        totals=tuple(sum(lots * row.slots[s] for lots, row in held) for s in range(layout.slots)),
        floor=sum(max(0, -lots) * row.short_floor for lots, row in held),
        add_on=sum(abs(lots) * row.add_on for lots, row in held),
    )


def requirement(lanes: Iterable[LaneRisk]) -> int:
    """Step 4: ``sum_l risk_l + sum_i |lots_i| addOn_i``, in micro-quote.

    Parameters
    ----------
    lanes : Iterable of LaneRisk

    Returns
    -------
    int
    """
    return sum(lane.risk + lane.add_on for lane in lanes)


def equity(account: Account, lanes: Iterable[LaneRisk], prices: Sequence[int]) -> int:
    """Step 5: ``(cash + sum_l mark_l) 10^6 + sum_c amount_c price_c``, in pico-quote.

    Parameters
    ----------
    account : Account
    lanes : Iterable of LaneRisk
    prices : Sequence of int
        8 haircut prices, in micro-quote per whole asset.

    Returns
    -------
    int
    """
    collateral = sum(amount * price for amount, price in zip(account.amounts, prices, strict=True))
    return (account.cash + sum(lane.mark for lane in lanes)) * PICO_PER_MICRO + collateral


def check_unique(account: Account) -> None:
    """Step 1: check that no two positions are in one instrument.

    Floor and add-on are charged for each position, so two opposite positions would pay for both.

    Raises
    ------
    SpecError
        If two are.
    """
    held = [position.instrument for position in account.held]
    if len(set(held)) < len(held):
        raise SpecError("positions", "an instrument twice")


def margin(account: Account, snapshot: Snapshot, chosen: Plan | None = None) -> Margin:
    """Compute steps 3 to 5 for an account.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    chosen : Plan, optional
        The lanes; by default one for each underlying.

    Returns
    -------
    Margin

    Raises
    ------
    SpecError
        If an instrument stands twice, a position has no row in the table, or the plan does not fit the account.
    """
    check_unique(account)
    table = snapshot.table
    chosen = one_lane_each(account) if chosen is None else chosen
    check_plan(account, chosen, table.rows)
    placed = list(zip(account.positions, chosen.lane_of, strict=True))
    lanes = tuple(
        lane_risk(underlying, (position for position, lane in placed if lane == number), table)
        for number, underlying in enumerate(chosen.underlyings)
    )
    return Margin(lanes, requirement(lanes), equity(account, lanes, snapshot.prices))
