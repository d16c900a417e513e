"""Groth16 provers on the same key and witness of a circuit, in turn within one run.

    .venv/bin/python benchmarks/provers.py margin_13 --tools native gnark --runs 9

prints CPU and wall-clock seconds of a proof by the native core and by gnark. Each prover reads key and witness once,
in a process of its own that stays; after a proof that does not count, all provers make one proof after the other, as
many times as there are runs. Every proof is verified. The tools whose names end in "process" are whole processes, which
read the key each time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from circuit_files import CircuitFiles, files_of  # noqa: E402
from machine import load, machine  # noqa: E402
from processes import HERE, run  # noqa: E402

import zkmargin_native as native  # noqa: E402
from zkmargin import toolchain  # noqa: E402
from zkmargin.proving.artifacts import VerificationKey  # noqa: E402
from zkmargin.proving.backends.rapidsnark import RapidsnarkBackend  # noqa: E402
from zkmargin.proving.fingerprints import fingerprint  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUILT = ROOT / "build" / "benchmarks"
OUTPUT = ("proof.json", "public.json")
SNARKJS = toolchain.node_script("snarkjs", "build/cli.cjs")


@dataclass
class Seconds:
    """CPU and wall-clock seconds of each proof, and other figures of a tool."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        medians = {"cpu": statistics.median(self.cpu), "wall": statistics.median(self.wall)}
        return {**medians, **self.more, "all_cpu": self.cpu, "all_wall": self.wall}


class MissingToolError(Exception):
    """A tool is not installed."""


class Warm:
    """A process that has read key and witness, and makes a proof for each line that it is sent."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.sizes = self._line()

    def prove(self) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a prover ended with exit code {self._process.wait()}: {self._process.args}")
        found: dict[str, Any] = json.loads(line)
        return found


class Whole:
    """A command that reads key and witness, and writes a proof and its public signals."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command, self._folder = command, folder
        self.sizes: dict[str, Any] = {}

    def prove(self) -> dict[str, Any]:
        _, spent = run(self._command, self._folder)
        proof = json.loads((self._folder / "proof.json").read_text())
        return {"cpu": spent["cpu"], "wall": spent["seconds"], "peak_mb": spent["peak_mb"], "proof": proof}

    def close(self) -> None:
        pass


def native_core(files: CircuitFiles, _: Path) -> Warm:
    return Warm(native_command(files))


def native_scalar(files: CircuitFiles, _: Path) -> Warm:
    return Warm(native_command(files), ZKMARGIN_NO_IFMA="1")


def native_command(files: CircuitFiles) -> list[str]:
    worker = str(HERE / "prover_worker.py")
    return [sys.executable, worker, str(files.path("zkey")), str(files.path("wtns"))]


def gnark(files: CircuitFiles, _: Path) -> Warm:
    go = shutil.which("go")
    if not go:
        raise MissingToolError("no program go on the PATH")
    program = BUILT / "gnark"
    BUILT.mkdir(parents=True, exist_ok=True)
    subprocess.run([go, "build", "-trimpath", "-o", str(program), "."], cwd=HERE / "gnark", check=True)
    key = VerificationKey.from_json(json.loads(files.path("vkey.json").read_text()))
    quotient = BUILT / f"{files.name}-{fingerprint(key)}.quotient"
    paths = [f"-{ending}={files.path(ending)}" for ending in ("zkey", "r1cs", "wtns")]
    return Warm([str(program), *paths, f"-quotient={quotient}"])


def arkworks(files: CircuitFiles, _: Path) -> Warm:
    cargo = shutil.which("cargo")
    if not cargo:
        raise MissingToolError("no program cargo on the PATH")
    target = BUILT / "arkworks"
    options = ["--release", "--locked", "--quiet", "--target-dir", str(target)]
    subprocess.run([cargo, "build", *options], cwd=HERE / "arkworks", check=True)
    program = target / "release" / "zkmargin-bench-arkworks"
    return Warm([str(program), *map(str, key_and_witness(files))])


def snarkjs(files: CircuitFiles, _: Path) -> Warm:
    command = [toolchain.node(), str(HERE / "snarkjs_prover.cjs"), *map(str, key_and_witness(files))]
    return Warm(command, NODE_PATH=str(ROOT / "node_modules"))


def native_process(files: CircuitFiles, folder: Path) -> Whole:
    command = [sys.executable, str(HERE / "prover_process.py"), *map(str, key_and_witness(files)), *OUTPUT]
    return Whole(command, folder)


def snarkjs_process(files: CircuitFiles, folder: Path) -> Whole:
    return Whole([*SNARKJS, "groth16", "prove", *map(str, key_and_witness(files)), *OUTPUT], folder)


def rapidsnark_process(files: CircuitFiles, folder: Path) -> Whole:
    backend = RapidsnarkBackend()
    program = backend.program()
    if not program:
        raise MissingToolError(backend.available())
    return Whole([program, *map(str, key_and_witness(files)), *OUTPUT], folder)


def key_and_witness(files: CircuitFiles) -> tuple[Path, Path]:
    return files.path("zkey"), files.path("wtns")


TOOLS: dict[str, Callable[[CircuitFiles, Path], Warm | Whole]] = {
    "native": native_core,
    "native without IFMA": native_scalar,
    "gnark": gnark,
    "arkworks": arkworks,
    "snarkjs": snarkjs,
    "native process": native_process,
    "rapidsnark process": rapidsnark_process,
    "snarkjs process": snarkjs_process,
}
SLOW = {"snarkjs": 2, "snarkjs process": 2}
"""Tools that take long, and how many of their proofs count at most."""


def compare(files: CircuitFiles, names: list[str], runs: int) -> dict[str, Seconds]:
    """Let the tools make proofs in turn; return the seconds of each tool that is installed."""
    with tempfile.TemporaryDirectory(prefix="zkmargin-provers-") as temporary:
        tools = dict(started(files, names, Path(temporary)))
        found = {name: Seconds(more=dict(tool.sizes)) for name, tool in tools.items()}
        verify = verifier(files)
        for place in range(runs + 1):
            for name, tool in tools.items():
                if place > SLOW.get(name, runs):
                    continue
                proof = tool.prove()
                verify(name, proof.pop("proof"))
                if place:
                    add(found[name], proof)
        for tool in tools.values():
            tool.close()
    return found


def started(files: CircuitFiles, names: list[str], folder: Path) -> Iterator[tuple[str, Warm | Whole]]:
    for name in names:
        try:
            yield name, TOOLS[name](files, folder)
        except MissingToolError as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)


def verifier(files: CircuitFiles) -> Callable[[str, dict[str, Any]], None]:
    """Return a function that ends the program unless a proof of a tool is valid for the witness's public signals."""
    key = native.VerifyingKey(json.loads(files.path("vkey.json").read_text()))
    _, public = native.Prover(str(files.path("zkey"))).prove(files.path("wtns").read_bytes())

    def verify(tool: str, proof: dict[str, Any]) -> None:
        if not key.verify(public, proof):
            sys.exit(f"the proof of {tool} for {files.name} is invalid")

    return verify


def add(found: Seconds, proof: dict[str, Any]) -> None:
    found.cpu.append(proof["cpu"])
    found.wall.append(proof["wall"])
    for name in ("peak_mb", "solve_cpu"):
        if name in proof:
            found.more[name] = max(found.more.get(name, 0), proof[name])


def show(name: str, found: dict[str, Seconds]) -> None:
    own = statistics.median(found["native"].cpu) if "native" in found else None
    print(f"{name}: medians of {max(len(one.cpu) for one in found.values())} proofs")
    print(f"  {'':20} {'CPU s':>8} {'s':>8} {'CPU, native / tool':>20}")
    for tool, one in found.items():
        row = one.row()
        ratio = f"{own / row['cpu']:.3f}" if own else ""
        print(f"  {tool:20} {row['cpu']:8.3f} {row['wall']:8.3f} {ratio:>20}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("circuits", nargs="+", help="declared circuits, such as margin_13")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="all by default")
    parser.add_argument("--runs", type=int, default=5, help="proofs that count (default: 5)")
    parser.add_argument(
        "--files", type=Path, default=BUILT, help="folder of NAME.zkey, .r1cs, .wasm, .vkey.json, .wtns"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    for name in arguments.circuits:
        before = load()
        found = compare(files_of(name, arguments.files), arguments.tools, arguments.runs)
        if arguments.json:
            rows = {tool: one.row() for tool, one in found.items()}
            print(
                json.dumps({"circuit": name, "machine": machine(), "load": [before, load()], "tools": rows})
            )
        else:
            show(name, found)
    if not arguments.json:
        print(", ".join(f"{key}: {value}" for key, value in machine().items()))


if __name__ == "__main__":
    main()
