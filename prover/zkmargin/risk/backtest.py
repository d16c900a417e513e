"""What a margin model would have required day by day, and which next day's loss was larger.

Every requirement is that of one unit of a perpetual, long or short: the row of the risk table that the model
makes of it with the range of that day, and the requirement that a proof would state of it.
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
"""Instead of a buffer: the model as it is, with the ranges of its file."""


@dataclass(frozen=True, slots=True)
class Side:
    """A position of one unit, held over all tested days.

    Attributes
    ----------
    name : str
        ``long`` or ``short``.
    requirements : ndarray of float64, shape (days,)
        At the close of each day, as parts of that day's price.
    losses : ndarray of float64, shape (days,)
        Until the next day's close, as parts of the same price; NaN before a gap.
    kupiec : LikelihoodRatio
        Whether breaches are as many as the confidence says.
    christoffersen : LikelihoodRatio
        Whether they are independent of each other.
    """

    name: str
    requirements: Floats
    losses: Floats
    kupiec: LikelihoodRatio
    christoffersen: LikelihoodRatio

    @property
    def breaches(self) -> Flags:
        """The days whose requirement the next day's loss exceeds."""
        return _breaches(self.requirements, self.losses)

    @property
    def largest_shortfall(self) -> float:
        """By how much a loss exceeds the requirement at most, as a part of the price; 0 without a breach."""
        return float(np.max(self.losses - self.requirements, initial=0.0, where=self.breaches))


@dataclass(frozen=True, slots=True)
class Backtest:
    """A model with one way to set its range, over one history.

    Attributes
    ----------
    history, model, buffer : str
        Which; the buffer is one of `Buffer`, or ``fixed``.
    confidence : float
        The part of the days whose requirement should cover the loss.
    dates : tuple of date
        The days on which a requirement is set: those after the warm-up, without the last.
    closes : ndarray of float64, shape (days,)
        Their prices.
    ranges : ndarray of float64, shape (days,)
        The price scan range of each.
    tested : int
        The days before which there is no gap, whose requirement is compared with a loss.
    long, short : Side
    procyclicality : Procyclicality
        Of the larger requirement of the two.
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
        """How many breaches a side should have."""
        return self.tested * (1 - self.confidence)

    @property
    def mean_requirement(self) -> float:
        """The mean over the days, of the larger requirement of the two sides, as a part of the price."""
        return float(np.maximum(self.long.requirements, self.short.requirements).mean())


def backtest(  # noqa: PLR0913  # what a backtest is of, and how it is judged
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
        How the range follows from the history.
    buffer : Buffer or None
        The option against procyclicality, whatever the adjustment says; None leaves the model's own range.
    confidence : float
        The part of the days whose requirement should cover the loss.
    requirement_bps : int
        The requirement in 1/10000 of the maintenance margin.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If the history has fewer than two days after the warm-up, or the model requires nothing.
    """
    chosen = adjustment if buffer is None else replace(adjustment, option=buffer)
    every = scan_ranges(history, chosen, range_days(model))
    start = adjustment.rule(history.name).warm_up
    if len(every) - 1 - start < 1:
        raise InputError(f"no day is left after a warm-up of {start} returns", source=history.name)
    own = model.ranges(history.name).price_scan_range
    ranges = [own if buffer is None else round_range(float(one)) for one in every[start:-1]]
    models = [model.with_range(history.name, one) for one in ranges]
    closes = history.closes[start:-1]
    parts = np.array(
        [unit_requirements(one, history.name, close) for one, close in zip(models, closes, strict=True)]
    )
    parts *= requirement_bps / 10_000
    if not (parts.max(axis=1) > 0).all():
        raise InputError("requires nothing of a perpetual", source=model.name)
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
    """Return the move to the next close as a part of the price, and whether it is one of one day."""
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
    # A comparison with NaN is false: no loss is known, so none is a breach.
    return np.asarray(losses > requirements)
