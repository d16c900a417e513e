"""Advice: the cheapest plan, the cheapest of deposits alone, and of trades alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal
from math import inf
from typing import TYPE_CHECKING

from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_of, margin_report
from zkmargin.account.requirement import AnyRequirement, Requirement, requirement_bps
from zkmargin.errors import InputError
from zkmargin.spec.constants import BPS_BITS

from .exact import begin, bill, polish, trade
from .plan import make_plan
from .problem import Problem, funds, room_for, tradables
from .solver import solve
from .terms import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.snapshot.snapshot import Snapshot

    from .exact import State
    from .plan import Plan
    from .problem import Fund
    from .solver import Solution

__all__ = ["CUSHION", "Advice", "advise"]

CUSHION = Decimal("0.25")
"""Initial margin is 1.25 times maintenance margin in the models that come along: an account with less equity
may not open anything."""


@dataclass(frozen=True, slots=True, repr=False)
class Advice:
    """What to do about an account. As secret as the account.

    Attributes
    ----------
    before : MarginReport
        Of the account as it is, at the requirement that was asked for.
    target_bps : int
        What the equity is to be at least, in 1/10000 of the maintenance margin: the requirement with its
        cushion, rounded up.
    missing : Decimal
        The cash that would bring it there alone; 0 where it is there already.
    cheapest, deposits_only, trades_only : Plan
        Each may fall short of the target, where what may be done is not enough: see `Plan.missing`.
    """

    before: MarginReport
    target_bps: int
    missing: Decimal
    cheapest: Plan
    deposits_only: Plan
    trades_only: Plan

    @property
    def is_within_target(self) -> bool:
        """Whether there is nothing to do."""
        return not self.missing


def advise(
    account: Account,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
    *,
    cushion: Decimal = CUSHION,
    terms: Terms | None = None,
) -> Advice:
    """Find the cheapest deposits and trades after which an account is at its target.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    requirement : Requirement or int
        The claim; a number is in 1/10000 of the maintenance margin.
    cushion : Decimal
        What the equity is to exceed the claim by, as a part of it.
    terms : Terms, optional
        What may be done, and at which cost.

    Returns
    -------
    Advice
        The margin report has judged each of its plans.

    Raises
    ------
    InputError
        If the account does not fit the snapshot, or a term is about something that it does not have.
    """
    bps = requirement_bps(requirement, snapshot.parts.model.initial_bps)
    target = _target(bps, cushion)
    opened = OpenedAccount.of(account, snapshot)
    problem = _problem(opened, snapshot, target, Terms() if terms is None else terms)
    before = margin_report(opened, snapshot, bps)
    nothing = begin(problem)
    trading, trades_bound = _search(problem, (), nothing)
    mixed, mixed_bound = _search(problem, problem.funds, nothing)
    # The solver is off by its tolerances: what another search has found may be cheaper.
    cheapest = min((mixed, nothing, trading), key=lambda state: bill(problem, problem.funds, state))

    def plan(state: State, used: Sequence[Fund], bound: float) -> Plan:
        paid = bill(problem, used, state)
        return make_plan(account, snapshot, bps, problem, state, paid, bound=bound)

    return Advice(
        before=before,
        target_bps=target,
        missing=margin_report(opened, snapshot, target).cash_needed,
        cheapest=plan(cheapest, problem.funds, mixed_bound),
        deposits_only=plan(nothing, problem.funds, inf),
        trades_only=plan(trading, (), trades_bound),
    )


def _target(bps: int, cushion: Decimal) -> int:
    """Return the claim with its cushion, rounded up: a claim as well, so that a proof can show it."""
    if not cushion.is_finite() or cushion < 0:
        raise InputError("expected a number, 0 or more", source="cushion")
    context = Context(prec=100)
    target = int(context.multiply(bps, context.add(1, cushion)).to_integral_value(ROUND_CEILING))
    if target >= 1 << BPS_BITS:
        raise InputError(f"more than {(1 << BPS_BITS) - 1} / 10000 of the requirement", source="cushion")
    return target


def _problem(opened: OpenedAccount, snapshot: Snapshot, target: int, terms: Terms) -> Problem:
    account, opening = opened.account, opened.opening
    problem = Problem(
        margin=margin_of(opening, snapshot, account.source),
        target_bps=target,
        tradables=tradables(opening, snapshot, terms),
        funds=funds(account, snapshot, terms),
    )
    return _with_room(problem, room_for(opening, snapshot))


def _with_room(problem: Problem, room: int) -> Problem:
    """Leave out new positions beyond those that an account has room for.

    Those stay that cost most in the relaxed programme, where there is room for all: it uses few.
    """
    new = [number for number, one in enumerate(problem.tradables) if not one.held]
    if len(new) <= room:
        return problem
    relaxed = solve(problem, problem.funds)
    traded = (0.0,) * len(problem.tradables) if relaxed is None else relaxed.trades
    weights = {number: abs(traded[number]) * problem.tradables[number].cost for number in new}
    dropped = set(sorted(new, key=lambda number: weights[number], reverse=True)[room:])
    kept = (one for number, one in enumerate(problem.tradables) if number not in dropped)
    return replace(problem, tradables=tuple(kept))


def _search(problem: Problem, used: Sequence[Fund], nothing: State) -> tuple[State, float]:
    """Return trades without a cheaper neighbour by one lot, and a lower bound of the cost in micro-quote.

    Whole lots are searched for near the relaxed solution only.
    """
    paid = bill(problem, used, nothing)
    if not problem.tradables or (not paid.missing and not paid.cost):
        return nothing, float(paid.cost)
    relaxed = solve(problem, used)
    if relaxed is None:
        return polish(problem, used, nothing), 0.0
    # HiGHS has called solutions optimal that were not (scipy/scipy#24141): both are worked out.
    whole = solve(problem, used, relaxed)
    proposals = [_rounded(problem, one, nothing) for one in (relaxed, whole) if one is not None]
    polished = (polish(problem, used, state) for state in proposals)
    return min(polished, key=lambda state: bill(problem, used, state)), relaxed.cost


def _rounded(problem: Problem, solution: Solution, nothing: State) -> State:
    """Return the trades of a solution in whole lots, within what may be traded."""
    state = nothing
    for number, (one, lots) in enumerate(zip(problem.tradables, solution.trades, strict=True)):
        whole = min(max(round(lots), one.lowest), one.highest)
        state = trade(problem, state, number, whole) or state
    return state
