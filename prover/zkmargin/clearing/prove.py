"""The proofs of a plan, made in parallel processes."""

from __future__ import annotations

from contextlib import closing
from functools import cache, partial
from typing import TYPE_CHECKING

from zkmargin.errors import InputError, ToolchainError
from zkmargin.proofs.circuit_keys import build_circuit
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.process_pool import run_tasks
from zkmargin.proving.setup import no_progress

from .attestation import Attestation
from .batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zkmargin.proving.artifacts import Proof
    from zkmargin.proving.setup import Progress

    from .plan import AttestationPlan, Plan, ProofTask

__all__ = ["prove_attestation", "prove_plan"]


def prove_plan(
    plan: Plan,
    *,
    workers: int = 1,
    prover: str | None = None,
    keys: Path | None = None,
    progress: Progress | None = None,
) -> Batch:
    """Prove all parts of a batch.

    Parameters
    ----------
    plan : Plan
    workers : int
        The number of processes. A process keeps the keys that it has used in memory. With 1, this process proves.
    prover : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `keys_folder` by default. Missing keys are built first; they are development
        keys, which are for tests.
    progress : callable, optional
        Called with a stage, the work done in it and the total work.

    Returns
    -------
    Batch

    Raises
    ------
    InputError
        If `workers` is not positive, there is no such prover, or existing keys have been changed.
    ToolchainError
        If a program is missing or fails, or a circuit disagrees with the specification; with the proof's accounts, so
        that a batch can be made `Draft.without` them.
    """
    proofs = _proven(plan.tasks, workers, prover, keys, progress or no_progress)
    return Batch(plan.content, plan.proven(proofs))


def prove_attestation(
    plan: AttestationPlan,
    *,
    workers: int = 1,
    prover: str | None = None,
    keys: Path | None = None,
    progress: Progress | None = None,
) -> Attestation:
    """Prove all parts of an attestation. Parameters and errors are those of `prove_plan`."""
    proofs = _proven(plan.tasks, workers, prover, keys, progress or no_progress)
    return Attestation(plan.content, tuple(proofs))


def _proven(
    tasks: Sequence[ProofTask], workers: int, prover: str | None, keys: Path | None, report: Progress
) -> list[Proof]:
    if workers < 1:
        raise InputError("must be at least 1", source="workers")
    for circuit in {task.circuit.name: task.circuit for task in tasks}.values():
        build_circuit(circuit, keys, progress=report)
    proofs: dict[int, Proof] = {}
    report("proving", 0, len(tasks))
    for number, proof in _proofs(tasks, workers, prover, keys):
        proofs[number] = proof
        report("proving", len(proofs), len(tasks))
    return [proofs[number] for number in range(len(tasks))]


def _proofs(
    tasks: Sequence[ProofTask], workers: int, prover: str | None, keys: Path | None
) -> Iterator[tuple[int, Proof]]:
    """Yield the proof of each task with its place, in any order."""
    prove = partial(_prove, prover=prover, keys=keys)
    if workers == 1:
        yield from enumerate(map(prove, tasks))
        return
    with closing(run_tasks(prove, tasks, workers=workers)) as results:
        for one in results:
            yield one.number, one.value()


def _prove(task: ProofTask, *, prover: str | None, keys: Path | None) -> Proof:
    try:
        return _prover_here(prover, keys).prove(task.circuit, task.signals, task.public)[0]
    except ToolchainError as error:
        numbers = ", ".join(map(str, task.accounts))
        raise ToolchainError(f"{task.circuit.name} of accounts {numbers}: {error}") from None


@cache
def _prover_here(prover: str | None, keys: Path | None) -> CircuitProver:
    """Return this process's prover, which keeps circuits and keys from one proof to the next."""
    return CircuitProver(prover, keys=keys)
