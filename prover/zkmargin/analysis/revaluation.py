"""An account's equity and maintenance margin at moved prices.

All prices of an underlying move by the same fraction: index price, futures, perpetuals, the forwards of options,
and an unpegged collateral asset of its name. Volatilities, time and other underlyings do not change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from zkmargin.spec.constants import PICO_PER_MICRO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["MICRO", "PICO", "ByScenarios", "Revaluation", "moved_prices"]

MICRO = 10**6
PICO = MICRO * PICO_PER_MICRO
_WITHOUT_SCENARIOS = 0.5


class Revaluation(Protocol):
    """A way to value an account at moved prices."""

    def at(self, moved: Collection[int], move: float) -> tuple[float, float]:
        """Return equity and maintenance margin in the quote currency.

        Parameters
        ----------
        moved : collection of int
            Numbers of underlyings.
        move : float
            The relative move of their prices, above -1.
        """

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:
        """Return the moves of a search in order of size."""


class ByScenarios:
    """Revaluation from the table: equity is interpolated linearly between the price moves of the scenarios.

    At each move the profit is that of the scenario with unchanged volatility, or without one the mean over the
    volatilities; covers are divided out. Linear scenarios are ignored. The maintenance margin stays today's.

    Parameters
    ----------
    opening : spec.Account
    margin : spec.Margin
        The margin of `opening` under `snapshot`.
    snapshot : Snapshot
    """

    def __init__(self, opening: spec.Account, margin: spec.Margin, snapshot: Snapshot) -> None:
        self._opening, self._margin, self._snapshot = opening, margin, snapshot
        self._knots = {lane.underlying: _knots(lane, snapshot) for lane in margin.lanes}

    def at(self, moved: Collection[int], move: float) -> tuple[float, float]:
        """Return equity and maintenance margin: see `Revaluation`."""
        gain = sum(_interpolated(move, *self._knots[number]) for number in moved)
        moves = {self._snapshot.parts.underlyings[number]: move for number in moved}
        prices = zip(moved_prices(self._snapshot, moves), self._snapshot.spec.prices, strict=True)
        changes = (new - old for new, old in prices)
        gain += (
            sum(amount * change for amount, change in zip(self._opening.amounts, changes, strict=True)) / PICO
        )
        return self._margin.equity / PICO + gain, self._margin.requirement / MICRO

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:
        """Return the moves of the scenarios within the range that all underlyings share."""
        ends = [(knots[0][0], knots[0][-1]) for number, knots in self._knots.items() if number in moved]
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        moves = {x for number in moved for x in self._knots[number][0] if low <= x <= high} | {low, high}
        return sorted((x for x in moves if (x > 0 if upwards else x < 0)), key=abs)


def _knots(lane: spec.LaneRisk, snapshot: Snapshot) -> tuple[list[float], list[float]]:
    """Return moves in ascending order and the profit at each in the quote currency."""
    model = snapshot.parts.model
    ranges = model.ranges(snapshot.parts.underlyings[lane.underlying])
    found: defaultdict[float, list[tuple[bool, float]]] = defaultdict(list)
    for one, profit in zip(model.scenarios, lane.totals, strict=False):
        # With a range of 0 a damped move has weight 0, so its profit is unknown.
        if not one.is_linear and one.weight(ranges):
            whole = profit / float(one.weight(ranges)) / MICRO
            found[float(one.move(ranges))].append((one.volatility == 0, whole))
    profits = {
        move: _mean([x for flat, x in some if flat] or [x for _, x in some]) for move, some in found.items()
    }
    if set(profits) <= {0.0}:
        delta = lane.totals[lane.layout.delta] / MICRO
        profits = {move: move * delta for move in (-_WITHOUT_SCENARIOS, _WITHOUT_SCENARIOS)}
    profits[0.0] = 0.0
    moves = sorted(profits)
    return moves, [profits[move] for move in moves]


def _interpolated(x: float, xs: list[float], ys: list[float]) -> float:
    """Interpolate linearly; beyond the ends the value stays that of the end."""
    if not xs[0] < x < xs[-1]:
        return ys[0] if x <= xs[0] else ys[-1]
    place = bisect_right(xs, x)
    part = (x - xs[place - 1]) / (xs[place] - xs[place - 1])
    return ys[place - 1] + part * (ys[place] - ys[place - 1])


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def moved_prices(snapshot: Snapshot, moves: Mapping[str, float]) -> tuple[int, ...]:
    """Return the haircut prices after relative moves by name: an asset without a peg moves as that of its name."""
    own = [0.0 if one.peg is not None else moves.get(one.asset, 0.0) for one in snapshot.parts.collateral]
    own += [0.0] * (len(snapshot.spec.prices) - len(own))
    prices = zip(snapshot.spec.prices, own, strict=True)
    return tuple(int(price * (1 + Decimal(repr(move)))) if move else price for price, move in prices)
