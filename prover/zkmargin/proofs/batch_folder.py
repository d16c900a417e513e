"""The folder of proofs of many accounts: what is kept of earlier runs, and what is written."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.files import make_folder, private_folder, publish_folder, sha256
from zkmargin.errors import InputError, StatementError

from .account_statement import SignedStatement, statement_about
from .batch_plan import Planned, plan_account
from .batch_worker import Outcome
from .circuit_keys import load_circuit
from .context import Context
from .instances import find_instance
from .margin_proof import ACCOUNT_STATEMENT
from .proof_journal import JOURNAL, Entry, ProofJournal, State, folder_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from zkmargin.proving.key_kinds import KeyKind
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

    from .batch_worker import BatchClaim

__all__ = ["PROOFS", "BatchFolder", "Given", "alone_in"]

PROOFS = "proofs"
"""The folder of the proofs' folders."""

_DRAFTS = ".zkmargin-*"
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Given:
    """The accounts of a batch, and what their proofs depend on.

    Attributes
    ----------
    paths : mapping of str to Path
        The account files by their names.
    contexts : mapping of str to (Context or int)
        The context of each account, by the same names.
    statements : Path or None
        The folder of statements of account.
    snapshot : Snapshot
    claim : BatchClaim
    """

    paths: Mapping[str, Path]
    contexts: Mapping[str, Context | int]
    statements: Path | None
    snapshot: Snapshot
    claim: BatchClaim

    def plan(self, name: str) -> Planned | Outcome:
        """Return an account to prove, or the reason why it cannot be proven."""
        context, statement = self.contexts[name], self.statement(name)
        return plan_account(self.paths[name], context, self.snapshot, self.claim, statement)

    def statement(self, name: str) -> Path | None:
        """Return the file of an account's statement."""
        return None if self.statements is None else self.statements / name


class BatchFolder:
    """The folder of a batch that is proven, with its journal, which is begun or continued.

    Parameters
    ----------
    folder : Path
        One that is entered by `alone_in`.
    given : Given

    Attributes
    ----------
    kinds : dict of str to KeyKind or None
        The kind of the keys of each circuit.
    warnings : dict of str to str
        Doubts about accounts that were proven in this run, by the names of the files.

    Raises
    ------
    InputError
        If the journal has another head, is malformed, or cannot be read or written.
    """

    def __init__(self, folder: Path, given: Given) -> None:
        self._folder, self._given = folder, given
        self._journal = ProofJournal.open(folder / JOURNAL, _head(given.snapshot, given.claim))
        (folder / PROOFS).mkdir(mode=0o700, exist_ok=True)
        self._fingerprints: dict[str, str] = {}
        self.kinds: dict[str, KeyKind | None] = {}
        self.warnings: dict[str, str] = {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The last result of each account by the name of its file."""
        return self._journal.entries

    def missing(self, keys: Path | None) -> list[str]:
        """Return the accounts without a proof; refuse proofs of anything else than now."""
        kept = {name for name, entry in self._journal.entries.items() if self._is_kept(entry, keys)}
        return [name for name in self._given.paths if name not in kept]

    def plan(self, names: list[str], report: Progress) -> list[Planned]:
        """Return the accounts that can be proven, and write the reasons why others cannot."""
        planned = []
        for done, name in enumerate(names):
            report("reading accounts", done, len(names))
            one = self._given.plan(name)
            if isinstance(one, Planned):
                planned.append(one)
            else:
                self._add(name, one, one.file)
        return planned

    def keep(self, planned: Planned, outcome: Outcome) -> None:
        """Write the proof of an account, if there is one, and the line of the journal."""
        name = planned.task.path.name
        if outcome.proof is None:
            self._add(name, outcome, planned.task.file)
            return
        proof = outcome.proof
        self.require_key(proof.instance.name, proof.fingerprint, proof.kind)
        target, statement = self._proof_folder(name), self._given.statement(name)
        if target.exists():
            # Of a run that ended before its line was written.
            shutil.rmtree(target)
        with private_folder(self._folder) as draft:
            whole = draft / "proof"
            whole.mkdir(mode=0o700)
            proof.save(whole)
            if statement is not None:
                statement_about(statement, planned.commitment).save(whole / ACCOUNT_STATEMENT)
            for path in whole.iterdir():
                path.chmod(0o600)
            digest = folder_hash(whole)
            publish_folder(whole, target)
        if outcome.warning:
            self.warnings[name] = outcome.warning
        self._add(name, outcome, planned.task.file, (proof.instance.name, proof.fingerprint, digest))

    def verified(self, planned: Planned, outcome: Outcome) -> Outcome:
        """Verify a proof that another machine has made: it must be the one that was asked for."""
        if outcome.proof is None:
            return outcome
        context, claim = self._given.contexts[planned.task.path.name], self._given.claim
        if isinstance(context, Context):
            context = replace(context, account_commitment=planned.commitment)
        name = outcome.proof.instance.name
        if name != planned.task.circuit:
            reason = f"a worker has returned a proof by {name}, expected {planned.task.circuit}"
            return Outcome(State.FAILED, reason=reason)
        try:
            outcome.proof.verify(
                self._given.snapshot,
                commitment=planned.commitment,
                requirement=claim.requirement,
                context=context,
                limits=claim.limits,
                allow_unhealthy=claim.allow_unhealthy,
            )
        except StatementError as error:
            reason = f"a worker has returned a proof that was not asked for: {error}"
            return Outcome(State.FAILED, reason=reason)
        # The kind of the keys is a matter of this machine's records.
        proof = replace(outcome.proof, kind=self.kinds.get(name))
        return replace(outcome, proof=proof)

    def require_key(self, circuit: str, fingerprint: str, kind: KeyKind | None) -> None:
        """Refuse a key that is not the one of earlier proofs by a circuit."""
        if self._fingerprints.setdefault(circuit, fingerprint) != fingerprint:
            reason = (
                f"the keys of {circuit} have changed since proofs were made with them; give another folder"
            )
            raise InputError(reason, source=str(self._folder))
        self.kinds[circuit] = kind

    def _add(self, name: str, outcome: Outcome, file: str, made: tuple[str, str, str] = ("", "", "")) -> None:
        """Write a line of the journal; `made` are circuit, key and hash of a proof."""
        root, context = self._given.snapshot.root, _context_text(self._given.contexts[name])
        self._journal.add(Entry(name, outcome.state, file, root, context, *made, outcome.reason))

    def _is_kept(self, entry: Entry, keys: Path | None) -> bool:
        if entry.state is not State.PROVEN:
            return False
        path, target = self._given.paths.get(entry.account), self._proof_folder(entry.account)
        if path is None:
            raise InputError(
                "has a proof already and is missing now; give another folder", source=entry.account
            )
        if not target.is_dir():
            return False
        if sha256(path) != entry.file:
            raise InputError("has changed since it was proven; give another folder", source=str(path))
        if _context_text(self._given.contexts[entry.account]) != entry.context:
            raise InputError("was proven for another context; give another folder", source=str(path))
        if folder_hash(target) != entry.proof:
            raise InputError("has changed since it was written; remove it to prove again", source=str(target))
        _require_statement(target, self._given.statement(entry.account))
        if entry.circuit not in self._fingerprints:
            found = load_circuit(find_instance(entry.circuit), keys)
            if found is not None:
                self.require_key(entry.circuit, found[1].fingerprint, found[1].kind)
        self.require_key(entry.circuit, entry.key, self.kinds.get(entry.circuit))
        return True

    def _proof_folder(self, account: str) -> Path:
        return self._folder / PROOFS / account.removesuffix(".json")


def _require_statement(proof: Path, given: Path | None) -> None:
    """Require that a proof has the statement of account that is given now, or none."""
    kept = proof / ACCOUNT_STATEMENT
    before = SignedStatement.load(kept) if kept.exists() else None
    now = None if given is None else SignedStatement.load(given)
    if before != now:
        reason = "has another statement of account than the one given now; give another folder"
        raise InputError(reason, source=str(proof))


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


def _context_text(context: Context | int) -> str:
    if not isinstance(context, Context):
        return str(context)
    document = context.to_json()
    del document["accountCommitment"]
    return json.dumps(document)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Enter a folder of proofs: make a new one, or refuse one of something else or of another process.

    Raises
    ------
    InputError
        If it is refused, or cannot be written.
    """
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
