"""Tables and numbers of the benchmarks page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from figures import Figure, Results

__all__ = ["NOT_MEASURED", "conditions", "digits", "find", "image", "missing", "seconds", "table"]

NOT_MEASURED = "not measured"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def conditions(results: Results, task: str) -> str:
    """Return the command of a task and what it ran on."""
    how = results.measured.get(task)
    if how is None:
        return f"{task}: {NOT_MEASURED}.\n"
    return f"    {how['command']}\n\n{_machine(how)}\n"


def _machine(how: dict[str, Any]) -> str:
    found, (before, after) = how["machine"], how["load"]
    ifma = "with" if found["avx512ifma"] else "without"
    return (
        f"{found['cores']} cores of {found['processor']} {ifma} AVX-512 IFMA, {found['system']};"
        f" load {before:g} before and {after:g} after."
    )


def find(results: Results, task: str, of: str, tool: str) -> Figure | None:
    wanted = (task, of, tool)
    return next((one for one in results.figures if (one.task, one.of, one.tool) == wanted), None)


def seconds(value: float) -> str:
    """Return seconds with three significant digits, and at most four decimal places."""
    places = next((places for least, places in ((100, 0), (10, 1), (1, 2), (0.01, 3)) if value >= least), 4)
    return f"{value:.{places}f}"


def digits(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def image(name: str, description: str) -> str:
    return f"![{description}](images/{name}.svg)\n"


def missing(heading: str) -> tuple[str, dict[str, str]]:
    """Return a section without figures."""
    return f"## {heading}\n\nNot measured.\n", {}
