"""Backtests as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .histories import describe_history
from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.risk.backtest import Backtest, Side
    from zkmargin.risk.history import History

__all__ = ["history_to_json", "show_backtests"]

_SIGNIFICANCE = 0.05
_HEADINGS = (
    "model",
    "buffer",
    "mean\nrequirement",
    "long\nbreaches",
    "\nKupiec p",
    "",
    "short\nbreaches",
    "\nKupiec p",
    "",
    "peak /\ntrough",
    "largest rise\n1 day",
    "\n5 days",
)


def show_backtests(results: Iterable[tuple[History, Sequence[Backtest]]]) -> None:
    """Write a table for each history."""
    for history, tests in results:
        _show(history, tests)
    print_line("+ and -: significantly more, or fewer, breaches than expected, by Kupiec's test at 5 %")


def _show(history: History, tests: Sequence[Backtest]) -> None:
    first = tests[0]
    print_line(f"{history.name}: {describe_history(history)}")
    print_line(
        f"tested on {first.tested} days from {first.dates[0]}, after a warm-up; "
        f"expected breaches per side at {100 * first.confidence:.6g}%: {first.expected:.1f}"
    )
    print_line()
    print_table(map(_row, tests), headings=_HEADINGS, right=range(2, len(_HEADINGS)))
    print_line()


def _row(one: Backtest) -> tuple[str, ...]:
    cycle = one.procyclicality
    return (
        one.model,
        one.buffer,
        f"{one.mean_requirement:.2%}",
        *_side(one.long, one),
        *_side(one.short, one),
        f"{cycle.peak_to_trough:.2f}",
        f"{cycle.one_day:.1%}",
        f"{cycle.five_days:.1%}",
    )


def _side(side: Side, test: Backtest) -> tuple[str, str, str]:
    return str(side.breaches.sum()), f"{side.kupiec.p_value:.3f}", _verdict(side, test)


def _verdict(side: Side, test: Backtest) -> str:
    """Mark what Kupiec's test rejects: + for too many breaches, - for too few."""
    if side.kupiec.p_value >= _SIGNIFICANCE:
        return ""
    return "+" if side.breaches.sum() > test.expected else "-"


def history_to_json(history: History, tests: Sequence[Backtest]) -> dict[str, Any]:
    """Return the tests of a history as an object."""
    return {
        "underlying": history.name,
        "days": len(history.dates),
        "first": str(history.dates[0]),
        "last": str(history.dates[-1]),
        "missing": [[str(first), str(last)] for first, last in history.gaps],
        "tests": [_test_to_json(one) for one in tests],
    }


def _test_to_json(one: Backtest) -> dict[str, Any]:
    cycle = one.procyclicality
    return {
        "model": one.model,
        "buffer": one.buffer,
        "tested": one.tested,
        "expected_breaches": _number(one.expected),
        "mean_requirement": _number(one.mean_requirement),
        "long": _side_to_json(one.long, one),
        "short": _side_to_json(one.short, one),
        "peak_to_trough": _number(cycle.peak_to_trough),
        "largest_rise_1_day": _number(cycle.one_day),
        "largest_rise_5_days": _number(cycle.five_days),
    }


def _side_to_json(side: Side, test: Backtest) -> dict[str, Any]:
    days = [str(day) for day, breached in zip(test.dates, side.breaches, strict=True) if breached]
    return {
        "breaches": len(days),
        "coverage": _number(1 - len(days) / test.tested),
        "kupiec": {"statistic": _number(side.kupiec.statistic), "p_value": _number(side.kupiec.p_value)},
        "christoffersen": {
            "statistic": _number(side.christoffersen.statistic),
            "p_value": _number(side.christoffersen.p_value),
        },
        "largest_shortfall": _number(side.largest_shortfall),
        "breach_days": days,
    }


def _number(value: float) -> float:
    """Round a number to six significant digits."""
    return float(f"{value:.6g}")
