"""The published margin circuits, compiled once and cached under ``build/`` by the hash of their sources."""

from __future__ import annotations

import json
from functools import cache

from support.circuits import ROOT, compiled_once, margin_instance
from zkmargin import spec
from zkmargin.proofs.circuit_keys import circuit_folder
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.witness import WitnessCalculator

CIRCUITS = ROOT / "circuits"
SHAPES = {
    name: spec.Shape(
        one["lanes"], one["positions"], spec.find_layout(one["layout"]), one["limited"], one["disclosed"]
    )
    for name, one in json.loads((CIRCUITS / "instances.json").read_text())["instances"].items()
}
SMALLEST = "margin_13"
SMALLEST_LIMITED = "limits_8"
WITH_KEYS = {"margin_13", "wide_8", "limits_8", "disclosure_13", "match_1", "health_1x12"}


@cache
def instance(name: str) -> Circuit:
    """Return a compiled circuit, from another test's keys if they exist."""
    if name in WITH_KEYS:
        return margin_instance(name)[0]
    circuit = find_circuit(name)
    # The folder is named after a hash of the circuit's own sources, so that others may change.
    return compiled_once(circuit.source, circuit_folder(circuit, ROOT / "build" / "tests"))


@cache
def instance_calculator(name: str) -> WitnessCalculator:
    """Return the witness calculator of an instance."""
    return WitnessCalculator(instance(name).wasm)
