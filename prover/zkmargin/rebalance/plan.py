"""A plan: deposits, trades, their cost, and the account afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING

from zkmargin.account.funds import CASH
from zkmargin.account.report import margin_report

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.snapshot.snapshot import Snapshot

    from .exact import Bill, State
    from .problem import Fund, Problem, Tradable

__all__ = ["Deposit", "Plan", "Trade", "make_plan"]

# Independent of the caller's decimal context; the longest numbers are 30 digits of a lot times 32 bits.
_EXACT = Context(prec=100)
_MICRO_DECIMALS = 6


@dataclass(frozen=True, slots=True, repr=False)
class Deposit:
    """A deposit.

    Attributes
    ----------
    asset : str
        A collateral asset or `zkmargin.account.funds.CASH`.
    amount : Decimal
        The amount in whole units of the asset.
    cost : Decimal
        The cost in the quote currency, rounded up to six decimals.
    """

    asset: str
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Trade:
    """A trade at the snapshot's mark.

    Attributes
    ----------
    instrument : str
    quantity : Decimal
        Units of the underlying; positive numbers are bought.
    cash : Decimal
        The change of the cash balance by mark and cost.
    cost : Decimal
        The cost in the quote currency.
    """

    instrument: str
    quantity: Decimal
    cash: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Deposits and trades to make together. As secret as the account.

    Attributes
    ----------
    deposits : tuple of Deposit
    trades : tuple of Trade
    cost : Decimal
        The total cost in the quote currency, rounded up to six decimals.
    missing : Decimal
        The additional cash that the target requires; 0 if the plan meets it.
    account : Account
        The account after the plan, with the next nonce, as if the plan were one step.
    report : MarginReport
        The margin report of that account at the requested claim.
    reaches_target : bool
        Whether that account is healthy at the target, by its margin report.
    bound : Decimal
        The solver's lower bound of the cost of any plan of this kind, rounded down to six decimals; 0 if the
        target is not met.
    """

    deposits: tuple[Deposit, ...]
    trades: tuple[Trade, ...]
    cost: Decimal
    missing: Decimal
    account: Account
    report: MarginReport
    reaches_target: bool
    bound: Decimal


def make_plan(  # noqa: PLR0913, PLR0917  # what a plan consists of
    account: Account,
    snapshot: Snapshot,
    requirement: AnyRequirement,
    problem: Problem,
    state: State,
    paid: Bill,
    bound: float,
) -> Plan:
    """Make a plan of a search's result, with the margin report of the account afterwards.

    Parameters
    ----------
    account : Account
        The account before the plan.
    snapshot : Snapshot
    requirement : Requirement or int
        The claim.
    problem : Problem
    state : State
        The trades.
    paid : Bill
        The deposits, one for each of the problem's first funds.
    bound : float
        The lower bound of the cost, in micro-quote.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If a value of the account afterwards is out of range.
    """
    deposits = tuple(
        _deposit(fund, amount) for fund, amount in zip(problem.funds, paid.deposits, strict=False) if amount
    )
    chosen = zip(problem.tradables, state.trades, strict=True)
    trades = tuple(_trade(one, lots, snapshot) for one, lots in chosen if lots)
    after = _after(account, deposits, problem, state, trades)
    return Plan(
        deposits=deposits,
        trades=trades,
        cost=_micro(ceil(paid.cost)),
        missing=_micro(paid.missing),
        account=after,
        report=margin_report(after, snapshot, requirement),
        reaches_target=margin_report(after, snapshot, problem.target_bps).healthy,
        bound=_micro(_bound(paid, bound)),
    )


def _bound(paid: Bill, bound: float) -> int:
    if paid.missing:
        return 0
    return floor(min(paid.cost, Fraction(bound)) if isfinite(bound) else paid.cost)


def _deposit(fund: Fund, amount: int) -> Deposit:
    return Deposit(fund.asset, _micro(amount), _micro(ceil(amount * fund.cost)))


def _trade(one: Tradable, lots: int, snapshot: Snapshot) -> Trade:
    cost = one.price(lots)
    cash = -lots * one.row.slots[snapshot.parts.layout.mark] - cost
    return Trade(one.listing.name, _EXACT.multiply(one.listing.lot, lots), _micro(cash), _micro(cost))


def _after(
    account: Account, deposits: tuple[Deposit, ...], problem: Problem, state: State, trades: tuple[Trade, ...]
) -> Account:
    cash, collateral, positions = account.cash, dict(account.collateral), dict(account.positions)
    for deposit in deposits:
        if deposit.asset == CASH:
            cash = _EXACT.add(cash, deposit.amount)
        else:
            before = collateral.get(deposit.asset, Decimal(0))
            collateral[deposit.asset] = _EXACT.add(before, deposit.amount)
    for trade in trades:
        cash = _EXACT.add(cash, trade.cash)
    for one, lots in zip(problem.tradables, state.trades, strict=True):
        if lots:
            positions[one.listing.name] = _EXACT.multiply(one.listing.lot, one.held + lots)
    traded = account.holding({name: quantity for name, quantity in positions.items() if quantity})
    return replace(traded, nonce=account.nonce + 1, cash=cash, collateral=collateral)


def _micro(number: int) -> Decimal:
    return _EXACT.scaleb(Decimal(number), -_MICRO_DECIMALS)
