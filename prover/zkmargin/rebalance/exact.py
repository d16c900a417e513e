"""The value of trades in the integers of the specification, and a local search by single lots."""

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
"""The limit of a search; after the solver it usually takes a few steps."""


@dataclass(frozen=True, slots=True, repr=False)
class State:
    """An account after trades at the mark.

    Attributes
    ----------
    trades : tuple of int
        Traded lots of each tradable; positive numbers are bought.
    lanes : mapping of int to LaneRisk
        The risk of each underlying, by its number.
    spent : int
        The cost of the trades, in micro-quote.
    """

    trades: tuple[int, ...]
    lanes: Mapping[int, spec.LaneRisk]
    spent: int


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Bill:
    """The deposits that trades leave necessary, and the total cost. Bills compare by missing cash, then by cost.

    Attributes
    ----------
    missing : int
        The cash that is missing after all deposits, in micro-quote.
    cost : Fraction
        The cost of trades and deposits, in micro-quote.
    deposits : tuple of int
        The amount of each fund, in 1e-6 of the asset.
    """

    missing: int
    cost: Fraction
    deposits: tuple[int, ...]


def begin(problem: Problem) -> State:
    """Return the account before any trade."""
    lanes = {lane.underlying: lane for lane in problem.margin.lanes}
    return State((0,) * len(problem.tradables), lanes, 0)


def trade(problem: Problem, state: State, number: int, lots: int) -> State | None:
    """Return the account after another trade in a tradable, or None if its limits do not permit the trade.

    A trade at the mark exchanges cash for a position of the same value, so equity changes only by the cost.
    """
    one, before = problem.tradables[number], state.trades[number]
    after = before + lots
    if not one.permits(after):
        return None
    lane = _moved(state.lanes[one.underlying], one, one.held + before, lots)
    return State(
        (*state.trades[:number], after, *state.trades[number + 1 :]),
        {**state.lanes, one.underlying: lane},
        state.spent + one.price(after) - one.price(before),
    )


def bill(problem: Problem, funds: Sequence[Fund], state: State) -> Bill:
    """Cover an account's shortfall at its target by deposits, starting with the cheapest fund.

    For given trades this is optimal up to 1e-6 of each asset, since there is one constraint and each fund's cost
    is linear.
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
    """Change one trade at a time while that lowers the bill: by a lot, to none, or to the smallest.

    A floating-point solution is inexact within the solver's tolerances. No such change makes the result cheaper.
    """
    best = bill(problem, funds, state)
    for _ in range(_MOST_STEPS):
        found = (
            trade(problem, state, number, lots)
            for number, one in enumerate(problem.tradables)
            for lots in _changes(one, state.trades[number])
        )
        billed = [(bill(problem, funds, one), place, one) for place, one in enumerate(found) if one]
        least, _, neighbour = min(billed, default=(best, 0, state), key=lambda entry: entry[:2])
        if not least < best:
            break
        best, state = least, neighbour
    return state


def _changes(one: Tradable, lots: int) -> tuple[int, ...]:
    """Return the changes of a trade that a search tries, as differences in lots."""
    if one.least == 1:
        return (1, -1, -lots)
    targets = (lots + 1, lots - 1, 0, one.least, -one.least, -one.held)
    return tuple(target - lots for target in targets)


def _moved(lane: spec.LaneRisk, one: Tradable, held: int, lots: int) -> spec.LaneRisk:
    """Return a lane after a trade in one of its instruments."""
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
