"""The linear programme in matrices, and its solution in floating point.

The solver is HiGHS, through SciPy's `milp`; the risk engine depends on SciPy already, and the five blocks below
do not justify a modelling library. A solution is a proposal: `zkmargin.rebalance.exact` values it in integers,
and the margin report judges the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.exports import needs_extra
from zkmargin.spec.constants import BPS_UNIT, PICO_PER_MICRO

with needs_extra("risk"):
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
    from scipy.sparse import block_array, csr_array, eye_array  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from .problem import Fund, Problem

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["WINDOW", "Solution", "solve"]

WINDOW = 8
"""Half-width in lots of the search for whole lots around the relaxed solution. With integer bounds of 2^31 HiGHS
may not return, whatever its limits; its linear programmes do."""

_NODES = 50
"""The maximum number of branches. With a time limit, results would depend on the machine."""

_GAP = 1e-5
"""The relative gap between cost and lower bound at which the search ends."""

_MISSING = 1e4
"""The cost of missing cash, as a multiple of the dearest fund's, so that the solver uses it last."""


@dataclass(frozen=True, slots=True, repr=False)
class Solution:
    """A proposal of the solver.

    Attributes
    ----------
    trades : tuple of float
        The lots of each tradable.
    cost : float
        The cost in micro-quote; the relaxed programme's is a lower bound of the cost of any plan.
    """

    trades: tuple[float, ...]
    cost: float


def solve(problem: Problem, funds: Sequence[Fund], near: Solution | None = None) -> Solution | None:
    """Solve the programme of docs/rebalance.md.

    Parameters
    ----------
    problem : Problem
        A problem with at least one tradable.
    funds : sequence of Fund
        The permitted funds of the problem.
    near : Solution, optional
        A solution of the relaxed programme; lots are then whole and within `WINDOW` of it. Without it, the
        relaxed programme is solved.

    Returns
    -------
    Solution or None
        None if the solver finds none.
    """
    columns = _columns(problem)
    count, lanes = len(problem.tradables), len(problem.margin.lanes)
    prices = [float(one.cost * PICO_PER_MICRO / one.counts) for one in funds]
    # Bought, sold and short lots of each tradable; risk of each underlying; equity of each fund; missing cash.
    sizes = np.array([count, count, count, lanes, len(funds) + 1])
    whole = int(near is not None)
    found: Any = milp(
        np.concatenate(
            [columns.costs, columns.costs, np.zeros(count + lanes), prices, [max([1.0, *prices]) * _MISSING]]
        ),
        constraints=LinearConstraint(*_constraints(problem, columns, len(funds)), np.inf),
        bounds=Bounds(*_bounds(problem, funds, columns.unit, near)),
        integrality=np.repeat([whole, whole, 0, 0, 0], sizes),
        options={"mip_rel_gap": _GAP, "node_limit": _NODES},
    )
    if found.x is None:
        return None
    traded = found.x[:count] - found.x[count : 2 * count]
    return Solution(tuple(map(float, traded)), float(found.fun) * columns.unit)


@dataclass(frozen=True, slots=True, repr=False)
class _Columns:
    """Values per lot of each tradable, shape (tradables,) or (tradables, scenarios), in multiples of `unit`."""

    unit: float
    held: Floats
    costs: Floats
    floors: Floats
    add_ons: Floats
    gains: Floats
    member: Floats
    """Shape (underlyings, tradables): 1 if a tradable is of an underlying."""


def _columns(problem: Problem) -> _Columns:
    lanes, ones = problem.margin.lanes, problem.tradables
    gains = [one.row.slots[: lanes[0].layout.scenarios] for one in ones]
    charges = [(one.cost, one.row.short_floor, one.row.add_on) for one in ones]
    # The solver's tolerances are absolute, so a lot must be far above them, and the account not far above a lot.
    largest = max(abs(value) for row in (*gains, *charges) for value in row)
    total = max(abs(problem.margin.equity) // PICO_PER_MICRO, problem.margin.requirement)
    unit = max(1.0, largest / 1e4, total / 1e7)
    costs, floors, add_ons = np.array(charges, dtype=float).T / unit
    return _Columns(
        unit=unit,
        held=np.array([one.held for one in ones], dtype=float),
        costs=costs,
        floors=floors,
        add_ons=add_ons,
        gains=np.array(gains, dtype=float) / unit,
        member=np.array([[one.underlying == lane.underlying for one in ones] for lane in lanes], dtype=float),
    )


def _constraints(problem: Problem, columns: _Columns, funds: int) -> tuple[Any, Floats]:
    """Return the matrix and the lower bound of each row: scenarios, floors, short lots, health."""
    lanes, held, unit = problem.margin.lanes, columns.held, columns.unit
    part = problem.target_bps / BPS_UNIT
    scenarios = columns.gains.shape[1]
    each = np.eye(len(lanes))
    gains = (columns.member[:, None, :] * columns.gains.T).reshape(-1, len(held))
    identity = eye_array(len(held))
    losses = [gains, -gains, None, np.repeat(each, scenarios, axis=0), None]
    floors = [None, None, -columns.member * columns.floors, each, None]
    short = [identity, -identity, identity, None, None]
    # The lots held after a trade: held + bought - sold + 2 short.
    health = [
        [-columns.costs - part * columns.add_ons],
        [-columns.costs + part * columns.add_ons],
        [-2 * part * columns.add_ons],
        np.full((1, len(lanes)), -part),
        np.ones((1, funds + 1)),
    ]
    matrix = block_array(
        [[_sparse(one) for one in row] for row in (losses, floors, short, health)], format="csr"
    )
    totals = np.array([lane.totals[:scenarios] for lane in lanes], dtype=float) / unit
    charged = np.array([lane.floor for lane in lanes], dtype=float) / unit
    add_ons = sum(lane.add_on for lane in lanes) / unit + columns.add_ons @ (held - abs(held))
    low: list[Any] = [
        -totals.ravel(),
        charged + columns.member @ (columns.floors * np.minimum(held, 0)),
        -held,
        [part * add_ons - problem.margin.equity / PICO_PER_MICRO / unit],
    ]
    return matrix, np.concatenate(low)


def _bounds(
    problem: Problem, funds: Sequence[Fund], unit: float, near: Solution | None
) -> tuple[Floats, Floats]:
    """Return the lower and upper bounds of the variables."""
    lowest = np.array([one.lowest for one in problem.tradables], dtype=float)
    highest = np.array([one.highest for one in problem.tradables], dtype=float)
    if near is not None:
        traded = np.rint(near.trades)
        lowest, highest = np.maximum(lowest, traded - WINDOW), np.minimum(highest, traded + WINDOW)
    rest = len(problem.tradables) + len(problem.margin.lanes)
    equity = [one.most * one.counts / PICO_PER_MICRO / unit for one in funds]
    bought, sold = np.maximum([lowest, highest], 0), np.maximum([-highest, -lowest], 0)
    low = np.concatenate([bought[0], sold[0], np.zeros(rest + len(funds) + 1)])
    return low, np.concatenate([bought[1], sold[1], np.full(rest, np.inf), equity, [np.inf]])


def _sparse(block: Any) -> Any:
    return None if block is None else csr_array(block)
