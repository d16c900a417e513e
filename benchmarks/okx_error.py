"""How far the stress of the model ``okx`` is from OKX's MR1 and MR6, on random portfolios.

Run it with ``python benchmarks/okx_error.py``; it takes seconds. It prints ours / theirs - 1 by kind of portfolio, over
the bundled chain: the figures of ``docs/models/okx.md``. "Ours" is the scanning risk, "theirs" is
``tests/support/okx.py``, which computes the larger of MR1 and MR6 from their description.
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

from support import okx  # noqa: E402
from support.pmrm_portfolios import KINDS, books, chain, lots  # noqa: E402
from support.venues import MICRO, margin, table  # noqa: E402
from zkmargin.risk import load_model  # noqa: E402

SEED = 20_260_302


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="portfolios of each kind")
    count = parser.parse_args().count
    shown = Table(
        "portfolio", "median", "5 %", "lowest", "highest", "below 0", title="okx: ours / theirs - 1"
    )
    found = errors(count)
    together = [one for each in found.values() for one in each]
    for kind, values in [*found.items(), ("all", together)]:
        quantiles = np.quantile(values, [0.5, 0.05, 0, 1])
        below = np.mean(np.array(values) < -1e-3)
        shown.add_row(kind, *(f"{one:+.3f}" for one in quantiles), f"{below:.1%}")
    Console(width=120).print(shown)


def errors(count: int) -> dict[str, list[float]]:
    """Return ours / theirs - 1 by kind of portfolio."""
    rng = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    model, places = load_model("okx"), books(chain())
    rows = table(chain(), model)
    found: dict[str, list[float]] = {}
    for kind, make in KINDS.items():
        found[kind] = []
        for _ in range(count):
            book = rng.choice(places)
            held = lots(book, make(book, rng))
            units = {
                one: held[number] * float(one.lot)
                for number, _, one in chain().instruments()
                if number in held
            }
            largest = float(model.ranges(book.underlying.name).price_scan_range)
            ours = margin(rows, held).lanes[0].scan / MICRO
            found[kind].append(ours / okx.stress(units, chain().time, largest) - 1)
    return found


if __name__ == "__main__":
    main()
