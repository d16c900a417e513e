"""``zkmargin report``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.account.opened import OpenedAccount
from zkmargin.account.report import margin_report
from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import VenueData

from . import typed
from .options import (
    AccountFile,
    Json,
    Requirement,
    SnapshotFile,
    Trades,
    load_account,
    parse_requirement,
    parse_trades,
)
from .output import print_json, print_line

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.proving.keys import Keys

__all__ = ["report"]


def report(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountFile,
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The page to write, HTML.")],
    venue_data: Annotated[
        Path | None,
        typed.Option("--data", help="The snapshot's venue data, for all Greeks and repriced options."),
    ] = None,
    requirement: Requirement = "maintenance",
    trade: Trades = None,
    stresses: Annotated[
        Path | None,
        typed.Option("--stresses", help="Named stresses, a TOML file; the bundled ones if left out."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the margin report of an account as an HTML page. Private.

    The page shows positions. With --data it also shows Greeks and stresses and reprices the positions. With --trade,
    --json has the comparison too.
    """
    from zkmargin.analysis.what_if import WhatIf  # noqa: PLC0415
    from zkmargin.pages.report import render_report, write_page  # noqa: PLC0415
    from zkmargin.risk.named_stresses import load_stresses  # noqa: PLC0415

    asked, risk = parse_requirement(requirement), Snapshot.load(snapshot)
    holder = load_account(account, risk)
    venue = None if venue_data is None else VenueData.load(venue_data)
    named = load_stresses(stresses)
    trades = parse_trades(trade)
    page = render_report(holder, risk, asked, venue, _keys(holder, risk), trades=trades, named=named)
    write_page(page, out)
    healthy = margin_report(holder, risk, asked).healthy
    if as_json:
        compared = WhatIf.of(holder, risk, trades, asked, venue).to_json() if trades else None
        print_json({"file": str(out), "healthy": healthy, **({"what_if": compared} if compared else {})})
        return
    print_line(
        f"{out}: {'healthy' if healthy else 'NOT healthy'}. The page shows positions: keep it private."
    )


def _keys(account: Account, snapshot: Snapshot) -> Keys | None:
    """Return this machine's keys of the smallest circuit that holds an account, if there are both."""
    from zkmargin.proofs.circuit_keys import load_circuit  # noqa: PLC0415
    from zkmargin.proofs.instances import choose_instance  # noqa: PLC0415

    opening = OpenedAccount.of(account, snapshot).opening
    try:
        circuit = choose_instance(opening, snapshot.parts.layout)
    except InputError:
        return None  # the account fits no circuit; its report is of use all the same
    found = load_circuit(circuit)
    return None if found is None else found[1]
