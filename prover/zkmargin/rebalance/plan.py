"""A plan: what to deposit and trade, what it costs, and the account after it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING

from zkmargin.account.account import SALT_BITS
from zkmargin.account.report import margin_report
from zkmargin.proofs.transition import CASH

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.snapshot.snapshot import Snapshot

    from .exact import Bill, State
    from .problem import Fund, Problem, Tradable

__all__ = ["Deposit", "Plan", "Trade", "make_plan"]

# Whatever the caller's context has: the longest numbers here are a lot's 30 digits times 32 bits.
_EXACT = Context(prec=100)
_MICRO_DECIMALS = 6


@dataclass(frozen=True, slots=True, repr=False)
class Deposit:
    """Something to deposit.

    Attributes
    ----------
    asset : str
        An asset, or `zkmargin.proofs.transition.CASH`: what `zkmargin.proofs.transition.Change` takes.
    amount : Decimal
        In whole assets.
    cost : Decimal
        In the quote currency, rounded up to six decimals.
    """

    asset: str
    amount: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Trade:
    """Something to buy or sell at the snapshot's mark.

    Attributes
    ----------
    instrument : str
    quantity : Decimal
        In units of the underlying: bought if positive, sold if negative.
    cash : Decimal
        What the mark and the cost change the balance by.
    cost : Decimal
        In the quote currency.
    """

    instrument: str
    quantity: Decimal
    cash: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Deposits and trades that go together. As secret as the account.

    Attributes
    ----------
    deposits : tuple of Deposit
    trades : tuple of Trade
    cost : Decimal
        Of all of them, in the quote currency, rounded up to six decimals.
    missing : Decimal
        What would have to be added in cash for the target to be met; 0 where the plan meets it.
    account : Account
        After the plan, with the next nonce and a new salt, as if all of it were one step.
    report : MarginReport
        Of that account, at the requirement that was asked for.
    reaches_target : bool
        What the margin report at the target says of that account.
    bound : Decimal
        What any plan of its kind costs at least, as far as the solver says, rounded down to six decimals;
        0 where the target is not met.
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
    """Write down what a search has found, and have the account after it judged.

    Parameters
    ----------
    account : Account
        Before.
    snapshot : Snapshot
    requirement : Requirement or int
    problem : Problem
    state : State
        The trades.
    paid : Bill
        The deposits, one for each of the problem's first funds.
    bound : float
        Of the cost, in micro-quote.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the account after it has a value out of range.
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
    cost = one.cost * abs(lots)
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
    return replace(
        account,
        nonce=account.nonce + 1,
        salt=secrets.randbits(SALT_BITS),
        cash=cash,
        collateral=collateral,
        positions={name: quantity for name, quantity in positions.items() if quantity},
    )


def _micro(number: int) -> Decimal:
    return _EXACT.scaleb(Decimal(number), -_MICRO_DECIMALS)
