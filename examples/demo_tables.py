"""The demo's output: progress while it runs, tables at the end."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from settlement import Event

    from zkmargin import MarginProof, MarginReport

progress = Console(stderr=True)
steps = Table("step", Column("result", overflow="fold"), Column("time", justify="right"), title="Steps")


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Time one step for the table; the block appends the step's result."""
    progress.print(name, style="dim")
    result: list[str] = []
    started = time.perf_counter()
    yield result
    seconds = time.perf_counter() - started
    steps.add_row(name, " ".join(result), f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms")


def show_progress(stage: str, done: int, total: int) -> None:
    """Show the progress of a long step."""
    progress.print(f"  {stage} ({done}/{total})", style="dim")


def show(report: MarginReport, proof: MarginProof, page: Path) -> None:
    """Print the private report, the steps, the public signals and the location of the report page."""
    output = Console(width=None if sys.stdout.isatty() else 100)
    output.print(_margin(report), _totals(report), steps, _seen(proof), sep="\n")
    hidden = "instruments, sizes and sides, cash, collateral, equity and requirement"
    output.print(f"Private: {hidden}.")
    output.print("These are development keys: their maker can forge proofs (docs/keys.md).")
    output.print(f"Margin report (private), for a browser: {page}", soft_wrap=True, highlight=False)


def show_timeline(events: Sequence[Event]) -> None:
    """Print the timeline of the market."""
    Console(width=None if sys.stdout.isatty() else 100).print(timeline(events))


def timeline(events: Sequence[Event]) -> Table:
    """Return the timeline of the market as a table; batches have their gas per account, and what it was before."""
    numbers = (Column(title, justify="right") for title in ("gas", "per account", "before"))
    table = Table("time", "who", Column("what", overflow="fold"), *numbers)
    table.title = (
        "A day on the market: the chain sees commitments and proofs, no position but the auctioned one"
    )
    for event in events:
        hours, rest = divmod(event.time, 3600)
        gas = "" if event.gas is None else f"{event.gas:,}"
        each = f"{(event.gas or 0) // event.accounts:,}" if event.accounts else ""
        before = f"{event.before:,}" if event.before else ""
        table.add_row(f"{hours}:{rest // 60:02}", event.who, event.what, gas, each, before)
    return table


def _margin(report: MarginReport) -> Table:
    margin = Table(
        "underlying",
        "positions",
        *(Column(title, justify="right") for title in ("scanning risk", "short option minimum", "add-on")),
        title=f"The account's margin in {report.quote} (private)",
    )
    for one in report.underlyings:
        amounts = (f"{value:,.2f}" for value in (one.scan, one.floor, one.add_on))
        margin.add_row(one.underlying, str(one.positions), *amounts)
    return margin


def _totals(report: MarginReport) -> Table:
    totals = Table("", Column(report.quote, justify="right"))
    for title, value in (
        ("cash", report.cash),
        ("positions at their marks", report.mark),
        ("collateral after haircuts", report.collateral),
        ("equity", report.equity),
        ("maintenance margin", report.maintenance),
        ("initial margin", report.required),
        ("cushion above it", report.cushion),
    ):
        totals.add_row(title, f"{value:,.2f}")
    return totals


def _seen(proof: MarginProof) -> Table:
    seen = Table("signal", Column("value", overflow="fold"), title="Public signals")
    for name, value in zip(proof.signals._fields, proof.signals, strict=True):
        seen.add_row(name, str(value) if value < 10**6 else f"{value:#066x}")
    return seen
