"""Measures, writes ``benchmarks/results.json``, and makes ``docs/benchmarks.md`` of it.

    .venv/bin/python benchmarks/run.py --only prove --circuits margin_13

measures one task and keeps the other figures. Without ``--only`` all tasks are measured, except the keys that snarkjs
makes, which take it over ten minutes. Circuits, keys and witnesses that are missing are made first, in the folder of
``--files``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import accounts  # noqa: E402
import page  # noqa: E402
import provers  # noqa: E402
import tasks  # noqa: E402
from circuit_files import CircuitFiles, files_of  # noqa: E402
from figures import Figure, Results  # noqa: E402
from machine import load, machine  # noqa: E402

from zkmargin import toolchain  # noqa: E402
from zkmargin.proving.r1cs import read_sizes  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVE = "prove"
CIRCUITS = ("margin_13", "margin_30", "margin_64", "margin_128")
DEFAULT = (*tasks.OF_CIRCUITS, PROVE, *tasks.OTHERS, accounts.TASK)
TASKS = (*DEFAULT, tasks.SNARKJS_KEYS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=TASKS, help="tasks to measure; the other figures stay")
    parser.add_argument("--circuits", nargs="+", default=CIRCUITS, help="circuits that are measured")
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement (default: 5)")
    parser.add_argument("--files", type=Path, default=provers.BUILT, help="folder of circuits and keys")
    parser.add_argument("--page", action="store_true", help="make the page anew without measuring")
    arguments = parser.parse_args()
    for task in () if arguments.page else arguments.only or DEFAULT:
        measure(task, arguments.circuits, arguments.files, arguments.runs)
    page.write()


def measure(task: str, names: list[str], folder: Path, runs: int) -> None:
    """Measure a task and keep its figures, with the command and the machine; those of another run are dropped."""
    if task not in {PROVE, *tasks.OF_CIRCUITS}:
        names = names[:1]
    every = [files_of(name, folder) for name in names]
    before, figures = load(), []
    for one in figures_of(task, every, runs):
        figures.append(one)
        how = {
            "command": command(task, names, runs),
            "machine": machine(),
            "load": [before, load()],
            "versions": versions(),
            "sizes": {files.name: sizes(files) for files in every},
        }
        # After each figure, so that an interruption loses no more than one.
        results = Results.load()
        results.replace(task, how, figures, TASKS)
        results.save()
        cpu = f"{one.median_cpu:9.4f} CPU s" if one.cpu else ""
        print(f"{one.task}, {one.of}: {one.tool:22} {cpu}", flush=True)


def figures_of(task: str, every: list[CircuitFiles], runs: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="zkmargin-bench-") as name:
        folder = Path(name)
        if task == accounts.TASK:
            yield from accounts.prove_batches(folder)
        elif task == tasks.MSM:
            yield from tasks.multi_scalar_multiplications(folder, runs)
        elif task == PROVE:
            for files in every:
                yield from proofs(files, runs)
        else:
            if task == tasks.COMMAND:
                tasks.prepare_account(folder)
            for files in every:
                tasks.lay_out(files, folder)
                for one in tasks.plan(task, files.name, folder):
                    yield one(folder, runs)


def proofs(files: CircuitFiles, runs: int) -> Iterator[Figure]:
    for tool, one in provers.compare(files, list(provers.TOOLS), runs).items():
        yield Figure(PROVE, files.name, tool, one.wall, one.cpu, one.more.get("peak_mb"))


def command(task: str, names: list[str], runs: int) -> str:
    options = f'--only "{task}" --circuits {" ".join(names)} --runs {runs}'
    return f".venv/bin/python benchmarks/run.py {options}"


def sizes(files: CircuitFiles) -> dict[str, int]:
    found = read_sizes(files.path("r1cs"))
    return {
        "constraints": found.constraints,
        "signals": found.wires,
        "key_bytes": files.path("zkey").stat().st_size,
    }


def versions() -> dict[str, str]:
    """Return the versions of what may be measured; those of gnark and arkworks are in their lock files."""
    found = {name: version(name) for name in ("zkmargin-native", "wasmtime", "numpy", "scipy", "py-ecc")}
    found |= {"snarkjs": toolchain.PINS["snarkjs"], "gnark": "0.14.0", "arkworks": "0.6.0"}
    for name, argv in {"node": [toolchain.node(), "--version"], "go": ["go", "env", "GOVERSION"]}.items():
        if shutil.which(argv[0]):
            done = subprocess.run(argv, capture_output=True, text=True, check=True, env=os.environ)
            found[name] = done.stdout.strip().removeprefix("v").removeprefix("go")
    return found


if __name__ == "__main__":
    main()
