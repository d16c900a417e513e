"""The section on proofs of many accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charts import Curve, chart
from page_text import conditions, digits, find, image, missing, seconds, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Results

__all__ = ["accounts"]

BATCH, SINGLE = "prove-batch", "zkmargin prove"
MANY = (100, 200, 1000)
TOOLS = ("1 process", "2 processes")
TEXT = """## Many accounts

`zkmargin prove-batch` for accounts of eight positions by `margin_13`, witnesses, verification and the start of the
processes included: CPU seconds, seconds on the clock and the peak memory of the largest process.

{conditions}
{table}
Lines with "extrapolated" are not measured: those of `prove-batch` continue the straight line through its first and last
measured points, and those of the last two columns are the seconds of one command times the number of accounts.

{image}"""


def accounts(results: Results) -> tuple[str, dict[str, str]]:
    if BATCH not in results.measured:
        return missing("Many accounts")
    measured = sorted({int(one.of) for one in results.figures if one.task == BATCH})
    head = ["Accounts", "", "1 process", "2 processes"]
    head += ["single commands `zkmargin prove`, CPU s", "the same by snarkjs, CPU s"]
    lines = [*(measured_row(results, count) for count in measured)]
    lines += [further_row(results, count) for count in MANY if count > measured[-1]]
    text = TEXT.format(
        conditions="\n".join(conditions(results, task) for task in (BATCH, SINGLE)),
        table=table(head, lines),
        image=image("benchmarks-accounts", "CPU seconds against the number of accounts"),
    )
    return text, {"benchmarks-accounts": account_chart(results, measured)}


def measured_row(results: Results, count: int) -> list[str]:
    cells = [digits(count), "measured"]
    cells += [cell(find(results, BATCH, str(count), tool)) for tool in TOOLS]
    return [*cells, *(single(results, count, tool) for tool in ("native", "snarkjs"))]


def further_row(results: Results, count: int) -> list[str]:
    cells = [digits(count), "extrapolated"]
    cells += [", ".join(seconds(value) for value in extrapolated(results, count, tool)) for tool in TOOLS]
    return [*cells, *(single(results, count, tool) for tool in ("native", "snarkjs"))]


def cell(one: Figure | None) -> str:
    return f"{seconds(one.median_cpu)}, {seconds(one.median_wall)}, {one.peak_mb:.0f} MB" if one else ""


def single(results: Results, count: int, tool: str) -> str:
    one = find(results, SINGLE, "8 positions", tool)
    if one is None:
        return ""
    return seconds(count * one.median_cpu) + ("" if count == 1 else ", extrapolated")


def extrapolated(results: Results, count: int, tool: str) -> Iterator[float]:
    """Yield CPU and wall-clock seconds on the lines through the first and the last measured point."""
    found = sorted((int(one.of), one) for one in results.figures if (one.task, one.tool) == (BATCH, tool))
    (few, first), (many, last) = found[0], found[-1]
    for low, high in (
        (first.median_cpu, last.median_cpu),
        (first.median_wall, last.median_wall),
    ):
        yield low + (high - low) / (many - few) * (count - few)


def account_chart(results: Results, measured: list[int]) -> str:
    curves = [
        Curve(
            f"prove-batch, {tool}",
            [
                (count, one.median_cpu)
                for count in measured
                if (one := find(results, BATCH, str(count), tool))
            ],
            [(count, next(extrapolated(results, count, tool))) for count in MANY if count > measured[-1]],
        )
        for tool in TOOLS
    ]
    for tool, name in {"native": "single commands", "snarkjs": "single, by snarkjs"}.items():
        if one := find(results, SINGLE, "8 positions", tool):
            further = [(count, count * one.median_cpu) for count in (10, 100, 1000)]
            curves.append(Curve(name, [(1, one.median_cpu)], further))
    return chart("Many accounts", "accounts; dashed: extrapolated", "CPU seconds", curves)
