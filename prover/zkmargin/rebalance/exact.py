"""What trades come to, by the arithmetic of the specification, and the search among their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.spec.constants import BPS_UNIT, PICO_PER_MICRO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .problem import Fund, Problem, Tradable

__all__ = ["Bill", "State", "begin", "bill", "polish", "trade"]

_MOST_STEPS = 1000
"""Of a search: what the solver leaves to it takes a few."""


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """An account after trades at the mark.

    Attributes
    ----------
    trades : tuple of int
        Lots traded of each tradable: bought if positive, sold if negative.
    lanes : mapping of int to LaneRisk
        By underlying.
    spent : int
        The cost of the trades, in micro-quote.
    """

    trades: tuple[int, ...]
    lanes: Mapping[int, spec.LaneRisk]
    spent: int


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Bill:
    """What it takes besides the trades, and what all of it costs. Less is better, the missing part first.

    Attributes
    ----------
    missing : int
        What no deposit covers, in micro-quote of cash.
    cost : Fraction
        Of trades and deposits, in micro-quote.
    deposits : tuple of int
        Of each fund, in 1e-6 of it.
    """

    missing: int
    cost: Fraction
    deposits: tuple[int, ...]


def begin(problem: Problem) -> State:
    """Return the account before any trade."""
    lanes = {lane.underlying: lane for lane in problem.margin.lanes}
    return State((0,) * len(problem.tradables), lanes, 0)


def trade(problem: Problem, state: State, number: int, lots: int) -> State | None:
    """Return the account after another trade in a tradable, or None where that may not be traded.

    The mark that is paid or received goes from cash to the positions or back, so only the cost leaves the
    equity.
    """
    one, before = problem.tradables[number], state.trades[number]
    after = before + lots
    if not one.lowest <= after <= one.highest:
        return None
    lane = _moved(state.lanes[one.underlying], one, one.held + before, lots)
    return State(
        (*state.trades[:number], after, *state.trades[number + 1 :]),
        {**state.lanes, one.underlying: lane},
        state.spent + one.cost * (abs(after) - abs(before)),
    )


def bill(problem: Problem, funds: Sequence[Fund], state: State) -> Bill:
    """Cover what an account lacks at its target by deposits, the cheapest first.

    For given trades that is the cheapest way, up to 1e-6 of each asset: one constraint, and each fund has a
    cost for what it adds.
    """
    lanes = tuple(state.lanes.values())
    equity = problem.margin.equity - state.spent * PICO_PER_MICRO
    surplus = spec.Margin(lanes, spec.requirement(lanes), equity).surplus(problem.target_bps)
    lacking = _divide_up(max(0, -surplus), BPS_UNIT)
    cost, deposits = Fraction(state.spent), []
    for fund in funds:
        amount = min(fund.most, _divide_up(lacking, fund.counts))
        lacking = max(0, lacking - amount * fund.counts)
        cost += amount * fund.cost
        deposits.append(amount)
    return Bill(_divide_up(lacking, PICO_PER_MICRO), cost, tuple(deposits))


def polish(problem: Problem, funds: Sequence[Fund], state: State) -> State:
    """Trade single lots for as long as one makes the bill smaller.

    What a solver in floating point finds is off by its tolerances, in either direction. The result has no
    cheaper neighbour by one lot.
    """
    best = bill(problem, funds, state)
    for _ in range(_MOST_STEPS):
        found = (
            trade(problem, state, number, lots)
            for number in range(len(problem.tradables))
            for lots in (1, -1)
        )
        billed = [(bill(problem, funds, one), place, one) for place, one in enumerate(found) if one]
        least, _, neighbour = min(billed, default=(best, 0, state), key=lambda entry: entry[:2])
        if not least < best:
            break
        best, state = least, neighbour
    return state


def _moved(lane: spec.LaneRisk, one: Tradable, held: int, lots: int) -> spec.LaneRisk:
    """Return a lane after a trade of one of its instruments."""
    after = held + lots
    return spec.LaneRisk(
        lane.underlying,
        lane.layout,
        totals=tuple(total + lots * slot for total, slot in zip(lane.totals, one.row.slots, strict=True)),
        floor=lane.floor + one.row.short_floor * (max(0, -after) - max(0, -held)),
        add_on=lane.add_on + one.row.add_on * (abs(after) - abs(held)),
    )


def _divide_up(number: int, divisor: int) -> int:
    return -(-number // divisor)
