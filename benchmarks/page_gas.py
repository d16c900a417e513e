"""The section on gas per account against the size of a batch, from ``market_gas.json``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from charts import Curve, chart
from page_text import digits, image, table

if TYPE_CHECKING:
    from figures import Results

__all__ = ["gas"]

FIGURES = Path(__file__).resolve().parent / "market_gas.json"
_BATCH = re.compile(
    r"(?P<action>settle|attest), ((?P<matches>\d+) match of )?(?P<accounts>\d+) accounts?"
    r"( with (?P<fills>\d+) fills each)?$"
)
TEXT = """## Gas of a batch

Whole transactions of a market's house on a local chain, with real proofs: settlements of fills between accounts, and
attestations of accounts' health. [Performance](performance.md#gas-of-a-market) has the parts of each transaction and
the command.

{table}
{image}"""


def gas(_: Results) -> tuple[str, dict[str, str]]:
    found = json.loads(FIGURES.read_text(encoding="utf-8"))["transactions"]
    batches = {name: match for name in found if (match := _BATCH.match(name))}
    attested = {
        name: int(match["accounts"]) for name, match in batches.items() if match["action"] == "attest"
    }
    settled = {name: fills(match) for name, match in batches.items() if match["action"] == "settle"}
    each = {name: found[name]["gas"] / count for name, count in {**settled, **attested}.items()}
    lines = [[name, digits(found[name]["gas"]), digits(each[name]), "fill"] for name in settled]
    lines += [[name, digits(found[name]["gas"]), digits(each[name]), "account"] for name in attested]
    text = TEXT.format(
        table=table(["Transaction", "Gas", "Gas for each", ""], lines),
        image=image("benchmarks-gas", "Gas for each fill or account against their number in a transaction"),
    )
    curves = [
        Curve("settle, a fill", sorted((count, each[name]) for name, count in settled.items())),
        Curve("attest, an account", sorted((count, each[name]) for name, count in attested.items())),
    ]
    return text, {
        "benchmarks-gas": chart(
            "A batch", "fills or accounts of a transaction", "gas for each fill or account", curves
        )
    }


def fills(match: re.Match[str]) -> int:
    """Return the number of fills of a settlement; each is of two accounts."""
    return int(match["matches"] or int(match["accounts"]) * int(match["fills"]) // 2)
