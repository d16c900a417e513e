"""Volatility-adjusted price scan ranges.

With daily log returns r, up to r_t on day t (after a gap, a return r over n days counts as r / sqrt(n))::

    ewma_t     = decay * ewma_(t-1) + (1 - decay) * r_t^2
    variance_t = max(ewma_t, long_run_part^2 * mean of the latest long_run r^2)
    range_t    = max(multiplier * sqrt(variance_t * look-ahead), minimum)

Returns are assumed to have mean 0. Options against procyclicality never lower a range; see `_option_variance`
and `_with_buffer`.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .adjustment import Buffer

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from .adjustment import Adjustment, Rule
    from .history import History
    from .model import Model

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["range_days", "round_range", "scan_range_now", "scan_ranges"]

_STEP = Decimal("0.0001")
_ONE_DAY = Decimal(1)
_BEYOND = 10**9


def scan_range_now(history: History, adjustment: Adjustment, days: Decimal = _ONE_DAY) -> Decimal:
    """Return the price scan range after the last day of a history.

    Parameters
    ----------
    history : History
        The history; its name selects the rule.
    adjustment : Adjustment
    days : Decimal
        The look-ahead of a margin model, or the days to sell collateral.

    Returns
    -------
    Decimal
        The range as a fraction of the price, rounded up to 4 decimals. It may be above 1.

    Raises
    ------
    InputError
        If the history is too short.
    """
    return round_range(float(scan_ranges(history, adjustment, days)[-1]))


def scan_ranges(history: History, adjustment: Adjustment, days: Decimal = _ONE_DAY) -> Floats:
    """Return the price scan range of each day, from closes up to that day's.

    Parameters
    ----------
    history : History
        The history; its name selects the rule.
    adjustment : Adjustment
    days : Decimal
        The look-ahead.

    Returns
    -------
    ndarray of float64, shape (days of the history,)
        Ranges as fractions of the price, not rounded; NaN on days of the warm-up.

    Raises
    ------
    InputError
        If the history is too short.
    """
    rule = adjustment.rule(history.name)
    squares = _squared_returns(history)
    if len(squares) < rule.warm_up:
        reason = f"expected at least {rule.warm_up} returns for the warm-up, got {len(squares)}"
        raise InputError(reason, source=history.name)
    variance = _option_variance(squares, _variance(squares, rule), rule, adjustment.option)
    ranges = np.maximum(float(rule.multiplier) * np.sqrt(variance * float(days)), float(rule.minimum))
    ranges = ranges[rule.warm_up - 1 :]
    if adjustment.option is Buffer.BUFFER:
        ranges = _with_buffer(ranges, rule)
    # The first day has no return, so the warm-up of n returns takes n + 1 days and the range of day t is at t.
    return np.concatenate([np.full(rule.warm_up, np.nan), ranges])


def range_days(model: Model) -> Decimal:
    """Return the days that a model's price scan range covers: its look-ahead, at least one day."""
    return max(model.look_ahead_days, _ONE_DAY)


def round_range(value: float) -> Decimal:
    """Return a range as a parameter of a model, rounded up, against the account, to 4 decimals.

    Raises
    ------
    InputError
        If it is 10^9 or more, which an absurd multiplier or minimum can cause.
    """
    if not value < _BEYOND:
        raise InputError(f"must be below {_BEYOND} times the price", source="price scan range")
    return Decimal(value).quantize(_STEP, rounding=ROUND_CEILING)


def _squared_returns(history: History) -> Floats:
    closes = np.array([float(close) for close in history.closes])
    days = np.diff(np.array([date.toordinal() for date in history.dates]))
    squares: Floats = np.square(np.diff(np.log(closes))) / days
    return squares


def _variance(squares: Floats, rule: Rule) -> Floats:
    decay = float(rule.decay)
    ewma: Floats = np.array(list(accumulate(squares, lambda past, now: decay * past + (1 - decay) * now)))
    return np.maximum(ewma, float(rule.long_run_part) ** 2 * _rolling_mean(squares, rule.long_run))


def _option_variance(squares: Floats, variance: Floats, rule: Rule, option: Buffer) -> Floats:
    """Return the variance under options (b) and (c).

    (b) is the weighted mean of calculated and stressed variance; (c) is at least the variance over the look-back.
    Neither is below the calculated variance.
    """
    if option is Buffer.STRESSED:
        weight = float(rule.stressed_weight)
        mixed = (1 - weight) * variance + weight * _stressed_variance(squares, rule)
        return np.maximum(variance, mixed)
    if option is Buffer.FLOOR:
        return np.maximum(variance, _rolling_mean(squares, rule.look_back))
    return variance


def _with_buffer(ranges: Floats, rule: Rule) -> Floats:
    """Return the ranges under option (a).

    With its full buffer a range is 1 + buffer times the calculated range. It rises by at most buffer_daily_rise a
    day while it stays above the calculated range, so a sharper rise uses up the buffer.
    """
    whole, rise = 1 + float(rule.buffer), 1 + float(rule.buffer_daily_rise)
    start = float(ranges[0]) * whole
    steps = accumulate(ranges[1:], lambda past, now: min(max(now, past * rise), now * whole), initial=start)
    return np.array(list(steps))


def _stressed_variance(squares: Floats, rule: Rule) -> Floats:
    """Return the largest variance of a period of stress in the look-back; before a full period, of all days."""
    means = _rolling_mean(squares, rule.stressed)
    first = min(rule.stressed, len(means)) - 1
    periods = max(rule.look_back - rule.stressed + 1, 1)
    padded = np.concatenate([np.full(periods - 1, -np.inf), means[first:]])
    greatest = np.lib.stride_tricks.sliding_window_view(padded, periods).max(axis=1)
    return np.concatenate([means[:first], greatest])


def _rolling_mean(values: Floats, window: int) -> Floats:
    """Return the mean of the latest values, up to a window."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    means: Floats = (sums[ends] - sums[starts]) / (ends - starts)
    return means
