"""How far the model ``derive_pmrm`` is from Derive's portfolio margin, on random portfolios.

Run it with ``python benchmarks/pmrm_error.py``; it takes seconds. It prints ours / exact - 1 of maintenance
margin, by kind of portfolio, over the bundled chain: the figures of ``docs/models/derive_pmrm.md``. "Exact"
is ``tests/support/pmrm.py``, which computes the venue's formula from its source. The last column is the
multiple of our requirement that covers both the venue's maintenance and, after ``initial_bps``, its initial
margin.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np  # noqa: E402

from support import pmrm  # noqa: E402
from support.pmrm_portfolios import KINDS, books, chain, exact, lots  # noqa: E402
from support.venues import MICRO, margin, table  # noqa: E402
from zkmargin.risk import load_model  # noqa: E402

SEED = 20_260_302


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000, help="portfolios of each kind")
    parser.add_argument("--model", default="derive_pmrm", help="name or TOML file")
    parser.add_argument("--rate", type=float, default=0.0, help="interest rate of the venue's feed")
    options = parser.parse_args()
    Console(width=140).print(report(options.model, options.count, options.rate))


def report(model: str, count: int, rate: float) -> Table:
    """Return the table that is printed."""
    columns = ("portfolio", "median", "5 %", "95 %", "lowest", "highest", "below 0", "5 % of those")
    shown = Table(
        *columns, "multiple needed", title=f"{model}: ours / exact - 1, {count} portfolios of each kind"
    )
    ratios = errors(model, count, rate)
    together = [pair for pairs in ratios.values() for pair in pairs]
    for kind, values in [*ratios.items(), ("all", together)]:
        maintenance, initial = np.array(values).T
        below = maintenance[maintenance < 0]
        quantiles = np.quantile(maintenance, [0.5, 0.05, 0.95, 0, 1])
        worst = np.quantile(below, 0.05) if below.size else 0
        needed = 1 / (1 + min(0, maintenance.min(), initial.min()))
        texts = [f"{one:+.3f}" for one in (*quantiles, worst)]
        share = f"{below.size / len(values):.1%}"
        shown.add_row(kind, *texts[:5], share, texts[5] if below.size else "", f"{needed:.2f}")
    return shown


def errors(model: str, count: int, rate: float = 0.0) -> dict[str, list[tuple[float, float]]]:
    """Return ours / exact - 1, of maintenance and initial margin, by kind of portfolio."""
    rng = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    chosen, places = load_model(model), books(chain())
    rows = table(chain(), chosen)
    found = {}
    for kind, make in KINDS.items():
        pairs = []
        for _ in range(count):
            book = rng.choice(places)
            legs = make(book, rng)
            ours = margin(rows, lots(book, legs)).requirement / MICRO
            venue = pmrm.margin(exact(book, legs, rate))
            initial = ours * chosen.initial_bps / 10_000
            pairs.append((ours / venue.maintenance - 1, initial / venue.initial - 1))
        found[kind] = pairs
    return found


if __name__ == "__main__":
    main()
