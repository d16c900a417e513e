"""Measures of procyclicality: rises of a requirement over time.

D. Murphy, M. Vasios and N. Vause, "An investigation into the procyclicality of risk-based initial margin models",
Bank of England Financial Stability Paper 29 (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["Procyclicality", "procyclicality"]

_DAYS = 5


@dataclass(frozen=True, slots=True)
class Procyclicality:
    """The procyclicality of a requirement.

    Attributes
    ----------
    peak_to_trough : float
        The largest requirement divided by the smallest.
    one_day, five_days : float
        The largest rise within one and within five days, as a fraction of the earlier requirement; 0 if it never
        rises.
    """

    peak_to_trough: float
    one_day: float
    five_days: float


def procyclicality(requirements: Floats) -> Procyclicality:
    """Measure the procyclicality of a requirement.

    Parameters
    ----------
    requirements : ndarray of float64, shape (days,)
        Positive requirements as fractions of the price, so that a price move by itself changes nothing.

    Returns
    -------
    Procyclicality
    """
    ratio = float(requirements.max() / requirements.min())
    return Procyclicality(ratio, _rise(requirements, 1), _rise(requirements, _DAYS))


def _rise(requirements: Floats, days: int) -> float:
    rises = requirements[days:] / requirements[:-days] - 1
    return float(rises.max(initial=0.0))
