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
    """How far prices may move, one way.

    Attributes
    ----------
    move : float or None
        The first move, as a part of the price, at which the equity falls below the maintenance margin; None
        where there is none up to `searched`, or the equity is below it already.
    searched : float
        The last move that was looked at; 0 if the equity is below it already.
    """

    move: float | None
    searched: float


@dataclass(frozen=True, slots=True, repr=False)
class Curve:
    """Equity and maintenance margin by price move, in the quote currency.

    Attributes
    ----------
    moves, equity, maintenance : tuple of float
        Of one length.
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
        The underlyings that move, by one part.
    upwards : bool
        Which way.

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
        except InputError:  # a value per lot leaves its slot: no such table could be published
            break
        searched = after
        if crossed:
            return Distance(float(brentq(gap, before, after, xtol=1e-9)), searched)
    return Distance(None, searched)


def curve(
    revaluation: Revaluation, moved: Collection[int], distances: Collection[Distance], least: float
) -> Curve:
    """Value an account over the moves that matter.

    Parameters
    ----------
    revaluation : Revaluation
    moved : collection of int
        The underlyings that move, by one part.
    distances : collection of Distance
        What is to be seen on the curve.
    least : float
        How far the curve goes both ways if there is a value: a part of the price, such as twice the price
        scan range; 0.2 if less.

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
