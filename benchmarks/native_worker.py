"""Times one task of the native core inside this process: native_worker.py TASK RUNS, among the files."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zkmargin_native as native

if TYPE_CHECKING:
    from collections.abc import Callable


def witness() -> Callable[[], object]:
    from zkmargin.proving.witness import WitnessCalculator

    def integers(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: integers(one) for name, one in value.items()}
        return list(map(integers, value)) if isinstance(value, list) else int(value)

    inputs = integers(json.loads(Path("input.json").read_text()))
    calculator = WitnessCalculator(Path("circuit.wasm"))
    return lambda: calculator.calculate(inputs)


def verify() -> Callable[[], object]:
    key = native.VerifyingKey(json.loads(Path("key.json").read_text()))
    public, proof = (json.loads(Path(f"{name}.json").read_text()) for name in ("public", "proof"))

    def check() -> None:
        assert key.verify(public, proof)

    return check


def verify_batch(proofs: int, *, together: bool) -> Callable[[], object]:
    """Verify one proof so many times, with four copies of its key as if there were so many circuits."""
    contents = json.loads(Path("key.json").read_text())
    keys = [native.VerifyingKey(contents) for _ in range(4)]
    public, proof = (json.loads(Path(f"{name}.json").read_text()) for name in ("public", "proof"))
    claims = [(keys[place % 4], public, proof) for place in range(proofs)]
    if together:
        return lambda: native.verify_batch(claims)
    return lambda: all(key.verify(*rest) for key, *rest in claims)


def verify_py_ecc() -> Callable[[], object]:
    from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json
    from zkmargin.proving.pairing import check

    key, public, proof = (json.loads(Path(f"{name}.json").read_text()) for name in ("key", "public", "proof"))
    parsed = VerificationKey.from_json(key), public_from_json(public), Proof.from_json(proof)

    def verified() -> None:
        assert check(*parsed)

    return verified


def poseidon_tree() -> Callable[[], object]:
    leaves = list(range(8**6))
    return lambda: native.merkle8_root(leaves, 6)


TASKS = {
    "witness": witness,
    "verify": verify,
    "verify py-ecc": verify_py_ecc,
    **{
        f"verify batch: {proofs}, {tool}": partial(verify_batch, proofs, together=tool == "native")
        for proofs in (1, 16, 64)
        for tool in ("native", "one by one")
    },
    "poseidon tree": poseidon_tree,
}


def main() -> None:
    name, runs = sys.argv[1], int(sys.argv[2])
    print(seconds_of(TASKS[name](), runs))


def seconds_of(task: Callable[[], object], runs: int) -> str:
    """Time a task after one run that does not count; return its seconds on the clock and of the CPU as JSON."""
    task()
    wall, cpu = [], []
    for _ in range(runs):
        start, spent = time.perf_counter(), time.process_time()
        task()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - spent)
    return json.dumps({"wall": wall, "cpu": cpu})


if __name__ == "__main__":
    main()
