"""Backtests as text and as JSON."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from .histories import describe_history
from .loss_text import HEADINGS, as_number, cells, explain, test_to_json
from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.risk.adjustment import Adjustment
    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.history import History
    from zkmargin.risk.procyclicality import Procyclicality

__all__ = ["cycle_cells", "cycle_to_json", "history_to_json", "show_backtests"]

_TESTS = ("model", "buffer", "position", *HEADINGS)
_CYCLES = ("model", "buffer", "peak /\ntrough", "largest rise\n1 day", "\n5 days")


def show_backtests(
    results: Sequence[tuple[History, Sequence[Backtest]]], adjustment: Adjustment, requirement: str
) -> None:
    """Write the tables of each history, and what their columns mean."""
    for history, tests in results:
        print_line(f"{history.name}: {describe_history(history)}")
        rule = ", ".join(f"{name} {value}" for name, value in adjustment.rule(history.name).to_json().items())
        print_line(f"requirement: {requirement}; ranges by {adjustment.name}: {rule}")
        for days in dict.fromkeys(one.close_out for one in tests):
            _show([one for one in tests if one.close_out == days])
    explain(overlap=any(one.close_out > 1 for _, tests in results for one in tests))


def _show(tests: Sequence[Backtest]) -> None:
    first = tests[0]
    days = "day" if first.close_out == 1 else "days"
    print_line(
        f"losses over {first.close_out} {days}, tested on {first.tested} days from {first.dates[0]}, after a warm-up; "
        f"expected breaches at {100 * first.confidence:.6g}%: {first.expected:.1f}"
    )
    print_line()
    rows = [row for one in tests for row in _rows(one)]
    print_table(rows, headings=_TESTS, right=range(3, len(_TESTS)))
    print_line()
    cycles = [(one.model, one.buffer, *cycle_cells(one.procyclicality)) for one in tests]
    print_table(cycles, headings=_CYCLES, right=range(2, len(_CYCLES)))
    print_line()


def _rows(one: Backtest) -> Iterator[tuple[str, ...]]:
    yield one.model, one.buffer, "long", *cells(one.long)
    yield "", "", "short", *cells(one.short)


def cycle_cells(cycle: Procyclicality) -> tuple[str, str, str]:
    """Return the cells of the measures of procyclicality."""
    return f"{cycle.peak_to_trough:.2f}", f"{cycle.one_day:.1%}", f"{cycle.five_days:.1%}"


def cycle_to_json(cycle: Procyclicality) -> dict[str, float]:
    """Return the measures of procyclicality as members of an object."""
    return {
        "peak_to_trough": as_number(cycle.peak_to_trough),
        "largest_rise_1_day": as_number(cycle.one_day),
        "largest_rise_5_days": as_number(cycle.five_days),
    }


def history_to_json(history: History, tests: Sequence[Backtest], adjustment: Adjustment) -> dict[str, Any]:
    """Return the tests of a history as an object."""
    return {
        "underlying": history.name,
        "days": len(history.dates),
        "first": str(history.dates[0]),
        "last": str(history.dates[-1]),
        "missing": [[str(first), str(last)] for first, last in history.gaps],
        "rule": adjustment.rule(history.name).to_json(),
        "tests": [_test_to_json(one) for one in tests],
    }


def _test_to_json(one: Backtest) -> dict[str, Any]:
    return {
        "model": one.model,
        "buffer": one.buffer,
        "close_out_days": one.close_out,
        "tested": one.tested,
        "expected_breaches": as_number(one.expected),
        "mean_requirement": as_number(one.mean_requirement),
        "long": test_to_json(one.long),
        "short": test_to_json(one.short),
        **cycle_to_json(one.procyclicality),
        "by_day": [
            {
                "day": str(day),
                "close": as_number(close),
                "range": as_number(price_range),
                "long": as_number(long),
                "short": as_number(short),
                "loss_of_long": None if isnan(loss) else as_number(loss),
            }
            for day, close, price_range, long, short, loss in zip(
                one.dates,
                one.closes,
                one.ranges,
                one.long.requirements,
                one.short.requirements,
                one.long.losses,
                strict=True,
            )
        ],
    }
