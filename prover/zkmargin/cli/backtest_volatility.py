"""``zkmargin backtest`` of volatility ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from zkmargin.account.market_days import venue_data_of_files
from zkmargin.errors import InputError
from zkmargin.risk.adjustment import FIXED, load_adjustment
from zkmargin.risk.model import DEFAULT_MODEL, load_model
from zkmargin.risk.volatility_backtest import adjust_volatility, backtest_volatility
from zkmargin.risk.volatility_history import load_volatilities
from zkmargin.risk.volatility_surfaces import moves_of_surfaces, surface

from .histories import parse_buffers
from .loss_text import HEADINGS, cells, explain, test_to_json
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zkmargin.risk.adjustment import Adjustment, Buffer
    from zkmargin.risk.model import Model
    from zkmargin.risk.volatility_backtest import Adjusted, VolatilityMoves, VolatilityTest
    from zkmargin.risk.volatility_history import VolatilityHistory

    from .histories import Criteria
    from .market_files import MarketFiles

    Subject: TypeAlias = tuple[int, VolatilityMoves, VolatilityHistory | None]

__all__ = ["VolatilityOptions", "run_volatility"]

_TESTS = (
    "model",
    "buffer",
    "\ntenor",
    "move",
    "tested",
    "expected\nbreaches",
    "mean\nrange",
    *HEADINGS[1:-1],
    "of mean\nrange",
)


@dataclass(frozen=True, slots=True)
class VolatilityOptions:
    """The options of a backtest of volatility ranges, as they are given; without histories it is of venue data."""

    histories: list[str] | None
    shift_days: int
    files: MarketFiles
    buffer: list[str] | None
    adjustment: Path | None


def run_volatility(options: VolatilityOptions, criteria: Criteria, *, as_json: bool) -> None:
    """Test the volatility ranges of models, on histories or on the surfaces of venue data, and show the results."""
    buffers, rules = parse_buffers(options.buffer, [FIXED]), load_adjustment(options.adjustment)
    models = criteria.models or [load_model(DEFAULT_MODEL)]
    subjects = _histories(options, criteria) if options.histories else _surfaces(options.files, criteria)
    tests = [
        backtest_volatility(
            moves,
            model,
            _adjusted(history, model, rules, option),
            close_out=close_out,
            confidence=criteria.confidence,
        )
        for close_out, moves, history in subjects
        for model in models
        for option in buffers
    ]
    if not tests:
        raise InputError("no two days with options of 3, 7, 30 or 90 days", source="--snapshots")
    if as_json:
        print_json({"confidence": criteria.confidence, "tests": [_to_json(one) for one in tests]})
    else:
        _show(tests)


def _adjusted(
    history: VolatilityHistory | None, model: Model, rules: Adjustment, option: Buffer | None
) -> Adjusted | None:
    if history is None or option is None:
        return None
    return adjust_volatility(history.index(), model, replace(rules, option=option))


def _histories(options: VolatilityOptions, criteria: Criteria) -> Iterator[Subject]:
    for text in options.histories or ():
        name, separator, file = text.partition("=")
        history = load_volatilities(
            file if separator else text, name=name if separator else None, shift_days=options.shift_days
        )
        for close_out in criteria.close_outs:
            yield from ((close_out, moves, history) for moves in history.moves(close_out))


def _surfaces(files: MarketFiles, criteria: Criteria) -> Iterator[Subject]:
    found = files.imported() if files.snapshots is None else venue_data_of_files(files.snapshots)
    surfaces = [surface(venue_data, source) for source, venue_data in found]
    for close_out in criteria.close_outs:
        yield from ((close_out, moves, None) for moves in moves_of_surfaces(surfaces, close_out))


def _show(tests: Sequence[VolatilityTest]) -> None:
    for underlying, close_out in dict.fromkeys((one.underlying, one.close_out) for one in tests):
        found = [one for one in tests if (one.underlying, one.close_out) == (underlying, close_out)]
        days = "1 day" if close_out == 1 else f"{close_out} days"
        level = 100 * found[0].up.confidence
        ends = [end for one in found for end in (one.up.ends[0], one.up.ends[-1])]
        print_line(
            f"{underlying}: moves of volatility over {days} that end from {min(ends)} to {max(ends)}, "
            f"in volatility points; tested at {level:.6g}%"
        )
        print_line()
        print_table(
            [row for one in found for row in _rows(one)], headings=_TESTS, right=[2, *range(4, len(_TESTS))]
        )
        print_line()
    explain(overlap=any(one.close_out > 1 for one in tests))


def _rows(one: VolatilityTest) -> Iterator[tuple[str, ...]]:
    title = (one.model, one.buffer, f"{one.tenor}d")
    for begin, name, test in ((title, "up", one.up), (("", "", ""), "down", one.down)):
        yield *begin, name, str(test.tested), f"{test.expected:.1f}", *cells(test)


def _to_json(one: VolatilityTest) -> dict[str, Any]:
    return {
        "underlying": one.underlying,
        "model": one.model,
        "buffer": one.buffer,
        "tenor_days": one.tenor,
        "close_out_days": one.close_out,
        "first_end": str(one.up.ends[0]),
        "last_end": str(one.up.ends[-1]),
        "windows": len(one.up.ends),
        "tested": one.up.tested,
        "up": test_to_json(one.up),
        "down": test_to_json(one.down),
    }
