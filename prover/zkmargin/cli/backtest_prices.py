"""``zkmargin backtest`` of price histories."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from zkmargin.account.requirement import Requirement as Named
from zkmargin.account.requirement import requirement_bps
from zkmargin.risk.adjustment import FIXED, Buffer, load_adjustment
from zkmargin.risk.backtest import backtest
from zkmargin.risk.model import DEFAULT_MODEL, load_model

from .backtest_text import history_to_json, show_backtests
from .histories import parse_buffers, parse_histories
from .options import parse_requirement
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.history import History
    from zkmargin.risk.model import Model

    from .histories import Criteria

__all__ = ["PriceOptions", "run_prices"]


@dataclass(frozen=True, slots=True)
class PriceOptions:
    """The options of a backtest of price histories, as they are given."""

    histories: list[str]
    allow_gaps: bool
    shift_days: int
    buffer: list[str] | None
    requirement: str
    adjustment: Path | None


def run_prices(options: PriceOptions, criteria: Criteria, out: Path | None, *, as_json: bool) -> None:
    """Test models on price histories, and show the results; also write them to a page."""
    if out is not None:
        from zkmargin.pages import backtest as backtest_page  # noqa: PLC0415  # a missing extra ends the command before the work

    asked, rules = parse_requirement(options.requirement), load_adjustment(options.adjustment)
    buffers = parse_buffers(options.buffer, [*map(str, Buffer), FIXED])
    histories = parse_histories(
        options.histories, allow_gaps=options.allow_gaps, shift_days=options.shift_days
    )
    results: list[tuple[History, list[Backtest]]] = []
    with progress(lines=False) as report:
        cases = list(product(criteria.models or [load_model(DEFAULT_MODEL)], buffers, criteria.close_outs))
        for history in histories:
            tests: list[Backtest] = []
            results.append((history, tests))
            for model, option, days in cases:
                done = sum(len(part) for _, part in results)
                report(f"{history.name}, {model.name}", done, len(histories) * len(cases))
                made = backtest(
                    history,
                    model,
                    rules,
                    option,
                    confidence=criteria.confidence,
                    requirement_bps=_bps(asked, model),
                    close_out=days,
                )
                tests.append(made)
    if out is not None:
        backtest_page.write_page(out, results, rules, str(asked))
    if as_json:
        shown = {"confidence": criteria.confidence, "requirement": str(asked), "adjustment": rules.name}
        print_json({**shown, "histories": [history_to_json(*pair, rules) for pair in results]})
        return
    show_backtests(results, rules, str(asked))
    if out is not None:
        print_line(f"{out}: the results with plots")


def _bps(asked: AnyRequirement, model: Model) -> int:
    return model.initial_bps if asked is Named.INITIAL else requirement_bps(asked, None)
