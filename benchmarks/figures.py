"""The figures of ``make bench``: what was measured, on which machine, by which command."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "Figure", "Results"]

RESULTS = Path(__file__).resolve().parent / "results.json"
_DIGITS = 4
"""Decimal places of seconds in the file."""


@dataclass(frozen=True)
class Figure:
    """The runs of a tool at a task.

    Attributes
    ----------
    task, of, tool : str
        The task, the circuit or other thing that it is about (may be empty), and what did it.
    wall, cpu : list of float
        Seconds of each run: on the clock, and of the CPU in all threads.
    peak_mb : float
        The peak memory of the largest process in MB (1e6 bytes), with Python or node and all that was read.
    """

    task: str
    of: str
    tool: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mb: float | None = None

    @property
    def median_wall(self) -> float:
        return statistics.median(self.wall)

    @property
    def median_cpu(self) -> float:
        return statistics.median(self.cpu)


@dataclass
class Results:
    """The figures by task, and for each task how they were measured: command, machine, load, versions, sizes."""

    measured: dict[str, dict[str, Any]]
    figures: list[Figure]

    @classmethod
    def load(cls) -> Results:
        if not RESULTS.exists():
            return cls({}, [])
        found = json.loads(RESULTS.read_text(encoding="utf-8"))
        return cls(found["measured"], [Figure(**one) for one in found["figures"]])

    def replace(self, task: str, how: dict[str, Any], figures: list[Figure], order: tuple[str, ...]) -> None:
        """Put the figures of a task in place of the ones there."""
        measured = {**self.measured, task: how}
        self.measured = {name: measured[name] for name in order if name in measured}
        kept = [one for one in self.figures if one.task != task]
        self.figures = sorted([*kept, *figures], key=lambda one: order.index(one.task))

    def save(self) -> None:
        rows = [json.dumps(_rounded(one)) for one in self.figures]
        measured = [f"  {json.dumps(name)}: {json.dumps(how)}" for name, how in self.measured.items()]
        text = '{{\n "measured": {{\n{}\n }},\n "figures": [\n  {}\n ]\n}}\n'
        RESULTS.write_text(text.format(",\n".join(measured), ",\n  ".join(rows)), encoding="utf-8")


def _rounded(figure: Figure) -> dict[str, Any]:
    found = asdict(figure)
    for name in ("wall", "cpu"):
        found[name] = [round(value, _DIGITS) for value in found[name]]
    if figure.peak_mb is not None:
        found["peak_mb"] = round(figure.peak_mb, 1)
    return found
