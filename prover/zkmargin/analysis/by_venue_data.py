"""An account's equity and maintenance margin after shocks, by repricing the venue data behind a snapshot."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, expm1, log1p
from typing import TYPE_CHECKING

from zkmargin import spec

from .revaluation import MICRO, PICO, moved_prices
from .venue_rows import Shock, check_venue_data, held_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["ByVenueData"]

_STEP = 0.02
_LOWEST, _HIGHEST = -0.95, 3.0
_NONE = Shock()


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
        self.held = check_venue_data(opening, snapshot, venue_data)
        """The underlyings of the account's positions by number, with only the held instruments."""
        self._today = {number: held_rows(one, number, snapshot, Shock()) for number, one in self.held.items()}
        # Marks differ from prices at the venue's rounded volatilities; today's difference is kept at every move.
        offset = spec.margin(opening, snapshot.spec).equity - self._margin({}).equity
        self._offset = offset / PICO

    def at(self, moved: Collection[int], move: float) -> tuple[float, float]:
        """Return equity and maintenance margin: see `Revaluation`."""
        return self.after({self._snapshot.parts.underlyings[number]: Shock(move) for number in moved})

    def after(self, shocks: Mapping[str, Shock]) -> tuple[float, float]:
        """Return equity and maintenance margin in the quote currency after shocks.

        Parameters
        ----------
        shocks : mapping of str to Shock
            By the name of an underlying; unpegged collateral of the name moves too.
        """
        margin = self._margin(shocks)
        return margin.equity / PICO + self._offset, margin.requirement / MICRO

    def grid(self, moved: Collection[int], *, upwards: bool) -> list[float]:  # noqa: ARG002  # the same for all
        """Return moves in steps of 2 % of the price, down to -95 % or up to +300 %."""
        end = log1p(_HIGHEST if upwards else _LOWEST)
        steps = ceil(abs(end) / _STEP)
        return [expm1(end * number / steps) for number in range(1, steps + 1)]

    def _margin(self, shocks: Mapping[str, Shock]) -> spec.Margin:
        """Return the margin by steps 3 to 5 of the statement, with the rows after shocks."""
        before = self._snapshot.spec
        rows = dict(before.table.rows)
        for number, one in self.held.items():
            shock = shocks.get(one.name, _NONE)
            rows |= self._today[number] if shock == _NONE else held_rows(one, number, self._snapshot, shock)
        prices = moved_prices(self._snapshot, {name: one.move for name, one in shocks.items()})
        # The tree is that of the original rows; no step of the margin uses it.
        return spec.margin(
            self._opening, replace(before, table=replace(before.table, rows=rows), prices=prices)
        )
