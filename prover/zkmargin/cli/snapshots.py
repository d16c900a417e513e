"""``zkmargin snapshot``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated, Any

from zkmargin.account.difference import diff_account
from zkmargin.errors import InputError
from zkmargin.risk import load_collateral
from zkmargin.snapshot.difference import diff_snapshots
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import VenueData

from . import typed
from .exclusions import exclusions_to_json, show_estimates, show_exclusions
from .finding import show
from .options import (
    FEW_ESTIMATES,
    Collateral,
    Json,
    MaxEstimated,
    chosen_model,
    load_account,
    parse_layout,
    parse_share,
)
from .output import print_json, print_line
from .publish import publish
from .snapshot_sign import sign
from .snapshot_text import diff_to_json, show_diff
from .snapshot_verify import verify
from .span_import import import_span

__all__ = ["snapshot_app"]

snapshot_app = typed.Group()


@snapshot_app.command()
def build(  # noqa: PLR0913, PLR0917  # the options of a command
    venue_data: Annotated[Path, typed.Argument(help="Venue data, from zkmargin data import.")],
    out: Annotated[Path, typed.Option("-o", "--out", help="The snapshot file to write.")],
    model: Annotated[str, typed.Option("--model", help="The margin model: a name or a TOML file.")] = "span",
    collateral: Collateral = None,
    layout: Annotated[
        str | None,
        typed.Option(
            "--layout",
            help="The layout of the rows: standard or wide; the smallest for the scenarios if left out. "
            "Limits on Greeks need wide.",
        ),
    ] = None,
    max_estimated: MaxEstimated = FEW_ESTIMATES,
    as_json: Json = False,
) -> None:
    """Build a snapshot: reprice venue data under a margin model, and commit to the result."""
    chosen = chosen_model(model)
    assets = None if collateral is None else load_collateral(collateral)
    rows = None if layout is None else parse_layout(layout)
    share, venue = parse_share(max_estimated), VenueData.load(venue_data)
    try:
        made = Snapshot.build(venue, chosen, collateral=assets, layout=rows, max_estimated=share)
    except InputError as error:
        # The instrument in the message is a key of the venue data file.
        raise InputError(error.reason, source=error.source or str(venue_data), key=error.key) from None
    made.save(out)
    count = len(made.parts.listings)
    if as_json:
        shown: dict[str, Any] = {"file": str(out), "root": str(made.root), "timestamp": str(made.timestamp)}
        shown |= {"layout": made.parts.layout.name, "model": chosen.name, "instruments": count}
        shown["estimates"] = [one.to_json() for one in made.parts.estimates]
        print_json({**shown, "exclusions": exclusions_to_json(made.parts.exclusions)})
        return
    print_line(f"{out}: {count} instruments under {chosen.name}, layout {made.parts.layout.name}")
    print_line(f"root {made.root}")
    show_estimates(made.parts.estimates)
    show_exclusions(made.parts.exclusions)


@snapshot_app.command()
def diff(
    before: Annotated[Path, typed.Argument(help="The earlier snapshot.")],
    after: Annotated[Path, typed.Argument(help="The later snapshot.")],
    account: Annotated[
        list[Path] | None,
        typed.Option("--account", help="An account, to compare its margin. Repeatable."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the changes between two snapshots.

    The exit code is 1 if there is an alarm: another collateral list, quote currency, or meaning of ids, lots or
    places; a row that was dropped before it was settled for 7 days, or changed though it was settled. Private with
    --account: it shows the margin of the accounts.
    """
    old, new = Snapshot.load(before), Snapshot.load(after)
    moved = diff_snapshots(old, new)
    accounts = [diff_account(load_account(path), old, new) for path in account or []]
    if as_json:
        print_json(diff_to_json(moved, accounts))
    else:
        show_diff(moved, accounts, new.parts.quote)
    if moved.alarms:
        raise typed.Exit(1)


snapshot_app.command("import-span")(import_span)
snapshot_app.command()(show)
snapshot_app.command()(verify)
snapshot_app.command()(sign)
snapshot_app.command()(publish)
