"""Runs commands among the files of a folder, and measures them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[Path, int], Figure]

__all__ = ["HERE", "ROOT", "run", "warm_process", "whole_process"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def run(command: list[str], folder: Path) -> tuple[str, dict[str, float]]:
    """Run a command; return its output, and seconds, CPU seconds and peak memory by the names of ``measured.py``."""
    environment = {**os.environ, "PYTHONPATH": _python_path(), "NODE_PATH": str(ROOT / "node_modules")}
    launcher = [sys.executable, "-I", "-S", str(HERE / "measured.py"), "measured.json", *command]
    done = subprocess.run(launcher, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or "[ERROR]" in done.stdout:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    measured: dict[str, Any] = json.loads((folder / "measured.json").read_text())
    return done.stdout, measured


def _python_path() -> str:
    return os.pathsep.join([str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])])


def warm_process(task: str, of: str, tool: str, command: list[str]) -> Measure:
    """Let a worker time its own runs, after one that does not count; it prints them as JSON."""

    def measure(folder: Path, runs: int) -> Figure:
        output, spent = run([*command, str(runs)], folder)
        return Figure(task, of, tool, **json.loads(output.splitlines()[-1]), peak_mb=spent["peak_mb"])

    return measure


def whole_process(
    task: str, of: str, tool: str, commands: list[list[str]], runs: int | None = None
) -> Measure:
    """Measure whole processes, one after another, start-up included."""

    def measure(folder: Path, default_runs: int) -> Figure:
        wall, cpu, peaks = [], [], []
        for _ in range(runs or default_runs):
            spent = [run(command, folder)[1] for command in commands]
            wall.append(sum(one["seconds"] for one in spent))
            cpu.append(sum(one["cpu"] for one in spent))
            peaks += [one["peak_mb"] for one in spent]
        return Figure(task, of, tool, wall, cpu, max(peaks))

    return measure
