"""A process that proves accounts: it loads the snapshot once, and each circuit and key that it needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from zkmargin.account.account import Account
from zkmargin.account.entries import cash_warning
from zkmargin.account.opened import OpenedAccount
from zkmargin.account.requirement import Requirement
from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import read_bounded
from zkmargin.errors import InputError, StatementError, ToolchainError
from zkmargin.snapshot.snapshot import Snapshot

from .circuit_prover import CircuitProver
from .context import Context
from .margin_proof import MarginProof
from .margin_prover import proof_inputs
from .proof_journal import State

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.account.requirement import AnyRequirement

    from .margin_prover import ProofInputs

__all__ = ["AccountTask", "BatchClaim", "BatchWorker", "Outcome", "begin", "prove_task"]


@dataclass(frozen=True, slots=True)
class BatchClaim:
    """What the proofs of many accounts have in common; see `MarginProver.prove`.

    Attributes
    ----------
    requirement : Requirement or int
    limits : GreekLimits, optional
    disclose : bool
    instance : str, optional
    allow_unhealthy : bool
    """

    requirement: AnyRequirement = Requirement.MAINTENANCE
    limits: GreekLimits | None = None
    disclose: bool = False
    instance: str | None = None
    allow_unhealthy: bool = False


# No repr: the content is secret.
@dataclass(frozen=True, slots=True, repr=False)
class AccountTask:
    """An account to prove.

    Attributes
    ----------
    path : Path
        Its file.
    context : Context or int
        A context on chain gets the commitment of the account.
    file : str
        The SHA-256 of the file in hex.
    circuit : str
        The name of the circuit.
    content : bytes, optional
        The content of the file, for a process that cannot read it.
    """

    path: Path
    context: Context | int
    file: str
    circuit: str
    content: bytes | None = None

    def with_content(self) -> Self:
        """Return the task with the content of its file, which must be what it was.

        Raises
        ------
        InputError
            If the file cannot be read, or has changed.
        """
        content = read_bounded(self.path, Account.MAX_BYTES) if self.content is None else self.content
        if hashlib.sha256(content).hexdigest() != self.file:
            raise InputError("has changed since the batch began", source=str(self.path))
        return replace(self, content=content)

    def account(self) -> Account:
        """Read the account.

        Raises
        ------
        InputError
            If the file cannot be read, is malformed, or has changed.
        """
        return Account.from_content(self.with_content().content or b"", str(self.path))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an account.

    Attributes
    ----------
    state : State
    file : str
        The SHA-256 of the file in hex; empty if it could not be read.
    proof : MarginProof, optional
        Verified.
    reason : str
        Why there is no proof.
    warning : str
        A doubt about the account's cash.
    """

    state: State
    file: str = ""
    proof: MarginProof | None = None
    reason: str = ""
    warning: str = ""


class BatchWorker:
    """Proves accounts under one snapshot, one after the other.

    Parameters
    ----------
    snapshot : Snapshot
    claim : BatchClaim
    prover : CircuitProver
    """

    def __init__(self, snapshot: Snapshot, claim: BatchClaim, prover: CircuitProver) -> None:
        self._snapshot, self._claim, self._prover = snapshot, claim, prover

    def prove(self, task: AccountTask) -> Outcome:
        """Prove an account; errors that are about the account are part of the outcome.

        Raises
        ------
        InputError
            If the circuit's keys have been changed.
        ToolchainError
            If the circuit's keys cannot be built.
        """
        file = task.file
        try:
            inputs, warning = self._inputs(task)
        except StatementError as error:
            return Outcome(State.FALSE, file, reason=str(error))
        except InputError as error:
            return Outcome(State.BAD, file, reason=str(error))
        instance, public = inputs.statement.instance, inputs.statement.public
        # Errors about keys are about all accounts.
        keys = self._prover.keys(instance)
        try:
            proof, _ = self._prover.prove(instance, inputs.signals, public)
        except ToolchainError as error:
            return Outcome(State.FAILED, file, reason=str(error))
        statement = replace(inputs.statement, fingerprint=keys.fingerprint)
        made = MarginProof(statement, proof, keys.key, keys.kind)
        return Outcome(State.PROVEN, file, made, warning=warning)

    def _inputs(self, task: AccountTask) -> tuple[ProofInputs, str]:
        """Return the inputs of a proof, and a doubt about the account's cash."""
        account, claim = task.account(), self._claim
        holder = OpenedAccount.of(account, self._snapshot)
        context = task.context
        if isinstance(context, Context):
            context = replace(context, account_commitment=holder.commitment)
        inputs = proof_inputs(
            holder,
            self._snapshot,
            claim.requirement,
            context=context,
            limits=claim.limits,
            disclose=claim.disclose,
            instance=task.circuit,
            allow_unhealthy=claim.allow_unhealthy,
        )
        return inputs, cash_warning(account, self._snapshot) or ""


_here: list[BatchWorker] = []


def begin(snapshot: dict[str, Any], claim: BatchClaim, prover: str | None, keys: Path | None) -> None:
    """Prepare a process: a snapshot cannot be sent, but its document can."""
    loaded = Snapshot.from_json(Field(snapshot, "snapshot"))
    _here.append(BatchWorker(loaded, claim, CircuitProver(prover, keys=keys)))


def prove_task(task: AccountTask) -> Outcome:
    """Prove an account in a process that has begun."""
    return _here[0].prove(task)
