"""Size of a light install, `pip install zkmargin` without extras, and the time that it takes to import.

Copies the dependencies of this environment beside a wheel of the checkout, with compiled Python files as pip installs
them. Times are CPU time of a process, the median of some runs. Prints two tables.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.light_install import light_install, run_light  # noqa: E402  # the tests' install

CODE = {
    "import zkmargin": "import zkmargin",
    "import the modules of zkmargin verify": "import zkmargin.cli.verify, zkmargin.cli.verify_proof",
    "zkmargin verify --help": "from zkmargin.cli.app import run; sys.argv[1:] = ['verify', '--help']; run()",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="runs of each measurement")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zkmargin-bench-") as name:
        folder = Path(name)
        sizes = light_install(folder)
        show("distribution", "MB", {one: f"{size / 1e6:.1f}" for one, size in sizes.items()})
        print(f"sum: {sum(sizes.values()) / 1e6:.1f} MB")
        show(
            "process",
            "CPU s",
            {what: f"{seconds(folder, code, arguments.runs):.3f}" for what, code in CODE.items()},
        )


def seconds(folder: Path, code: str, runs: int) -> float:
    """Return the CPU time of some code in a process of its own, without the start of the interpreter."""
    timed = f"import time; begun = time.process_time(); {code}; print(time.process_time() - begun)"
    outputs = [run_light(folder, timed, cwd=folder).stdout for _ in range(runs)]
    return statistics.median(float(output.split()[-1]) for output in outputs)


def show(what: str, unit: str, rows: dict[str, str]) -> None:
    table = Table(what, unit)
    for row in rows.items():
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 100).print(table)


if __name__ == "__main__":
    main()
