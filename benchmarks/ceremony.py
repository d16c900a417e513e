"""CPU seconds and wall-clock seconds of a ceremony's steps on one circuit, by the native core and by snarkjs.

Both take the same phase-1 file of a single party, and contribute to each other's keys. snarkjs has no check of one
contribution against the key before, so that row has no figure of its; `zkey verify` checks the whole transcript, as
`check_key` and `check_contributions` do together. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

import zkmargin_native as native
from zkmargin import toolchain
from zkmargin.proofs.circuit_keys import compile_again
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving.r1cs import read_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

PHASE1, INITIAL, FIRST, SECOND = "phase1.ptau", "initial.zkey", "first.zkey", "second.zkey"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--circuit", default="margin_13", help="a bundled circuit")
    parser.add_argument("--no-snarkjs", action="store_true", help="measure the native core alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zkmargin-bench-") as name:
        folder = Path(name)
        r1cs = compile_again(find_circuit(arguments.circuit), folder).r1cs
        sizes = read_sizes(r1cs)
        native.development_phase1(folder / PHASE1, sizes.power)
        rows = measure(folder, r1cs, with_snarkjs=not arguments.no_snarkjs)
    title = f"{arguments.circuit}: {sizes.constraints} constraints; {os.cpu_count()} cores; CPU s (wall s)"
    table = Table("step", "native", "snarkjs", title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 100).print(table)


def measure(folder: Path, r1cs: Path, *, with_snarkjs: bool) -> list[tuple[str, str, str]]:
    """Measure each step once; return its name and the figures of both."""
    phase1, initial, first, second = (folder / name for name in (PHASE1, INITIAL, FIRST, SECOND))
    cli = toolchain.node_script("snarkjs", "build/cli.cjs")

    def snarkjs(*words: str | Path) -> str:
        if not with_snarkjs:
            return ""
        argv = [*cli, *words]
        return timed(lambda: checked(toolchain.run(argv, cwd=folder, timeout=3600, stdin="bench\n")))

    def check() -> None:
        native.check_key(second, r1cs, phase1)
        native.check_contributions(second)

    other = folder / "other.zkey"
    steps: list[tuple[str, Callable[[], object], tuple[str | Path, ...]]] = [
        (
            "initial key",
            lambda: native.initial_key(r1cs, phase1, initial),
            ("groth16", "setup", r1cs, phase1, other),
        ),
        (
            "contribute",
            lambda: native.contribute(initial, first, "bench", b""),
            ("zkey", "contribute", initial, other, "--name=bench"),
        ),
        ("check one contribution", lambda: native.check_step(initial, first), ()),
        (
            "beacon",
            lambda: native.beacon(first, second, "beacon", bytes(32), 10),
            ("zkey", "beacon", first, other, "00" * 32, "10", "--name=beacon"),
        ),
        ("verify key and transcript", check, ("zkey", "verify", r1cs, phase1, second)),
    ]
    rows = []
    for name, step, words in steps:
        rows.append((name, timed(step), snarkjs(*words) if words else ""))
        print(*rows[-1], sep="; ", file=sys.stderr, flush=True)
    return rows


def timed(step: Callable[[], object]) -> str:
    """Run a step, and return its seconds: of this process and its children."""
    before, begun = os.times(), time.perf_counter()
    step()
    wall, after = time.perf_counter() - begun, os.times()
    return f"{sum(after[:4]) - sum(before[:4]):.1f} ({wall:.1f})"


def checked(output: toolchain.Output) -> None:
    """End with snarkjs's message where it reports an error with exit code 0."""
    if "[ERROR]" in output.text:
        sys.exit(output.text)


if __name__ == "__main__":
    main()
