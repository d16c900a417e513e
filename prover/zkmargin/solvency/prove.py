"""The proof of solvency: every chunk proven, in a folder that survives interruptions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.documents.files import make_folder
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.solvency_instances import solvency_circuits
from zkmargin.proving.setup import no_progress
from zkmargin.proving.verify import verify
from zkmargin.spec.constants import BPS_UNIT

from .blinds import has_seed, load_seed
from .chunk import SolvencyChunk, chunk_path, chunks_folder
from .plan import plan_solvency
from .report import REPORT
from .survey import survey
from .workers import ChunkProver, proven_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zkmargin.proofs.solvency_instances import SolvencyInstance
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from .plan import ChunkTask, SolvencyPlan
    from .report import SolvencyReport

__all__ = ["prove_solvency"]


def prove_solvency(  # noqa: PLR0913  # everything that a proof depends on
    accounts: Sequence[Path],
    snapshot: Snapshot,
    folder: Path,
    *,
    requirement_bps: int = BPS_UNIT,
    count_unhealthy: bool = False,
    restart: bool = False,
    workers: int = 1,
    prover: str | None = None,
    keys: Path | None = None,
    circuits: Sequence[SolvencyInstance] | None = None,
    progress: Progress | None = None,
) -> SolvencyReport:
    """Prove what all accounts of a venue add up to.

    The folder gets ``report.json`` and ``chunks``, which are for the public, and ``private`` with a seed, which is not.
    An interrupted proof is continued: chunks that are there are verified and kept.

    Parameters
    ----------
    accounts : sequence of Path
        The account files; `account_files` lists those of a folder. They are read once at first, and again for each
        chunk: some 2 kB of each account are kept in memory.
    snapshot : Snapshot
    folder : Path
    requirement_bps : int
        The requirement of healthy accounts, in 1/10000 of maintenance margin.
    count_unhealthy : bool
        Count unhealthy accounts and their deficit in the report, instead of refusing them.
    restart : bool
        Remove chunks of other accounts or another snapshot, instead of refusing to continue.
    workers : int
        The number of processes. Each keeps the keys that it has used in memory.
    prover : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `zkmargin.proofs.circuit_keys.keys_folder` by default. Missing keys are built
        first; they are development keys, which are for tests.
    circuits : sequence of SolvencyInstance, optional
        The circuits to use, the smallest first; all that the package has by default.
    progress : callable, optional
        Called with a stage, the work done in it and the total work.

    Returns
    -------
    SolvencyReport

    Raises
    ------
    StatementError
        If an account is not healthy, or the lots of an instrument do not add up to 0.
    InputError
        If a file is malformed, an account fits no circuit, or the folder has chunks of another proof.
    ToolchainError
        If a program is missing or fails.
    """
    if workers < 1:
        raise InputError("must be at least 1", source="workers")
    if not accounts:
        raise InputError("expected at least one", source="accounts")
    report = progress or no_progress
    layout = snapshot.spec.table.layout
    usable = [one for one in circuits or solvency_circuits() if one.shape.account.layout == layout]
    if not usable:
        raise InputError(f"no circuit of solvency for the layout {layout.name}", source="snapshot")
    surveyed = survey(accounts, snapshot, requirement_bps, count_unhealthy=count_unhealthy, progress=report)
    with _alone_in(folder):
        _require_own(folder)
        seed = load_seed(folder)
        plan = plan_solvency(surveyed, usable, snapshot.root, requirement_bps, seed)
        maker = CircuitProver(prover, keys=keys, progress=report)
        make_folder(chunks_folder(folder))
        if restart:
            _remove(folder)
        left = [task for task in plan.tasks if not _is_proven(task, plan, folder, maker)]
        for circuit in {task.circuit.name: task.circuit for task in left}.values():
            maker.keys(circuit)
        context = ChunkProver(snapshot, requirement_bps, plan.x, folder, maker)
        done = len(plan.tasks) - len(left)
        report("proving", done, len(plan.tasks))
        for _ in proven_chunks(left, context, workers=workers, prover=prover, keys=keys):
            done += 1
            report("proving", done, len(plan.tasks))
        plan.report.save(folder / REPORT)
    return plan.report


def _is_proven(task: ChunkTask, plan: SolvencyPlan, folder: Path, maker: CircuitProver) -> bool:
    """Return whether the folder has a valid proof of a chunk; refuse one of anything else."""
    path = chunk_path(folder, task.number)
    if not path.exists():
        return False
    found = SolvencyChunk.load(path)
    hasher = fast_hasher()
    ends = [
        spec.sums_hash(sums, blind, hasher)
        for sums, blind in zip((task.before, task.after), task.blinds, strict=True)
    ]
    public = found.public(plan.report.snapshot_root, plan.report.requirement_bps, plan.x)
    claimed = (found.circuit, found.commitments, found.before, found.after)
    same = claimed == (task.circuit.name, task.commitments, *ends)
    if not same or not verify(maker.keys(task.circuit).key, public.all, found.proof):
        raise InputError(
            "belongs to other accounts, another snapshot, requirement or key: "
            "give another folder, or begin anew with --restart",
            source=str(path),
        )
    return True


def _require_own(folder: Path) -> None:
    """Refuse a folder in which files of somebody else would be replaced or removed."""
    if has_seed(folder):
        return
    for path in (folder / REPORT, chunks_folder(folder)):
        if path.exists():
            raise InputError(
                "exists, but is not of a proof that was begun here; give a new folder", source=str(path)
            )


def _remove(folder: Path) -> None:
    """Remove the public files of an earlier proof."""
    (folder / REPORT).unlink(missing_ok=True)
    for path in chunks_folder(folder).glob("*.json"):
        path.unlink()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Refuse to prove in a folder in which another process is proving."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  # only who proves needs it

    make_folder(folder)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise InputError("another process is proving here", source=str(folder)) from None
