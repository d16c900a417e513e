"""Reverse stress, named stresses and the grid of prices and volatilities, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.analysis.by_venue_data import ByVenueData
from zkmargin.analysis.expiries import Expiry, by_expiry
from zkmargin.analysis.grid import Grid, price_volatility_grid
from zkmargin.analysis.historical import StressTest, stress_tests
from zkmargin.analysis.revaluation import ByScenarios
from zkmargin.analysis.reverse import Level, ReverseStress, curve, reverse_stress
from zkmargin.pages.text import percent

from .chart import line_chart
from .heat import shade

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from zkmargin import spec
    from zkmargin.analysis.revaluation import Revaluation
    from zkmargin.pages.plots import Plot
    from zkmargin.risk.named_stresses import NamedStress
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["GridCell", "GridView", "Line", "Stresses", "stresses"]

_RANGES_SHOWN = 2


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """A line of the reverse stress and its chart.

    Attributes
    ----------
    name : str
    price : Decimal or None
        The index price; None for several underlyings.
    reverse : ReverseStress
    chart : Plot
    """

    name: str
    price: Decimal | None
    reverse: ReverseStress
    chart: Plot


@dataclass(frozen=True, slots=True, repr=False)
class GridCell:
    """A cell of a grid.

    Attributes
    ----------
    change : float
        The change of the equity.
    shade : int
        As that of `zkmargin.pages.report.heat.Cell`.
    below : str
        ``zero`` if the equity would be negative, ``maintenance`` if it would be below today's maintenance margin.
    """

    change: float
    shade: int
    below: str


@dataclass(frozen=True, slots=True, repr=False)
class GridView:
    """A grid of an underlying: labels of columns, and rows of a move and its cells."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[float, tuple[GridCell, ...]], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Stresses:
    """All stresses of an account; those that need venue data are empty without them.

    Attributes
    ----------
    lines : list of Line
    tests : list of StressTest
    grids : list of GridView
    expiries : list of Expiry
    """

    lines: list[Line]
    tests: list[StressTest]
    grids: list[GridView]
    expiries: list[Expiry]


def stresses(
    opening: spec.Account,
    margin: spec.Margin,
    snapshot: Snapshot,
    venue_data: VenueData | None,
    named: Iterable[NamedStress],
) -> Stresses:
    """Compute the stresses of an account.

    Raises
    ------
    InputError
        If the venue data are not the snapshot's.
    """
    numbers = [lane.underlying for lane in margin.lanes]
    if venue_data is None:
        return Stresses(_lines(ByScenarios(opening, margin, snapshot), numbers, snapshot), [], [], [])
    ways = ByVenueData(opening, snapshot, venue_data)
    equity, maintenance = ways.at((), 0.0)
    grids = [price_volatility_grid(opening, snapshot, number, one) for number, one in ways.held.items()]
    return Stresses(
        _lines(ways, numbers, snapshot),
        stress_tests(ways, named),
        [_view(one, equity, maintenance) for one in grids],
        by_expiry(opening, ways.held, snapshot.timestamp),
    )


def _lines(ways: Revaluation, numbers: list[int], snapshot: Snapshot) -> list[Line]:
    return [_line(ways, one, snapshot) for one in reverse_stress(ways, numbers, snapshot)]


def _line(ways: Revaluation, one: ReverseStress, snapshot: Snapshot) -> Line:
    shown = [side[Level.MAINTENANCE] for side in (one.down, one.up)]
    widest = max(float(snapshot.parts.model.ranges(name).price_scan_range) for name in one.names)
    drawn = line_chart(curve(ways, one.numbers, shown, _RANGES_SHOWN * widest), shown)
    if len(one.names) > 1:
        return Line("all together", None, one, drawn)
    return Line(one.names[0], snapshot.parts.index_prices[one.numbers[0]], one, drawn)


def _view(grid: Grid, equity: float, maintenance: float) -> GridView:
    most = max(abs(change) for row in grid.changes for change in row)

    def cell(change: float) -> GridCell:
        after = equity + change
        below = "zero" if after < 0 else "maintenance" if after < maintenance else ""
        return GridCell(change, shade(change, most), below)

    rows = zip(grid.moves, grid.changes, strict=True)
    return GridView(
        grid.underlying,
        tuple(percent(factor) for factor in grid.factors),
        tuple((move, tuple(map(cell, row))) for move, row in rows),
    )
