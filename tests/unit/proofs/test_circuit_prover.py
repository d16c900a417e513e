"""A circuit's key is parsed while its witness is calculated."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from zkmargin.errors import StatementError
from zkmargin.proofs import circuit_prover
from zkmargin.proofs.circuit_keys import PublishedCircuit
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proving.backends.native import NativeBackend

CIRCUIT = PublishedCircuit("one")
SECONDS = 10


class Backend(NativeBackend):
    """A prover whose key is parsed when the witness is."""

    def __init__(self):
        super().__init__()
        self.begun, self.may_end, self.parsed = threading.Event(), threading.Event(), []

    def load(self, zkey):
        self.begun.set()
        assert self.may_end.wait(SECONDS)
        self.parsed.append(zkey)

    def prove(self, zkey, witness):
        assert self.parsed == [zkey]
        return witness, (1,)


@pytest.fixture
def backend(monkeypatch):
    made = Backend()

    class Calculator:
        def __init__(self, wasm):
            if wasm == "no calculator":
                made.may_end.set()
                raise StatementError(wasm)

        def calculate(self, inputs):
            assert made.begun.wait(SECONDS)
            made.may_end.set()
            if inputs is None:
                raise StatementError("the inputs do not satisfy the circuit")
            return b"witness"

    keys = SimpleNamespace(zkey="zkey", record=object())
    monkeypatch.setattr(circuit_prover, "WitnessCalculator", Calculator)
    monkeypatch.setattr(
        circuit_prover, "build_circuit", lambda *_, **__: (SimpleNamespace(wasm="wasm"), keys)
    )
    return made


def test_a_key_is_parsed_once_and_while_the_witness_is_calculated(backend):
    prover = CircuitProver(backend)
    for _ in range(2):
        assert prover.prove(CIRCUIT, {}, (1,))[0] == b"witness"
    assert backend.parsed == ["zkey"]


def test_a_false_statement_leaves_no_thread(backend):
    before = threading.active_count()
    with pytest.raises(StatementError):
        CircuitProver(backend).prove(CIRCUIT, None, (1,))
    assert threading.active_count() == before
    assert backend.parsed == ["zkey"]


def test_a_calculator_that_cannot_be_loaded_leaves_no_thread(backend, monkeypatch):
    keys = SimpleNamespace(zkey="zkey", record=object())
    monkeypatch.setattr(
        circuit_prover, "build_circuit", lambda *_, **__: (SimpleNamespace(wasm="no calculator"), keys)
    )
    before = threading.active_count()
    with pytest.raises(StatementError, match="no calculator"):
        CircuitProver(backend).prove(CIRCUIT, {}, (1,))
    assert threading.active_count() == before


def test_errors_in_a_key_are_left_to_the_proof(tmp_path):
    backend, missing, damaged = NativeBackend(), tmp_path / "none", tmp_path / "damaged"
    damaged.write_bytes(b"damaged")
    backend.load(missing)
    backend.load(damaged)
