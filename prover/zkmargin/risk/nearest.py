"""Exact rounding of whole arrays: what ``round(Fraction(value) * scale)`` gives, without the fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .black76 import Floats

__all__ = ["nearest"]

_DOUBT = 2.0**-51


def nearest(values: Floats, scales: Sequence[Fraction]) -> list[list[int]]:
    """Round values times scales to the nearest integers, ties to even.

    A float product p of a value and a scale is off by less than ``|p| 2^-51``: the scale and the product are
    each rounded once, by at most ``2^-53`` of themselves. So the integer nearest to p is the right one unless
    p is as near as that to the middle of two; those few are computed in fractions.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        Finite, and finite times their scales.
    scales : sequence of Fraction, length rows
        Positive.

    Returns
    -------
    list of list of int
    """
    products = values * np.array([[float(scale)] for scale in scales]).reshape(len(scales), 1)
    rounded = np.rint(products)
    doubtful = np.abs(np.abs(products - rounded) - 0.5) <= np.abs(products) * _DOUBT
    result: list[list[int]] = [[int(one) for one in row] for row in rounded.tolist()]
    for row, column in np.argwhere(doubtful).tolist():
        result[row][column] = round(Fraction(float(values[row, column])) * scales[row])
    return result
