"""One row of a risk snapshot, proven to be in the published table: from the circuit to the chain.

Run it with ``make demo``. The result goes to standard output, progress to standard error.
"""

from __future__ import annotations

import dataclasses
import random
import sys
import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from zkmargin.chain import deploy_verifier, export_verifier, run_anvil
from zkmargin.errors import StatementError, ToolchainError, ZkmarginError
from zkmargin.proving.backends import backend
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.keys import build_keys
from zkmargin.proving.r1cs import read_sizes
from zkmargin.proving.verify import ENGINES, verify
from zkmargin.proving.witness import WitnessCalculator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.chain import Groth16Verifier
    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.keys import Keys

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "demo"
DEPTH = 4
ROWS = 3000
ROW = 1234
CONTEXT = 42

progress = Console(stderr=True)
steps = Table(
    "step", Column("result", overflow="fold"), Column("time", justify="right"), title="What was done"
)


def main() -> None:
    """Do everything once, and print what happened."""
    if find_spec("zkmargin_native") is None:
        raise ToolchainError("the demo needs the native core: install Rust and run `make setup`")
    inputs = path_inputs()
    keys, witness = prepare(inputs)
    with step("proof, natively") as result:
        proof, public = backend("native").prove(keys.zkey, witness)
        result.append("verified before it was returned")
    for engine in ENGINES:
        with step(f"verification, {engine}") as result:
            result.append(decision(verify(keys.key, public, proof, engine), expected=True))
    verify_on_chain(keys, public, proof)
    report(public)


def path_inputs() -> dict[str, object]:
    """Make up a snapshot, and return the circuit's inputs for one of its rows."""
    import zkmargin_native as native  # noqa: PLC0415 - optional, and checked for in main

    chance = random.Random(7)  # noqa: S311 - the same made-up table in every run
    rows = [(i, chance.randrange(1, 10**9), chance.randrange(1, 10**8)) for i in range(ROWS)]
    with step("Poseidon tree of the snapshot") as result:
        siblings = native.merkle8_path(native.poseidon_many(rows), DEPTH, ROW)
        result.append(f"{ROWS} rows in {8**DEPTH} slots")
    digits = [ROW // 8**level % 8 for level in range(DEPTH)]
    row = dict(zip(("instrument", "markPrice", "scanningRisk"), rows[ROW], strict=True))
    return {**row, "context": CONTEXT, "position": digits, "siblings": siblings}


def prepare(inputs: dict[str, object]) -> tuple[Keys, bytes]:
    """Compile the circuit, build its keys and calculate the witness."""
    with step("circuit, by circom") as result:
        source = ROOT / "examples" / "snapshot_row.circom"
        circuit = compile_circuit(source, BUILD, include=[ROOT / "tests" / "circuits"])
        result.append(f"{read_sizes(circuit.r1cs).constraints} constraints")
    with step("development keys") as result:
        keys = build_keys(circuit, BUILD / "keys")
        result.append(f"{keys.zkey.stat().st_size / 1e6:.1f} MB")
    with step("witness, in this process") as result:
        witness = WitnessCalculator(circuit.wasm).calculate(inputs)
        result.append(f"{len(witness) / 1e3:.0f} kB, never on disk")
    return keys, witness


def verify_on_chain(keys: Keys, public: tuple[int, ...], proof: Proof) -> None:
    """Deploy the verifier on a local chain, and ask it about the proof and about two forgeries."""
    with ExitStack() as stack:
        with step("local chain") as result:
            url = stack.enter_context(run_anvil())
            result.append("anvil")
        with step("Solidity verifier deployed") as result:
            contract = deploy_verifier(url, export_verifier(keys.zkey))
            result.append(contract.address)
        with step("verification, on chain") as result:
            result.append(decision(contract.verify(proof, public), expected=True))
            result.append(f"for {contract.measure_gas(proof, public):,} gas")
        refuse_forgeries(contract, public, proof)


def refuse_forgeries(contract: Groth16Verifier, public: tuple[int, ...], proof: Proof) -> None:
    """Change the proof, then a public signal: the contract refuses both."""
    with step("another point in the proof") as result:
        tampered = dataclasses.replace(proof, c=proof.a)
        result.append(decision(contract.verify(tampered, public), expected=False))
    with step("the same proof, another root") as result:
        result.append(decision(contract.verify(proof, (public[0] + 1, *public[1:])), expected=False))


def report(public: tuple[int, ...]) -> None:
    """Print the tables."""
    value = Column("value", overflow="fold")
    seen = Table("signal", value, title="What everybody sees, and what stays private")
    seen.add_row("root of the snapshot", f"{public[0]:#066x}")
    seen.add_row("context", str(public[1]))
    seen.add_row("which row it is", "private")
    seen.add_row("instrument, mark price, scanning risk", "private")
    seen.add_row("path to the root", "private")
    output = Console()
    output.print(steps, seen, sep="\n")
    output.print("Development keys: whoever made them could forge proofs. See docs/keys.md.")


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Time one step for the table; the block appends what came of it."""
    progress.print(name, style="dim")
    result: list[str] = []
    started = time.perf_counter()
    yield result
    seconds = time.perf_counter() - started
    steps.add_row(name, " ".join(result), f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms")


def decision(accepted: bool, *, expected: bool) -> str:
    """Return a verifier's decision as a word; the wrong decision ends the demo."""
    if accepted is not expected:
        raise StatementError(
            f"a verifier has {'accepted' if accepted else 'refused'} what it should not have"
        )
    return "accepted" if accepted else "refused"


if __name__ == "__main__":
    try:
        main()
    except ZkmarginError as error:
        progress.print(f"error: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
