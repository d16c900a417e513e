"""Black's model of 1976 for arrays of European options on a future, undiscounted.

F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976). It is built on SciPy's
normal distribution and root finder, because no library fits: QuantLib and vollib price one option at a time, and
py_vollib_vectorized, last released in 2021, needs Numba and pandas. Tests compare prices and Greeks with QuantLib
at 10 000 points.

All functions broadcast. `deviation` is volatility * sqrt(years), dimensionless; with deviation 0 an option is
worth its intrinsic value. Prices are in the unit of forward and strike. Gamma, vega and theta are equal for a
call and a put.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.exports import needs_extra

with needs_extra("risk"):
    import numpy as np
    from scipy.optimize import elementwise  # type: ignore[import-untyped]
    from scipy.special import ndtr  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["delta", "gamma", "implied_deviation", "price", "theta", "vega"]

_SMALLEST = 1e-200
_FARTHEST = 100.0
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_BRACKET = (1e-6, 64.0)
_TOLERANCES = {"xatol": 1e-15, "xrtol": 4e-16, "fatol": 0.0, "frtol": 0.0}


def price(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the value of options.

    Parameters
    ----------
    forward, strike : array_like
        Positive prices.
    deviation : array_like
        Volatility times the square root of the years to expiry, not negative.
    is_call : array_like of bool
        Whether the option is a call; otherwise it is a put.

    Returns
    -------
    ndarray of float64
        The values. Put-call parity holds to the last digits, because an option in the money is computed as its
        intrinsic value plus the value of the opposite option.
    """
    forward, strike = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    intrinsic = np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)
    result: Floats = intrinsic + _time_value(forward, strike, np.asarray(deviation, np.float64))
    return result


def delta(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the derivative of `price` with respect to the forward: 0 to 1 for calls, -1 to 0 for puts."""
    forward, strike = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    sign = np.where(is_call, 1.0, -1.0)
    upper, _ = _arguments(forward, strike, np.asarray(deviation, np.float64))
    result: Floats = sign * ndtr(sign * upper)
    return result


def gamma(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike) -> Floats:
    """Return the derivative of `delta` with respect to the forward, per unit of price.

    At deviation 0 it is 0, or infinite if the forward equals the strike.
    """
    forward, deviation = np.asarray(forward, np.float64), np.asarray(deviation, np.float64)
    density = _density(forward, strike, deviation)
    width = forward * np.where(deviation < _SMALLEST, _SMALLEST, deviation)
    with np.errstate(over="ignore"):  # a peak beyond the largest float is infinite
        result: Floats = density / width
    return np.where((deviation < _SMALLEST) & (density > 0), np.inf, result)


def vega(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, years: ArrayLike) -> Floats:
    """Return the derivative of `price` with respect to the volatility, at fixed forward and time.

    Parameters
    ----------
    forward, strike, deviation : array_like
        As in `price`.
    years : array_like
        Time to expiry, not negative.

    Returns
    -------
    ndarray of float64
        The derivative per unit of annual volatility; divide by 100 for that per volatility point.
    """
    forward = np.asarray(forward, np.float64)
    result: Floats = forward * _density(forward, strike, deviation) * np.sqrt(years)
    return result


def theta(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, years: ArrayLike) -> Floats:
    """Return the derivative of `price` with respect to calendar time, at fixed forward and volatility.

    The time to expiry falls as time passes, so theta is not positive. It has no interest term, since an
    undiscounted option on a future earns no interest.

    Parameters
    ----------
    forward, strike, deviation : array_like
        As in `price`; the volatility is deviation / sqrt(years).
    years : array_like
        Time to expiry, positive.

    Returns
    -------
    ndarray of float64
        The derivative per year; divide by 365 for that per calendar day.
    """
    forward = np.asarray(forward, np.float64)
    density = _density(forward, strike, deviation)
    result: Floats = -forward * density * np.asarray(deviation, np.float64) / (2 * np.asarray(years))
    return result


def implied_deviation(value: ArrayLike, forward: ArrayLike, strike: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the deviation that gives a value: the inverse of `price`.

    Returns
    -------
    ndarray of float64
        The deviation; NaN unless the value is above the intrinsic value and below the forward (call) or the
        strike (put).
    """
    value, forward, strike, is_call = np.broadcast_arrays(value, forward, strike, is_call)
    forward, strike = forward.astype(np.float64), strike.astype(np.float64)
    rest = value - np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)

    def difference(deviation: Floats, forward: Floats, strike: Floats, rest: Floats) -> Floats:
        return _time_value(forward, strike, deviation) - rest

    inside = (rest > 0) & (rest < np.minimum(forward, strike))
    result = np.full(rest.shape, np.nan)
    if inside.any():
        arguments = (forward[inside], strike[inside], rest[inside])
        root = elementwise.find_root(difference, _BRACKET, args=arguments, tolerances=_TOLERANCES)
        result[inside] = np.where(root.success, root.x, np.nan)
    return result


def _time_value(forward: Floats, strike: Floats, deviation: Floats) -> Floats:
    """Return the value of the option out of the money, which is the time value of call and put by parity."""
    upper, lower = _arguments(forward, strike, deviation)
    sign = np.where(forward > strike, -1.0, 1.0)
    value: Floats = sign * (forward * ndtr(sign * upper) - strike * ndtr(sign * lower))
    return np.maximum(value, 0.0)


def _density(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike) -> Floats:
    """Return the normal density at d1."""
    forward, strike = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    upper, _ = _arguments(forward, strike, np.asarray(deviation, np.float64))
    upper = np.clip(
        upper, -_FARTHEST, _FARTHEST
    )  # beyond this the density is 0 and the square could overflow
    result: Floats = np.exp(-upper * upper / 2) / _ROOT_TWO_PI
    return result


def _arguments(forward: Floats, strike: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return d1 and d2, or their limits at deviation 0."""
    logarithm = np.log(forward / strike)
    limit = np.where(logarithm == 0, 0.0, np.where(logarithm > 0, np.inf, -np.inf))
    zero = deviation < _SMALLEST  # a smaller divisor could overflow
    centre = np.where(zero, limit, logarithm / np.where(zero, 1.0, deviation))
    return centre + deviation / 2, centre - deviation / 2
