"""``zkmargin margin``."""

from __future__ import annotations

from zkmargin.account.report import margin_report
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

    Exit code 1 if equity is below the requirement.
    """
    asked = parse_requirement(requirement)
    risk = Snapshot.load(snapshot)
    report = margin_report(load_account(account, risk), risk, asked)
    if as_json:
        print_json(report_to_json(report, risk.parts.model))
    else:
        show_report(report, risk.parts.model)
    if not report.healthy:
        raise typed.Exit(1)
