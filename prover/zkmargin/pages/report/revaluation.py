"""An account's equity and maintenance margin at moved prices.

The prices of an underlying all move by one part: index price, futures, perpetuals, the forwards of options,
and a collateral asset of its name that follows the index. Volatilities, time and what is not moved stay.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import numpy as np

from zkmargin import spec
from zkmargin.spec.constants import PICO_PER_MICRO

from .market_rows import check_market, held_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["ByMarket", "ByScenarios", "Revaluation"]

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
            By which part their prices move, above -1.
        """

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:
        """Return the moves that a search looks at, the smallest first."""


class ByScenarios:
    """From the table alone: equity between the price moves of the scenarios by straight lines.

    At each move the profit with unchanged volatility counts, where the model has it, or else the mean over
    the volatilities; cover fractions are taken out. Scenarios at today's delta do not count. The maintenance
    margin stays what it is today.

    Parameters
    ----------
    opening : spec.Account
    margin : spec.Margin
        Of `opening` under `snapshot`.
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
        """Return the moves of the scenarios, as far as those of every underlying reach."""
        ends = [(knots[0][0], knots[0][-1]) for number, knots in self._knots.items() if number in moved]
        low, high = max(low for low, _ in ends), min(high for _, high in ends)
        moves = {x for number in moved for x in self._knots[number][0] if low <= x <= high} | {low, high}
        return sorted((x for x in moves if (x > 0 if upwards else x < 0)), key=abs)


class ByMarket:
    """From the market: options repriced by Black-76, then the rows of all positions, then the margin.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    venue_data : VenueData
        What the snapshot was built from.

    Raises
    ------
    InputError
        If it does not give the rows of the account's positions.
    """

    def __init__(self, opening: spec.Account, snapshot: Snapshot, venue_data: VenueData) -> None:
        self._opening, self._snapshot = opening, snapshot
        self._held = check_market(opening, snapshot, venue_data)
        self._today = {number: held_rows(one, number, snapshot, 0.0) for number, one in self._held.items()}
        # Marks are what options trade at, volatilities are rounded: today's difference is kept at every move.
        offset = spec.margin(opening, snapshot.spec).equity - self._margin(tuple(self._held), 0.0).equity
        self._offset = offset / _PICO

    def at(self, moved: Collection[int], move: float) -> tuple[float, float]:
        """Return equity and maintenance margin: see `Revaluation`."""
        margin = self._margin(moved, move)
        return margin.equity / _PICO + self._offset, margin.requirement / _MICRO

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:  # noqa: ARG002  # the same for all
        """Return moves of 2 % of the price before, down to -95 % and up to +300 %."""
        end = np.log1p(_HIGHEST if upwards else _LOWEST)
        return [float(x) for x in np.expm1(np.linspace(0, end, 1 + int(np.ceil(abs(end) / _STEP)))[1:])]

    def _margin(self, moved: Collection[int], move: float) -> spec.Margin:
        """Take steps 3 to 5 of the statement with the rows of a moved market."""
        before = self._snapshot.spec
        rows = dict(before.table.rows)
        for number, one in self._held.items():
            is_moved = number in moved and move != 0
            rows |= held_rows(one, number, self._snapshot, move) if is_moved else self._today[number]
        prices = _moved_prices(self._snapshot, moved, move)
        # The tree is that of the rows before; no step of the margin looks at it.
        return spec.margin(
            self._opening, replace(before, table=replace(before.table, rows=rows), prices=prices)
        )


def _knots(lane: spec.LaneRisk, snapshot: Snapshot) -> tuple[list[float], list[float]]:
    """Return moves, ascending, and the profit at each, in the quote currency."""
    model = snapshot.parts.model
    ranges = model.ranges(snapshot.parts.underlyings[lane.underlying])
    found: defaultdict[float, list[tuple[bool, float]]] = defaultdict(list)
    for one, profit in zip(model.scenarios, lane.totals, strict=False):
        # With a range of 0 nothing of a damped move counts, and so nothing is known of it.
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
    """Return the haircut prices: an asset without a peg follows the index of its name."""
    names = {snapshot.parts.underlyings[number] for number in moved}
    follows = [one.peg is None and one.asset in names for one in snapshot.parts.collateral]
    follows += [False] * (len(snapshot.spec.prices) - len(follows))
    scale = 1 + Decimal(repr(move))
    prices = zip(snapshot.spec.prices, follows, strict=True)
    return tuple(int(price * scale) if moves else price for price, moves in prices)
