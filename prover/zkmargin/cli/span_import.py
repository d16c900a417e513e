"""``zkmargin snapshot import-span``."""

from __future__ import annotations

from datetime import date
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from zkmargin.errors import InputError
from zkmargin.risk.collateral import load_collateral
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.span_file import import_span as read

from . import typed
from .exclusions import exclusions_to_json, show_exclusions
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress

__all__ = ["import_span"]


def import_span(  # noqa: PLR0913, PLR0917  # the options of a command
    file: Annotated[
        Path, typed.Argument(help="A SPAN risk parameter file: XML (.spn) or .pa2, plain or zipped.")
    ],
    out: Annotated[Path, typed.Option("-o", "--out", help="The snapshot file to write.")],
    product: Annotated[
        list[str],
        typed.Option("--product", help="A combined commodity, e.g. CME:ES. Repeatable, up to eight times."),
    ],
    previous: Annotated[
        Path | None,
        typed.Option("--previous", help="The snapshot before; its contracts keep their ids."),
    ] = None,
    until: Annotated[str, typed.Option("--until", help="The last contract month to import, CCYYMM.")] = "",
    business_date: Annotated[
        str, typed.Option("--date", help="The expected business date of the file, e.g. 2025-06-20.")
    ] = "",
    currency: Annotated[
        str, typed.Option("--currency", help="The currency, for XML without one, e.g. INR.")
    ] = "",
    collateral: Annotated[
        Path | None, typed.Option("--collateral", help="The collateral with its haircuts, a TOML file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import the risk arrays of a SPAN risk parameter file as a snapshot.

    The rows are those of the file; nothing is repriced.
    """
    with progress() as report:
        made = read(
            file,
            product,
            previous=None if previous is None else Snapshot.load(previous),
            until=until,
            business_date=_date(business_date),
            currency=currency,
            collateral=None if collateral is None else load_collateral(collateral),
            progress=report,
        )
    made.save(out)
    _show(made, out, as_json=as_json)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("expected a date, such as 2025-06-20", source="--date") from None


def _show(made: Snapshot, out: Path, *, as_json: bool) -> None:
    count, names = len(made.parts.listings), list(made.parts.underlyings)
    if as_json:
        shown = {"file": str(out), "root": str(made.root), "timestamp": str(made.timestamp)}
        exclusions = exclusions_to_json(made.parts.exclusions)
        print_json({**shown, "underlyings": names, "instruments": count, "exclusions": exclusions})
        return
    print_line(f"{out}: {count} contracts of {', '.join(names)}")
    print_line(f"root {made.root}")
    show_exclusions(made.parts.exclusions)
