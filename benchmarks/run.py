"""Native core, snarkjs's command line and snarkjs in a warm node process, side by side on one circuit.

Beside them the stages of a risk table of 2 000 instruments, for SPAN's 16 scenarios and for Deribit's 35, and the
native core's multi-scalar multiplication against arkworks', and its verification of batches against that of single
proofs. The seconds of the last two are of CPU time.
Prints a table and writes ``benchmarks/results.json``. Run it with ``make bench``; the keys that snarkjs makes
take it over ten minutes. ``--only TASK`` measures the tools of one task and keeps the other figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from risk_table import STAGES  # noqa: E402

from support.circuits import compiled, inputs_and_public, keys_of, witness_of  # noqa: E402  # the tests' circuits
from zkmargin import (  # noqa: E402
    Account,
    MarginProver,
    Snapshot,
    load_collateral,
    load_model,
    toolchain,
)
from zkmargin.proving.backends.rapidsnark import RapidsnarkBackend  # noqa: E402
from zkmargin.proving.r1cs import read_sizes  # noqa: E402
from zkmargin.venues import import_deribit  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

CIRCUIT = "bench"
RESULTS = ROOT / "benchmarks" / "results.json"
WORKERS = ROOT / "benchmarks"
SNARKJS = toolchain.node_script("snarkjs", "build/cli.cjs")

MSM = "msm"
TASKS = (
    "witness",
    "prove",
    "verify",
    "verify batch",
    "keys",
    "poseidon tree",
    "zkmargin prove",
    "risk table",
    MSM,
)
TABLES = {"span": "standard, 16 scenarios", "deribit": "wide, 35 scenarios"}
CLI = {
    "witness": ["wtns", "calculate", "circuit.wasm", "input.json", "out.wtns"],
    "prove": ["groth16", "prove", "key.zkey", "witness.wtns", "out.json", "out-public.json"],
    "verify": ["groth16", "verify", "key.json", "public.json", "proof.json"],
}

progress = Console(stderr=True, quiet=not sys.stderr.isatty())


@dataclass(frozen=True)
class Figure:
    """One cell: wall-clock seconds of each run, and the largest process of them all in MB (1e6 bytes)."""

    task: str
    tool: str
    seconds: list[float]
    peak_mb: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def kind(self) -> str:
        """The task without its parameters."""
        return self.task.partition(":")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement; the median is shown")
    parser.add_argument("--only", choices=TASKS, help="measure one task, and keep the other figures")
    arguments = parser.parse_args()
    tasks = [arguments.only] if arguments.only else TASKS
    with tempfile.TemporaryDirectory(prefix="zkmargin-bench-") as name:
        folder = Path(name)
        if tasks not in (["risk table"], [MSM]):
            prepare(folder)
        figures = [measure(folder, arguments.runs) for task in tasks if task != MSM for measure in plan(task)]
        if MSM in tasks:
            figures += multi_scalar_multiplications(folder, arguments.runs)
    kept = [figure for figure in load() if figure.kind not in tasks]
    save(sorted(kept + figures, key=lambda figure: TASKS.index(figure.kind)))
    show(figures)


def prepare(folder: Path) -> None:
    """Lay out every file that a measurement reads; that of the risk table reads none."""
    circuit, keys = compiled(CIRCUIT), keys_of(CIRCUIT)
    files = {"circuit.r1cs": circuit.r1cs, "circuit.wasm": circuit.wasm, "key.zkey": keys.zkey}
    for name, source in {**files, "key.json": keys.verification_key}.items():
        (folder / name).symlink_to(source.resolve())
    inputs, _ = inputs_and_public(CIRCUIT)
    (folder / "input.json").write_text(json.dumps(as_text(inputs)))
    (folder / "witness.wtns").write_bytes(witness_of(CIRCUIT))
    run([*SNARKJS, "groth16", "prove", "key.zkey", "witness.wtns", "proof.json", "public.json"], folder)
    prepare_account(folder)


def prepare_account(folder: Path) -> None:
    """Lay out the bundled chain's snapshot and an account of eight positions; see to circuit and keys."""
    venue_data = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
    snapshot = Snapshot.build(venue_data, load_model("span"), collateral=load_collateral())
    names = [f"ETH-27MAR26-{strike}" for strike in ("2400-P", "2600-P", "3400-C", "3600-C")]
    names += [f"BTC-{expiry}-90000-C" for expiry in ("27MAR26", "26JUN26")]
    names += ["SOL_USDC-PERPETUAL", "ETH-PERPETUAL"]
    account = Account.new(cash=Decimal(10**6), positions=dict.fromkeys(names, Decimal(1)))
    snapshot.save(folder / "snapshot.json")
    account.save(folder / "account.json")
    MarginProver().prove(account, snapshot, context=1)


def load() -> list[Figure]:
    """Return the committed figures."""
    names = [field.name for field in fields(Figure)]
    found = json.loads(RESULTS.read_text())["figures"] if RESULTS.exists() else []
    return [Figure(**{name: one[name] for name in names}) for one in found]


def as_text(value: object) -> object:
    """Return integers as decimal strings, all the way down: snarkjs reads numbers as floats."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return str(value)


def plan(task: str) -> list[Callable[[Path, int], Figure]]:
    """List the measurements of a task, one after the other, so that all tools run under the same conditions."""
    if task == "keys":
        commands = [[*SNARKJS, *command] for command in snarkjs_keys()]
        return [native(task), whole(task, "snarkjs CLI", commands, runs=1)]
    if task == "zkmargin prove":
        return [whole(task, name, [margin_command(name)]) for name in ("native", "snarkjs")]
    if task == "poseidon tree":
        return [native(task)]
    if task == "verify batch":
        return [batch(proofs, tool) for proofs in (1, 16, 64) for tool in ("native", "one by one")]
    if task == "risk table":
        return [risk_table(model, stage) for model in TABLES for stage in STAGES]
    measures = [native(task), warm(task), whole(task, "native, new process", [new_process(task)])]
    measures.append(whole(task, "snarkjs CLI", [[*SNARKJS, *CLI[task]]]))
    program = RapidsnarkBackend().program()
    if task == "prove" and program:
        command = [program, "key.zkey", "witness.wtns", "out.json", "out-public.json"]
        measures.append(whole(task, "rapidsnark CLI", [command]))
    if task == "verify":
        measures.append(native("verify py-ecc"))
    return measures


def margin_command(prover: str) -> list[str]:
    """Return what proves an account of eight positions, its circuit and keys being there."""
    command = [str(Path(sys.executable).with_name("zkmargin")), "prove", "account.json", "--snapshot"]
    return [*command, "snapshot.json", "--context", "1", "--prover", prover, "-o", f"proof-{prover}"]


def snarkjs_keys() -> list[list[str]]:
    """List what snarkjs needs from nothing to a proving key. The entropy is worthless, and so is the key."""
    power = str(read_sizes(compiled(CIRCUIT).r1cs).power)
    return [
        ["powersoftau", "new", "bn128", power, "0.ptau"],
        ["powersoftau", "contribute", "0.ptau", "1.ptau", "--name=bench", "-e=bench"],
        ["powersoftau", "prepare", "phase2", "1.ptau", "2.ptau"],
        ["groth16", "setup", "circuit.r1cs", "2.ptau", "0.zkey"],
        ["zkey", "contribute", "0.zkey", "1.zkey", "--name=bench", "-e=bench"],
    ]


def native(task: str) -> Callable[[Path, int], Figure]:
    """Measure inside a Python process that is already warm."""
    tool = "py-ecc" if task.endswith("py-ecc") else "native"
    return warm_process(task, tool, [sys.executable, str(WORKERS / "native_worker.py"), task])


def batch(proofs: int, tool: str) -> Callable[[Path, int], Figure]:
    """Measure the verification of so many proofs by the native core, as a batch or one by one, in CPU seconds."""
    task = f"verify batch: {proofs}"
    return warm_process(task, tool, [sys.executable, str(WORKERS / "native_worker.py"), f"{task}, {tool}"])


def risk_table(model: str, stage: str) -> Callable[[Path, int], Figure]:
    """Measure a stage of the risk table inside a Python process that is already warm."""
    command = [sys.executable, str(WORKERS / "risk_table.py"), model, stage]
    return warm_process("risk table", f"{TABLES[model]}: {stage}", command)


def multi_scalar_multiplications(folder: Path, runs: int) -> list[Figure]:
    """Measure the native core's sums and arkworks' in pairs, in one process; the seconds are of CPU time."""
    options = ["--release", "--locked", "--quiet", "--no-default-features", "--example", "msm"]
    options += ["--manifest-path", str(ROOT / "prover" / "native" / "Cargo.toml")]
    progress.print("msm, native and arkworks")
    run(["cargo", "build", *options], folder)
    output, peak, _ = run(["cargo", "run", *options, "--", str(runs)], folder)
    return [
        Figure(f"{MSM}: {one['group']}, {one['scalars']}, {one['size']}", tool, one[tool], peak)
        for one in map(json.loads, output.splitlines())
        for tool in ("native", "arkworks")
    ]


def new_process(task: str) -> list[str]:
    """Start Python, import, load and run once, like a command line tool."""
    return [sys.executable, str(WORKERS / "native_worker.py"), task, "0"]


def warm(task: str) -> Callable[[Path, int], Figure]:
    """Measure inside a node process that is already warm."""
    return warm_process(task, "snarkjs warm", [toolchain.node(), str(WORKERS / "snarkjs_worker.cjs"), task])


def warm_process(task: str, tool: str, command: list[str]) -> Callable[[Path, int], Figure]:
    """Let a worker time its own runs, after one that does not count; it prints them as a JSON list."""

    def measure(folder: Path, runs: int) -> Figure:
        progress.print(f"{task}, {tool}")
        output, peak, _ = run([*command, str(runs)], folder)
        return Figure(task.removesuffix(" py-ecc"), tool, json.loads(output.splitlines()[-1]), peak)

    return measure


def whole(
    task: str, tool: str, commands: list[list[str]], runs: int | None = None
) -> Callable[[Path, int], Figure]:
    """Measure whole processes, one after another, start-up included."""

    def measure(folder: Path, default_runs: int) -> Figure:
        seconds, peaks = [], []
        for _ in range(runs or default_runs):
            results = []
            for command in commands:
                progress.print(f"{task}, {tool}: {' '.join(command[2:5])}")
                results.append(run(command, folder))
            seconds.append(sum(wall for _, _, wall in results))
            peaks += [peak for _, peak, _ in results]
        return Figure(task, tool, seconds, max(peaks))

    return measure


def run(command: list[str], folder: Path) -> tuple[str, float, float]:
    """Run a command; return its output, its peak memory in MB and its wall-clock seconds."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "NODE_PATH": str(ROOT / "node_modules")}
    launcher = [sys.executable, "-I", "-S", str(WORKERS / "measured.py"), "measured.json", *command]
    done = subprocess.run(launcher, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or "[ERROR]" in done.stdout:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    measured = json.loads((folder / "measured.json").read_text())
    return done.stdout, measured["peak_mb"], measured["seconds"]


def save(figures: list[Figure]) -> None:
    sizes = read_sizes(compiled(CIRCUIT).r1cs)
    packages = ("zkmargin-native", "py-ecc", "wasmtime", "numpy", "scipy")
    result = {
        "circuit": {"name": CIRCUIT, "constraints": sizes.constraints, "wires": sizes.wires},
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.system()},
        "versions": {name: version(name) for name in packages} | {"snarkjs": toolchain.PINS["snarkjs"]},
        "figures": [{**asdict(figure), "median": figure.median} for figure in figures],
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


def processor() -> str:
    """Return the processor's name, on Linux the model name."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def show(figures: list[Figure]) -> None:
    sizes = read_sizes(compiled(CIRCUIT).r1cs)
    table = Table(title=f"{os.cpu_count()} cores, medians; {sizes.constraints} constraints")
    for column in ("task", "tool"):
        table.add_column(column)
    for column in ("seconds", "against native", "peak MB"):
        table.add_column(column, justify="right")
    own = {figure.task: figure.median for figure in figures if figure.tool == "native"}
    for figure in figures:
        ratio = f"{figure.median / own[figure.task]:.1f} x" if figure.task in own else ""
        table.add_row(figure.task, figure.tool, f"{figure.median:.4f}", ratio, f"{figure.peak_mb:.0f}")
    Console(width=None if sys.stdout.isatty() else 100).print(table)


if __name__ == "__main__":
    main()
