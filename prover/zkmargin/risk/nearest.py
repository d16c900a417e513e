"""Exact rounding of arrays, equal to ``round(Fraction(value) * scale)`` but without fractions for most values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .black76 import Floats

__all__ = ["nearest"]

_DOUBT = 2.0**-51


def nearest(values: Floats, scales: Sequence[Fraction]) -> list[list[int]]:
    """Round values times scales to the nearest integers, ties to even.

    The error of a float product p of a value and a scale is below ``|p| 2^-51``, since the scale and the product
    are each rounded once, by a relative error of at most ``2^-53``. So the nearest integer to p is correct unless p
    is within that error of the middle between two integers. Those few products are computed in fractions.

    Parameters
    ----------
    values : ndarray of float64, shape (rows, columns)
        Finite values, whose products with their scales are finite.
    scales : sequence of Fraction, length rows
        A positive scale for each row.

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
