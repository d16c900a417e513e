"""Reports of solvency as text and JSON."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.solvency import Inclusion, SolvencyReport

__all__ = ["inclusion_to_json", "report_to_json", "show_report", "step_lines"]

_MICRO, _PICO = 6, 12
_STEPS = 10


def report_to_json(report: SolvencyReport, snapshot: Snapshot) -> dict[str, Any]:
    """Return a report with amounts in the quote currency and units of assets."""
    return {
        "snapshotRoot": str(report.snapshot_root),
        "root": str(report.root),
        "requirementBps": str(report.requirement_bps),
        "chunks": str(report.chunks),
        "accounts": str(report.accounts),
        "unhealthy": str(report.unhealthy),
        "deficit": _shifted(report.deficit, _PICO),
        "cash": _shifted(report.cash, _MICRO),
        "collateral": dict(_collateral(report, snapshot)),
    }


def show_report(report: SolvencyReport, snapshot: Snapshot) -> None:
    """Write a report to standard output."""
    quote = snapshot.parts.quote
    print_table(
        [
            ("accounts", str(report.accounts)),
            ("requirement", f"{report.requirement_bps}/10000 of maintenance margin"),
            ("unhealthy", str(report.unhealthy)),
            ("deficit", f"{_shifted(report.deficit, _PICO)} {quote}"),
            ("cash", f"{_shifted(report.cash, _MICRO)} {quote}"),
            *((f"collateral {asset}", amount) for asset, amount in _collateral(report, snapshot)),
            ("root", str(report.root)),
            ("snapshot root", str(report.snapshot_root)),
        ],
        indent=2,
    )
    if report.unhealthy:
        print_line(f"{report.unhealthy} of {report.accounts} accounts are NOT healthy")
    print_line(
        "liabilities: cash + collateral + deficit. The venue must hold as much; this proof does not show that."
    )


def inclusion_to_json(found: Inclusion) -> dict[str, Any]:
    """Return the place of an account, with its path."""
    return {
        "commitment": str(found.commitment),
        "place": str(found.place),
        "root": str(found.root),
        "children": [[str(child) for child in level] for level in found.children],
    }


@contextmanager
def step_lines(bar: Callable[[str, int, int], None]) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback for progress: a bar on a terminal, else a line on standard error for each tenth of a stage."""
    last: dict[str, int] = {}

    def report(stage: str, done: int, total: int) -> None:
        step = _STEPS * done // total if total else _STEPS
        if not sys.stderr.isatty() and last.get(stage) != step:
            last[stage] = step
            sys.stderr.write(f"{stage}: {done} of {total}\n")
            sys.stderr.flush()
        bar(stage, done, total)

    yield report


def _collateral(report: SolvencyReport, snapshot: Snapshot) -> list[tuple[str, str]]:
    names = [one.asset for one in snapshot.parts.collateral]
    unknown = [f"asset {place}" for place in range(len(names), len(report.amounts))]
    pairs = zip((*names, *unknown), report.amounts, strict=True)
    # An asset that the snapshot lacks has no account's amount in it.
    return [(name, _shifted(amount, _MICRO)) for name, amount in pairs if amount or name in names]


def _shifted(value: int, places: int) -> str:
    """Return an integer in units of 10^-places as a decimal string."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 10**places)
    return sign + decimal_text(Decimal(f"{whole}.{rest:0{places}}"))
