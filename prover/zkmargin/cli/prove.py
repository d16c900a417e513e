"""``zkmargin prove``."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.account.opened import OpenedAccount
from zkmargin.documents.files import make_folder, write_json, write_private
from zkmargin.errors import ZkmarginError
from zkmargin.proofs.context import Context
from zkmargin.proving.artifacts import public_to_json
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .claims import (
    Action,
    AllowUnhealthy,
    CircuitName,
    Consumer,
    ContextChain,
    Deadline,
    Disclose,
    ProofContext,
    ProverName,
    chosen_context,
)
from .key_origin import ProofKey
from .options import (
    AccountFile,
    Json,
    Limit,
    Requirement,
    SnapshotFile,
    load_account,
    parse_limits,
    parse_requirement,
)
from .output import print_json, print_line, progress
from .signals import public_signals
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.proofs.account_statement import SignedStatement
    from zkmargin.proofs.margin_prover import ProofInputs
    from zkmargin.proving.keys import Keys

__all__ = ["prove", "warn_of_development_keys", "warn_of_weak_claims"]


def prove(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountFile,
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The folder to write the proof to.")],
    requirement: Requirement = "maintenance",
    context: ProofContext = None,
    chain_id: ContextChain = None,
    consumer: Consumer = None,
    action: Action = None,
    deadline: Deadline = None,
    limit: Limit = None,
    disclose: Disclose = False,
    instance: CircuitName = None,
    prover: ProverName = None,
    allow_unhealthy: AllowUnhealthy = False,
    statement: Annotated[
        Path | None,
        typed.Option(
            "--statement",
            help="A statement of account, the venue's word for the commitment: it goes with the proof.",
        ),
    ] = None,
    inputs_only: Annotated[
        bool,
        typed.Option(
            "--inputs-only",
            help="Write input.json and public.json for a prover of your own, and prove nothing. Private.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove that an account meets a margin requirement.

    Exit code 1, and no proof, if it does not. A context binds the proof to its purpose: off chain a number
    (--context), on chain --chain-id, --consumer, --action and --deadline.
    """
    # The rest takes a while to import, some of it while the snapshot is hashed, which needs no Python.
    Thread(target=_import_prover).start()
    limits = parse_limits(limit)
    asked, risk = parse_requirement(requirement), Snapshot.load(snapshot)
    holder = OpenedAccount.of(load_account(account, risk), risk)
    word = None if statement is None else _word(statement, holder.commitment)
    purpose = chosen_context(context, chain_id, consumer, action, deadline) or 0
    if isinstance(purpose, Context):
        purpose = replace(purpose, account_commitment=holder.commitment)
    # This needs an extra; the options above, and their help, do not.
    from zkmargin.proofs.margin_proof import ACCOUNT_STATEMENT  # noqa: PLC0415
    from zkmargin.proofs.margin_prover import MarginProver, proof_inputs  # noqa: PLC0415

    claim: dict[str, Any] = {
        "context": purpose,
        "limits": limits,
        "disclose": disclose,
        "instance": instance,
        "allow_unhealthy": allow_unhealthy,
    }
    if inputs_only:
        _save_inputs(proof_inputs(holder, risk, asked, **claim), out, as_json=as_json)
        warn_of_weak_claims(asked, purpose)
        return
    with progress() as report:
        maker = MarginProver(prover, progress=report)
        proof = maker.prove(holder, risk, asked, **claim)
    proof.save(out)
    # That of another proof must not stay.
    (out / ACCOUNT_STATEMENT).unlink(missing_ok=True)
    if word is not None:
        word.save(out / ACCOUNT_STATEMENT)
    warn_of_weak_claims(asked, purpose)
    warn_of_development_keys(maker.keys(proof.instance.name))
    if as_json:
        shown = {"folder": str(out), "instance": proof.instance.name, "healthy": proof.healthy}
        print_json({**shown, "key": ProofKey.of(proof).to_json(), "signals": public_signals(proof)})
        return
    print_line(f"{out}: proof by {proof.instance.name}, {ProofKey.of(proof).line}, with the public signals")
    print_table(public_signals(proof).items(), indent=2)


def _import_prover() -> None:
    # The command imports it again, and shows the error.
    with suppress(ImportError, ZkmarginError):
        import_module("zkmargin.proofs.margin_prover")


def _word(statement: Path, commitment: int) -> SignedStatement:
    from zkmargin.proofs.account_statement import statement_about  # noqa: PLC0415  # few proofs go with one

    return statement_about(statement, commitment)


def _save_inputs(inputs: ProofInputs, folder: Path, *, as_json: bool) -> None:
    """Write the inputs of a proof, which only this user can read, and its public signals."""
    make_folder(folder)
    path = folder / "input.json"
    path.unlink(missing_ok=True)
    write_private(path, json.dumps(inputs.to_json()).encode())
    write_json(folder / "public.json", public_to_json(inputs.statement.public))
    name = inputs.statement.instance.name
    if as_json:
        print_json({"folder": str(folder), "instance": name, "files": ["input.json", "public.json"]})
    else:
        print_line(f"{path}: the inputs of {name}; they contain the account, and only you can read them")


def warn_of_weak_claims(requirement: AnyRequirement, context: Context | int) -> None:
    """Warn on standard error of a proof that serves any purpose, or says little."""
    if context == 0:
        sys.stderr.write("warning: without --context the proof serves anybody for any purpose, at any time\n")
    if requirement == 0:
        sys.stderr.write(
            "warning: a requirement of 0 shows only that the equity is not negative, and nothing about risk\n"
        )


def warn_of_development_keys(keys: Keys) -> None:
    """Warn on standard error if keys are not a ceremony's that was verified on this machine."""
    if keys.kind != KeyKind.CEREMONY:
        sys.stderr.write(f"warning: {keys.manifest.circuit}: {keys.kind.note}\n")
