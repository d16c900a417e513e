"""Backtests: the daily requirements of a margin model, compared with the losses of a close-out that begins then.

The position is one unit of a perpetual, long or short. Its requirement on a day is that of a proof, with the row
that the model makes of the perpetual at the range of that day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .adjustment import FIXED
from .losses import LossTest, check_close_out, compare_losses
from .procyclicality import Procyclicality, procyclicality
from .scan_range import range_days, round_range, scan_ranges
from .unit_position import unit_requirements

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from .adjustment import Adjustment, Buffer
    from .history import History
    from .model import Model

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["Backtest", "backtest"]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The backtest of a model with one option against procyclicality over one history.

    Attributes
    ----------
    history, model, buffer : str
        Their names; the buffer is a `Buffer` or ``fixed``.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    close_out : int
        The days over which a position loses before it is closed.
    dates : tuple of date
        The days with a requirement: those after the warm-up except the last ones, whose close-out is not over.
    closes : ndarray of float64, shape (days,)
        The closing prices.
    ranges : ndarray of float64, shape (days,)
        The price scan ranges.
    tested : int
        The number of days whose close-out ends on a day of the history, so that the loss is known.
    long, short : LossTest
        The test of each position, as fractions of the price on the day of the requirement.
    procyclicality : Procyclicality
        The procyclicality of the larger requirement of both sides.
    """

    history: str
    model: str
    buffer: str
    confidence: float
    close_out: int
    dates: tuple[date, ...]
    closes: Floats
    ranges: Floats
    tested: int
    long: LossTest
    short: LossTest
    procyclicality: Procyclicality

    @property
    def expected(self) -> float:
        """The expected number of breaches of a side."""
        return self.tested * (1 - self.confidence)

    @property
    def mean_requirement(self) -> float:
        """The mean over days of the larger requirement of both sides, as a fraction of the price."""
        return float(np.maximum(self.long.requirements, self.short.requirements).mean())


def backtest(  # noqa: PLR0913  # the subject of a backtest, and its two criteria
    history: History,
    model: Model,
    adjustment: Adjustment,
    buffer: Buffer | None,
    *,
    confidence: float = 0.99,
    requirement_bps: int = 10_000,
    close_out: int = 1,
) -> Backtest:
    """Test a model on a history.

    Parameters
    ----------
    history : History
    model : Model
    adjustment : Adjustment
        The rules for ranges from the history.
    buffer : Buffer or None
        The option against procyclicality, instead of the adjustment's; None for the ranges of the model's file.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    requirement_bps : int
        The requirement in 1/10000 of the maintenance margin.
    close_out : int
        The days over which a position loses before it is closed. The requirement is the same for each.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If the history is too short for the warm-up and one close-out, the close-out is not from 1 to 30
        days, or the model requires no margin.
    """
    check_close_out(close_out)
    chosen = adjustment if buffer is None else replace(adjustment, option=buffer)
    every = scan_ranges(history, chosen, range_days(model))
    start = adjustment.rule(history.name).warm_up
    if len(every) - start <= close_out:
        reason = (
            f"the history must have at least {start + 1 + close_out} days, "
            f"for a warm-up of {start} returns and a test"
        )
        raise InputError(reason, source=history.name)
    own = model.ranges(history.name).price_scan_range
    ranges = [own if buffer is None else round_range(float(one)) for one in every[start:-close_out]]
    models = [model.with_range(history.name, one) for one in ranges]
    closes = history.closes[start:-close_out]
    parts = np.array(
        [unit_requirements(one, history.name, close) for one, close in zip(models, closes, strict=True)]
    )
    parts *= requirement_bps / 10_000
    if not (parts.max(axis=1) > 0).all():
        raise InputError("the model requires no margin for a perpetual", source=model.name)
    dates = history.dates[start:-close_out]
    ends = tuple(day + timedelta(days=close_out) for day in dates)
    moves = _moves(history, dates, ends)
    long, short = (
        compare_losses(part, sign * moves, ends, confidence, overlap=close_out > 1)
        for sign, part in zip((-1, 1), parts.T, strict=True)
    )
    return Backtest(
        history=history.name,
        model=model.name,
        buffer=FIXED if buffer is None else str(buffer),
        confidence=confidence,
        close_out=close_out,
        dates=dates,
        closes=np.array([float(close) for close in closes]),
        ranges=np.array([float(one) for one in ranges]),
        tested=long.tested,
        long=long,
        short=short,
        procyclicality=procyclicality(parts.max(axis=1)),
    )


def _moves(history: History, dates: Iterable[date], ends: Iterable[date]) -> Floats:
    """Return the relative move over each close-out; NaN if the history lacks the day of its end."""
    closes = {day: float(close) for day, close in zip(history.dates, history.closes, strict=True)}
    nan = float("nan")
    return np.array([closes.get(end, nan) / closes[day] - 1 for day, end in zip(dates, ends, strict=True)])
