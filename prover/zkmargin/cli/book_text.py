"""Backtests of books as text and as JSON."""

from __future__ import annotations

from itertools import groupby
from math import isnan
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.utc import iso_text
from zkmargin.risk.history import gaps_between

from .backtest_text import cycle_cells, cycle_to_json
from .histories import describe_gaps
from .loss_text import HEADINGS, as_number, cells, explain, test_to_json
from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from zkmargin.risk.book_backtest import BookBacktest, LeftOut
    from zkmargin.risk.market_day import MarketDay

__all__ = ["book_to_json", "show_book"]

_SHOWN = 10
_TESTS = ("model", "requirement", *HEADINGS)
_CYCLES = ("model", "peak /\ntrough", "largest rise\n1 day", "\n5 days")


def show_book(days: Sequence[MarketDay], tests: Sequence[BookBacktest]) -> None:
    """Write the tables of a book, its expired positions and those without a value."""
    first = tests[0]
    dates = [day.date for day in days]
    print_line(
        f"{len(days)} files, {dates[0]} to {dates[-1]}; {describe_gaps(dates)}; amounts in {first.quote}"
    )
    if first.estimated:
        print_line(f"estimated marks of positions: {first.estimated}")
    for close_out in dict.fromkeys(one.close_out for one in tests):
        _show([one for one in tests if one.close_out == close_out])
    _show_settlements(first)
    explain(overlap=any(one.close_out > 1 for one in tests))


def _show(tests: Sequence[BookBacktest]) -> None:
    first = tests[0]
    days = "1 day" if first.close_out == 1 else f"{first.close_out} days"
    test = first.maintenance
    print_line(
        f"losses over {days}, tested on {test.tested} of {len(first.dates)} days; "
        f"expected breaches at {100 * test.confidence:.6g}%: {test.expected:.1f}"
    )
    print_line(f"closed positions: {first.closings}")
    print_line(f"mean cost of a close-out, part of the loss: {_amount(first.closings.mean)}")
    print_line()
    rows = [row for one in tests for row in _rows(one)]
    print_table(rows, headings=_TESTS, right=range(2, len(_TESTS)))
    print_line()
    cycles = [
        (one.model, *(cycle_cells(one.procyclicality) if one.procyclicality else ("-", "-", "-")))
        for one in tests
    ]
    print_table(cycles, headings=_CYCLES, right=range(1, len(_CYCLES)))
    print_line()
    _show_left_out(first.left_out)


def _rows(one: BookBacktest) -> Iterator[tuple[str, ...]]:
    yield one.model, "maintenance", *cells(one.maintenance, _amount)
    yield "", "initial", *cells(one.initial, _amount)


def _amount(value: float) -> str:
    return f"{value:,.2f}"


def _show_left_out(left_out: Sequence[LeftOut]) -> None:
    if not left_out:
        return
    print_line(
        f"positions without a value at the end of a close-out, left out of those days: {len(left_out)}"
    )
    for one in left_out[:_SHOWN]:
        print_line(f"  {one.day} {one.instrument}: {one.reason}")
    if len(left_out) > _SHOWN:
        print_line("  ... (--json lists all of them)")
    print_line()


def _show_settlements(test: BookBacktest) -> None:
    if not test.settlements:
        return
    print_line(f"expired: {len(test.settlements)}")
    for (price, source, seconds), group in groupby(
        test.settlements, key=lambda one: (one.price, one.source, one.seconds)
    ):
        names = [one.instrument for one in group]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        where = "as given"
        if source is not None:
            where = f"the index price of {source}, {seconds / 3600:.1f} hours from the expiry"
        print_line(f"  at {decimal_text(price)}, {where}: {', '.join(names[:_SHOWN])}{more}")
    print_line()


def book_to_json(
    positions: Mapping[str, Decimal], days: Sequence[MarketDay], tests: Sequence[BookBacktest]
) -> dict[str, Any]:
    """Return the tests of a book as an object; as secret as the account."""
    return {
        "positions": len(positions),
        "quote": days[0].quote,
        "missing": [[str(one) for one in gap] for gap in gaps_between([day.date for day in days])],
        "files": [{"file": day.source, "time": iso_text(day.time)} for day in days],
        "tests": [_test_to_json(one) for one in tests],
    }


def _test_to_json(one: BookBacktest) -> dict[str, Any]:
    cycle = one.procyclicality
    return {
        "model": one.model,
        "close_out_days": one.close_out,
        "days": len(one.dates),
        "tested": one.maintenance.tested,
        "maintenance": test_to_json(one.maintenance),
        "initial": test_to_json(one.initial),
        "procyclicality": None if cycle is None else cycle_to_json(cycle),
        "by_day": [
            {
                "day": str(day),
                "close_out_end": str(end),
                "maintenance": as_number(maintenance),
                "initial": as_number(initial),
                "loss": None if isnan(loss) else as_number(loss),
                "closing_cost": None if isnan(cost) else as_number(cost),
            }
            for day, end, maintenance, initial, loss, cost in zip(
                one.dates,
                one.maintenance.ends,
                one.maintenance.requirements,
                one.initial.requirements,
                one.maintenance.losses,
                one.closings.costs,
                strict=True,
            )
        ],
        "left_out": [
            {"day": str(each.day), "instrument": each.instrument, "reason": each.reason}
            for each in one.left_out
        ],
        "settled": [
            {
                "instrument": each.instrument,
                "expiry": iso_text(each.expiry),
                "price": decimal_text(each.price),
                "source": each.source,
                "seconds_from_expiry": each.seconds,
            }
            for each in one.settlements
        ],
        "closed": {
            "quoted": one.closings.quoted,
            "assumed": one.closings.assumed,
            "at_mark": one.closings.at_mark,
            "half_spread": one.closings.half_spread.half_spread,
            "volatility_points": one.closings.half_spread.volatility_points,
        },
        "estimated_marks": one.estimated,
    }
