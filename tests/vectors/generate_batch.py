"""Writes batch.json: real proofs of three circuits with six public signals, for the tests of BatchVerifier.sol.

python tests/vectors/generate_batch.py     write the file

The circuits are made of stand_in.circom. Keys of `first` and `second` come from one phase 1, that of `other` from
another one. Keys and proofs are random, so every run writes another file, and there is nothing to compare with.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path
from typing import Any

import zkmargin_native as native
from zkmargin.chain.verifier import calldata
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.backends import backend
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.setup import export_verification_key, from_phase1
from zkmargin.proving.witness import WitnessCalculator

TARGET = Path(__file__).with_name("batch.json")
TEMPLATE = Path(__file__).with_name("stand_in.circom")
POWER = 4
# Name, phase 1, number of proofs.
CIRCUITS = (("first", "one", 64), ("second", "one", 2), ("other", "two", 2))
# The sizes of a match's signals in bits: digest, ratio, Horner value (here the output and two inputs) and z are field
# elements; fees and time are numbers.
SMALL = (40, 34)


def inputs() -> dict[str, Any]:
    """Return random inputs."""
    elements = [secrets.randbelow(SCALAR_MODULUS) for _ in range(4)]
    return {"secret": elements[0], "part": [*elements[1:], *(1 + secrets.randbits(bits) for bits in SMALL)]}


def words(point: Any) -> list[int]:
    """Return a point's coordinates, those of G2 with the imaginary part first, as the precompiles take them."""
    return [part for pair in point for part in reversed(pair)] if isinstance(point[0], tuple) else list(point)


def circuit(folder: Path, name: str, factor: int, phase1: Path, count: int) -> dict[str, Any]:
    """Return a circuit's key, and `count` proofs with their signals."""
    source = folder / f"{name}.circom"
    main = f"component main {{public [part]}} = StandIn({factor});\n"
    source.write_text(TEMPLATE.read_text(encoding="utf-8") + main, encoding="utf-8")
    built = compile_circuit(source, folder / name)
    zkey = folder / name / "key.zkey"
    from_phase1(built.r1cs, phase1, zkey, lambda *_: None)
    key = VerificationKey.from_json(export_verification_key(zkey))
    calculator, prover = WitnessCalculator(built.wasm), backend("native")
    signals, proofs = [], []
    for _ in range(count):
        proof, public = prover.prove(zkey, calculator.calculate(inputs()))
        signals += public
        proofs += encoded(proof)
    points = [key.alpha, key.beta, key.gamma, key.delta, *key.ic]
    content = {
        "key": [word for point in points for word in words(point)],
        "signals": signals,
        "proofs": proofs,
    }
    return {part: [str(word) for word in listed] for part, listed in content.items()}


def encoded(proof: Proof) -> list[int]:
    """Return the eight words of a proof on chain."""
    a, b, c, _ = calldata(proof, ())
    return [*a, *b[0], *b[1], *c]


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as created:
        folder = Path(created)
        for phase1 in {phase1 for _, phase1, _ in CIRCUITS}:
            native.development_phase1(folder / f"{phase1}.ptau", POWER)
        content: dict[str, Any] = {"source": "circom2 0.2.23, snarkjs 0.7.6, zkmargin_native"}
        for factor, (name, phase1, count) in enumerate(CIRCUITS):
            content[name] = circuit(folder, name, factor, folder / f"{phase1}.ptau", count)
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
