"""The measured size and memory of each circuit's keys, and where they stand: in a table, and in the circuits' sizes."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

from support.circuits import ROOT

SIZES = ROOT / "circuits" / "sizes.json"
FIGURES = ROOT / "benchmarks" / "instances.json"
PAGE = ROOT / "docs" / "performance.md"
HEAD = "| Circuit | Constraints | Key, MB | Compiling | Keys | Proof |"
NOT_MEASURED = "not measured"
STEPS = ("compiling", "keys", "proof")


def constraints() -> dict[str, int]:
    """Return the committed number of constraints of every declared circuit."""
    return {name: one["constraints"] for name, one in json.loads(SIZES.read_text()).items()}


def sizes_text(counts: dict[str, dict[str, Any]]) -> str:
    """Return the text of ``circuits/sizes.json``: shapes and constraints, with the sizes of keys that were measured."""
    measured = {(name, one["constraints"]): one["key_bytes"] for name, one in figures().items()}
    lines = []
    for name, one in counts.items():
        size = measured.get((name, one["constraints"]))
        shown = {**one, **({} if size is None else {"key_bytes": size})}
        lines.append(f" {json.dumps(name)}: {json.dumps(shown)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def figures() -> dict[str, dict[str, Any]]:
    """Return the committed figures of the circuits that were measured, by name."""
    found: dict[str, dict[str, Any]] = json.loads(FIGURES.read_text())["circuits"] if FIGURES.exists() else {}
    return found


def table() -> str:
    """Return the table of all declared circuits: their figures, or that they were not measured."""
    measured = figures()
    rows = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    for name, count in constraints().items():
        cells = _cells(measured[name]) if name in measured else [NOT_MEASURED] * 4
        rows.append(f"| {' | '.join([f'`{name}`', f'{count:,}'.replace(',', ' '), *cells])} |")
    return "\n".join(rows) + "\n"


def documented() -> str:
    """Return the table in the documentation."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rows = takewhile(lambda line: line.startswith("|"), after.splitlines()[1:])
    return "\n".join([HEAD, *rows]) + "\n"


def _cells(one: dict[str, Any]) -> list[str]:
    return [
        f"{one['key_bytes'] / 1e6:.1f}",
        *(_step(one[step]) if step in one else NOT_MEASURED for step in STEPS),
    ]


def _step(step: dict[str, float]) -> str:
    return f"{step['cpu_seconds']:.1f} s, {step['peak_mb']:.0f} MB"
