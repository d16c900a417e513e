"""Makes ``docs/benchmarks.md`` and its charts from ``results.json`` and ``market_gas.json``.

Every number of the page is read from these files, or calculated from them and labelled as such.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import page_accounts
import page_circuits
import page_gas
import page_tasks
from figures import Results

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IMAGES", "PAGE", "files", "write"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "benchmarks.md"
IMAGES = DOCS / "images"
HEAD = """# Benchmarks

`make bench` measures, keeps the figures in [`results.json`](../benchmarks/results.json) and makes this page of them
(`benchmarks/page.py`). Above each table are the command that measured it, the machine, and its load: the mean number of
processes that ran or were ready to run in the last minute, other programs' included. Figures are medians.

Compare within a table only: other tables may be of another day. CPU seconds are of all threads, and depend less on
other programs than seconds on the clock. [Performance](performance.md) has the figures of other commands.
"""


def write() -> None:
    """Write page and charts."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


def files() -> dict[Path, str]:
    """Return the text of the page and of each chart by its path."""
    results = Results.load()
    sections = [part(results) for part in PARTS]
    text = "\n".join([HEAD, *(section for section, _ in sections)])
    return {PAGE: text, **dict(_images(sections))}


def _images(sections: list[tuple[str, dict[str, str]]]) -> Iterator[tuple[Path, str]]:
    for _, charts in sections:
        for name, drawn in charts.items():
            yield IMAGES / f"{name}.svg", drawn


PARTS = (
    page_circuits.proofs,
    page_circuits.circuits,
    page_accounts.accounts,
    page_gas.gas,
    page_tasks.tasks,
)
