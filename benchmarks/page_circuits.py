"""The sections on proofs, and on keys, witnesses and verification of the margin circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from charts import Curve, chart
from page_text import NOT_MEASURED, conditions, digits, find, image, missing, seconds, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Results

__all__ = ["circuits", "proofs"]

WARM = {
    "native": "native core",
    "native without IFMA": "native core, without IFMA",
    "gnark": "gnark {gnark}",
    "arkworks": "arkworks {arkworks}",
    "snarkjs": "snarkjs {snarkjs}",
}
WHOLE = {
    "native process": "native core",
    "rapidsnark process": "rapidsnark",
    "snarkjs process": "snarkjs, command line",
}
TEXT = """## Proofs

Provers with the same key and the same witness, which fills the circuit, in turn. Each cell has CPU seconds and seconds
on the clock. In the first table, key and witness were read before. The native core verifies its proof within that time;
[benchmarks](../benchmarks/README.md) has the other differences.

{conditions}
{warm}
CPU seconds of the native core divided by those of gnark: {ratios}.

{image}
Whole processes, which start, read key and witness, and write the proof; the last figure is the peak memory in MB.
rapidsnark is left out if it is not installed.

{whole}"""


def proofs(results: Results) -> tuple[str, dict[str, str]]:
    how = results.measured.get("prove")
    if how is None:
        return missing("Proofs")
    sizes = how["sizes"]
    names = {tool: name.format(**how["versions"]) for tool, name in WARM.items()}
    head = ["", *(f"`{name}`, {digits(one['constraints'])} constraints" for name, one in sizes.items())]
    text = TEXT.format(
        conditions=conditions(results, "prove"),
        warm=table(head, rows(results, names, list(sizes))),
        whole=table(head, rows(results, WHOLE, list(sizes))),
        ratios=", ".join(ratios(results, list(sizes))),
        image=image(
            "benchmarks-proofs", "CPU seconds of a proof against the number of constraints, by prover"
        ),
    )
    return text, {"benchmarks-proofs": proof_chart(results, sizes, names)}


def rows(results: Results, names: dict[str, str], circuits: list[str]) -> Iterator[list[str]]:
    for tool, name in names.items():
        found = [find(results, "prove", circuit, tool) for circuit in circuits]
        if any(found):
            yield [name, *map(proof_cell, found)]


def proof_cell(one: Figure | None) -> str:
    if one is None:
        return NOT_MEASURED
    memory = [] if one.peak_mb is None else [f"{one.peak_mb:.0f} MB"]
    return ", ".join([seconds(one.median_cpu), seconds(one.median_wall), *memory])


def ratios(results: Results, circuits: list[str]) -> Iterator[str]:
    for circuit in circuits:
        own, other = (find(results, "prove", circuit, tool) for tool in ("native", "gnark"))
        scalar = find(results, "prove", circuit, "native without IFMA")
        if own and other and scalar:
            against = other.median_cpu
            yield (
                f"`{circuit}` {own.median_cpu / against:.2f}, without IFMA {scalar.median_cpu / against:.2f}"
            )


def proof_chart(results: Results, sizes: dict[str, Any], names: dict[str, str]) -> str:
    curves = []
    for tool, name in names.items():
        points = [
            (one["constraints"], found.median_cpu)
            for circuit, one in sizes.items()
            if (found := find(results, "prove", circuit, tool))
        ]
        if points:
            curves.append(Curve(name, points))
    return chart("A proof", "constraints", "CPU seconds", curves)


CIRCUITS = """## Circuits

Development keys from nothing, a witness, and the verification of a proof. A process makes keys; the others have read
everything before. The memory is the peak of the process, and that of a witness or a verification includes Python. The
size of every circuit is in [Performance](performance.md#size-and-memory-of-each-circuit).

{conditions}
{table}
{extra}
{image}"""
STEPS = {"keys": "Keys", "witness": "Witness", "verification": "Verification"}


def circuits(results: Results) -> tuple[str, dict[str, str]]:
    if "keys" not in results.measured:
        return missing("Circuits")
    sizes = results.measured["keys"]["sizes"]
    head = ["Circuit", "Constraints", "Signals", "Key, MB", "Keys: CPU s, s, MB", "Witness: CPU s, MB"]
    head += ["Witness by snarkjs: CPU s", "Verification: CPU s", "by snarkjs: CPU s"]
    text = CIRCUITS.format(
        conditions="\n".join(conditions(results, task) for task in STEPS),
        table=table(head, (circuit_row(results, name, one) for name, one in sizes.items())),
        extra=extra(results),
        image=image(
            "benchmarks-steps", "CPU seconds of the native core for keys, witness, proof and verification"
        ),
    )
    return text, {"benchmarks-steps": step_chart(results, sizes)}


def circuit_row(results: Results, name: str, one: dict[str, Any]) -> list[str]:
    keys, witness = (find(results, task, name, "native") for task in ("keys", "witness"))
    cells = [f"`{name}`", digits(one["constraints"]), digits(one["signals"]), f"{one['key_bytes'] / 1e6:.1f}"]
    cells.append(proof_cell(keys))
    cells.append(f"{seconds(witness.median_cpu)}, {witness.peak_mb:.0f}" if witness else NOT_MEASURED)
    for task, tool in (("witness", "snarkjs"), ("verification", "native"), ("verification", "snarkjs")):
        found = find(results, task, name, tool)
        cells.append(seconds(found.median_cpu) if found else NOT_MEASURED)
    return cells


def extra(results: Results) -> str:
    lines = []
    if one := find(results, "verification", "margin_13", "py-ecc"):
        lines.append(f"py-ecc verifies a proof of `margin_13` in {seconds(one.median_cpu)} CPU s.")
    if one := find(results, "keys by snarkjs", "margin_13", "snarkjs"):
        made = f"{seconds(one.median_cpu)} CPU s and {seconds(one.median_wall)} s"
        lines.append(f"snarkjs makes keys of `margin_13`, with a phase 1 of its own, in {made}.")
    return "\n".join(lines) + "\n" if lines else ""


def step_chart(results: Results, sizes: dict[str, Any]) -> str:
    curves = []
    for task, name in {**STEPS, "prove": "Proof"}.items():
        points = [
            (one["constraints"], found.median_cpu)
            for circuit, one in sizes.items()
            if (found := find(results, task, circuit, "native"))
        ]
        if points:
            curves.append(Curve(name, points))
    return chart("The native core", "constraints", "CPU seconds", curves)
