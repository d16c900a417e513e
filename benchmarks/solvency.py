"""CPU seconds and memory of a proof of solvency over generated accounts.

Writes the accounts of an imaginary venue, proves them in this process with `prove_solvency`, and verifies the result.
Keys that are missing are built first, which takes minutes for the large circuits. Prints a table, and an extrapolation
to 10 000 accounts.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from synthetic_venue_data import synthetic_venue_data

from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.solvency_instances import solvency_circuits
from zkmargin.risk import load_model
from zkmargin.snapshot import Snapshot
from zkmargin.solvency import account_files, generate_accounts, prove_solvency, verify_solvency

MANY = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=96)
    parser.add_argument("--positions", type=int, default=13, help="the most positions of an account")
    arguments = parser.parse_args()
    snapshot = Snapshot.build(synthetic_venue_data(), load_model("span"))
    circuits = [one for one in solvency_circuits() if one.shape.account.positions >= arguments.positions][:1]
    keys = {one.name: build_circuit(one)[1].key for one in circuits}
    octets = circuits[0].shape.octets
    table = Table("stage", "CPU s", "CPU s an account", "peak MB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage("write accounts", table, arguments.accounts)
        generated = generate_accounts(
            snapshot, arguments.accounts, positions=arguments.positions, octets=octets
        )
        for account in generated:
            account.save(folder / f"{account.number:06}.json")
        stage("prove", table, arguments.accounts)
        report = prove_solvency(
            account_files(folder), snapshot, folder / "proof", circuits=circuits, progress=show
        )
        proof = sum(path.stat().st_size for path in (folder / "proof" / "chunks").iterdir())
        stage("verify", table, arguments.accounts)
        verify_solvency(folder / "proof", snapshot.root, keys)
        seconds = stage("", table, arguments.accounts)
    Console().print(table)
    print(f"{report.chunks} chunks of {circuits[0].name}, {proof / report.accounts:.0f} bytes an account")
    each = seconds["prove"] / report.accounts
    print(
        f"extrapolated, not measured: a proof of solvency of {MANY} accounts takes {each * MANY / 60:.0f} CPU minutes"
    )


spent: dict[str, float] = {}
running: list[tuple[str, float]] = []


def stage(name: str, table: Table, accounts: int) -> dict[str, float]:
    """End a stage, and begin the next one; return the CPU seconds of those that have ended."""
    times = os.times()
    now = times.user + times.system
    if running:
        last, begun = running.pop()
        spent[last] = now - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        table.add_row(last, f"{spent[last]:.1f}", f"{spent[last] / accounts:.4f}", f"{peak:.0f}")
    running.append((name, now))
    return spent


def show(name: str, done: int, total: int) -> None:
    """Show progress on standard error."""
    if name == "proving":
        print(f"{name}: {done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
