"""Backtests of volatility ranges: moves of implied volatilities by tenor, against those of a model's scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .losses import LossTest, compare_losses

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from .model import Model

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["VolatilityMoves", "VolatilityTest", "backtest_volatility"]


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
class VolatilityTest:
    """The backtest of a model's volatility ranges at one tenor.

    Attributes
    ----------
    underlying, model : str
    tenor, close_out : int
        In days.
    up, down : LossTest
        Rises and falls of the volatility as losses, against the largest ones of the model's scenarios as
        requirements; annual volatilities, 0.1 is 10 points.
    """

    underlying: str
    model: str
    tenor: int
    close_out: int
    up: LossTest
    down: LossTest


def backtest_volatility(
    moves: VolatilityMoves, model: Model, *, close_out: int = 1, confidence: float = 0.99
) -> VolatilityTest:
    """Test the volatility ranges of a model.

    Parameters
    ----------
    moves : VolatilityMoves
    model : Model
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
        If no move is known, or no scenario of the model moves the volatility.
    """
    known = np.isfinite(moves.before) & np.isfinite(moves.after)
    if not known.any():
        apart = "1 day" if close_out == 1 else f"{close_out} days"
        reason = f"no volatilities {apart} apart at {moves.tenor} days"
        raise InputError(reason, source=moves.underlying)
    ups, downs = _largest_moves(model, moves)
    rise = np.where(known, moves.after - moves.before, np.nan)
    up, down = (
        compare_losses(part, loss, moves.ends, confidence, overlap=close_out > 1)
        for part, loss in ((ups, rise), (downs, -rise))
    )
    return VolatilityTest(moves.underlying, model.name, moves.tenor, close_out, up, down)


def _largest_moves(model: Model, moves: VolatilityMoves) -> tuple[Floats, Floats]:
    """Return the largest rise and fall of the volatility in the model's scenarios (`zkmargin.risk.repricing`)."""
    steps = [float(one.volatility) for one in model.scenarios]
    if not any(steps):
        raise InputError("no scenario moves the volatility", source=model.name)
    ranges, before = model.ranges(moves.underlying), moves.before
    parts = np.array([ranges.volatility_range(days) for days in moves.days]) * before[:, np.newaxis]
    up, down = np.maximum(parts, float(ranges.volatility_scan_minimum)).T
    up *= max(0.0, *steps)
    if any(step > 0 for step in steps):
        up = np.maximum(before + up, float(ranges.volatility_floor)) - before
    # A volatility does not fall below 0.
    return up, np.minimum(down * max(0.0, *(-step for step in steps)), before)
