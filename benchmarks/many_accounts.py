"""Throughput, CPU and memory of `zkmargin prove-batch`, beside single commands and snarkjs's command line.

Writes the accounts of an imaginary venue, each with up to 13 positions in three underlyings, and proves them with 1 and
with 2 processes. A third batch is killed with SIGKILL in the middle and continued; its proofs are verified, and must be
those of all accounts. With ``--cluster`` a fourth one runs on two workers of dask on loopback with TLS, one of which is
killed on the way; it needs the extra ``cluster`` and openssl. Single commands are measured on a few accounts and
extrapolated, unless ``--whole`` is given. Prints a table, and writes ``benchmarks/many_accounts.json`` for the
benchmarks page: ``runs`` by name, each with ``accounts``, ``measured`` (the number that was run), ``seconds``, ``cpu``
and ``peak_mb`` (of the largest process); for batches also ``memory``: the megabytes of all processes together and of
the largest one, at their peaks until 50, 100, ... results.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from machine import machine
from rich.console import Console
from rich.table import Table
from synthetic_venue_data import synthetic_venue_data

from zkmargin import toolchain
from zkmargin.proofs import MarginProof
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.instances import find_instance
from zkmargin.risk import load_model
from zkmargin.snapshot import Snapshot
from zkmargin.solvency import account_files, generate_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CIRCUIT = "margin_13"
RESULTS = Path(__file__).with_name("many_accounts.json")
MEASURED = Path(__file__).with_name("measured.py")
ZKMARGIN = [sys.executable, "-c", "from zkmargin.cli import main\nif __name__ == '__main__': main()"]
STEP = 50
FEW = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--whole", action="store_true", help="run single commands for all accounts")
    parser.add_argument("--cluster", action="store_true", help="also on two workers of dask")
    parser.add_argument("--only", nargs="*", help="the runs to make, by the beginning of their names")
    arguments = parser.parse_args()
    build_circuit(find_instance(CIRCUIT))
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), arguments.accounts, arguments.accounts if arguments.whole else FEW)
        runs: dict[str, Callable[[], dict[str, Any]]] = {
            "prove-batch, 1 process": lambda: bench.batch(1),
            "prove-batch, 2 processes": lambda: bench.batch(2),
            "prove-batch, 2 processes, killed and continued": bench.killed,
            "zkmargin prove": bench.single,
            "snarkjs": bench.snarkjs,
        }
        if arguments.cluster:
            runs["prove-batch, 2 workers of dask, one killed"] = bench.cluster
        wanted = tuple(arguments.only or [""])
        results = {name: run() for name, run in runs.items() if name.startswith(wanted)}
    show(results)
    kept = json.loads(RESULTS.read_text())["runs"] if RESULTS.exists() and arguments.only else {}
    document = {"circuit": CIRCUIT, "machine": machine(), "runs": kept | results}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")


class Bench:
    """The accounts, and the runs over them."""

    def __init__(self, folder: Path, accounts: int, few: int) -> None:
        self._folder, self._count, self._few = folder, accounts, few
        self._snapshot = Snapshot.build(synthetic_venue_data(), load_model("span"))
        self._snapshot.save(folder / "snapshot.json")
        (folder / "accounts").mkdir()
        for account in generate_accounts(self._snapshot, accounts, positions=13):
            path = folder / "accounts" / f"{account.number:06}.json"
            account.save(path)
            path.chmod(0o600)
        self._accounts = account_files(folder / "accounts")

    def batch(self, processes: int) -> dict[str, Any]:
        out = self._folder / f"out{processes}"
        return measured(self._words(out, "--processes", str(processes)), out) | self._verified(out)

    def killed(self) -> dict[str, Any]:
        out = self._folder / "killed"
        process = subprocess.Popen(self._words(out, "--processes", "2"))
        wait_for(out, self._count // 2, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = {path: path.read_bytes() for path in proven(out)}
        figures = measured(self._words(out, "--processes", "2"), out)
        for path, content in before.items():
            assert path.read_bytes() == content, f"{path} was proven twice"
        return figures | self._verified(out) | {"measured": self._count - len(before), "kept": len(before)}

    def single(self) -> dict[str, Any]:
        few = enumerate(self._accounts[: self._few])
        return self._commands([self._prove(path, f"single{number}") for number, path in few])

    def snarkjs(self) -> dict[str, Any]:
        circuit, keys = build_circuit(find_instance(CIRCUIT))
        script, commands = toolchain.node_script("snarkjs", "build/cli.cjs"), []
        for number, path in enumerate(self._accounts[: self._few]):
            folder = self._folder / f"inputs{number}"
            run([*self._prove(path, folder.name), "--inputs-only"])
            files = [
                folder / "input.json",
                circuit.wasm,
                keys.zkey,
                folder / "proof.json",
                folder / "out.json",
            ]
            commands.append([*map(str, script), "groth16", "fullprove", *map(str, files)])
        return self._commands(commands)

    def _prove(self, path: Path, out: str) -> list[str]:
        files = [str(path), "--snapshot", str(self._folder / "snapshot.json"), "-o", str(self._folder / out)]
        return [*ZKMARGIN, "prove", *files, "--context", "1"]

    def cluster(self) -> dict[str, Any]:
        out, file = self._folder / "cluster", self._folder / "scheduler.json"
        ca, certificate, key = certificates(self._folder)
        tls = ["--tls-ca-file", ca, "--tls-cert", certificate, "--tls-key", key, "--no-dashboard"]
        memory = "DASK_DISTRIBUTED__WORKER__MEMORY__"
        # Workers without keys.
        theirs = {
            "ZKMARGIN_KEYS": str(self._folder / "theirs"),
            f"{memory}TARGET": "False",
            f"{memory}SPILL": "False",
        }
        members: list[subprocess.Popen[bytes]] = []

        def start(module: str, *words: str) -> None:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *words, *tls]
            members.append(subprocess.Popen(command, env={**os.environ, **theirs}, stdout=log, stderr=log))

        with (self._folder / "log").open("wb") as log:
            try:
                host = [
                    "--host",
                    "127.0.0.1",
                    "--port",
                    "0",
                    "--protocol",
                    "tls",
                    "--scheduler-file",
                    str(file),
                ]
                start("dask_scheduler", *host)
                while not file.exists() or not file.read_text():
                    time.sleep(0.05)
                address = json.loads(file.read_text())["address"]
                for _ in range(2):
                    start("dask_worker", address, "--nthreads", "1", "--no-nanny")
                ours = ["--tls-ca", ca, "--tls-cert", certificate, "--tls-key", key]
                words = self._words(out, "--scheduler", address, *ours)
                figures = measured(words, out, members, (self._count // 2, members[1].kill))
            finally:
                for one in members:
                    one.kill()
                    one.wait()
        return figures | self._verified(out)

    def _words(self, out: Path, *options: str) -> list[str]:
        folders = [self._folder / "accounts", "--snapshot", self._folder / "snapshot.json", "-o", out]
        return [*ZKMARGIN, "prove-batch", *map(str, folders), "--context", "1", *options]

    def _commands(self, commands: list[list[str]]) -> dict[str, Any]:
        """Run commands one after the other, and extrapolate to all accounts."""
        total = {"seconds": 0.0, "cpu": 0.0, "peak_mb": 0.0}
        for command in commands:
            result = self._folder / "result.json"
            run([sys.executable, str(MEASURED), str(result), *command])
            found = json.loads(result.read_text())
            total = {
                "seconds": total["seconds"] + found["seconds"],
                "cpu": total["cpu"] + found["cpu"],
                "peak_mb": max(total["peak_mb"], found["peak_mb"]),
            }
        scale = self._count / len(commands)
        scaled = {"seconds": total["seconds"] * scale, "cpu": total["cpu"] * scale}
        return {**total, **scaled, "accounts": self._count, "measured": len(commands)}

    def _verified(self, out: Path) -> dict[str, Any]:
        """Verify the proof of each account."""
        for path in self._accounts:
            MarginProof.load(out / "proofs" / path.stem).verify(self._snapshot, context=1, requirement=10_000)
        return {"accounts": self._count, "measured": self._count}


def measured(
    words: list[str],
    out: Path,
    members: Sequence[Any] = (),
    then: tuple[int, Callable[[], None]] | None = None,
) -> dict[str, Any]:
    """Run a batch, and return its figures: of the processes that it starts, and of other members.

    ``then`` is a number of results, and what is done when they are there.
    """
    figures: dict[str, Any] = {"memory": {}}
    before, start = spent(members), time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    # A batch that is continued has some already.
    step = (len(proven(out)) // STEP + 1) * STEP
    peak = whole = largest = 0.0
    while process.poll() is None:
        sizes = memory([process.pid, *(one.pid for one in members)])
        done, whole, largest = len(proven(out)), max(whole, sum(sizes)), max(largest, *sizes)
        if then is not None and done >= then[0]:
            then[1]()
            then = None
        if done >= step:
            figures["memory"][str(step)] = {"whole_mb": round(whole), "largest_mb": round(largest)}
            peak, whole, largest, step = max(peak, largest), 0.0, 0.0, step + STEP
        time.sleep(0.2)
    assert process.returncode == 0, f"exit code {process.returncode}"
    seconds, cpu = time.perf_counter() - start, spent(members) - before
    return {**figures, "seconds": seconds, "cpu": cpu, "peak_mb": max(peak, largest)}


def spent(members: Sequence[Any]) -> float:
    """Return the CPU seconds of processes that have ended, and of other members."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0.0
    for one in members:
        with suppress(OSError):
            fields = Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return usage.ru_utime + usage.ru_stime + ticks


def memory(roots: list[int]) -> list[float]:
    """Return the resident megabytes of processes and of all that they have started."""
    parents: dict[int, list[int]] = {}
    sizes: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.name))
            sizes[int(path.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    family = list(roots)
    for one in family:
        family += parents.get(one, [])
    return [sizes.get(one, 0.0) for one in family]


def proven(out: Path) -> list[Path]:
    """Return the proofs that are in the journal of a batch."""
    with suppress(OSError):
        lines = (out / "journal.jsonl").read_text().splitlines()[1:]
        done = [json.loads(line) for line in lines if line.endswith("}")]
        names = [one["account"].removesuffix(".json") for one in done if one["state"] == "proven"]
        return [out / "proofs" / name / "proof.json" for name in names]
    return []


def wait_for(out: Path, count: int, process: subprocess.Popen[bytes] | None) -> None:
    while len(proven(out)) < count:
        assert process is None or process.poll() is None, "the batch has ended"
        time.sleep(0.02)


def certificates(folder: Path) -> tuple[str, str, str]:
    """Make an authority and a certificate with openssl; return the files of authority, certificate and key."""
    names = ("ca.pem", "node.pem", "node.key", "ca.key", "node.csr")
    ca, certificate, key, ca_key, request = (str(folder / name) for name in names)
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run([*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", ca_key, "-out", ca])
    run([*new, "-subj", "/CN=node", "-keyout", key, "-out", request])
    sign = ["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial"]
    run([*sign, "-days", "2", "-out", certificate])
    return ca, certificate, key


def run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def show(results: dict[str, dict[str, Any]]) -> None:
    table = Table(
        "run", "accounts", "CPU s each", "accounts a second", "largest process, MB", "all MB by results"
    )
    for name, one in results.items():
        count = str(one["accounts"])
        if one["measured"] != one["accounts"]:
            count = f"{one['measured']} measured" + ("" if "kept" in one else f", for {count} extrapolated")
        number = one["measured"] if "kept" in one else one["accounts"]
        sizes = ", ".join(f"{key}: {size['whole_mb']}" for key, size in one.get("memory", {}).items())
        each, rate = one["cpu"] / number, number / one["seconds"]
        table.add_row(name, count, f"{each:.3f}", f"{rate:.2f}", f"{one['peak_mb']:.0f}", sizes)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
