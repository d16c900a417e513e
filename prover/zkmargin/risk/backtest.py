"""Backtests: the daily requirements of a margin model, compared with the next day's losses.

The position is one unit of a perpetual, long or short. Its requirement on a day is that of a proof, with the row
that the model makes of the perpetual at the range of that day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from zkmargin.errors import InputError

from .coverage import LikelihoodRatio, christoffersen, kupiec
from .procyclicality import Procyclicality, procyclicality
from .scan_range import range_days, round_range, scan_ranges
from .unit_position import unit_requirements

if TYPE_CHECKING:
    from datetime import date

    from .adjustment import Adjustment, Buffer
    from .history import History
    from .model import Model

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Flags: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

__all__ = ["FIXED", "Backtest", "Side", "backtest"]

FIXED = "fixed"
"""The buffer of a backtest with the ranges of the model's file."""


@dataclass(frozen=True, slots=True)
class Side:
    """A position of one unit over all tested days.

    Attributes
    ----------
    name : str
        ``long`` or ``short``.
    requirements : ndarray of float64, shape (days,)
        The requirement at the close of each day, as a fraction of that day's price.
    losses : ndarray of float64, shape (days,)
        The loss until the next day's close, as a fraction of the same price; NaN before a gap.
    kupiec : LikelihoodRatio
        The test of the number of breaches against the confidence level.
    christoffersen : LikelihoodRatio
        The test of the independence of breaches.
    """

    name: str
    requirements: Floats
    losses: Floats
    kupiec: LikelihoodRatio
    christoffersen: LikelihoodRatio

    @property
    def breaches(self) -> Flags:
        """Whether the next day's loss exceeds the requirement, for each day."""
        return _breaches(self.requirements, self.losses)

    @property
    def largest_shortfall(self) -> float:
        """The largest excess of a loss over the requirement, as a fraction of the price; 0 without a breach."""
        return float(np.max(self.losses - self.requirements, initial=0.0, where=self.breaches))


@dataclass(frozen=True, slots=True)
class Backtest:
    """The backtest of a model with one option against procyclicality over one history.

    Attributes
    ----------
    history, model, buffer : str
        Their names; the buffer is a `Buffer` or ``fixed``.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    dates : tuple of date
        The days with a requirement: those after the warm-up except the last.
    closes : ndarray of float64, shape (days,)
        The closing prices.
    ranges : ndarray of float64, shape (days,)
        The price scan ranges.
    tested : int
        The number of days whose next day is in the history, so that the loss is known.
    long, short : Side
    procyclicality : Procyclicality
        The procyclicality of the larger requirement of both sides.
    """

    history: str
    model: str
    buffer: str
    confidence: float
    dates: tuple[date, ...]
    closes: Floats
    ranges: Floats
    tested: int
    long: Side
    short: Side
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

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If the history has fewer than two days after the warm-up, or the model requires no margin.
    """
    chosen = adjustment if buffer is None else replace(adjustment, option=buffer)
    every = scan_ranges(history, chosen, range_days(model))
    start = adjustment.rule(history.name).warm_up
    if len(every) - 1 - start < 1:
        reason = (
            f"the history must have at least {start + 2} days, for a warm-up of {start} returns and a test"
        )
        raise InputError(reason, source=history.name)
    own = model.ranges(history.name).price_scan_range
    ranges = [own if buffer is None else round_range(float(one)) for one in every[start:-1]]
    models = [model.with_range(history.name, one) for one in ranges]
    closes = history.closes[start:-1]
    parts = np.array(
        [unit_requirements(one, history.name, close) for one, close in zip(models, closes, strict=True)]
    )
    parts *= requirement_bps / 10_000
    if not (parts.max(axis=1) > 0).all():
        raise InputError("the model requires no margin for a perpetual", source=model.name)
    moves, known = _moves(history, start)
    sides = [
        _side(name, parts[:, column], sign * moves, known, confidence)
        for column, (name, sign) in enumerate({"long": -1, "short": 1}.items())
    ]
    return Backtest(
        history=history.name,
        model=model.name,
        buffer=FIXED if buffer is None else str(buffer),
        confidence=confidence,
        dates=history.dates[start:-1],
        closes=np.array([float(close) for close in closes]),
        ranges=np.array([float(one) for one in ranges]),
        tested=int(known.sum()),
        long=sides[0],
        short=sides[1],
        procyclicality=procyclicality(parts.max(axis=1)),
    )


def _moves(history: History, start: int) -> tuple[Floats, Flags]:
    """Return the relative move to the next close, and whether that is the next day's."""
    closes = np.array([float(close) for close in history.closes[start:]])
    known = np.array([(other - one).days == 1 for one, other in pairwise(history.dates[start:])])
    return closes[1:] / closes[:-1] - 1, known


def _side(name: str, requirements: Floats, losses: Floats, known: Flags, confidence: float) -> Side:
    losses = np.where(known, losses, np.nan)
    breaches = _breaches(requirements, losses)
    runs = [
        run[1:] if number else run for number, run in enumerate(np.split(breaches, np.flatnonzero(~known)))
    ]
    proportion = kupiec(int(breaches.sum()), int(known.sum()), confidence)
    return Side(name, requirements, losses, proportion, christoffersen([run.tolist() for run in runs]))


def _breaches(requirements: Floats, losses: Floats) -> Flags:
    # A comparison with NaN is false, so an unknown loss is no breach.
    return np.asarray(losses > requirements)
