"""Heat maps: profit and loss by price move and volatility move."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.pages.text import Number, decimals_for, move, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.account.report import UnderlyingReport
    from zkmargin.risk import Scenario
    from zkmargin.risk.model import Model

__all__ = ["Cell", "HeatMap", "Other", "heat_map", "shade", "total_heat_map", "volatility_label"]

_SHADES = 5
_DIRECTIONS = {Fraction(1): "up", Fraction(0): "unchanged", Fraction(-1): "down"}


# Without repr, since a page's values are as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """A scenario.

    Attributes
    ----------
    number : int
        The number of the scenario, from 0.
    profit : Decimal
        The gain of the positions in the scenario, as a proof computes it.
    shade : int
        The colour, from -5 for the map's largest absolute value as a loss to 5 for the same as a gain.
    binds : bool
        Whether the scenario determines the risk.
    """

    number: int
    profit: Decimal
    shade: int
    binds: bool


@dataclass(frozen=True, slots=True, repr=False)
class Other:
    """A scenario outside the grid: a smaller fraction of the gain or loss counts, or volatility moves in points.

    Attributes
    ----------
    move, volatility, cover : str
        The price move, the volatility move and the fraction that counts.
    cell : Cell
    """

    move: str
    volatility: str
    cover: str
    cell: Cell


@dataclass(frozen=True, slots=True, repr=False)
class HeatMap:
    """The scenarios of one underlying, or of all underlyings together.

    Attributes
    ----------
    name : str
        The underlying; empty for all together.
    columns : tuple of str
        Price moves in ascending order.
    rows : tuple of (str, tuple of Cell or None)
        Volatility moves in descending order, with a cell for each column; None if the model has no such
        scenario.
    cover : str
        The fraction of gain or loss that counts in the grid; empty if all of it counts.
    others : tuple of Other
        Scenarios outside the grid.
    decimals : int
        The number of decimals to show.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    cover: str
    others: tuple[Other, ...]
    decimals: int


def heat_map(report: UnderlyingReport, model: Model) -> HeatMap:
    """Lay out the scenarios of one underlying, with price moves in percent.

    Parameters
    ----------
    report : UnderlyingReport
    model : Model
        The model of the snapshot.

    Returns
    -------
    HeatMap
    """
    ranges = model.ranges(report.underlying)
    labels = [(move(one.move(ranges)), percent(one.weight(ranges))) for one in model.scenarios]
    order = [one.move(ranges) for one in model.scenarios]
    cells = _cells(report.scenarios, len(model.scenarios), report.binding_scenario)
    return _layout(report.underlying, model.scenarios, cells, labels, order)


def total_heat_map(reports: tuple[UnderlyingReport, ...], model: Model) -> HeatMap:
    """Sum the underlyings scenario by scenario, with price moves in price scan ranges.

    The requirement does not depend on these sums: the statement adds the worst scenario of each underlying.
    """
    columns = zip(*(one.scenarios for one in reports), strict=True)
    cells = _cells([sum(column, Decimal(0)) for column in columns], len(model.scenarios), None)
    labels = [(_range_label(one), _cover_label(one)) for one in model.scenarios]
    return _layout("", model.scenarios, cells, labels, [one.move(model.default) for one in model.scenarios])


def volatility_label(one: Scenario) -> str:
    """Return a scenario's volatility move in volatility scan ranges or in points."""
    if one.is_linear:
        return "by delta only"
    label = _DIRECTIONS.get(one.volatility) or _steps(one.volatility)
    return f"{label} in points" if one.is_points else label


def _layout(
    name: str,
    scenarios: Sequence[Scenario],
    cells: Sequence[Cell],
    labels: Sequence[tuple[str, str]],
    order: Sequence[Fraction],
) -> HeatMap:
    """Place the scenarios with the largest cover in the grid and list the others."""
    repriced = [one for one in scenarios if not (one.is_damped or one.is_linear or one.is_points)]
    cover = max((one.cover for one in repriced), default=None)
    grid: dict[tuple[str, Fraction], Cell] = {}
    columns: dict[str, Fraction] = {}
    steps: dict[Fraction, str] = {}
    others = []
    for one, cell, (label, part), place in zip(scenarios, cells, labels, order, strict=True):
        if one in repriced and one.cover == cover and (label, one.volatility) not in grid:
            grid[label, one.volatility] = cell
            columns[label] = place
            steps[one.volatility] = volatility_label(one)
        else:
            others.append(Other(label, volatility_label(one), part, cell))
    across = sorted(columns, key=columns.__getitem__)
    rows = tuple(
        (steps[size], tuple(grid.get((label, size)) for label in across))
        for size in sorted(steps, reverse=True)
    )
    shown = "" if cover is None or cover == 1 else percent(cover)
    return HeatMap(
        name, tuple(across), rows, shown, tuple(others), decimals_for(cell.profit for cell in cells)
    )


def _cells(profits: Sequence[Decimal], count: int, binding: int | None) -> list[Cell]:
    # A table may have more slots than the model has scenarios; the rest are empty.
    most = max((abs(profit) for profit in profits[:count]), default=Decimal(0))
    return [
        Cell(number, profit, shade(profit, most), number == binding)
        for number, profit in enumerate(profits[:count])
    ]


def shade(profit: Number, most: Number) -> int:
    """Return the colour of a gain: see `Cell`."""
    if profit == 0:
        return 0
    size = max(1, round(abs(float(profit)) / float(most) * _SHADES))
    return size if profit > 0 else -size


def _range_label(one: Scenario) -> str:
    return _steps(one.price) if one.is_range else move(one.price)


def _cover_label(one: Scenario) -> str:
    if not one.is_damped:
        return percent(one.cover)
    return "range / move" if one.cover == 1 else f"{percent(one.cover)} range / move"


def _steps(steps: Fraction) -> str:
    if steps == 0:
        return "0"
    sign = "+" if steps > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(steps)} range{'s' if abs(steps) > 1 else ''}"
