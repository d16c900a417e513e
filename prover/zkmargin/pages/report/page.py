"""Rendering and writing of the report page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import __version__
from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_of, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.documents.utc import utc_text
from zkmargin.pages import text
from zkmargin.pages.rendering import environment
from zkmargin.spec.constants import BPS_UNIT

from . import tables
from .chart import line_chart
from .heat import HeatMap, heat_map, total_heat_map
from .liquidation import Distance, curve, distance
from .revaluation import ByScenarios, ByVenueData

if TYPE_CHECKING:
    from collections.abc import Collection

    from zkmargin import spec
    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.pages.plots import Plot
    from zkmargin.proving.keys import Keys
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

    from .revaluation import Revaluation

__all__ = ["render_report"]

_RANGES_SHOWN = 2
_GREEKS = ("gamma", "vega", "theta")


@dataclass(frozen=True, slots=True, repr=False)
class _Liquidation:
    """A line of the liquidation table and its chart."""

    name: str
    price: Decimal | None
    down: Distance
    up: Distance
    chart: Plot


def render_report(
    account: Account,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
    venue_data: VenueData | None = None,
    keys: Keys | None = None,
) -> str:
    """Return the report page of an account: HTML without scripts and external resources.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    requirement : Requirement or int
        The claim of the page, as for a proof.
    venue_data : VenueData, optional
        The venue data behind the snapshot. With it, Greeks and liquidation distances are computed by repricing;
        without it, from the snapshot's table.
    keys : Keys, optional
        The keys that a proof would be made with, whose kind and fingerprint the page shows.

    Returns
    -------
    str
        The page, which is as secret as the account. Equal arguments give equal pages.

    Raises
    ------
    InputError
        If the account does not fit the snapshot, or the venue data are not the snapshot's.
    """
    opened = OpenedAccount.of(account, snapshot)
    report, opening = margin_report(opened, snapshot, requirement), opened.opening
    liquidations = _liquidations(opening, snapshot, venue_data)
    positions = tables.positions(opening, snapshot, report, venue_data)
    lines = tables.lines(report, snapshot, positions)
    return (
        environment("report")
        .get_template("template.html.j2")
        .render(
            version=__version__,
            time=utc_text(snapshot.timestamp),
            snapshot=snapshot,
            model=snapshot.parts.model,
            commitment=opened.commitment,
            report=report,
            claim=_claim(report.requirement_bps, snapshot.parts.model.initial_bps),
            levels=tables.levels(opened, snapshot, report),
            lines=lines,
            maps=_heat_maps(report, snapshot),
            liquidations=liquidations,
            repriced=venue_data is not None,
            greeks=[name for name in _GREEKS if any(getattr(one.greeks, name) is not None for one in lines)],
            positions=positions,
            holdings=tables.holdings(account, snapshot),
            keys=keys,
        )
    )


def _claim(bps: int, initial_bps: int) -> str:
    times = text.quantity(Decimal(bps) / BPS_UNIT)
    if bps == BPS_UNIT:
        return "maintenance margin"
    return (
        f"initial margin, {times} times maintenance"
        if bps == initial_bps
        else f"{times} times maintenance margin"
    )


def _heat_maps(report: MarginReport, snapshot: Snapshot) -> list[HeatMap]:
    model = snapshot.parts.model
    if not model.scenarios:
        return []
    maps = [heat_map(one, model) for one in report.underlyings]
    return [*maps, total_heat_map(report.underlyings, model)] if len(maps) > 1 else maps


def _liquidations(
    opening: spec.Account, snapshot: Snapshot, venue_data: VenueData | None
) -> list[_Liquidation]:
    margin = margin_of(opening, snapshot)
    ways: Revaluation = (
        ByScenarios(opening, margin, snapshot)
        if venue_data is None
        else ByVenueData(opening, snapshot, venue_data)
    )
    numbers = [lane.underlying for lane in margin.lanes]
    groups = [(number,) for number in numbers]
    return [
        _liquidation(ways, group, snapshot) for group in (*groups, *([tuple(numbers)] * (len(numbers) > 1)))
    ]


def _liquidation(ways: Revaluation, moved: Collection[int], snapshot: Snapshot) -> _Liquidation:
    down, up = (distance(ways, moved, upwards=upwards) for upwards in (False, True))
    names = [snapshot.parts.underlyings[number] for number in moved]
    widest = max(float(snapshot.parts.model.ranges(name).price_scan_range) for name in names)
    drawn = line_chart(curve(ways, moved, (down, up), _RANGES_SHOWN * widest), (down, up))
    if len(names) > 1:
        return _Liquidation("all together", None, down, up, drawn)
    return _Liquidation(names[0], snapshot.parts.index_prices[next(iter(moved))], down, up, drawn)
