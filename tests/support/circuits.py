"""Compiled test circuits, their development keys and valid inputs, for all tests.

Circuits and keys are cached under ``build/`` by the hash of their sources.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.proving.circuit import Circuit, compile_circuit
from zkmargin.proving.keys import Keys, build_keys, verify_keys
from zkmargin.proving.witness import WitnessCalculator
from zkmargin.toolchain import PINS

ROOT = Path(__file__).resolve().parents[2]
CIRCUITS = ROOT / "tests" / "circuits"
NAMES = ("multiplier", "merkle8", "batch_merkle")

# The circuits for tests of formats and tools; `make check` takes the largest too, which is slow to compile.
QUICK_AND_LARGEST = (*NAMES[:-1], pytest.param(NAMES[-1], marks=pytest.mark.slow))

_PATHS = {"merkle8": (1, 6), "batch_merkle": (6, 5)}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let only one process at a time make a folder's content, since tests run in several processes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        yield


def compiled_once(source: Path, folder: Path) -> Circuit:
    """Return a circuit, compiled by the first process that needs it."""
    circuit = Circuit.in_folder(source.stem, folder)
    with locked(folder):
        if all(path.is_file() for path in (circuit.r1cs, circuit.wasm, circuit.sym)):
            return circuit
        return compile_circuit(source, folder)


@cache
def compiled(name: str) -> Circuit:
    """Return a test circuit, compiled."""
    return compiled_once(CIRCUITS / f"{name}.circom", _folder(name))


@cache
def keys_of(name: str) -> Keys:
    """Return native development keys of a test circuit."""
    folder, circuit = _folder(name), compiled(name)
    with locked(folder):
        try:
            return verify_keys(folder, circuit)
        except InputError:
            return build_keys(circuit, folder)


@cache
def margin_instance(name: str) -> tuple[Circuit, Keys]:
    """Return a compiled margin instance and native development keys of it."""
    return build_circuit(find_circuit(name), ROOT / "build" / "tests")


@cache
def calculator(name: str) -> WitnessCalculator:
    """Return the witness calculator of a test circuit."""
    return WitnessCalculator(compiled(name).wasm)


def inputs_and_public(name: str, seed: int = 1) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Return valid inputs of a test circuit and their public signals."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    if name == "multiplier":
        factor, cofactor = (rng.randrange(2, SCALAR_MODULUS) for _ in range(2))
        return {"factor": factor, "cofactor": cofactor}, (factor * cofactor % SCALAR_MODULUS, cofactor)
    paths, depth = _PATHS[name]
    leaf = [rng.randrange(SCALAR_MODULUS) for _ in range(paths)]
    position = [[rng.randrange(8) for _ in range(depth)] for _ in range(paths)]
    siblings = [
        [[rng.randrange(SCALAR_MODULUS) for _ in range(7)] for _ in range(depth)] for _ in range(paths)
    ]
    roots = tuple(map(_root, leaf, position, siblings))
    inputs = {"leaf": leaf, "position": position, "siblings": siblings}
    return ({key: value[0] for key, value in inputs.items()} if paths == 1 else inputs), roots


def witness_of(name: str, seed: int = 1) -> bytes:
    """Return a valid witness of a test circuit."""
    return calculator(name).calculate(inputs_and_public(name, seed)[0])


def _root(leaf: int, position: list[int], siblings: list[list[int]]) -> int:
    node = leaf
    for place, others in zip(position, siblings, strict=True):
        node = fast_hasher()([*others[:place], node, *others[place:]])
    return node


def _folder(name: str) -> Path:
    state = hashlib.sha256(json.dumps([name, PINS["circom2"], PINS["circomlib"]]).encode())
    for path in sorted(CIRCUITS.glob("*.circom")):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return ROOT / "build" / "tests" / f"{name}-{state.hexdigest()[:16]}"
