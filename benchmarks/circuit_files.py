"""A declared circuit with its keys and a witness that fills it, as files with fixed names."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from full_inputs import circuit_named, full_inputs

from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proving.witness import WitnessCalculator

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CircuitFiles", "files_of"]


@dataclass(frozen=True)
class CircuitFiles:
    """Where the files of a circuit are: ``NAME.zkey``, ``NAME.r1cs`` and so on."""

    name: str
    folder: Path

    def path(self, ending: str) -> Path:
        return self.folder / f"{self.name}.{ending}"


def files_of(name: str, folder: Path) -> CircuitFiles:
    """Return a circuit's files in a folder; those that are missing are made, with development keys."""
    found = CircuitFiles(name, folder)
    wanted = [found.path(ending) for ending in ("zkey", "r1cs", "wasm", "vkey.json", "wtns", "input.json")]
    if all(path.is_file() for path in wanted):
        return found
    circuit = circuit_named(name)
    folder.mkdir(parents=True, exist_ok=True)
    compiled, keys = build_circuit(circuit, folder / "keys")
    signals, _ = full_inputs(circuit)
    witness = WitnessCalculator(compiled.wasm).calculate(signals)
    sources = (keys.zkey, compiled.r1cs, compiled.wasm, keys.verification_key)
    for path, source in zip(wanted, sources, strict=False):
        path.unlink(missing_ok=True)
        os.link(source, path)
    found.path("wtns").write_bytes(witness)
    found.path("input.json").write_text(json.dumps(_as_text(signals)))
    return found


def _as_text(value: object) -> object:
    """Return integers as decimal strings, all the way down: snarkjs reads numbers as floats."""
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    return str(value)
