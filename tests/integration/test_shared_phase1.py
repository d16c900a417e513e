"""Keys of several circuits from one phase 1 share alpha, beta and gamma, so that they verify in one batch."""

from __future__ import annotations

import pytest

import zkmargin_native
from support.circuits import CIRCUITS
from zkmargin.documents.files import blake2b
from zkmargin.proving.backends import backend
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.keys import build_keys
from zkmargin.proving.verify import find_invalid, verify_batch
from zkmargin.proving.witness import WitnessCalculator

ADDER = """pragma circom 2.2.0;
template Adder() { signal input a; signal input b; signal output c; c <== a + b * b; }
component main { public [a] } = Adder();
"""
INPUTS = {"multiplier": {"factor": 3, "cofactor": 11}, "adder": {"a": 3, "b": 11}}


@pytest.mark.parametrize("origin", ["phase 1", "development"])
def test_keys_of_one_phase_1_verify_in_one_batch(tmp_path, origin):
    (tmp_path / "adder.circom").write_text(ADDER)
    phase1, options = tmp_path / "a.ptau", {}
    if origin == "phase 1":
        zkmargin_native.development_phase1(phase1, 3)
        options = {"ptau": phase1, "ptau_blake2b": blake2b(phase1)}
    claims = []
    for source in (CIRCUITS / "multiplier.circom", tmp_path / "adder.circom"):
        circuit = compile_circuit(source, tmp_path / source.stem)
        keys = build_keys(circuit, tmp_path / source.stem, **options)
        witness = WitnessCalculator(circuit.wasm).calculate(INPUTS[source.stem])
        proof, public = backend("native").prove(keys.zkey, witness)
        claims.append((keys.key, public, proof))
    one, other = (key for key, _, _ in claims)
    assert (one.alpha, one.beta, one.gamma) == (other.alpha, other.beta, other.gamma)
    assert one.delta != other.delta
    assert verify_batch(claims)
    (key, public, proof), last = claims
    assert find_invalid([(key, (public[0] + 1, *public[1:]), proof), last]) == [0]
