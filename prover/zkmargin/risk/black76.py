"""Black's model of 1976: European options on a future, undiscounted, on whole arrays.

F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976). A kernel on SciPy's
normal distribution and root finder, because the libraries do not fit: QuantLib and vollib price one option at
a time, py_vollib_vectorized is of 2021 and needs Numba and pandas. QuantLib is what the tests compare with.

All functions broadcast. `deviation` is volatility * sqrt(years), dimensionless; with deviation 0 an option is
worth its intrinsic value. Prices are in the unit of forward and strike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.optimize import elementwise  # type: ignore[import-untyped]
from scipy.special import ndtr  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["delta", "implied_deviation", "price"]

_SMALLEST = 1e-200
_BRACKET = (1e-6, 64.0)
_TOLERANCES = {"xatol": 1e-15, "xrtol": 4e-16, "fatol": 0.0, "frtol": 0.0}


def price(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the value of options.

    Parameters
    ----------
    forward, strike : array_like
        Positive.
    deviation : array_like
        Volatility times the root of the years left, not negative.
    is_call : array_like of bool
        Call or put.

    Returns
    -------
    ndarray of float64
        Put-call parity holds to the last digits: what is in the money is intrinsic value plus the other side.
    """
    forward, strike = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    intrinsic = np.maximum(np.where(is_call, forward - strike, strike - forward), 0.0)
    result: Floats = intrinsic + _time_value(forward, strike, np.asarray(deviation, np.float64))
    return result


def delta(forward: ArrayLike, strike: ArrayLike, deviation: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the derivative of `price` by the forward: 0 to 1 for calls, -1 to 0 for puts."""
    forward, strike = np.asarray(forward, np.float64), np.asarray(strike, np.float64)
    sign = np.where(is_call, 1.0, -1.0)
    upper, _ = _arguments(forward, strike, np.asarray(deviation, np.float64))
    result: Floats = sign * ndtr(sign * upper)
    return result


def implied_deviation(value: ArrayLike, forward: ArrayLike, strike: ArrayLike, is_call: ArrayLike) -> Floats:
    """Return the deviation that gives a value, the inverse of `price`.

    Returns
    -------
    ndarray of float64
        NaN where there is none: not above the intrinsic value, or not below the forward (call), strike (put).
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
    """Return the value of the option that is out of the money: the same for call and put by parity."""
    upper, lower = _arguments(forward, strike, deviation)
    sign = np.where(forward > strike, -1.0, 1.0)
    value: Floats = sign * (forward * ndtr(sign * upper) - strike * ndtr(sign * lower))
    return np.maximum(value, 0.0)


def _arguments(forward: Floats, strike: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return d1 and d2; at deviation 0 their limits."""
    logarithm = np.log(forward / strike)
    limit = np.where(logarithm == 0, 0.0, np.where(logarithm > 0, np.inf, -np.inf))
    zero = deviation < _SMALLEST  # a quotient by less could overflow
    centre = np.where(zero, limit, logarithm / np.where(zero, 1.0, deviation))
    return centre + deviation / 2, centre - deviation / 2
