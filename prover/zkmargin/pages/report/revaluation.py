"""An account's equity and maintenance margin at moved prices.

All prices of an underlying move by the same fraction: index price, futures, perpetuals, the forwards of options,
and an unpegged collateral asset of its name. Volatilities, time and other underlyings do not change.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import numpy as np

from zkmargin import spec
from zkmargin.spec.constants import PICO_PER_MICRO

from .venue_rows import check_venue_data, held_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["ByScenarios", "ByVenueData", "Revaluation"]

_MICRO = 10**6
_PICO = _MICRO * PICO_PER_MICRO
_WITHOUT_SCENARIOS = 0.5
_STEP = 0.02
_LOWEST, _HIGHEST = -0.95, 3.0


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
        gain = sum(float(np.interp(move, *self._knots[number])) for number in moved)
        prices = zip(_moved_prices(self._snapshot, moved, move), self._snapshot.spec.prices, strict=True)
        changes = (new - old for new, old in prices)
        gain += (
            sum(amount * change for amount, change in zip(self._opening.amounts, changes, strict=True))
            / _PICO
        )
        return self._margin.equity / _PICO + gain, self._margin.requirement / _MICRO

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:
        """Return the moves of the scenarios within the range that all underlyings share."""
        ends = [(knots[0][0], knots[0][-1]) for number, knots in self._knots.items() if number in moved]
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        moves = {x for number in moved for x in self._knots[number][0] if low <= x <= high} | {low, high}
        return sorted((x for x in moves if (x > 0 if upwards else x < 0)), key=abs)


class ByVenueData:
    """Revaluation from venue data: options are repriced by Black-76, and rows and margin are computed anew.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    venue_data : VenueData
        The venue data behind the snapshot.

    Raises
    ------
    InputError
        If the venue data do not give the rows of the account's positions.
    """

    def __init__(self, opening: spec.Account, snapshot: Snapshot, venue_data: VenueData) -> None:
        self._opening, self._snapshot = opening, snapshot
        self._held = check_venue_data(opening, snapshot, venue_data)
        self._today = {number: held_rows(one, number, snapshot, 0.0) for number, one in self._held.items()}
        # Marks differ from prices at the venue's rounded volatilities; today's difference is kept at every move.
        offset = spec.margin(opening, snapshot.spec).equity - self._margin(tuple(self._held), 0.0).equity
        self._offset = offset / _PICO

    def at(self, moved: Collection[int], move: float) -> tuple[float, float]:
        """Return equity and maintenance margin: see `Revaluation`."""
        margin = self._margin(moved, move)
        return margin.equity / _PICO + self._offset, margin.requirement / _MICRO

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:  # noqa: ARG002  # the same for all
        """Return moves in steps of 2 % of the price, down to -95 % or up to +300 %."""
        end = np.log1p(_HIGHEST if upwards else _LOWEST)
        return [float(x) for x in np.expm1(np.linspace(0, end, 1 + int(np.ceil(abs(end) / _STEP)))[1:])]

    def _margin(self, moved: Collection[int], move: float) -> spec.Margin:
        """Return the margin by steps 3 to 5 of the statement, with the rows at moved prices."""
        before = self._snapshot.spec
        rows = dict(before.table.rows)
        for number, one in self._held.items():
            is_moved = number in moved and move != 0
            rows |= held_rows(one, number, self._snapshot, move) if is_moved else self._today[number]
        prices = _moved_prices(self._snapshot, moved, move)
        # The tree is that of the original rows; no step of the margin uses it.
        return spec.margin(
            self._opening, replace(before, table=replace(before.table, rows=rows), prices=prices)
        )


def _knots(lane: spec.LaneRisk, snapshot: Snapshot) -> tuple[list[float], list[float]]:
    """Return moves in ascending order and the profit at each in the quote currency."""
    model = snapshot.parts.model
    ranges = model.ranges(snapshot.parts.underlyings[lane.underlying])
    found: defaultdict[float, list[tuple[bool, float]]] = defaultdict(list)
    for one, profit in zip(model.scenarios, lane.totals, strict=False):
        # With a range of 0 a damped move has weight 0, so its profit is unknown.
        if not one.is_linear and one.weight(ranges):
            whole = profit / float(one.weight(ranges)) / _MICRO
            found[float(one.move(ranges))].append((one.volatility == 0, whole))
    profits = {
        move: _mean([x for flat, x in some if flat] or [x for _, x in some]) for move, some in found.items()
    }
    if set(profits) <= {0.0}:
        delta = lane.totals[lane.layout.delta] / _MICRO
        profits = {move: move * delta for move in (-_WITHOUT_SCENARIOS, _WITHOUT_SCENARIOS)}
    profits[0.0] = 0.0
    moves = sorted(profits)
    return moves, [profits[move] for move in moves]


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers)


def _moved_prices(snapshot: Snapshot, moved: Collection[int], move: float) -> tuple[int, ...]:
    """Return the haircut prices; an asset without a peg follows the index price of its name."""
    names = {snapshot.parts.underlyings[number] for number in moved}
    follows = [one.peg is None and one.asset in names for one in snapshot.parts.collateral]
    follows += [False] * (len(snapshot.spec.prices) - len(follows))
    scale = 1 + Decimal(repr(move))
    prices = zip(snapshot.spec.prices, follows, strict=True)
    return tuple(int(price * scale) if moves else price for price, moves in prices)
