"""``zkmargin margin``."""

from __future__ import annotations

from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_report
from zkmargin.account.venue_formula import venue_formula
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .margin_text import report_to_json, show_report
from .options import AccountFile, Json, Requirement, SnapshotFile, load_account, parse_requirement
from .output import print_json

__all__ = ["margin"]


def margin(
    account: AccountFile,
    snapshot: SnapshotFile,
    requirement: Requirement = "maintenance",
    as_json: Json = False,
) -> None:
    """Show the margin report of an account. Private.

    Under a model that approximates Derive's margins, it shows Derive's own too, and how far the requirement is above
    it. Exit code 1 if equity is below the requirement.
    """
    asked = parse_requirement(requirement)
    risk = Snapshot.load(snapshot)
    opened = OpenedAccount.of(load_account(account, risk), risk)
    report = margin_report(opened, risk, asked)
    venue = venue_formula(opened, risk, report)
    if as_json:
        print_json(report_to_json(report, risk.parts.model, venue))
    else:
        show_report(report, risk.parts.model, venue)
    if not report.healthy:
        raise typed.Exit(1)
