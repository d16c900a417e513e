"""Processes that prove chunks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin import spec
from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.process_pool import run_tasks
from zkmargin.snapshot.snapshot import Snapshot

from .chunk import SolvencyChunk, chunk_path
from .survey import open_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .plan import ChunkTask

__all__ = ["ChunkProver", "proven_chunks"]


@dataclass(frozen=True, slots=True)
class ChunkProver:
    """What the proofs of all chunks have in common.

    Attributes
    ----------
    snapshot : Snapshot
    requirement_bps : int
    x : int
        The point at which lots are compared.
    folder : Path
        The folder of the proof.
    prover : CircuitProver
    """

    snapshot: Snapshot
    requirement_bps: int
    x: int
    folder: Path
    prover: CircuitProver

    def prove(self, task: ChunkTask) -> None:
        """Prove a chunk, and write its file.

        Raises
        ------
        InputError
            If an account file is not what it was before.
        ToolchainError
            If a program fails, or the circuit disagrees with the specification.
        """
        accounts = [open_account(path, self.snapshot) for path in task.paths]
        for path, account, expected in zip(task.paths, accounts, task.commitments, strict=False):
            if spec.commitment(account, fast_hasher()) != expected:
                raise InputError("has changed during the proof", source=str(path))
        inputs = spec.solvency_inputs(
            accounts,
            self.snapshot.spec,
            task.circuit.shape,
            self.requirement_bps,
            self.x,
            before=task.before,
            blinds=task.blinds,
            hasher=fast_hasher(),
        )
        public = inputs.public
        proof, _ = self.prover.prove(task.circuit, inputs.signals, public.all)
        chunk = SolvencyChunk(task.circuit.name, task.commitments, public.before, public.after, proof)
        chunk.save(chunk_path(self.folder, task.number))


def proven_chunks(
    tasks: Sequence[ChunkTask],
    context: ChunkProver,
    *,
    workers: int,
    prover: str | None,
    keys: Path | None,
) -> Iterator[int]:
    """Prove chunks, and yield the number of each when its file is written.

    Parameters
    ----------
    tasks : sequence of ChunkTask
    context : ChunkProver
        Proves in this process, if there is one worker.
    workers : int
        The number of processes.
    prover : str, optional
    keys : Path, optional
        As for `CircuitProver`.
    """
    if workers == 1:
        for task in tasks:
            context.prove(task)
            yield task.number
        return
    shared = (
        context.snapshot.to_json(),
        context.requirement_bps,
        context.x,
        context.folder,
        prover,
        keys,
    )
    with closing(run_tasks(_prove, tasks, workers=workers, begin=_begin, arguments=shared)) as results:
        for one in results:
            one.value()
            yield one.task.number


_context: list[ChunkProver] = []


def _begin(  # noqa: PLR0913, PLR0917  # everything that chunks have in common
    snapshot: dict[str, Any],
    requirement_bps: int,
    x: int,
    folder: Path,
    prover: str | None,
    keys: Path | None,
) -> None:
    """Prepare a worker: a snapshot cannot be sent, but its document can."""
    loaded = Snapshot.from_json(Field(snapshot, "snapshot"))
    _context.append(ChunkProver(loaded, requirement_bps, x, folder, CircuitProver(prover, keys=keys)))


def _prove(task: ChunkTask) -> None:
    _context[0].prove(task)
