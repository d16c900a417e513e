"""``zkmargin backtest`` of volatility ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.account.market_days import venue_data_of_files
from zkmargin.risk.model import load_model
from zkmargin.risk.volatility_backtest import backtest_volatility
from zkmargin.risk.volatility_history import load_volatilities
from zkmargin.risk.volatility_surfaces import moves_of_surfaces, surface

from .histories import DEFAULT_MODEL
from .loss_text import HEADINGS, cells, explain, test_to_json
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.risk.volatility_backtest import VolatilityMoves, VolatilityTest

    from .histories import Criteria
    from .market_files import MarketFiles

__all__ = ["run_volatility"]

_TESTS = (
    "model",
    "\ntenor",
    "move",
    "tested",
    "expected\nbreaches",
    "mean\nrange",
    *HEADINGS[1:-1],
    "of mean\nrange",
)


def run_volatility(
    histories: list[str] | None, files: MarketFiles, criteria: Criteria, *, as_json: bool
) -> None:
    """Test the volatility ranges of models, on histories or on the surfaces of venue data, and show the results."""
    models = criteria.models or [load_model(DEFAULT_MODEL)]
    tests = [
        backtest_volatility(moves, model, close_out=close_out, confidence=criteria.confidence)
        for close_out, moves in _moves(histories, files, criteria.close_outs)
        for model in models
    ]
    if as_json:
        print_json({"confidence": criteria.confidence, "tests": [_to_json(one) for one in tests]})
    else:
        _show(tests)


def _moves(
    histories: list[str] | None, files: MarketFiles, close_outs: list[int]
) -> Iterator[tuple[int, VolatilityMoves]]:
    if histories is None:
        found = files.imported() if files.snapshots is None else venue_data_of_files(files.snapshots)
        surfaces = [surface(venue_data, source) for source, venue_data in found]
    for close_out in close_outs:
        if histories is None:
            moves = list(moves_of_surfaces(surfaces, close_out))
        else:
            moves = []
            for text in histories:
                name, separator, file = text.partition("=")
                moves += load_volatilities(
                    file if separator else text, close_out, name=name if separator else None
                )
        yield from ((close_out, one) for one in moves)


def _show(tests: Sequence[VolatilityTest]) -> None:
    for underlying, close_out in dict.fromkeys((one.underlying, one.close_out) for one in tests):
        found = [one for one in tests if (one.underlying, one.close_out) == (underlying, close_out)]
        days = "1 day" if close_out == 1 else f"{close_out} days"
        level = 100 * found[0].up.confidence
        print_line(
            f"{underlying}: moves of volatility over {days}, in volatility points; tested at {level:.6g}%"
        )
        print_line()
        print_table(
            [row for one in found for row in _rows(one)], headings=_TESTS, right=[1, *range(3, len(_TESTS))]
        )
        print_line()
    explain(overlap=any(one.close_out > 1 for one in tests))


def _rows(one: VolatilityTest) -> Iterator[tuple[str, ...]]:
    for begin, name, test in (((one.model, f"{one.tenor}d"), "up", one.up), (("", ""), "down", one.down)):
        yield *begin, name, str(test.tested), f"{test.expected:.1f}", *cells(test)


def _to_json(one: VolatilityTest) -> dict[str, Any]:
    return {
        "underlying": one.underlying,
        "model": one.model,
        "tenor_days": one.tenor,
        "close_out_days": one.close_out,
        "tested": one.up.tested,
        "up": test_to_json(one.up),
        "down": test_to_json(one.down),
    }
