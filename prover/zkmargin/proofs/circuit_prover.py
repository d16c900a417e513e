"""Proofs of the package's circuits from their inputs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from zkmargin.errors import ToolchainError
from zkmargin.proving.backends import Backend, backend
from zkmargin.proving.backends.native import NativeBackend
from zkmargin.proving.witness import WitnessCalculator

from .circuit_keys import PublishedCircuit, build_circuit

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress

__all__ = ["CircuitProver"]


class CircuitProver:
    """Proves circuits, and keeps loaded circuits and keys; safe to use from several threads.

    The native prover compares a key with its circuit before it is used for the first time on this machine; the result
    is recorded by the hashes of both.

    Parameters
    ----------
    prover : str or Backend, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `keys_folder` by default. A missing circuit is compiled on first
        use and gets development keys, which are for tests.
    progress : callable, optional
        Called with a stage, the work done in it and the total work.

    Raises
    ------
    InputError
        If there is no such prover.
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
        self._loaded: dict[str, tuple[WitnessCalculator, Keys, threading.Thread]] = {}

    def prove(
        self, circuit: PublishedCircuit, signals: dict[str, Any], public: tuple[int, ...]
    ) -> tuple[Proof, Keys]:
        """Prove a circuit for the given inputs.

        Parameters
        ----------
        circuit : PublishedCircuit
        signals : dict
            The inputs by name; secret.
        public : tuple of int
            The expected public signals.

        Returns
        -------
        proof : Proof
            The proof, verified.
        keys : Keys
            The keys that it was made with.

        Raises
        ------
        ToolchainError
            If a program is missing or fails, or the circuit's public signals differ from `public`.
        InputError
            If existing keys have been changed.
        """
        calculator, keys, parsing = self._load(circuit)
        try:
            witness = calculator.calculate(signals)
        finally:
            # No thread of ours goes on after a statement that is false.
            parsing.join()
        proof, shown = self._backend.prove(keys.zkey, witness)
        if shown != public:
            raise ToolchainError(
                f"the public signals of {circuit.name} do not agree with the specification: check its keys"
            )
        return proof, keys

    def keys(self, circuit: PublishedCircuit) -> Keys:
        """Return the keys of a circuit; build them if they are missing.

        Raises
        ------
        InputError
            If existing keys have been changed.
        ToolchainError
            If a program is missing or fails.
        """
        return self._load(circuit)[1]

    def _load(self, circuit: PublishedCircuit) -> tuple[WitnessCalculator, Keys, threading.Thread]:
        with self._lock:
            if circuit.name not in self._loaded:
                compiled, keys = build_circuit(circuit, self._keys, progress=self._progress)
                if keys.record is None and self._backend.name == NativeBackend.name:
                    _compare(compiled, keys.zkey, self._progress)
                # The native core needs no Python while it parses the key.
                parsing = threading.Thread(target=self._parse, args=(keys.zkey,))
                parsing.start()
                try:
                    self._loaded[circuit.name] = WitnessCalculator(compiled.wasm), keys, parsing
                except BaseException:
                    parsing.join()
                    raise
            return self._loaded[circuit.name]

    def _parse(self, zkey: Path) -> None:
        if isinstance(self._backend, NativeBackend):
            self._backend.load(zkey)


def _compare(circuit: Circuit, zkey: Path, progress: Progress | None) -> None:
    """Compare a key with its circuit, and record the result."""
    from zkmargin.proving.key_verification import can_verify_keys, verify_key_circuit  # noqa: PLC0415  # once a key
    from zkmargin.proving.verified_keys import Records  # noqa: PLC0415

    if can_verify_keys():
        verify_key_circuit(circuit, zkey, Records.of_user(), progress)
