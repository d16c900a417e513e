"""Backtests of volatility ranges: moves of implied volatilities by tenor, against those of a model's scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .adjustment import FIXED
from .losses import LossTest, check_close_out, compare_losses
from .scan_range import range_days, round_range, scan_ranges

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from .adjustment import Adjustment
    from .history import History
    from .model import Model
    from .ranges import Ranges

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["Adjusted", "VolatilityMoves", "VolatilityTest", "adjust_volatility", "backtest_volatility"]


@dataclass(frozen=True, slots=True)
class VolatilityMoves:
    """The implied volatility at one tenor, at the beginning and at the end of each close-out.

    Attributes
    ----------
    underlying : str
    tenor : int
        In days.
    ends : tuple of date
        The last day of each close-out.
    days : ndarray of float64, shape (windows,)
        The days to expiry at the beginning.
    before, after : ndarray of float64, shape (windows,)
        Annual volatilities, 0.7 is 70 %; NaN if they are not known.
    """

    underlying: str
    tenor: int
    ends: tuple[date, ...]
    days: Floats
    before: Floats
    after: Floats


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Ranges of each day that follow from the volatilities before.

    Attributes
    ----------
    buffer : str
        The option against procyclicality.
    ranges : mapping of date to Ranges
    """

    buffer: str
    ranges: Mapping[date, Ranges]


@dataclass(frozen=True, slots=True)
class VolatilityTest:
    """The backtest of a model's volatility ranges at one tenor.

    Attributes
    ----------
    underlying, model, buffer : str
        Their names; the buffer is a `zkmargin.risk.adjustment.Buffer`, or ``fixed`` for the ranges of the model's file.
    tenor, close_out : int
        In days.
    up, down : LossTest
        Rises and falls of the volatility as losses, against the largest ones of the model's scenarios as
        requirements; annual volatilities, 0.1 is 10 points.
    """

    underlying: str
    model: str
    buffer: str
    tenor: int
    close_out: int
    up: LossTest
    down: LossTest


def backtest_volatility(
    moves: VolatilityMoves,
    model: Model,
    adjusted: Adjusted | None = None,
    *,
    close_out: int = 1,
    confidence: float = 0.99,
) -> VolatilityTest:
    """Test the volatility ranges of a model.

    Parameters
    ----------
    moves : VolatilityMoves
    model : Model
    adjusted : Adjusted, optional
        Ranges of each day instead of the model's; days without one are not tested.
    close_out : int
        The days of each move.
    confidence : float
        The fraction of moves, of either direction, that the range should cover.

    Returns
    -------
    VolatilityTest

    Raises
    ------
    InputError
        If the close-out is not from 1 to 30 days, no move is known, or no scenario of the model moves the volatility.
    """
    check_close_out(close_out)
    own = model.ranges(moves.underlying)
    ranges: list[Ranges | None] = [own] * len(moves.ends)
    if adjusted is not None:
        begins = (end - timedelta(days=close_out) for end in moves.ends)
        ranges = [adjusted.ranges.get(day) for day in begins]
    known = (
        np.isfinite(moves.before) & np.isfinite(moves.after) & np.array([one is not None for one in ranges])
    )
    if not known.any():
        apart = "1 day" if close_out == 1 else f"{close_out} days"
        reason = f"no volatilities {apart} apart at {moves.tenor} days"
        raise InputError(reason, source=moves.underlying)
    ups, downs = _largest_moves(model, moves, [one or own for one in ranges])
    rise = np.where(known, moves.after - moves.before, np.nan)
    up, down = (
        compare_losses(part, loss, moves.ends, confidence, overlap=close_out > 1)
        for part, loss in ((ups, rise), (downs, -rise))
    )
    buffer = FIXED if adjusted is None else adjusted.buffer
    return VolatilityTest(moves.underlying, model.name, buffer, moves.tenor, close_out, up, down)


def adjust_volatility(index: History, model: Model, adjustment: Adjustment) -> Adjusted:
    """Derive the volatility ranges of each day from an implied volatility, as ``zkmargin model adjust`` does.

    Parameters
    ----------
    index : History
        Closes of a volatility at 30 days; its name is the underlying.
    model : Model
        Its term, minimum and floor stay.
    adjustment : Adjustment
        The rules, with the option against procyclicality.

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If the history is too short for the warm-up.
    """
    found = scan_ranges(index, adjustment, range_days(model)).tolist()
    ranges = {
        day: model.with_volatility_range(index.name, round_range(one)).ranges(index.name)
        for day, one in zip(index.dates, found, strict=True)
        if isfinite(one)
    }
    return Adjusted(str(adjustment.option), ranges)


def _largest_moves(model: Model, moves: VolatilityMoves, ranges: Sequence[Ranges]) -> tuple[Floats, Floats]:
    """Return the largest rise and fall of the volatility in the model's scenarios (`zkmargin.risk.repricing`)."""
    steps = [float(one.volatility) for one in model.scenarios]
    if not any(steps):
        raise InputError("no scenario moves the volatility", source=model.name)
    before = moves.before
    parts = np.array([one.volatility_range(days) for one, days in zip(ranges, moves.days, strict=True)])
    minimum, floor = (
        np.array([float(getattr(one, name)) for one in ranges])
        for name in ("volatility_scan_minimum", "volatility_floor")
    )
    up, down = np.maximum(parts.T * before, minimum)
    up *= max(0.0, *steps)
    if any(step > 0 for step in steps):
        up = np.maximum(before + up, floor) - before
    # A volatility does not fall below 0.
    return up, np.minimum(down * max(0.0, *(-step for step in steps)), before)
