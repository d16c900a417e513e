"""The circuits of operations are what their declaration says."""

from __future__ import annotations

import re

import pytest

from support.circuits import ROOT
from zkmargin.proofs.batch_instances import batch_circuits
from zkmargin.proofs.instances import find_circuit

TRADES = [("Match", one) for one in batch_circuits().match] + [
    ("Quote", one) for one in batch_circuits().quote
]


def component(name):
    """Return the public inputs and the component of a circuit's file."""
    text = (ROOT / "circuits" / "main" / f"{name}.circom").read_text()
    found = re.search(r"component main \{public \[(.*)\]\} = (.*);", text)
    return found[1].split(", "), found[2]


@pytest.mark.parametrize(("template", "one"), TRADES, ids=[one.name for _, one in TRADES])
def test_circuits_of_fills(template, one):
    assert component(one.name) == (["clock", "domain", "z"], f"{template}({one.operations})")
    assert one.name == f"{template.lower()}_{one.operations}"
    assert find_circuit(one.name) is one


@pytest.mark.parametrize("one", batch_circuits().upkeep, ids=[one.name for one in batch_circuits().upkeep])
def test_circuits_of_upkeep(one):
    assert component(one.name) == (["z"], f"Upkeep({one.operations}, {one.layout.elements})")
    wide = "wide_" if one.layout.name == "wide" else ""
    assert one.name == f"{wide}upkeep_{one.operations}"
    assert find_circuit(one.name) is one


def test_every_circuit_is_declared():
    declared = {one.name for one in batch_circuits().all}
    files = {path.stem for path in (ROOT / "circuits" / "main").glob("*.circom")}
    assert {name for name in files if re.search(r"match|quote|upkeep", name)} <= declared
