"""A margin report as text and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.risk.scenarios import write_scenario

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.account.report import MarginReport, UnderlyingReport
    from zkmargin.account.venue_formula import VenueFormula
    from zkmargin.risk import Model, Ranges, Scenario

__all__ = ["report_to_json", "show_account", "show_underlyings"]

_AMOUNTS = ("scenarios", "mark", "delta", "gamma", "vega", "scan", "floor", "add_on", "risk")
_BINDS = "<- binds"
_TOTALS = ("maintenance", "required", "cash", "mark", "collateral", "equity", "cushion", "cash_needed")


def report_to_json(report: MarginReport, model: Model, venue: VenueFormula | None = None) -> dict[str, Any]:
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
        "scenarios": [write_scenario(one) for one in model.scenarios],
        **({} if venue is None else {"venue_formula": _venue_to_json(venue)}),
    }


def _venue_to_json(venue: VenueFormula) -> dict[str, str | None]:
    return {
        "formula": venue.title,
        "level": venue.level,
        "at_least": _optional(venue.least),
        "requirement": decimal_text(venue.ours),
        "at_most_above": _optional(venue.above),
        "reason": venue.reason,
    }


def show_underlyings(report: MarginReport, model: Model) -> None:
    """Write the risk of each underlying."""
    for one in report.underlyings:
        _show_underlying(one, model.scenarios, model.ranges(one.underlying))


def show_account(report: MarginReport, venue: VenueFormula | None = None) -> None:
    """Write equity and requirement, whether the account is healthy, and what would cure it."""
    rows = (
        ("cash", report.cash),
        ("positions at their marks", report.mark),
        ("collateral after haircuts", report.collateral),
        ("equity", report.equity),
        ("maintenance margin", report.maintenance),
        (f"required: {report.requirement_bps} / 10000 of it", report.required),
        ("cushion" if report.healthy else "shortfall", abs(report.cushion)),
    )
    print_table(
        [(title, f"{amount:,.2f}") for title, amount in rows], headings=("account", report.quote), right={1}
    )
    print_line()
    if venue is not None:
        print_line(venue_text(venue, report))
    if report.healthy:
        print_line("healthy: you can prove this")
    else:
        _show_cure(report)


def venue_text(venue: VenueFormula, report: MarginReport) -> str:
    """Return two lines: the venue's own margin, and its distance from the requirement."""
    if venue.least is None:
        return f"{venue.title}: unknown, {venue.reason}"
    above = venue.above or Decimal(0)
    share = f" ({abs(above) / venue.least:.0%})" if venue.least > 0 else ""
    size = f"{abs(above):,.2f} {report.quote}{share}"
    distance = f"at most {size} above it" if above >= 0 else f"at least {size} below it"
    text = (
        f"{venue.title}, {venue.level}: at least {venue.least:,.2f} {report.quote}\n"
        f"the model's requirement of {venue.ours:,.2f} is {distance}"
    )
    if report.equity < min(venue.least, venue.ours):
        return f"{text}; the equity is below both"
    return text


def _show_underlying(one: UnderlyingReport, scenarios: tuple[Scenario, ...], ranges: Ranges) -> None:
    print_line(f"{one.underlying}: {one.positions} position{'s' if one.positions != 1 else ''}")
    print_table(
        [
            (
                str(number),
                *_moves(scenario, ranges),
                f"{profit:,.2f}",
                _BINDS if number == one.binding_scenario else "",
            )
            for number, (scenario, profit) in enumerate(zip(scenarios, one.scenarios, strict=True))
        ],
        headings=("#", "price", "volatility", "cover", "profit"),
        right=range(5),
        indent=2,
    )
    print_line()
    short = _BINDS if one.floor > one.scan else ""
    greeks = (("gamma (of the delta, per 1 % move)", one.gamma), ("vega (per volatility point)", one.vega))
    rows = [
        ("scanning risk", one.scan, ""),
        ("short option minimum", one.floor, short),
        ("add-on", one.add_on, ""),
        ("mark", one.mark, ""),
        ("delta (per doubling of the price)", one.delta, ""),
        *((title, amount, "") for title, amount in greeks if amount is not None),
    ]
    print_table([(title, f"{amount:,.2f}", note) for title, amount, note in rows], right={1}, indent=2)
    print_line()


def _show_cure(report: MarginReport) -> None:
    worst = max(report.underlyings, key=lambda one: one.risk + one.add_on, default=None)
    print_line("NOT healthy")
    if worst is not None and worst.risk > 0:
        scenario = worst.binding_scenario
        what = "the short option minimum" if scenario is None else f"scenario {scenario}"
        print_line(f"largest part of the requirement: {worst.underlying}, where {what} binds")
    cures = [f"{decimal_text(report.cash_needed)} {report.quote} in cash"]
    cures += [f"{decimal_text(amount)} {asset}" for asset, amount in report.collateral_needed.items()]
    print_line(f"any one of these deposits restores it: {', '.join(cures)}")


def _moves(scenario: Scenario, ranges: Ranges) -> tuple[str, str, str]:
    """Return the moves of price and volatility (in ranges or points), and the cover."""
    price = f"{float(scenario.move(ranges)):+.1%}"
    volatility = "at delta" if scenario.is_linear else str(scenario.volatility)
    volatility += " in points" if scenario.is_points else ""
    return price, volatility, f"{float(scenario.weight(ranges)):.1%}"


def _optional(number: Decimal | None) -> str | None:
    return None if number is None else decimal_text(number)


def _texts(value: Decimal | tuple[Decimal, ...] | None) -> str | list[str] | None:
    if value is None:
        return None
    return [decimal_text(one) for one in value] if isinstance(value, tuple) else decimal_text(value)
