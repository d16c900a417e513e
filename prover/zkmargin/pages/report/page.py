"""Rendering and writing of the report page."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import __version__
from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_of, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.analysis.positions import positions
from zkmargin.analysis.what_if import WhatIf
from zkmargin.documents.utc import utc_text
from zkmargin.pages import text
from zkmargin.pages.rendering import environment
from zkmargin.risk.closing import ASSUMED
from zkmargin.risk.named_stresses import load_stresses
from zkmargin.spec.constants import BPS_UNIT

from . import tables
from .heat import HeatMap, heat_map, total_heat_map
from .stress import stresses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.proving.keys import Keys
    from zkmargin.risk.named_stresses import NamedStress
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["render_report"]

_GREEKS = ("gamma", "vega", "theta")


def render_report(  # noqa: PLR0913  # what a page can show
    account: Account,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
    venue_data: VenueData | None = None,
    keys: Keys | None = None,
    *,
    trades: Mapping[str, Decimal] | None = None,
    named: Sequence[NamedStress] | None = None,
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
    trades : mapping of str to Decimal, optional
        Trades to compare the account with, quantities by instrument: see `zkmargin.analysis.with_trades`.
    named : sequence of NamedStress, optional
        Named stresses, by default the bundled ones.

    Returns
    -------
    str
        The page, which is as secret as the account. Equal arguments give equal pages.

    Raises
    ------
    InputError
        If the account or the trades do not fit the snapshot, or the venue data are not the snapshot's.
    """
    opened = OpenedAccount.of(account, snapshot)
    report, opening = margin_report(opened, snapshot, requirement), opened.opening
    margin = margin_of(opening, snapshot)
    found = stresses(opening, margin, snapshot, venue_data, load_stresses() if named is None else named)
    held = positions(opening, margin, snapshot, report, venue_data)
    lines = tables.lines(report, snapshot, held)
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
            stresses=found,
            what_if=WhatIf.of(account, snapshot, trades, requirement, venue_data) if trades else None,
            assumed=ASSUMED,
            repriced=venue_data is not None,
            greeks=[name for name in _GREEKS if any(getattr(one.greeks, name) is not None for one in lines)],
            positions=held,
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
