"""Liquidation distance: the price move at which the equity falls to the maintenance margin."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped]

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from .revaluation import Revaluation

__all__ = ["Curve", "Distance", "curve", "distance"]

_POINTS = 31
_MARGIN = 1.2
_LEAST = 0.2


@dataclass(frozen=True, slots=True, repr=False)
class Distance:
    """The liquidation distance in one direction.

    Attributes
    ----------
    move : float or None
        The smallest move, as a fraction of the price, at which the equity falls below the maintenance margin;
        None if there is none up to `searched`, or if the equity is below it already.
    searched : float
        The last move of the search; 0 if the equity is below the maintenance margin already.
    """

    move: float | None
    searched: float


@dataclass(frozen=True, slots=True, repr=False)
class Curve:
    """Equity and maintenance margin by price move, in the quote currency.

    Attributes
    ----------
    moves, equity, maintenance : tuple of float
        Columns of the same length.
    """

    moves: tuple[float, ...]
    equity: tuple[float, ...]
    maintenance: tuple[float, ...]


def distance(revaluation: Revaluation, moved: Collection[int], *, upwards: bool) -> Distance:
    """Find the first crossing on the grid of a revaluation, then the root between its two points.

    Parameters
    ----------
    revaluation : Revaluation
    moved : collection of int
        The underlyings that move, all by the same fraction.
    upwards : bool
        Whether prices rise.

    Returns
    -------
    Distance
    """

    def gap(move: float) -> float:
        equity, maintenance = revaluation.at(moved, move)
        return equity - maintenance

    if gap(0.0) < 0:
        return Distance(None, 0.0)
    searched = 0.0
    for before, after in pairwise([0.0, *revaluation.grid(moved, upwards=upwards)]):
        try:
            crossed = gap(after) < 0
        except InputError:  # a value per lot is too large for its slot, so no such snapshot can exist
            break
        searched = after
        if crossed:
            return Distance(float(brentq(gap, before, after, xtol=1e-9)), searched)
    return Distance(None, searched)


def curve(
    revaluation: Revaluation, moved: Collection[int], distances: Collection[Distance], least: float
) -> Curve:
    """Value an account over the relevant range of moves.

    Parameters
    ----------
    revaluation : Revaluation
    moved : collection of int
        The underlyings that move, all by the same fraction.
    distances : collection of Distance
        Distances that the curve must include.
    least : float
        The minimum extent of the curve in both directions, as a fraction of the price, such as twice the price
        scan range; at least 0.2. The curve ends earlier where there is no value.

    Returns
    -------
    Curve
    """
    seen = [one.move * _MARGIN for one in distances if one.move is not None]
    least = max(least, _LEAST)
    low, high = min(-least, *seen, 0.0), max(least, *seen, 0.0)
    moves = np.union1d(
        np.linspace(max(low, min(revaluation.grid(moved, upwards=False), default=0.0)), 0, _POINTS),
        np.linspace(0, min(high, max(revaluation.grid(moved, upwards=True), default=0.0)), _POINTS),
    )
    points = []
    for move in map(float, moves):
        with suppress(InputError):  # as above
            points.append((move, *revaluation.at(moved, move)))
    return Curve(*(tuple(column) for column in zip(*points, strict=True)))
