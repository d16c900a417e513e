"""Reverse stress: the price moves at which the equity falls below the maintenance margin, and below zero."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from zkmargin.snapshot.snapshot import Snapshot

    from .revaluation import Revaluation

__all__ = ["Curve", "Distance", "Level", "ReverseStress", "curve", "distance", "reverse_stress"]

_POINTS = 31
_MARGIN = 1.2
_LEAST = 0.2
_CLOSE = 1e-9
_TRIES = 100


class Level(StrEnum):
    """What the equity falls below."""

    MAINTENANCE = "maintenance"
    ZERO = "zero"


@dataclass(frozen=True, slots=True, repr=False)
class Distance:
    """The distance to a level in one direction.

    Attributes
    ----------
    move : float or None
        The smallest move, as a fraction of the price, at which the equity falls below the level; None if there is
        none up to `searched`, or if the equity is below it already.
    searched : float
        The last move of the search; 0 if the equity is below the level already.
    """

    move: float | None
    searched: float


@dataclass(frozen=True, slots=True, repr=False)
class ReverseStress:
    """The smallest moves of one underlying, or of all together, that exhaust the margin and the equity.

    Attributes
    ----------
    numbers : tuple of int
        The underlyings that move, all by the same fraction.
    names : tuple of str
        Their names.
    down, up : dict of Level to Distance
        The distances of a fall and of a rise.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    down: dict[Level, Distance]
    up: dict[Level, Distance]


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


def reverse_stress(
    revaluation: Revaluation, numbers: Sequence[int], snapshot: Snapshot
) -> list[ReverseStress]:
    """Return the reverse stress of each underlying, and of several together.

    Parameters
    ----------
    revaluation : Revaluation
    numbers : sequence of int
        The underlyings of the account's positions.
    snapshot : Snapshot
    """
    groups: list[tuple[int, ...]] = [(number,) for number in numbers]
    if len(groups) > 1:
        groups.append(tuple(numbers))
    return [
        ReverseStress(
            group,
            tuple(snapshot.parts.underlyings[number] for number in group),
            {one: distance(revaluation, group, upwards=False, level=one) for one in Level},
            {one: distance(revaluation, group, upwards=True, level=one) for one in Level},
        )
        for group in groups
    ]


def distance(
    revaluation: Revaluation, moved: Collection[int], *, upwards: bool, level: Level = Level.MAINTENANCE
) -> Distance:
    """Find the first crossing on the grid of a revaluation, then the root between its two points.

    Parameters
    ----------
    revaluation : Revaluation
    moved : collection of int
        The underlyings that move, all by the same fraction.
    upwards : bool
        Whether prices rise.
    level : Level

    Returns
    -------
    Distance
    """

    def gap(move: float) -> float:
        equity, maintenance = revaluation.at(moved, move)
        return equity - maintenance if level is Level.MAINTENANCE else equity

    here = gap(0.0)
    if here < 0:
        return Distance(None, 0.0)
    searched = 0.0
    for before, after in pairwise([0.0, *revaluation.grid(moved, upwards=upwards)]):
        try:
            there = gap(after)
        except InputError:  # a value per lot is too large for its slot, so no such snapshot can exist
            break
        searched = after
        if there < 0:
            return Distance(_root(gap, (before, here), (after, there)), searched)
        here = there
    return Distance(None, searched)


def _root(gap: Callable[[float], float], left: tuple[float, float], right: tuple[float, float]) -> float:
    """Find a root between two points with gaps of opposite sign, by the Illinois method."""
    (a, at_a), (b, at_b) = left, right
    for _ in range(_TRIES):
        if abs(b - a) < _CLOSE or at_b == 0:
            break
        c = b - at_b * (b - a) / (at_b - at_a)
        at_c = gap(c)
        if at_c * at_b < 0:
            a, at_a = b, at_b
        else:
            # The end that stays weighs half, so that both ends approach the root.
            at_a /= 2
        b, at_b = c, at_c
    return b


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
    ends = (
        max(low, min(revaluation.grid(moved, upwards=False), default=0.0)),
        min(high, max(revaluation.grid(moved, upwards=True), default=0.0)),
    )
    moves = sorted({end * number / (_POINTS - 1) for end in ends for number in range(_POINTS)})
    points = []
    for move in moves:
        with suppress(InputError):  # as above
            points.append((move, *revaluation.at(moved, move)))
    return Curve(*(tuple(column) for column in zip(*points, strict=True)))
