"""CPU seconds and wall-clock seconds of a ceremony's steps, by the native core and by snarkjs.

Both take the same phase-1 file of a single party, and contribute to each other's keys. snarkjs has no check of one
contribution against the key before, so that row has no figure of its; `zkey verify` checks the whole transcript, as
`check_key` and `check_contributions` do together. The steps of a phase 1 have a small power of their own, since snarkjs
prepares slowly. Prints two tables.
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

    Step = tuple[str, Callable[[], object], tuple[str | Path, ...]]

PHASE1, INITIAL, FIRST, SECOND = "phase1.ptau", "initial.zkey", "first.zkey", "second.zkey"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--circuit", default="margin_13", help="a bundled circuit")
    parser.add_argument("--power", type=int, default=8, help="of the phase 1 of its own")
    parser.add_argument("--no-snarkjs", action="store_true", help="measure the native core alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zkmargin-bench-") as name:
        folder = Path(name)
        r1cs = compile_again(find_circuit(arguments.circuit), folder).r1cs
        sizes = read_sizes(r1cs)
        native.development_phase1(folder / PHASE1, sizes.power)
        compare = Comparison(folder, with_snarkjs=not arguments.no_snarkjs)
        print_table(f"{arguments.circuit}: {sizes.constraints} constraints", measure(folder, r1cs, compare))
        print_table(f"phase 1 of power {arguments.power}", measure_phase1(folder, arguments.power, compare))


def print_table(what: str, rows: list[tuple[str, str, str]]) -> None:
    table = Table("step", "native", "snarkjs", title=f"{what}; {os.cpu_count()} cores; CPU s (wall s)")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 100).print(table)


class Comparison:
    """Measures steps by the native core and by snarkjs's command line, in one folder."""

    def __init__(self, folder: Path, *, with_snarkjs: bool) -> None:
        self._folder, self._with_snarkjs = folder, with_snarkjs
        self._cli = toolchain.node_script("snarkjs", "build/cli.cjs")

    def rows(self, steps: list[Step]) -> list[tuple[str, str, str]]:
        """Measure each step once; return its name and the figures of both."""
        rows = []
        for name, step, words in steps:
            rows.append((name, timed(step), self._snarkjs(*words) if words else ""))
            print(*rows[-1], sep="; ", file=sys.stderr, flush=True)
        return rows

    def _snarkjs(self, *words: str | Path) -> str:
        if not self._with_snarkjs:
            return ""
        argv = [*self._cli, *words]
        return timed(lambda: checked(toolchain.run(argv, cwd=self._folder, timeout=3600, stdin="bench\n")))


def measure_phase1(folder: Path, power: int, compare: Comparison) -> list[tuple[str, str, str]]:
    """Measure a phase 1: the first contribution multiplies one point only, later ones a point each."""
    new, first, second, prepared = (folder / f"{number}.ptau" for number in range(4))
    other = folder / "other.ptau"
    return compare.rows(
        [
            (
                "new",
                lambda: native.phase1_new(new, power),
                ("powersoftau", "new", "bn128", str(power), other),
            ),
            (
                "contribute first",
                lambda: native.phase1_contribute(new, first, "bench", b""),
                ("powersoftau", "contribute", new, other, "--name=bench"),
            ),
            (
                "contribute",
                lambda: native.phase1_contribute(first, second, "bench", b""),
                ("powersoftau", "contribute", first, other, "--name=bench"),
            ),
            (
                "prepare",
                lambda: native.phase1_prepare(second, prepared),
                ("powersoftau", "prepare", "phase2", second, other),
            ),
            ("verify", lambda: native.phase1_verify(prepared), ("powersoftau", "verify", prepared)),
        ]
    )


def measure(folder: Path, r1cs: Path, compare: Comparison) -> list[tuple[str, str, str]]:
    """Measure the steps of a phase 2 of one circuit."""
    phase1, initial, first, second = (folder / name for name in (PHASE1, INITIAL, FIRST, SECOND))

    def check() -> None:
        native.check_key(second, r1cs, phase1)
        native.check_contributions(second)

    other = folder / "other.zkey"
    steps: list[Step] = [
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
    return compare.rows(steps)


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
