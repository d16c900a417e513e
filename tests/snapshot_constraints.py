"""Counts the constraints of every circuit: ``python tests/snapshot_constraints.py [--check]``.

Without ``--check`` the committed snapshot is written anew, with the sizes of keys that ``benchmarks/instances.py`` has
measured. The large instances take circom minutes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from support.instance_figures import SIZES, sizes_text
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.r1cs import read_sizes

ROOT = Path(__file__).resolve().parent.parent
DECLARED = json.loads((ROOT / "circuits" / "instances.json").read_text())
CLEARING = json.loads((ROOT / "circuits" / "clearing.json").read_text())
BATCHES = [CLEARING[kind]["instances"] for kind in ("match", "quote", "upkeep", "health", "claim")]
SHAPES = {**DECLARED["instances"], **{name: {} for name in CLEARING["owner"]}}
BATCHES.append(json.loads((ROOT / "circuits" / "solvency.json").read_text())["instances"])
for declared in BATCHES:
    SHAPES |= declared


def count(name: str) -> dict[str, int]:
    """Compile a circuit and return its shape with its number of constraints."""
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        circuit = compile_circuit(ROOT / "circuits" / "main" / f"{name}.circom", Path(folder))
        return {**SHAPES[name], "constraints": read_sizes(circuit.r1cs).constraints}


def main() -> None:
    (ROOT / "build").mkdir(exist_ok=True)
    text = sizes_text({name: count(name) for name in SHAPES})
    if "--check" not in sys.argv:
        SIZES.write_text(text)
    elif SIZES.read_text() != text:
        sys.exit(f"{SIZES.relative_to(ROOT)} has drifted; `make bless` renews it. Now:\n{text}")


if __name__ == "__main__":
    main()
