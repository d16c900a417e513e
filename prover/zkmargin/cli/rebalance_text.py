"""Advice on an account as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.account.report import MarginReport
    from zkmargin.rebalance import Advice, Plan

__all__ = ["advice_to_json", "show_advice"]

_TITLES = {"cheapest": "cheapest", "deposits_only": "deposits only", "trades_only": "trades only"}
_TOTALS = ("maintenance", "required", "equity", "cushion")
_WORTH_SAYING = 1.001
"""Ratio of a plan's cost to the solver's lower bound above which the text mentions the bound."""


def advice_to_json(advice: Advice) -> dict[str, Any]:
    """Return advice as an object; numbers are decimal strings."""
    return {
        "quote": advice.before.quote,
        "requirement_bps": advice.before.requirement_bps,
        "target_bps": advice.target_bps,
        "within_target": advice.is_within_target,
        "missing": decimal_text(advice.missing),
        "before": _totals(advice.before),
        "plans": {name: _plan_to_json(getattr(advice, name)) for name in _TITLES},
    }


def show_advice(advice: Advice) -> None:
    """Write advice: each plan, then the totals of all."""
    quote = advice.before.quote
    print_line(f"target: equity of {advice.target_bps} / 10000 of the maintenance margin")
    if advice.is_within_target:
        print_line("within the target: nothing to do")
        _show_totals(advice, ())
        return
    print_line(f"missing: {decimal_text(advice.missing)} {quote}")
    shown: dict[str, str] = {}
    for name, title in _TITLES.items():
        plan = getattr(advice, name)
        same = shown.setdefault(_key(plan), title)
        print_line()
        if same != title:
            print_line(f"{title}: same as {same}")
        else:
            _show_plan(title, plan, quote)
    print_line()
    _show_totals(advice, tuple(_TITLES))


def _show_plan(title: str, plan: Plan, quote: str) -> None:
    print_line(f"{title}: costs {plan.cost:,.2f} {quote}")
    rows = [("deposit", one.asset, decimal_text(one.amount), f"{one.cost:,.2f}") for one in plan.deposits]
    for trade in plan.trades:
        side = "buy" if trade.quantity > 0 else "sell"
        rows.append((side, trade.instrument, decimal_text(abs(trade.quantity)), f"{trade.cost:,.2f}"))
    if rows:
        print_table(rows, headings=("", "", "amount", "cost"), right={2, 3}, indent=2)
    if not plan.reaches_target:
        print_line(f"  NOT enough: {decimal_text(plan.missing)} {quote} in cash would still be missing")
    elif float(plan.cost) > _WORTH_SAYING * float(plan.bound):
        print_line(f"  a cheaper plan may exist, for at least {plan.bound:,.2f} {quote}")


def _show_totals(advice: Advice, names: tuple[str, ...]) -> None:
    rows = [_total_row("before", "", advice.before)]
    for name in names:
        plan = getattr(advice, name)
        rows.append(_total_row(_TITLES[name], f"{plan.cost:,.2f}", plan.report))
    print_table(rows, headings=("", "cost", "requirement", "equity", "cushion"), right=range(1, 6))


def _total_row(title: str, cost: str, report: MarginReport) -> tuple[str, ...]:
    part = f"{report.cushion / report.required:+.1%}" if report.required else ""
    amounts = (f"{one:,.2f}" for one in (report.required, report.equity, report.cushion))
    return (title, cost, *amounts, part)


def _plan_to_json(plan: Plan) -> dict[str, Any]:
    return {
        "reaches_target": plan.reaches_target,
        "cost": decimal_text(plan.cost),
        "bound": decimal_text(plan.bound),
        "missing": decimal_text(plan.missing),
        "deposits": [_texts(one, ("asset", "amount", "cost")) for one in plan.deposits],
        "trades": [_texts(one, ("instrument", "quantity", "cash", "cost")) for one in plan.trades],
        "after": _totals(plan.report),
    }


def _totals(report: MarginReport) -> dict[str, str]:
    return {name: _text(getattr(report, name)) for name in _TOTALS}


def _texts(item: object, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _text(getattr(item, name)) for name in names}


def _text(value: Decimal | str) -> str:
    return value if isinstance(value, str) else decimal_text(value)


def _key(plan: Plan) -> str:
    """Return a text that equal plans share."""
    return str(_plan_to_json(plan))
