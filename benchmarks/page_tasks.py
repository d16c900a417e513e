"""The section on other tasks: batches of verifications, a tree, risk tables, sums of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from page_text import conditions, find, seconds, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Results

__all__ = ["tasks"]

TEXT = """## Other tasks

Verification of proofs under four copies of a key, as one batch and one by one:

{batch}
The Poseidon tree that is the root of {tree}. Risk tables of 2 000 instruments, by stage:

{risk}
The native core's [multi-scalar multiplication](performance.md#multi-scalar-multiplication) and arkworks', in pairs on
the same points and scalars, in CPU seconds. Of the scalars called bits, three in four are 0 or 1, as in a witness:

{msm}"""


def tasks(results: Results) -> tuple[str, dict[str, str]]:
    tree = find(results, "Poseidon tree", "262 144 leaves", "native")
    shown = (
        f"262 144 leaves takes {seconds(tree.median_cpu)} CPU s"
        if tree
        else "262 144 leaves was not measured"
    )
    text = TEXT.format(
        batch=section(results, "batch verification", batch_table(results)),
        tree=shown,
        risk=section(results, "risk table", risk_table(results)),
        msm=section(results, "multi-scalar multiplication", msm_table(results)),
    )
    return text, {}


def section(results: Results, task: str, shown: str) -> str:
    return f"{conditions(results, task)}\n{shown}" if task in results.measured else conditions(results, task)


def batch_table(results: Results) -> str:
    sizes = [one.of for one in results.figures if (one.task, one.tool) == ("batch verification", "native")]
    return table(["Proofs", "one batch: CPU s, s", "one by one: CPU s, s"], batch_rows(results, sizes))


def batch_rows(results: Results, sizes: list[str]) -> Iterator[list[str]]:
    for size in sizes:
        found = [find(results, "batch verification", size, tool) for tool in ("native", "one by one")]
        yield [size, *(f"{seconds(one.median_cpu)}, {seconds(one.median_wall)}" for one in found if one)]


def risk_table(results: Results) -> str:
    found = [one for one in results.figures if one.task == "risk table"]
    return table(["Stage", "CPU s"], ([one.of, seconds(one.median_cpu)] for one in found))


def msm_table(results: Results) -> str:
    found = [
        one for one in results.figures if (one.task, one.tool) == ("multi-scalar multiplication", "native")
    ]
    return table(
        ["Group, scalars, number", "native", "arkworks", "arkworks / native"], msm_rows(results, found)
    )


def msm_rows(results: Results, found: list[Figure]) -> Iterator[list[str]]:
    for one in found:
        other = find(results, one.task, one.of, "arkworks")
        if other:
            ratio = f"{other.median_cpu / one.median_cpu:.1f}"
            yield [one.of, seconds(one.median_cpu), seconds(other.median_cpu), ratio]
