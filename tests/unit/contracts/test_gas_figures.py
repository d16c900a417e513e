"""The measured gas of a market's transactions keeps its bounds, adds up, and is what the documentation says."""

from __future__ import annotations

import json

import pytest

from support import gas_figures
from support.gas_figures import BARS, PARTS, documented, figures, table
from zkmargin.contracts.house import House

MOST_GAS = 2**24
"""The most gas of a transaction on Ethereum (EIP-7825)."""


@pytest.mark.parametrize("name", BARS)
def test_a_transaction_takes_at_most_its_bound(name):
    """``python benchmarks/market_gas.py`` measures again."""
    assert figures()[name]["gas"] <= BARS[name]


def test_the_largest_batch_fits_in_a_transaction():
    assert max(one["gas"] for one in figures().values()) < House.GAS <= MOST_GAS


def test_parts_add_up():
    for one in figures().values():
        assert tuple(one["parts"]) == PARTS
        assert sum(one["parts"].values()) == one["gas"]


def test_the_documentation_has_the_figures():
    """``python benchmarks/market_gas.py --table`` renews it."""
    assert documented() == table()


def test_a_renewed_table_replaces_the_one_there(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n\n{gas_figures.HEAD}\n|---|\n| old |\n\nbehind\n", encoding="utf-8")
    monkeypatch.setattr(gas_figures, "PAGE", page)
    gas_figures.write_table()
    assert page.read_text(encoding="utf-8") == f"before\n\n{table()}\nbehind\n"
    assert json.loads(gas_figures.FIGURES.read_text(encoding="utf-8"))["transactions"] == figures()
