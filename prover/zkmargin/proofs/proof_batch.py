"""Proofs of many accounts, side by side, in a folder that survives interruptions."""

from __future__ import annotations

import json
import shutil
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.files import make_folder, private_folder, publish_folder, sha256
from zkmargin.errors import InputError

from .batch_worker import AccountTask, BatchClaim, Outcome, begin, prove_task
from .circuit_keys import load_circuit
from .context import Context, context_signal
from .instances import find_instance
from .process_pool import cores, run_tasks
from .proof_journal import JOURNAL, Entry, ProofJournal, State, folder_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from zkmargin.proving.key_kinds import KeyKind
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["PROOFS", "BatchReport", "prove_batch"]

PROOFS = "proofs"
"""The folder of the proofs' folders."""

_DRAFTS = ".zkmargin-*"
_LOCK = ".lock"


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
    processes: int | None = None,
    prover: str | None = None,
    keys: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
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
    processes : int, optional
        The number of processes, the number of cores by default. Each keeps the keys that it has used in memory.
    prover : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default.
    keys : Path, optional
        The folder of the circuits' keys, `zkmargin.proofs.circuit_keys.keys_folder` by default. Missing keys are built;
        they are development keys, which are for tests.
    progress : callable, optional
        Called with the number of accounts that have a result, and of all.

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
        If keys cannot be built, or processes die before they begin.
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
    with _alone_in(folder):
        journal = ProofJournal.open(folder / JOURNAL, _head(snapshot, claim))
        (folder / PROOFS).mkdir(mode=0o700, exist_ok=True)
        batch = _Batch(folder, snapshot.root, _tasks(paths, context), journal)
        left = batch.missing(keys)
        kept = done = len(paths) - len(left)
        report = progress or (lambda _done, _total: None)
        report(done, len(paths))
        shared = (snapshot.to_json(), claim, prover, keys)
        threads = max(1, cores() // workers)
        results = run_tasks(prove_task, left, workers=workers, begin=begin, arguments=shared, threads=threads)
        with closing(results):
            for one in results:
                # A process that died over an account has no outcome.
                batch.keep(
                    one.task, Outcome(State.FAILED, reason=str(one.error)) if one.died else one.value()
                )
                done += 1
                report(done, len(paths))
    return BatchReport(tuple(journal.entries[name] for name in paths), kept, batch.kinds, batch.warnings)


class _Batch:
    """The folder of a batch that is proven."""

    def __init__(self, folder: Path, root: int, tasks: dict[str, AccountTask], journal: ProofJournal) -> None:
        self._folder, self._root, self._tasks, self._journal = folder, root, tasks, journal
        self._fingerprints: dict[str, str] = {}
        self.kinds: dict[str, KeyKind | None] = {}
        self.warnings: dict[str, str] = {}

    def missing(self, keys: Path | None) -> list[AccountTask]:
        """Return the accounts without a proof; refuse proofs of anything else than now."""
        kept = {name for name, entry in self._journal.entries.items() if self._is_kept(entry, keys)}
        return [task for name, task in self._tasks.items() if name not in kept]

    def keep(self, task: AccountTask, outcome: Outcome) -> None:
        """Write the proof of an account, if there is one, and the line of the journal."""
        name, text = task.path.name, _context_text(task.context)
        circuit = key = digest = ""
        if outcome.proof is not None:
            circuit, key = outcome.proof.instance.name, outcome.proof.fingerprint
            self._require_key(circuit, key, outcome.proof.kind)
            target = self._proof_folder(name)
            if target.exists():
                # Of a run that ended before its line was written.
                shutil.rmtree(target)
            with private_folder(self._folder) as draft:
                whole = draft / "proof"
                whole.mkdir(mode=0o700)
                outcome.proof.save(whole)
                for path in whole.iterdir():
                    path.chmod(0o600)
                digest = folder_hash(whole)
                publish_folder(whole, target)
        if outcome.warning:
            self.warnings[name] = outcome.warning
        self._journal.add(
            Entry(name, outcome.state, outcome.file, self._root, text, circuit, key, digest, outcome.reason)
        )

    def _is_kept(self, entry: Entry, keys: Path | None) -> bool:
        if entry.state is not State.PROVEN:
            return False
        task, target = self._tasks.get(entry.account), self._proof_folder(entry.account)
        if task is None:
            raise InputError(
                "has a proof already and is missing now; give another folder", source=entry.account
            )
        if not target.is_dir():
            return False
        source = str(task.path)
        if sha256(task.path) != entry.file:
            raise InputError("has changed since it was proven; give another folder", source=source)
        if _context_text(task.context) != entry.context:
            raise InputError("was proven for another context; give another folder", source=source)
        if folder_hash(target) != entry.proof:
            raise InputError("has changed since it was written; remove it to prove again", source=str(target))
        if entry.circuit not in self._fingerprints:
            found = load_circuit(find_instance(entry.circuit), keys)
            if found is not None:
                self._require_key(entry.circuit, found[1].fingerprint, found[1].kind)
        self._require_key(entry.circuit, entry.key, self.kinds.get(entry.circuit))
        return True

    def _require_key(self, circuit: str, fingerprint: str, kind: KeyKind | None) -> None:
        """Refuse a key that is not the one of earlier proofs by a circuit."""
        if self._fingerprints.setdefault(circuit, fingerprint) != fingerprint:
            reason = (
                f"the keys of {circuit} have changed since proofs were made with them; give another folder"
            )
            raise InputError(reason, source=str(self._folder))
        self.kinds[circuit] = kind

    def _proof_folder(self, account: str) -> Path:
        return self._folder / PROOFS / account.removesuffix(".json")


def _head(snapshot: Snapshot, claim: BatchClaim) -> dict[str, Any]:
    """Return what a journal says about all of its proofs."""
    return {
        "snapshotRoot": str(snapshot.root),
        "requirementBps": str(requirement_bps(claim.requirement, snapshot.parts.model.initial_bps)),
        "limits": None if claim.limits is None else claim.limits.to_json(),
        "disclose": claim.disclose,
        "instance": claim.instance,
        "allowUnhealthy": claim.allow_unhealthy,
    }


def _tasks(
    paths: Mapping[str, Path], context: Context | int | Mapping[str, Context | int]
) -> dict[str, AccountTask]:
    if isinstance(context, (Context, int)):
        context = dict.fromkeys(paths, context)
    for name in (*paths, *context):
        if name not in context:
            raise InputError("missing", source="contexts", key=name)
        if name not in paths:
            raise InputError("no such account file", source="contexts", key=name)
    for one in context.values():
        context_signal(one)
    return {name: AccountTask(path, context[name]) for name, path in paths.items()}


def _context_text(context: Context | int) -> str:
    if not isinstance(context, Context):
        return str(context)
    document = context.to_json()
    del document["accountCommitment"]
    return json.dumps(document)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Enter a folder of proofs: make a new one, or refuse one of something else or of another process."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  # only who proves needs it

    make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        strange = sorted(
            path.name
            for path in folder.iterdir()
            if path.name not in {JOURNAL, PROOFS, _LOCK} and not path.match(_DRAFTS)
        )
        if strange or ((folder / PROOFS).exists() and not (folder / JOURNAL).exists()):
            reason = f"has other files, such as {(strange or [PROOFS])[0]}; give a new folder"
            raise InputError(reason, source=str(folder))
        with FileLock(folder / _LOCK, timeout=0):
            for path in folder.glob(_DRAFTS):
                shutil.rmtree(path)
            yield
    except Timeout:
        raise InputError("another process is proving here", source=str(folder)) from None
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", source=str(error.filename or folder)
        ) from None
