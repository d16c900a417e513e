"""From the inputs of a published circuit to a proof."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from zkmargin.errors import ToolchainError
from zkmargin.proving.backends import Backend, backend
from zkmargin.proving.witness import WitnessCalculator

from .circuit_keys import PublishedCircuit, build_circuit

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress

__all__ = ["CircuitProver"]


class CircuitProver:
    """Makes proofs of published circuits and keeps those it has loaded; safe to use from several threads.

    Parameters
    ----------
    prover : str or Backend, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `keys_folder` by default. What is missing there
        is compiled and built on first use: development keys, which are for tests.
    progress : callable, optional
        Called with what is being done, how much of it is done, and how much there is.

    Raises
    ------
    InputError
        If there is no prover of that name.
    """

    def __init__(
        self,
        prover: str | Backend | None = None,
        *,
        keys: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._backend = backend(prover) if prover is None or isinstance(prover, str) else prover
        self._keys, self._progress = keys, progress
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[WitnessCalculator, Keys]] = {}

    def prove(
        self, circuit: PublishedCircuit, signals: dict[str, Any], public: tuple[int, ...]
    ) -> tuple[Proof, Keys]:
        """Prove for a circuit's inputs.

        Parameters
        ----------
        circuit : PublishedCircuit
        signals : dict
            The inputs by name. Secret.
        public : tuple of int
            The public signals that must come out.

        Returns
        -------
        proof : Proof
            Verified.
        keys : Keys
            Those that it was made with.

        Raises
        ------
        ToolchainError
            If a program is missing or fails, or other public signals come out.
        InputError
            If keys that are there have been changed.
        """
        calculator, keys = self._load(circuit)
        proof, shown = self._backend.prove(keys.zkey, calculator.calculate(signals))
        if shown != public:
            raise ToolchainError(
                f"{circuit.name} does not agree with the specification: its keys are not what they seem"
            )
        return proof, keys

    def keys(self, circuit: PublishedCircuit) -> Keys:
        """Return the keys of a circuit, built if need be.

        Raises
        ------
        InputError
            If they have been changed.
        ToolchainError
            If a program is missing or fails.
        """
        return self._load(circuit)[1]

    def _load(self, circuit: PublishedCircuit) -> tuple[WitnessCalculator, Keys]:
        with self._lock:
            if circuit.name not in self._loaded:
                compiled, keys = build_circuit(circuit, self._keys, progress=self._progress)
                self._loaded[circuit.name] = WitnessCalculator(compiled.wasm), keys
            return self._loaded[circuit.name]
