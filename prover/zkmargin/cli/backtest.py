"""``zkmargin backtest``."""

from __future__ import annotations

from itertools import product
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.account.requirement import Requirement as Named
from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.risk.adjustment import Buffer, load_adjustment, parse_buffer

from . import typed
from .backtest_text import history_to_json, show_backtests
from .histories import AdjustmentFile, AllowGaps, ShiftDays, parse_histories
from .options import Json, Requirement, chosen_model, parse_requirement
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.risk.backtest import Backtest
    from zkmargin.risk.history import History
    from zkmargin.risk.model import Model

__all__ = ["backtest"]


def backtest(  # noqa: PLR0913, PLR0917  # the options of a command
    histories: Annotated[
        list[str],
        typed.Argument(
            metavar="HISTORY...",
            help="Daily closes, CSV: UNDERLYING=FILE, or FILE if it is named after the underlying.",
        ),
    ],
    model: Annotated[
        list[str] | None,
        typed.Option("--model", help="A margin model: a name or a TOML file. Repeatable; span if left out."),
    ] = None,
    buffer: Annotated[
        list[str] | None,
        typed.Option(
            "--buffer",
            help="The option against procyclicality: none, buffer, stressed or floor; fixed keeps the model's range. "
            "Repeatable; all if left out.",
        ),
    ] = None,
    confidence: Annotated[
        float, typed.Option("--confidence", help="The fraction of days that the requirement should cover.")
    ] = 0.99,
    close_out: Annotated[
        list[int] | None,
        typed.Option("--close-out", help="Days until a position is closed. Repeatable; 1 if left out."),
    ] = None,
    requirement: Requirement = "maintenance",
    adjustment: AdjustmentFile = None,
    allow_gaps: AllowGaps = False,
    shift_days: ShiftDays = 0,
    out: Annotated[Path | None, typed.Option("-o", "--out", help="Write a page with plots, HTML.")] = None,
    as_json: Json = False,
) -> None:
    """Test margin models on daily prices.

    Counts the days on which a position's loss exceeded the requirement set before it.
    """
    from zkmargin.risk.backtest import backtest as run  # noqa: PLC0415

    if not 0 < confidence < 1:
        raise InputError("must be between 0 and 1", source="--confidence")
    if out is not None:
        from zkmargin.pages import backtest as backtest_page  # noqa: PLC0415  # a missing extra ends the command before the work

    asked = parse_requirement(requirement)
    rules = load_adjustment(adjustment)
    models = [chosen_model(one) for one in model or ["span"]]
    buffers, horizons = _buffers(buffer), list(dict.fromkeys(close_out or [1]))
    found = parse_histories(histories, allow_gaps=allow_gaps, shift_days=shift_days)
    results: list[tuple[History, list[Backtest]]] = []
    with progress(lines=False) as report:
        cases = list(product(models, buffers, horizons))
        for history in found:
            tests: list[Backtest] = []
            results.append((history, tests))
            for one, option, days in cases:
                done = sum(len(part) for _, part in results)
                report(f"{history.name}, {one.name}", done, len(found) * len(cases))
                bps = _bps(asked, one)
                made = run(
                    history, one, rules, option, confidence=confidence, requirement_bps=bps, close_out=days
                )
                tests.append(made)
    if out is not None:
        backtest_page.write_page(out, results, rules, str(asked))
    if as_json:
        shown = {"confidence": confidence, "requirement": str(asked), "adjustment": rules.name}
        print_json({**shown, "histories": [history_to_json(*pair) for pair in results]})
        return
    show_backtests(results)
    if out is not None:
        print_line(f"{out}: the results with plots")


def _buffers(names: list[str] | None) -> list[Buffer | None]:
    """Return the buffer options by name, in order; None is the model's own range."""
    from zkmargin.risk.backtest import FIXED  # noqa: PLC0415

    known = [*map(str, Buffer), FIXED]
    chosen = dict.fromkeys(names or known)
    for name in chosen:
        if name not in known:
            reason = f"expected one of {', '.join(known)}{did_you_mean(name, known)}"
            raise InputError(reason, source="--buffer")
    return [None if name == FIXED else parse_buffer(name, "--buffer") for name in chosen]


def _bps(asked: AnyRequirement, model: Model) -> int:
    return model.initial_bps if asked is Named.INITIAL else requirement_bps(asked, None)
