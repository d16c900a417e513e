"""``zkmargin margin``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_of, margin_report
from zkmargin.account.venue_formula import venue_formula
from zkmargin.analysis.legs import contributions
from zkmargin.analysis.revaluation import ByScenarios
from zkmargin.analysis.reverse import reverse_stress
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .margin_analysis import analysis_to_json, show_analysis
from .margin_text import report_to_json, show_account, show_underlyings
from .options import AccountFile, Json, Requirement, SnapshotFile, load_account, parse_requirement
from .output import print_json

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.analysis.revaluation import Revaluation

__all__ = ["margin"]


def margin(
    account: AccountFile,
    snapshot: SnapshotFile,
    requirement: Requirement = "maintenance",
    venue_data: Annotated[
        Path | None,
        typed.Option("--data", help="The snapshot's venue data, to reprice options in the reverse stress."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the margin report of an account. Private.

    It also shows the margin of each position, and the price moves that exhaust margin and equity. Under a model that
    approximates Derive's margins, it shows Derive's own too, and how far the requirement is above it. Exit code 1 if
    equity is below the requirement.
    """
    asked = parse_requirement(requirement)
    risk = Snapshot.load(snapshot)
    opened = OpenedAccount.of(load_account(account, risk), risk)
    report = margin_report(opened, risk, asked)
    venue = venue_formula(opened, risk, report)
    found = margin_of(opened.opening, risk)
    stress = reverse_stress(
        _revaluation(opened.opening, found, risk, venue_data), [lane.underlying for lane in found.lanes], risk
    )
    names = {one.id: one.name for one in risk.parts.listings}
    legs = {names[number]: one for number, one in contributions(opened.opening, found, risk).items()}
    if as_json:
        document = report_to_json(report, risk.parts.model, venue)
        print_json({**document, **analysis_to_json(stress, legs, repriced=venue_data is not None)})
    else:
        show_underlyings(report, risk.parts.model)
        show_analysis(stress, legs, repriced=venue_data is not None)
        show_account(report, venue)
    if not report.healthy:
        raise typed.Exit(1)


def _revaluation(
    opening: spec.Account, margin: spec.Margin, snapshot: Snapshot, venue_data: Path | None
) -> Revaluation:
    if venue_data is None:
        return ByScenarios(opening, margin, snapshot)
    # NumPy and SciPy take half a second to load.
    from zkmargin.analysis.by_venue_data import ByVenueData  # noqa: PLC0415
    from zkmargin.venue_data import VenueData  # noqa: PLC0415

    return ByVenueData(opening, snapshot, VenueData.load(venue_data))
