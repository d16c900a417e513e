"""The measured gas of a market's transactions, its bounds, and the table of it in the documentation."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

from support.circuits import ROOT

FIGURES = ROOT / "benchmarks" / "market_gas.json"
PAGE = ROOT / "docs" / "performance.md"
HEAD = (
    "| Transaction | Gas | At most | Proofs | Base, calldata | Curve | Verifier | Storage | Log | `Batches` | House "
    "| Others |"
)
PARTS = ("transaction", "curve", "verifier", "storage", "log", "batches", "house", "others")
BARS = {
    "settle, 1 match of 2 accounts": 510_000,
    "settle, 32 accounts with 5 fills each": 1_500_000,
    "settle, 128 accounts with 20 fills each": 10_200_000,
    "attest, 32 accounts": 750_000,
    "attest, 128 accounts": 2_300_000,
}
"""The most gas that a transaction may take."""


def figures() -> dict[str, dict[str, Any]]:
    """Return the committed figures by transaction."""
    found: dict[str, dict[str, Any]] = json.loads(FIGURES.read_text(encoding="utf-8"))["transactions"]
    return found


def save(measured: dict[str, dict[str, Any]]) -> None:
    """Write the figures."""
    FIGURES.write_text(json.dumps({"transactions": measured}, indent=1) + "\n", encoding="utf-8")


def table() -> str:
    """Return the table of all transactions."""
    rows = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    for name, one in figures().items():
        proofs = ", ".join(f"{count} `{circuit}`" for circuit, count in one["proofs"].items())
        bar = _digits(BARS[name]) if name in BARS else ""
        parts = (_digits(one["parts"][part]) for part in PARTS)
        rows.append(f"| {' | '.join([name, _digits(one['gas']), bar, proofs, *parts])} |")
    return "\n".join(rows) + "\n"


def documented() -> str:
    """Return the table in the documentation."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(HEAD)
    rows = takewhile(lambda line: line.startswith("|"), after.splitlines()[1:])
    return "\n".join([HEAD, *rows]) + "\n"


def write_table() -> None:
    """Put the table into the documentation, in place of the one there."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(documented(), table()), encoding="utf-8")


def _digits(number: int) -> str:
    return f"{number:,}".replace(",", " ")
