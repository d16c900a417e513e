"""The tasks of ``make bench`` that one tool after the other is measured at, among the files of a folder."""

from __future__ import annotations

import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from figures import Figure
from processes import HERE, ROOT, run, warm_process, whole_process
from risk_table import STAGES

import zkmargin_native as native
from zkmargin import Account, MarginProver, Snapshot, load_collateral, load_model, toolchain
from zkmargin.proving.r1cs import read_sizes
from zkmargin.venues import import_deribit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from circuit_files import CircuitFiles
    from processes import Measure

__all__ = ["OF_CIRCUITS", "OTHERS", "SNARKJS_KEYS", "lay_out", "plan", "prepare_account"]

OF_CIRCUITS = ("keys", "witness", "verification")
SNARKJS_KEYS, MSM, COMMAND = "keys by snarkjs", "multi-scalar multiplication", "zkmargin prove"
OTHERS = ("batch verification", "Poseidon tree", "risk table", COMMAND, MSM)
SNARKJS = toolchain.node_script("snarkjs", "build/cli.cjs")
TABLES = {"span": "standard, 16 scenarios", "deribit": "wide, 35 scenarios"}
ZKMARGIN = [str(Path(sys.executable).with_name("zkmargin"))]


def lay_out(files: CircuitFiles, folder: Path) -> None:
    """Give a circuit's files the names that the workers read; make a proof."""
    names = {"circuit.r1cs": "r1cs", "circuit.wasm": "wasm", "key.zkey": "zkey", "key.json": "vkey.json"}
    for name, ending in {**names, "input.json": "input.json"}.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(files.path(ending).resolve())
    proof, public = native.Prover(str(files.path("zkey"))).prove(files.path("wtns").read_bytes())
    (folder / "proof.json").write_text(json.dumps(proof))
    (folder / "public.json").write_text(json.dumps(public))


def prepare_account(folder: Path) -> None:
    """Write the bundled chain's snapshot and an account of eight positions; build circuit and keys if missing."""
    venue_data = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
    snapshot = Snapshot.build(venue_data, load_model("span"), collateral=load_collateral())
    names = [f"ETH-27MAR26-{strike}" for strike in ("2400-P", "2600-P", "3400-C", "3600-C")]
    names += [f"BTC-{expiry}-90000-C" for expiry in ("27MAR26", "26JUN26")]
    names += ["SOL_USDC-PERPETUAL", "ETH-PERPETUAL"]
    account = Account.new(cash=Decimal(10**6), positions=dict.fromkeys(names, Decimal(1)))
    snapshot.save(folder / "snapshot.json")
    account.save(folder / "account.json")
    MarginProver().prove(account, snapshot, context=1)


def plan(task: str, circuit: str, folder: Path) -> list[Measure]:
    """List the measurements of a task, one after the other, so that all tools run under the same conditions."""
    match task:
        case "keys":
            program = "import zkmargin_native; zkmargin_native.setup('circuit.r1cs', 'out.zkey')"
            return [whole_process(task, circuit, "native", [[sys.executable, "-c", program]], runs=1)]
        case "keys by snarkjs":
            commands = snarkjs_keys(str(read_sizes(folder / "circuit.r1cs").power))
            return [whole_process(task, circuit, "snarkjs", commands, runs=1)]
        case "zkmargin prove":
            commands_of = {name: [margin_command(name)] for name in ("native", "snarkjs")}
            return [whole_process(task, "8 positions", name, one) for name, one in commands_of.items()]
    return [warm_process(task, of, tool, worker) for of, tool, worker in workers(task, circuit)]


def workers(task: str, circuit: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the processes that read everything and then measure themselves: what it is about, tool and command."""
    match task:
        case "witness" | "verification":
            name = "verify" if task == "verification" else task
            yield circuit, "native", native_worker(name)
            yield circuit, "snarkjs", [toolchain.node(), str(HERE / "snarkjs_worker.cjs"), name]
            if (task, circuit) == ("verification", "margin_13"):
                yield circuit, "py-ecc", native_worker("verify py-ecc")
        case "batch verification":
            for proofs in (1, 16, 64):
                for tool in ("native", "one by one"):
                    yield str(proofs), tool, native_worker(f"verify batch: {proofs}, {tool}")
        case "Poseidon tree":
            yield "262 144 leaves", "native", native_worker("poseidon tree")
        case "risk table":
            for model, shown in TABLES.items():
                for stage in STAGES:
                    worker = [sys.executable, str(HERE / "risk_table.py"), model, stage]
                    yield f"{shown}: {stage}", "native", worker


def native_worker(name: str) -> list[str]:
    return [sys.executable, str(HERE / "native_worker.py"), name]


def margin_command(prover: str) -> list[str]:
    """Return what proves an account of eight positions, its circuit and keys being there."""
    command = [*ZKMARGIN, "prove", "account.json", "--snapshot", "snapshot.json", "--context", "1"]
    return [*command, "--prover", prover, "-o", f"proof-{prover}", "--force"]


def snarkjs_keys(power: str) -> list[list[str]]:
    """List what snarkjs needs from nothing to a proving key. The entropy is worthless, and so is the key."""
    commands = [
        ["powersoftau", "new", "bn128", power, "0.ptau"],
        ["powersoftau", "contribute", "0.ptau", "1.ptau", "--name=bench", "-e=bench"],
        ["powersoftau", "prepare", "phase2", "1.ptau", "2.ptau"],
        ["groth16", "setup", "circuit.r1cs", "2.ptau", "0.zkey"],
        ["zkey", "contribute", "0.zkey", "1.zkey", "--name=bench", "-e=bench"],
    ]
    return [[*SNARKJS, *command] for command in commands]


def multi_scalar_multiplications(folder: Path, runs: int) -> list[Figure]:
    """Measure the native core's sums and arkworks' in pairs, in one process; the seconds are of CPU time."""
    cargo = shutil.which("cargo")
    if not cargo:
        print(f"{MSM} is left out: no program cargo on the PATH", file=sys.stderr)
        return []
    options = ["--release", "--locked", "--quiet", "--no-default-features", "--example", "msm"]
    options += ["--manifest-path", str(ROOT / "prover" / "native" / "Cargo.toml")]
    run([cargo, "build", *options], folder)
    output, _ = run([cargo, "run", *options, "--", str(runs)], folder)
    return [
        Figure(MSM, f"{one['group']}, {one['scalars']}, {one['size']}", tool, cpu=one[tool])
        for one in map(json.loads, output.splitlines())
        for tool in ("native", "arkworks")
    ]
