"""Proofs of many accounts, side by side, in a folder that survives interruptions."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.proving.backends import backend
from zkmargin.proving.setup import no_progress

from .batch_folder import BatchFolder, Given, alone_in
from .batch_worker import BatchClaim, Outcome, begin, prove_task
from .circuit_keys import build_circuit, circuit_folder
from .cluster_crew import ClusterBatch, run_on_cluster
from .context import Context, context_signal
from .instances import find_instance
from .process_pool import cores, run_tasks
from .proof_journal import Entry, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zkmargin.proving.key_kinds import KeyKind
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from .cluster import Cluster

__all__ = ["PROVING", "BatchReport", "prove_batch"]

PROVING = "proving"
"""The stage of progress in which accounts get results."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The results of many accounts.

    Attributes
    ----------
    entries : tuple of Entry
        In the order of the names of the files.
    kept : int
        The number of proofs of earlier runs.
    kinds : dict of str to KeyKind or None
        The kind of the keys of each circuit.
    warnings : dict of str to str
        Doubts about accounts that were proven in this run, by the names of the files.
    """

    entries: tuple[Entry, ...]
    kept: int
    kinds: dict[str, KeyKind | None]
    warnings: dict[str, str]

    def count(self, state: State) -> int:
        """Return the number of accounts in a state."""
        return sum(one.state is state for one in self.entries)

    @property
    def exit_code(self) -> int:
        """The highest exit code of an account: 1 if a statement is false, 2 if a file is bad, 3 if a proof failed."""
        return max((one.state.exit_code for one in self.entries), default=0)


def prove_batch(  # noqa: PLR0913  # everything that proofs depend on
    accounts: Sequence[Path],
    snapshot: Snapshot,
    folder: Path,
    claim: BatchClaim,
    *,
    context: Context | int | Mapping[str, Context | int],
    statements: Path | None = None,
    processes: int | None = None,
    cluster: Cluster | None = None,
    prover: str | None = None,
    keys: Path | None = None,
    progress: Progress | None = None,
) -> BatchReport:
    """Prove accounts, each by a margin proof of its own.

    The folder gets ``proofs`` with a folder for each proven account, named after its file without ``.json``, and a
    journal. An interrupted batch is continued: proofs that are there are kept, and all other accounts are tried again.

    Parameters
    ----------
    accounts : sequence of Path
        The account files, with different names.
    snapshot : Snapshot
    folder : Path
        A new folder, or that of the batch to continue; a new one can be entered by this user only.
    claim : BatchClaim
        The claim of all proofs.
    context : Context or int, or mapping of str to these
        The purpose of all proofs, or of each by the name of the account's file. A context on chain gets the
        commitment of its account.
    statements : Path, optional
        A folder with the statement of account of each account, under the name of the account's file. It goes with the
        proof.
    processes : int, optional
        The number of processes, the number of cores by default. Each keeps the keys that it has used in memory.
    cluster : Cluster, optional
        Proves in its workers instead of in processes of this machine. Their proofs are verified here.
    prover : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `zkmargin.proofs.circuit_keys.keys_folder` by default. Missing keys are built
        first; they are development keys, which are for tests.
    progress : callable, optional
        Called with a stage, the work done in it and the total work. In the stage `PROVING` these are the number of
        accounts that have a result, and of all.

    Returns
    -------
    BatchReport
        An account that cannot be proven has a reason instead of a proof, and stops no other.

    Raises
    ------
    InputError
        If the folder belongs to something else, or cannot be written; or if the snapshot, the claim, a key, or an
        account that has a proof in the folder is another one than before.
    ToolchainError
        If keys cannot be built, or processes die before they begin; or if a cluster does not answer, has no workers, or
        has one that cannot take part.
    """
    paths = {path.name: path for path in sorted(accounts, key=lambda path: path.name)}
    if not accounts:
        raise InputError("expected at least one", source="accounts")
    if len(paths) < len(accounts):
        raise InputError("expected files with different names", source="accounts")
    workers = cores() if processes is None else processes
    if workers < 1:
        raise InputError("must be at least 1", source="processes")
    if claim.instance is not None:
        find_instance(claim.instance)
    backend(prover)
    given = Given(paths, _contexts(paths, context), statements, snapshot, claim)
    report = progress or no_progress
    with alone_in(folder):
        batch = BatchFolder(folder, given)
        left = batch.missing(keys)
        kept = len(paths) - len(left)
        planned = batch.plan(left, report)
        for circuit in sorted({one.task.circuit for one in planned}):
            _, built = build_circuit(find_instance(circuit), keys, progress=report)
            batch.require_key(circuit, built.fingerprint, built.kind)
        done = len(paths) - len(planned)
        report(PROVING, done, len(paths))
        tasks = [one.task for one in planned]
        if cluster is None:
            shared, threads = (snapshot.to_json(), claim, prover, keys), max(1, cores() // workers)
            results = run_tasks(
                prove_task, tasks, workers=workers, begin=begin, arguments=shared, threads=threads
            )
        else:
            folders = {one.circuit: circuit_folder(find_instance(one.circuit), keys) for one in tasks}
            shared_keys = ClusterBatch(snapshot.to_json(), claim, prover, folders)
            results = run_on_cluster(cluster, shared_keys, tasks, report)
        with closing(results):
            for one in results:
                # A process that died over an account has no outcome.
                outcome = Outcome(State.FAILED, reason=str(one.error)) if one.died else one.value()
                if cluster is not None:
                    outcome = batch.verified(planned[one.number], outcome)
                batch.keep(planned[one.number], outcome)
                done += 1
                report(PROVING, done, len(paths))
    return BatchReport(tuple(batch.entries[name] for name in paths), kept, batch.kinds, batch.warnings)


def _contexts(
    paths: Mapping[str, Path], context: Context | int | Mapping[str, Context | int]
) -> Mapping[str, Context | int]:
    """Return the context of each account by the name of its file."""
    contexts = dict.fromkeys(paths, context) if isinstance(context, (Context, int)) else context
    for name in (*paths, *contexts):
        if name not in contexts:
            raise InputError("missing", source="contexts", key=name)
        if name not in paths:
            raise InputError("no such account file", source="contexts", key=name)
    for one in contexts.values():
        context_signal(one)
    return contexts
