"""``zkmargin prove``."""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.account.opened import OpenedAccount
from zkmargin.documents.files import make_folder, write_json, write_private
from zkmargin.errors import InputError
from zkmargin.proofs.account_statement import ACCOUNT_STATEMENT
from zkmargin.proofs.context import Context, action_from_text
from zkmargin.proving.artifacts import public_to_json
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .key_origin import ProofKey
from .options import (
    AccountFile,
    Json,
    Limit,
    Requirement,
    SnapshotFile,
    integer,
    load_account,
    parse_limits,
    parse_requirement,
)
from .output import print_json, print_line, progress
from .signals import public_signals
from .statements import statement_about
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.proofs.margin_prover import ProofInputs
    from zkmargin.proving.keys import Keys

__all__ = ["prove", "warn_of_development_keys"]


def prove(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountFile,
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The folder to write the proof to.")],
    requirement: Requirement = "maintenance",
    context: Annotated[
        str | None, typed.Option("--context", help="The context off chain: a number below r.")
    ] = None,
    chain_id: Annotated[int | None, typed.Option("--chain-id", min=0, help="On chain: the chain id.")] = None,
    consumer: Annotated[
        str | None, typed.Option("--consumer", help="On chain: the contract that uses the proof.")
    ] = None,
    action: Annotated[
        str | None,
        typed.Option("--action", help="On chain: the action, a label to hash or 0x and 64 digits."),
    ] = None,
    deadline: Annotated[
        int | None,
        typed.Option("--deadline", min=0, help="On chain: the last second of validity, Unix time."),
    ] = None,
    limit: Limit = None,
    disclose: Annotated[
        bool, typed.Option("--disclose", help="Disclose equity and requirement, as for an auction.")
    ] = False,
    instance: Annotated[
        str | None,
        typed.Option("--instance", help="The circuit; the smallest one for the account if left out."),
    ] = None,
    prover: Annotated[
        str | None,
        typed.Option("--prover", help="The prover: native, snarkjs or rapidsnark; the fastest if left out."),
    ] = None,
    allow_unhealthy: Annotated[
        bool, typed.Option("--allow-unhealthy", help="Prove default if the account is not healthy.")
    ] = False,
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
    limits = parse_limits(limit)
    asked, risk = parse_requirement(requirement), Snapshot.load(snapshot)
    holder = OpenedAccount.of(load_account(account, risk), risk)
    word = None if statement is None else statement_about(statement, holder.commitment)
    chain = {"--chain-id": chain_id, "--consumer": consumer, "--action": action, "--deadline": deadline}
    missing = [name for name, value in chain.items() if value is None]
    if context is not None and len(missing) < len(chain):
        raise InputError(
            "cannot be combined with --chain-id, --consumer, --action or --deadline", source="--context"
        )
    purpose: Context | int = 0
    if context is not None:
        purpose = integer(context, "--context")
    elif chain_id is not None and consumer is not None and action is not None and deadline is not None:
        purpose = _context(chain_id, consumer, holder.commitment, action, deadline)
    elif len(missing) < len(chain):
        raise InputError("missing: a context on chain needs all four options", source=", ".join(missing))
    # This needs an extra; the options above, and their help, do not.
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
        _warn_of_weak_claims(asked, purpose)
        return
    with progress() as report:
        maker = MarginProver(prover, progress=report)
        proof = maker.prove(holder, risk, asked, **claim)
    proof.save(out)
    # That of another proof must not stay.
    (out / ACCOUNT_STATEMENT).unlink(missing_ok=True)
    if word is not None:
        word.save(out / ACCOUNT_STATEMENT)
    _warn_of_weak_claims(asked, purpose)
    warn_of_development_keys(maker.keys(proof.instance.name))
    if as_json:
        shown = {"folder": str(out), "instance": proof.instance.name, "healthy": proof.healthy}
        print_json({**shown, "key": ProofKey.of(proof).to_json(), "signals": public_signals(proof)})
        return
    print_line(f"{out}: proof by {proof.instance.name}, {ProofKey.of(proof).line}, with the public signals")
    print_table(public_signals(proof).items(), indent=2)


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


def _warn_of_weak_claims(requirement: AnyRequirement, context: Context | int) -> None:
    """Warn on standard error of a proof that serves any purpose, or says little."""
    if context == 0:
        sys.stderr.write("warning: without --context the proof serves anybody for any purpose, at any time\n")
    if requirement == 0:
        sys.stderr.write(
            "warning: a requirement of 0 shows only that the equity is not negative, and nothing about risk\n"
        )


def _context(chain_id: int, consumer: str, commitment: int, action: str, deadline: int) -> Context:
    return Context(chain_id, consumer, commitment, action_from_text(action), deadline)


def warn_of_development_keys(keys: Keys) -> None:
    """Warn on standard error if keys are not a ceremony's that was verified on this machine."""
    if keys.kind != KeyKind.CEREMONY:
        sys.stderr.write(f"warning: {keys.manifest.circuit}: {keys.kind.note}\n")
