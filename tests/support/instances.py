"""The published margin circuits, compiled once and cached under ``build/`` by the hash of their sources."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from support.circuits import ROOT, compiled_once, margin_instance
from zkmargin import spec
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.witness import WitnessCalculator
from zkmargin.toolchain import PINS

CIRCUITS = ROOT / "circuits"
SHAPES = {
    name: spec.Shape(
        one["lanes"], one["positions"], spec.find_layout(one["layout"]), one["limited"], one["disclosed"]
    )
    for name, one in json.loads((CIRCUITS / "instances.json").read_text())["instances"].items()
}
SMALLEST = "margin_13"
SMALLEST_LIMITED = "limits_8"
WITH_KEYS = {"margin_13", "wide_8", "limits_8", "disclosure_13", "transition", "match_1", "health_1x12"}


@cache
def instance(name: str) -> Circuit:
    """Return a compiled instance or transition, from another test's keys if they exist."""
    if name in WITH_KEYS:
        return margin_instance(name)[0]
    state = hashlib.sha256(json.dumps([name, PINS["circom2"], PINS["circomlib"]]).encode())
    for path in sorted(CIRCUITS.rglob("*.circom")):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    folder = ROOT / "build" / "tests" / f"{name}-{state.hexdigest()[:16]}"
    return compiled_once(CIRCUITS / "main" / f"{name}.circom", folder)


@cache
def instance_calculator(name: str) -> WitnessCalculator:
    """Return the witness calculator of an instance."""
    return WitnessCalculator(instance(name).wasm)
