"""CPU seconds of a match and of an account's health in batches, beside proofs of one.

Each circuit is filled, proven and verified in a process of its own; the figure is the process's CPU time for
witness and proof, without loading the keys, as the median of the runs. Prints a table and an extrapolation to
10 000 accounts. ``make bench`` runs it; keys that are missing are built first, which takes minutes for the large ones.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.clearing_values import BPS, TIME, fill, house, snapshot  # noqa: E402  # the tests' house
from zkmargin import spec  # noqa: E402
from zkmargin.clearing import plan_batch  # noqa: E402
from zkmargin.clearing.plan import ProofTask  # noqa: E402
from zkmargin.native_hash import fast_hasher  # noqa: E402
from zkmargin.proofs.batch_instances import HealthInstance, TradeInstance, batch_circuits  # noqa: E402
from zkmargin.proofs.circuit_keys import PublishedCircuit, build_circuit  # noqa: E402
from zkmargin.proofs.circuit_prover import CircuitProver  # noqa: E402
from zkmargin.proofs.instances import find_instance  # noqa: E402
from zkmargin.proving.r1cs import read_sizes  # noqa: E402

CIRCUITS = ("margin_13", "health_1x12", "health_24x13", "match_1", "match_15")
MANY = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="proofs of each circuit; the median is shown")
    parser.add_argument("--circuits", nargs="+", default=CIRCUITS, help="circuits to measure")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.runs)
        return
    table = Table("circuit", "constraints", "fills or accounts", "CPU s a proof", "CPU s each", "peak MB")
    each = {}
    for name in arguments.circuits:
        argv = [sys.executable, __file__, "--worker", name, "--runs", str(arguments.runs)]
        made = json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout)
        seconds = statistics.median(made["seconds"])
        each[name] = seconds / made["of"]
        table.add_row(
            name,
            str(made["constraints"]),
            str(made["of"]),
            f"{seconds:.2f}",
            f"{each[name]:.3f}",
            f"{made['peak_mb']:.0f}",
        )
    Console().print(table)
    for name in ("health_1x12", "health_24x13"):
        if name in each:
            print(
                f"extrapolated, not measured: the health of {MANY} accounts by {name} takes "
                f"{each[name] * MANY / 60:.0f} CPU minutes"
            )


def work(name: str, runs: int) -> None:
    """Prove a circuit in this process, and print the figures as JSON."""
    task = task_of(name)
    prover = CircuitProver()
    constraints = read_sizes(build_circuit(task.circuit)[0].r1cs).constraints
    prover.prove(task.circuit, task.signals, task.public)
    seconds = []
    for _ in range(runs):
        begun = os.times()
        prover.prove(task.circuit, task.signals, task.public)
        ended = os.times()
        seconds.append(ended.user + ended.system - begun.user - begun.system)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    made = {"seconds": seconds, "of": places(task.circuit), "constraints": constraints, "peak_mb": peak}
    print(json.dumps(made))


def task_of(name: str) -> ProofTask:
    """Return a full proof of a circuit: as many fills or accounts as it has places."""
    if name.startswith("margin"):
        instance = find_instance(name)
        account = house(1).accounts[1]
        inputs = spec.circuit_inputs(account, snapshot(), instance.shape, BPS, 1, hasher=fast_hasher())
        return ProofTask(instance, inputs.signals, inputs.all_public)
    kind = name.partition("_")[0]
    (instance,) = (one for one in batch_circuits().all if one.name == name)
    count = places(instance)
    # Twice as many accounts as fills, so that health has enough accounts to prove.
    ledger = house(*range(1, 2 * count + 1), cash=10**12)
    draft = ledger.draft(snapshot(), TIME)
    for number in range(count):
        fill(draft, 2 * number + 1, 2 * number + 2)
    one_kind = {
        "match": batch_circuits().match[:1],
        "health": batch_circuits().health[:1],
        kind: (instance,),
    }
    plan = plan_batch(draft, BPS, replace(batch_circuits(), **one_kind))
    return next(task for task in plan.tasks if task.circuit.name == name)


def places(instance: PublishedCircuit) -> int:
    """Return how many fills or accounts a proof of a circuit holds."""
    if isinstance(instance, TradeInstance):
        return instance.operations
    return instance.shape.accounts if isinstance(instance, HealthInstance) else 1


if __name__ == "__main__":
    main()
