"""Advice for one account: the cheapest plan, the cheapest with deposits only, and with trades only."""

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

_TRIES = 3
"""The trades that a search leaves out in vain before it ends; each takes some 50 ms in an account of 30 positions."""

CUSHION = Decimal("0.25")
"""The bundled models' initial margin is 1.25 times maintenance margin; with less equity, an account cannot open
positions."""


@dataclass(frozen=True, slots=True, repr=False)
class Advice:
    """Three plans for an account. As secret as the account.

    Attributes
    ----------
    before : MarginReport
        The margin report before any plan, at the requested claim.
    target_bps : int
        The minimum equity in 1/10000 of the maintenance margin: the claim with its cushion, rounded up.
    missing : Decimal
        The cash that alone would reach the target; 0 if the account is at its target.
    cheapest, deposits_only, trades_only : Plan
        A plan can fall short of the target if the terms permit too little: see `Plan.missing`.
    """

    before: MarginReport
    target_bps: int
    missing: Decimal
    cheapest: Plan
    deposits_only: Plan
    trades_only: Plan

    @property
    def is_within_target(self) -> bool:
        """Whether the account already is at its target."""
        return not self.missing


def advise(
    account: Account,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
    *,
    cushion: Decimal = CUSHION,
    terms: Terms | None = None,
) -> Advice:
    """Find the cheapest deposits and trades that bring an account to its target.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    requirement : Requirement or int
        The claim; a number is in 1/10000 of the maintenance margin.
    cushion : Decimal
        The target is the claim times 1 + cushion.
    terms : Terms, optional
        The permitted deposits and trades, and their costs.

    Returns
    -------
    Advice
        Each plan has its margin report.

    Raises
    ------
    InputError
        If the account does not fit the snapshot, or a term names something that the snapshot does not have.
    """
    bps = requirement_bps(requirement, snapshot.parts.model.initial_bps)
    target = _target(bps, cushion)
    opened = OpenedAccount.of(account, snapshot)
    problem = _problem(opened, snapshot, target, Terms() if terms is None else terms)
    before = margin_report(opened, snapshot, bps)
    nothing = begin(problem)
    trading, trades_bound = _search(problem, (), nothing)
    mixed, mixed_bound = _search(problem, problem.funds, nothing)
    # The solver is inexact within its tolerances, so another search's result can be cheaper.
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
    """Return the claim with its cushion, rounded up; it is itself a claim, which a proof can show."""
    if not cushion.is_finite() or cushion < 0:
        raise InputError("expected a number, 0 or more", source="cushion")
    context = Context(prec=100)
    target = int(context.multiply(bps, context.add(1, cushion)).to_integral_value(ROUND_CEILING))
    if target >= 1 << BPS_BITS:
        reason = (
            f"the claim with its cushion must be at most {(1 << BPS_BITS) - 1} / 10000 of the requirement"
        )
        raise InputError(reason, source="cushion")
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
    """Drop instruments that the account does not hold until it has room for the rest.

    Those with the highest spending in the relaxed programme, which has room for all, stay; it uses few.
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
    """Return trades that no smaller change makes cheaper, and a lower bound of the cost in micro-quote.

    The linear programme has no fixed costs, so its smallest trades are left out where that is cheaper.
    """
    paid = bill(problem, used, nothing)
    if not problem.tradables or (not paid.missing and not paid.cost):
        return nothing, float(paid.cost)
    best, bound = _proposed(problem, used, nothing)
    if any(one.fee or one.least > 1 for one in problem.tradables):
        best = _with_fewer_trades(problem, used, nothing, best)
    # A plan without any trade costs what it did before; each other one pays a fee.
    fees = min(one.fee for one in problem.tradables)
    return best, bound + fees if paid.missing else min(float(paid.cost), bound + fees)


def _with_fewer_trades(problem: Problem, used: Sequence[Fund], nothing: State, state: State) -> State:
    """Leave out trades one at a time, the smallest first, until `_TRIES` in turn have not made the plan cheaper."""
    least, tried, failures = bill(problem, used, state), set[int](), 0
    while failures < _TRIES:
        left = [number for number, lots in enumerate(state.trades) if lots and number not in tried]
        if not left:
            break
        number = min(left, key=lambda one: problem.tradables[one].price(state.trades[one]))
        fewer = _without(problem, number)
        found, _ = _proposed(fewer, used, nothing)
        paid = bill(problem, used, found)
        tried.add(number)
        failures = failures + 1
        if paid < least:
            problem, state, least, failures = fewer, found, paid, 0
    return state


def _without(problem: Problem, number: int) -> Problem:
    """Return the problem without trades of one instrument, which keeps its place."""
    fixed = replace(problem.tradables[number], lowest=0, highest=0)
    kept = problem.tradables
    return replace(problem, tradables=(*kept[:number], fixed, *kept[number + 1 :]))


def _proposed(problem: Problem, used: Sequence[Fund], nothing: State) -> tuple[State, float]:
    """Return the solver's trades in whole lots, improved, and a lower bound of the cost without fees.

    The search for whole lots is limited to the neighbourhood of the relaxed solution.
    """
    relaxed = solve(problem, used)
    if relaxed is None:
        return polish(problem, used, nothing), 0.0
    # HiGHS has reported suboptimal solutions as optimal (scipy/scipy#24141), so both are valued.
    whole = solve(problem, used, relaxed)
    proposals = [_rounded(problem, one, nothing) for one in (relaxed, whole) if one is not None]
    polished = (polish(problem, used, state) for state in proposals)
    return min(polished, key=lambda state: bill(problem, used, state)), relaxed.cost


def _rounded(problem: Problem, solution: Solution, nothing: State) -> State:
    """Return the trades of a solution in whole lots, within their limits."""
    state = nothing
    for number, (one, lots) in enumerate(zip(problem.tradables, solution.trades, strict=True)):
        whole = min(max(round(lots), one.lowest), one.highest)
        if not one.permits(whole):
            whole = 0 if 2 * abs(whole) < one.least else one.least if whole > 0 else -one.least
        state = trade(problem, state, number, whole) or state
    return state
