"""Size of the proving key, peak memory and CPU seconds of every declared circuit.

Processes of their own compile each circuit, build development keys of it, and prove random inputs that fill it. Writes
``benchmarks/instances.json``, the table of ``docs/performance.md`` and the keys' sizes in ``circuits/sizes.json`` after
each circuit; figures of circuits that are not measured again stay, and so do those of circom for a circuit that
``--keys`` has already. A circuit with another number of constraints than ``circuits/sizes.json`` ends the run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support import instance_figures  # noqa: E402  # the tests' table


def main() -> None:
    declared = instance_figures.constraints()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("circuits", nargs="*", help="circuits to measure; all by default")
    parser.add_argument(
        "--keys", type=Path, help="folder where circuits and keys stay; a temporary one by default"
    )
    parser.add_argument("--table", action="store_true", help="write the table anew without measuring")
    parser.add_argument("--worker", choices=["build", "prove"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.table:
        write_table()
        return
    names = arguments.circuits or list(declared)
    if unknown := set(names) - set(declared):
        parser.error(f"no such circuit: {', '.join(sorted(unknown))}")
    if arguments.worker:
        print(json.dumps({"build": build, "prove": prove}[arguments.worker](names[0], arguments.keys)))
        return
    for name in names:
        with tempfile.TemporaryDirectory(prefix="zkmargin-instances-") as temporary:
            figures = measure(name, arguments.keys or Path(temporary))
        if figures["constraints"] != declared[name]:
            sys.exit(f"{name} has {figures['constraints']} constraints; the snapshot says {declared[name]}")
        save(name, figures)
        print(name, json.dumps(figures), flush=True)


def measure(name: str, keys: Path) -> dict[str, Any]:
    """Build a circuit and its keys in a process, and prove it in another."""
    figures: dict[str, Any] = {}
    for worker in ("build", "prove"):
        argv = [sys.executable, __file__, name, "--worker", worker, "--keys", str(keys)]
        figures |= json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return figures


def build(name: str, keys: Path) -> dict[str, Any]:
    """Compile a circuit unless it is compiled already, and build its keys in this process."""
    from full_inputs import circuit_named

    from zkmargin.proofs.circuit_keys import circuit_folder
    from zkmargin.proving.circuit import Circuit, compile_circuit
    from zkmargin.proving.keys import build_keys
    from zkmargin.proving.r1cs import read_sizes

    circuit = circuit_named(name)
    folder = circuit_folder(circuit, keys)
    compiled, figures = Circuit.in_folder(name, folder), {}
    if not all(path.is_file() for path in (compiled.r1cs, compiled.wasm, compiled.sym)):
        compiled = compile_circuit(circuit.source, folder)
        figures["compiling"] = spent(resource.RUSAGE_CHILDREN)  # circom is the only program that it starts
    built = build_keys(compiled, folder)
    return {
        "constraints": read_sizes(compiled.r1cs).constraints,
        "key_bytes": built.zkey.stat().st_size,
        **figures,
        "keys": spent(resource.RUSAGE_SELF),
    }


def prove(name: str, keys: Path) -> dict[str, Any]:
    """Prove a circuit in this process; the seconds are of witness and proof, without loading the key."""
    from full_inputs import circuit_named, full_inputs

    from zkmargin.proofs.circuit_prover import CircuitProver

    circuit = circuit_named(name)
    signals, public = full_inputs(circuit)
    prover = CircuitProver("native", keys=keys)
    prover.keys(circuit)
    before = spent(resource.RUSAGE_SELF)["cpu_seconds"]
    prover.prove(circuit, signals, public)
    after = spent(resource.RUSAGE_SELF)
    return {"proof": {**after, "cpu_seconds": round(after["cpu_seconds"] - before, 2)}}


def spent(by: int) -> dict[str, float]:
    """Return the CPU seconds and the peak memory in MB (1e6 bytes) of this process, or of programs that it started."""
    usage = resource.getrusage(by)
    return {
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss * 1024 / 1e6),
    }


def save(name: str, figures: dict[str, Any]) -> None:
    """Write the figures of a circuit beside the others, in the order of the snapshot, and the table."""
    measured = instance_figures.figures()
    before = measured.get(name, {})
    if (
        "compiling" not in figures
        and before.get("constraints") == figures["constraints"]
        and "compiling" in before
    ):
        figures["compiling"] = before["compiling"]
    measured[name] = figures
    ordered = {one: measured[one] for one in instance_figures.constraints() if one in measured}
    lines = [f"  {json.dumps(one)}: {json.dumps(value)}" for one, value in ordered.items()]
    head = f'{{\n "machine": {json.dumps(machine())},\n "circuits": {{\n'
    instance_figures.FIGURES.write_text(head + ",\n".join(lines) + "\n }\n}\n")
    write_table()


def write_table() -> None:
    page = instance_figures.PAGE.read_text(encoding="utf-8")
    renewed = page.replace(instance_figures.documented(), instance_figures.table())
    instance_figures.PAGE.write_text(renewed, encoding="utf-8")
    sizes = instance_figures.SIZES
    sizes.write_text(instance_figures.sizes_text(json.loads(sizes.read_text())))


def machine() -> dict[str, Any]:
    """Return processor and cores, on Linux by the processor's model name."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"processor": names[0] if names else "unknown", "cores": os.cpu_count()}


if __name__ == "__main__":
    main()
