"""A margin report as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..fields import decimal_text
from .output import print_line

if TYPE_CHECKING:
    from decimal import Decimal

    from ..report import MarginReport, UnderlyingReport
    from ..risk import Scenario

__all__ = ["report_to_json", "show_report"]

_AMOUNTS = ("scenarios", "mark", "delta", "scan", "floor", "add_on", "risk")
_TOTALS = ("maintenance", "required", "cash", "mark", "collateral", "equity", "cushion", "cash_needed")


def report_to_json(report: MarginReport, scenarios: tuple[Scenario, ...]) -> dict[str, Any]:
    """Return a report as an object; numbers are decimal strings."""
    return {
        "quote": report.quote,
        "healthy": report.healthy,
        "requirement_bps": report.requirement_bps,
        **{name: decimal_text(getattr(report, name)) for name in _TOTALS},
        "collateral_needed": {
            asset: decimal_text(amount) for asset, amount in report.collateral_needed.items()
        },
        "underlyings": [
            {
                "underlying": one.underlying,
                "positions": one.positions,
                "binding_scenario": one.binding_scenario,
                **{name: _texts(getattr(one, name)) for name in _AMOUNTS},
            }
            for one in report.underlyings
        ],
        "scenarios": [
            {"price": str(one.price), "volatility": str(one.volatility), "cover": str(one.cover)}
            for one in scenarios
        ],
    }


def show_report(report: MarginReport, scenarios: tuple[Scenario, ...]) -> None:
    """Write a report."""
    for one in report.underlyings:
        _show_underlying(one, scenarios)
    print_line(f"{'':<34}{report.quote:>18}")
    rows = (
        ("cash", report.cash),
        ("positions at their marks", report.mark),
        ("collateral after haircuts", report.collateral),
        ("equity", report.equity),
        ("maintenance margin", report.maintenance),
        (f"claimed: {report.requirement_bps} / 10000 of it", report.required),
        ("cushion" if report.healthy else "shortfall", abs(report.cushion)),
    )
    for title, amount in rows:
        print_line(f"{title:<34}{amount:>18,.2f}")
    print_line()
    if report.healthy:
        print_line("healthy: this can be proven")
    else:
        _show_cure(report)


def _show_underlying(one: UnderlyingReport, scenarios: tuple[Scenario, ...]) -> None:
    print_line(f"{one.underlying}: {one.positions} position{'s' if one.positions != 1 else ''}")
    print_line("   #   price  volatility  cover                 profit")
    for number, (scenario, profit) in enumerate(zip(scenarios, one.scenarios, strict=True)):
        binds = "  <- binds" if number == one.binding_scenario else ""
        moves = f"{scenario.price!s:>7} {scenario.volatility!s:>11} {scenario.cover!s:>6}"
        print_line(f"  {number:>2} {moves} {profit:>22,.2f}{binds}")
    short = "  <- binds" if one.floor > one.scan else ""
    rows = (
        ("scanning risk", one.scan, ""),
        ("short option minimum", one.floor, short),
        ("add-on", one.add_on, ""),
        ("mark", one.mark, ""),
        ("delta (per doubling of the price)", one.delta, ""),
    )
    for title, amount, note in rows:
        print_line(f"  {title:<33}{amount:>17,.2f}{note}")
    print_line()


def _show_cure(report: MarginReport) -> None:
    worst = max(report.underlyings, key=lambda one: one.risk + one.add_on, default=None)
    print_line("NOT healthy")
    if worst is not None and worst.risk > 0:
        scenario = worst.binding_scenario
        what = "its short option minimum" if scenario is None else f"scenario {scenario}"
        print_line(f"most of the requirement comes from {worst.underlying}, where {what} binds")
    cures = [f"{decimal_text(report.cash_needed)} {report.quote} in cash"]
    cures += [f"{decimal_text(amount)} {asset}" for asset, amount in report.collateral_needed.items()]
    print_line(f"one of these would cure it: {', '.join(cures)}")


def _texts(value: Decimal | tuple[Decimal, ...]) -> str | list[str]:
    return [decimal_text(one) for one in value] if isinstance(value, tuple) else decimal_text(value)
