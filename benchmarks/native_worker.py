"""Times one task of the native core inside this process: native_worker.py TASK RUNS, among the files."""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import zkmargin_native as native

if TYPE_CHECKING:
    from collections.abc import Callable


def witness() -> Callable[[], object]:
    from zkmargin.proving.witness import WitnessCalculator

    def integers(value: object) -> object:
        return list(map(integers, value)) if isinstance(value, list) else int(value)

    inputs = {name: integers(value) for name, value in json.loads(Path("input.json").read_text()).items()}
    calculator = WitnessCalculator(Path("circuit.wasm"))
    return lambda: calculator.calculate(inputs)


def prove() -> Callable[[], object]:
    prover, content = native.Prover("key.zkey"), Path("witness.wtns").read_bytes()
    return lambda: prover.prove(content)


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


def keys() -> Callable[[], object]:
    return lambda: native.setup("circuit.r1cs", "out.zkey")


def poseidon_tree() -> Callable[[], object]:
    leaves = list(range(8**6))
    return lambda: native.merkle8_root(leaves, 6)


TASKS = {
    "witness": witness,
    "prove": prove,
    "verify": verify,
    "verify py-ecc": verify_py_ecc,
    **{
        f"verify batch: {proofs}, {tool}": partial(verify_batch, proofs, together=tool == "native")
        for proofs in (1, 16, 64)
        for tool in ("native", "one by one")
    },
    "keys": keys,
    "poseidon tree": poseidon_tree,
}


def main() -> None:
    name, runs = sys.argv[1], int(sys.argv[2])
    # A batch uses all cores, and single verifications one after the other: CPU time compares them.
    clock = time.process_time if name.startswith("verify batch") else time.perf_counter
    print(seconds_of(TASKS[name](), runs, clock))


def seconds_of(task: Callable[[], object], runs: int, clock: Callable[[], float]) -> str:
    """Time a task after one run that does not count; return a JSON list of seconds."""
    task()
    seconds = []
    for _ in range(runs):
        start = clock()
        task()
        seconds.append(clock() - start)
    return json.dumps(seconds)


if __name__ == "__main__":
    main()
