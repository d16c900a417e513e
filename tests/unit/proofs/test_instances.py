"""The margin instances: one source of their shapes, and what they cost."""

from __future__ import annotations

import json
import re

import pytest

from support.circuits import ROOT
from zkmargin import spec

DECLARED = json.loads((ROOT / "circuits" / "instances.json").read_text())
INSTANCES = DECLARED["instances"]
CLEARING = json.loads((ROOT / "circuits" / "clearing.json").read_text())
SOLVENCY = json.loads((ROOT / "circuits" / "solvency.json").read_text())
COUNTS = json.loads((ROOT / "circuits" / "sizes.json").read_text())
FAMILIES = {
    ("standard", False, False): "margin",
    ("wide", False, False): "wide",
    ("wide", True, False): "limits",
    ("standard", False, True): "disclosure",
    ("wide", False, True): "wide_disclosure",
}


def test_every_instance_has_its_main_file_and_no_other():
    names = {path.stem for path in (ROOT / "circuits" / "main").iterdir()}
    others = {
        name for kind, one in CLEARING.items() for name in (one if kind == "owner" else one["instances"])
    }
    assert names == {*INSTANCES, *others, *SOLVENCY["instances"]} == set(COUNTS)


@pytest.mark.parametrize("name", INSTANCES)
def test_a_main_file_declares_the_instance(name):
    shape = INSTANCES[name]
    text = (ROOT / "circuits" / "main" / f"{name}.circom").read_text()
    inputs = DECLARED["disclosure"][5:] if shape["disclosed"] else DECLARED["public"][3:]
    inputs = ", ".join([*inputs, *(["limits"] if shape["limited"] else [])])
    named = f"{shape['layout']}({shape['lanes']}, {shape['positions']})"
    if shape["limited"]:
        named = f"limited({named})"
    template = "Disclosure" if shape["disclosed"] else "Margin"
    call = f"component main {{public [{inputs}]}} = {template}({named});"
    assert text == f'pragma circom 2.2.0;\n\ninclude "../margin/{template.lower()}.circom";\n\n{call}\n'
    assert name == f"{FAMILIES[shape['layout'], shape['limited'], shape['disclosed']]}_{shape['positions']}"


def test_the_shapes_of_the_circuits_are_those_of_the_specification():
    text = (ROOT / "circuits" / "margin" / "shape.circom").read_text()
    bodies = dict(re.findall(r"^function (\w+)\(.*?\) \{ return \[(.*)\]; \}$", text, re.MULTILINE))
    assert bodies == {
        **{one.name: f"LANES, POSITIONS, {one.scenarios}, {one.elements}, 0" for one in spec.LAYOUTS},
        "limited": f"SHAPE[0], SHAPE[1], SHAPE[2], SHAPE[3], {len(DECLARED['limits'])}",
    }


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_keeps_to_its_budget_and_fills_its_domain(name):
    shape, constraints = INSTANCES[name], COUNTS[name]["constraints"]
    assert {key: COUNTS[name][key] for key in shape} == shape
    # A wide row has 24 slots more to bound in each lane, and limits two pairs of range checks.
    wide = shape["layout"] == "wide"
    lanes, positions = (2000 + 24 * 84 + 400) if wide else 2000, 2150
    assert constraints <= positions * shape["positions"] + lanes * shape["lanes"] + 2500
    public = [*DECLARED["public"], *DECLARED["limits"] * shape["limited"]]
    rows = constraints + len(DECLARED["disclosure"] if shape["disclosed"] else public) + 1
    domain = 1 << (rows - 1).bit_length()
    assert rows > 0.95 * domain


@pytest.mark.parametrize("kind", ["health", "claim"])
def test_a_disclosure_holds_every_account_that_a_market_takes_and_costs_no_larger_domain(kind):
    """An account of any size and layout can be auctioned off, by a circuit as large as that of its own health."""
    domains = {name: 1 << (one["constraints"] + 7).bit_length() for name, one in COUNTS.items()}
    for name, taken in CLEARING[kind]["instances"].items():
        found = [
            other
            for other, one in INSTANCES.items()
            if one["disclosed"]
            and one["layout"] == taken["layout"]
            and one["lanes"] >= taken["lanes"]
            and one["positions"] >= taken["positions"]
        ]
        assert found, name
        if taken.get("accounts", 1) == 1:
            assert min(domains[other] for other in found) == domains[name]


def test_the_shapes_fit_realistic_books():
    shapes = sorted((shape["positions"], shape["lanes"]) for shape in INSTANCES.values())
    assert shapes[0][0] >= 8
    assert shapes[-1][0] >= 64
    assert shapes[-1][1] >= 4


def test_hints_stand_in_lib_only():
    """`<--` and `-->` set a signal without a constraint: only where an argument stands beside them."""
    for path in (ROOT / "circuits").rglob("*.circom"):
        code = re.sub(r"//[^\n]*", "", path.read_text())
        assert path.parent.name == "lib" or not re.search(r"<--|-->", code), path
