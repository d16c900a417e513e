"""Circuits with a stub for Poseidon, compiled without simplification, with parts of them replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import zkmargin_native
from support.circuits import ROOT
from support.mutation.stub import copy_sources
from support.mutation.suite import STUBS
from zkmargin.errors import StatementError
from zkmargin.proving import wtns
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.witness import WitnessCalculator

Edit = tuple[str, str, str]
"""A source, a text that stands in it once, and its replacement."""


class Stubbed:
    """A circuit.

    Parameters
    ----------
    folder : Path
        An empty one.
    file, main : str
        The source of the main component, and the component.
    edits : Edit
    public : str
        The public inputs, as in the source.
    signals : int
        The number of public signals.
    """

    def __init__(
        self, folder: Path, file: str, main: str, *edits: Edit, public: str = "", signals: int = 0
    ) -> None:
        sources = copy_sources(ROOT / "circuits", folder)
        for path, old, new in edits:
            text = (sources / path).read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{path} does not have this once: {old}")
            (sources / path).write_text(text.replace(old, new), encoding="utf-8")
        source = sources / "main.circom"
        source.write_text(
            f'pragma circom 2.2.0;\ninclude "{file}";\ncomponent main {public} = {main};\n', encoding="utf-8"
        )
        circuit = compile_circuit(source, sources / "out", include=[STUBS], optimization=0)
        self._calculator, self._r1cs, self._signals = WitnessCalculator(circuit.wasm), circuit.r1cs, signals

    def public(self, inputs: dict[str, Any]) -> tuple[int, ...] | None:
        """Return the public signals of inputs that are accepted, or None."""
        try:
            witness = self._calculator.calculate(inputs)
        except StatementError:
            return None
        zkmargin_native.check_witness(self._r1cs, witness)
        return wtns.public_signals(witness, self._signals)
