"""Options of the commands that read price histories, and of backtests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError
from zkmargin.risk.adjustment import FIXED, Buffer, parse_buffer
from zkmargin.risk.history import gaps_between, load_history

from . import typed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from zkmargin.risk.history import History
    from zkmargin.risk.model import Model

__all__ = [
    "AdjustmentFile",
    "AllowGaps",
    "Criteria",
    "ShiftDays",
    "describe_gaps",
    "describe_history",
    "parse_buffers",
    "parse_histories",
]

AllowGaps = Annotated[bool, typed.Option("--allow-gaps", help="Accept missing days; they are not filled in.")]
ShiftDays = Annotated[int, typed.Option("--shift-days", help="Days to add to every date of the files.")]
AdjustmentFile = Annotated[
    Path | None,
    typed.Option(
        "--adjustment", help="How ranges follow from prices, a TOML file; the bundled one if left out."
    ),
]

_SHOWN_GAPS = 8


@dataclass(frozen=True, slots=True)
class Criteria:
    """The subjects and criteria of a backtest of any kind.

    Attributes
    ----------
    models : list of Model
        Models with different names; empty for `zkmargin.risk.model.DEFAULT_MODEL`.
    close_outs : list of int
        Days, each tested by itself.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    """

    models: list[Model]
    close_outs: list[int]
    confidence: float


def parse_histories(texts: list[str], *, allow_gaps: bool, shift_days: int) -> list[History]:
    """Load histories: ``BTC=btc.csv``, or a file that is named after the underlying, such as ``BTC.csv``.

    Raises
    ------
    InputError
        If a file is no history, or two are of the same underlying.
    """
    histories: dict[str, History] = {}
    for text in texts:
        name, separator, file = text.partition("=")
        found = load_history(
            file if separator else text,
            name=name if separator else None,
            allow_gaps=allow_gaps,
            shift_days=shift_days,
        )
        if found.name in histories:
            raise InputError("two histories of the same underlying", source=found.name)
        histories[found.name] = found
    return list(histories.values())


def parse_buffers(names: list[str] | None, default: list[str]) -> list[Buffer | None]:
    """Return options against procyclicality by name, in order; None is the range of the model's file.

    Raises
    ------
    InputError
        If there is no such option.
    """
    known = [*map(str, Buffer), FIXED]
    chosen = dict.fromkeys(names or default)
    for name in chosen:
        if name not in known:
            raise InputError(expected_one_of(name, known), source="--buffer")
    return [None if name == FIXED else parse_buffer(name, "--buffer") for name in chosen]


def describe_history(history: History) -> str:
    """Describe a history: its first and last day, and the missing ones."""
    days = f"{len(history.dates)} daily closes, {history.dates[0]} to {history.dates[-1]}"
    return f"{days}; {describe_gaps(history.dates)}"


def describe_gaps(dates: Sequence[date]) -> str:
    """Describe the days that are missing between ascending ones."""
    gaps = [str(first) if first == last else f"{first} to {last}" for first, last in gaps_between(dates)]
    if len(gaps) > _SHOWN_GAPS:
        gaps = [*gaps[:_SHOWN_GAPS], f"and {len(gaps) - _SHOWN_GAPS} more"]
    return f"missing: {', '.join(gaps)}" if gaps else "none missing"
