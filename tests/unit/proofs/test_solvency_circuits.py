"""The circuits of solvency are what their declaration says."""

from __future__ import annotations

import json

import pytest

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_circuit
from zkmargin.proofs.solvency_instances import read_solvency_circuits, solvency_circuits

COUNTS = json.loads((ROOT / "circuits" / "sizes.json").read_text())
DECLARED = json.loads((ROOT / "circuits" / "solvency.json").read_text())


@pytest.mark.parametrize("one", solvency_circuits(), ids=lambda one: one.name)
def test_a_main_file_declares_the_circuit(one):
    shape = one.shape
    account = f"standard({shape.account.lanes}, {shape.account.positions})"
    component = f"Solvency({shape.accounts}, {account}, {shape.octets}, {shape.singles})"
    main = f"component main {{public [requirementBps, x]}} = {component};"
    include = 'include "../solvency/solvency.circom";'
    assert one.source.read_text() == f"pragma circom 2.2.0;\n\n{include}\n\n{main}\n"
    assert one.name == f"solvency_{shape.accounts}x{shape.account.positions}"
    assert find_circuit(one.name) is one


def test_an_account_of_13_positions_costs_at_most_12000_constraints():
    assert COUNTS["solvency_24x13"]["constraints"] <= 12_000 * 24
    for one in solvency_circuits():
        assert COUNTS[one.name]["constraints"] < 2**18


@pytest.mark.parametrize(
    "change",
    [{"accounts": 12}, {"octets": 0, "singles": 0}, {"lanes": 0}, {"layout": "narrow"}, {"accounts": "8"}],
)
def test_shapes_that_are_refused(tmp_path, change):
    document = {
        **DECLARED,
        "instances": {"solvency_8x2": {**DECLARED["instances"]["solvency_8x2"], **change}},
    }
    path = tmp_path / "solvency.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"instances\.solvency_8x2"):
        read_solvency_circuits(path)
