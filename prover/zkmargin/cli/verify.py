"""``zkmargin verify``."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.utc import iso_text, utc_text
from zkmargin.errors import InputError
from zkmargin.proofs.bundle import SNAPSHOT, unpacked_bundle
from zkmargin.risk import load_model
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.spec.constants import BPS_UNIT

from . import typed
from .key_origin import ProofKey
from .options import Json, Limit, integer, parse_limits, parse_requirement
from .output import print_json, print_line
from .signals import public_signals
from .tables import print_table
from .verification_text import show_signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.proofs.margin_proof import MarginProof
    from zkmargin.risk import Model

    from .verify_proof import Verdict

__all__ = ["verify"]

_VALID = {True: "valid", False: "INVALID"}


def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folders: Annotated[
        list[Path] | None,
        typed.Argument(
            metavar="[PROOF]...",
            help="Folders that zkmargin prove wrote, or one bundle; none for proofs of other circuits.",
        ),
    ] = None,
    snapshot: Annotated[Path | None, typed.Option("--snapshot", help="The expected snapshot.")] = None,
    account: Annotated[str | None, typed.Option("--account", help="The expected account commitment.")] = None,
    requirement: Annotated[
        str | None,
        typed.Option("--requirement", help="The least requirement to accept: as for zkmargin prove."),
    ] = None,
    context: Annotated[
        str | None, typed.Option("--context", help="The expected context, as a number.")
    ] = None,
    limit: Limit = None,
    allow_unhealthy: Annotated[
        bool, typed.Option("--allow-unhealthy", help="Accept a proof of default too.")
    ] = False,
    key: Annotated[
        Path | None,
        typed.Option("--key", help="The verification key that you trust; this machine's if left out."),
    ] = None,
    public: Annotated[
        Path | None,
        typed.Option("--public", help="The public signals of another circuit's proof, public.json."),
    ] = None,
    proof: Annotated[
        Path | None, typed.Option("--proof", help="The proof of another circuit, proof.json.")
    ] = None,
    venue: Annotated[
        str | None,
        typed.Option(
            "--venue", help="The address of the venue whose statement of account must be beside the proof."
        ),
    ] = None,
    signer: Annotated[
        list[str] | None,
        typed.Option("--signer", help="Of a bundle: the address of a trusted signer. All must have signed."),
    ] = None,
    engine: Annotated[
        str,
        typed.Option(
            "--engine",
            help="The verifier: native, snarkjs, py-ecc or all; the fastest installed one if left out.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Verify proofs.

    A margin proof is a folder; several are verified together, which is faster. A bundle also has the snapshot, which
    the proof is compared with, and its signatures. For a proof of another circuit give --key, --public and --proof.
    Exit code 1 if a proof is invalid, or differs from the expected snapshot, account, requirement, limits or context,
    or if the expected venue or signers do not vouch for account and snapshot.
    """
    from zkmargin.snapshot.signatures import read_address  # noqa: PLC0415

    from .bundle_signatures import signed_by  # noqa: PLC0415
    from .verify_proof import verify_files, verify_margin_proofs  # noqa: PLC0415

    if not folders:
        if key is None or public is None or proof is None:
            raise InputError("expected a folder, or --key, --public and --proof", source="verify")
        answers, fingerprint = verify_files(key, public, proof, engine)
        _show_plain(answers, ProofKey(fingerprint, None), as_json=as_json)
        return
    if public is not None or proof is not None:
        raise InputError("cannot be combined with a folder", source="--public, --proof")

    with ExitStack() as stack:
        bundled = folders[0] if len(folders) == 1 and folders[0].is_file() else None
        places = [stack.enter_context(unpacked_bundle(bundled))] if bundled else folders
        if signer and not bundled:
            raise InputError("only for a bundle: use zkmargin snapshot verify", source="--signer")
        source = snapshot or (places[0] / SNAPSHOT if bundled else None)
        risk = None if source is None else Snapshot.load(source)
        expected = {
            "snapshot": risk,
            "commitment": None if account is None else integer(account, "--account"),
            "requirement": None if requirement is None else parse_requirement(requirement),
            "context": None if context is None else integer(context, "--context"),
            "limits": parse_limits(limit),
            "allow_unhealthy": allow_unhealthy,
        }
        trusted = None if venue is None else read_address(venue, "--venue")
        found = verify_margin_proofs(places, key, engine, trusted, expected)
        signed = None if risk is None or not bundled else signed_by(places[0], risk, signer or [])
    if bundled:
        reason = found[0].reason.replace(f"{places[0]}{os.sep}", f"{bundled}: ")
        found = [replace(found[0], folder=bundled, reason=reason)]
    # A proof that claims no limits has none to compare.
    limited = any(one.proof is not None and one.proof.limits is not None for one in found)
    optional = set() if limited else {"limits"}
    asked = {**expected, "venue": venue, **({"signer": signer or None} if bundled else {})}
    unasked = [name for name, value in asked.items() if value is None and name not in optional]
    holds = all(one.holds for one in found) and not (signed and signed.reason)
    if as_json:
        shown = [_to_json(one, unasked, risk) for one in found]
        extra = {"valid": holds, "signatures": signed and asdict(signed)} if bundled else {}
        print_json({**shown[0], **extra} if len(found) == 1 else {"valid": holds, "proofs": shown})
    elif len(found) == 1:
        _show(found[0], risk)
        if signed is not None:
            show_signed(signed)
    else:
        _show_several(found)
    if unasked and not as_json:
        print_line(f"not compared, as no expected value was given: {', '.join(unasked)}")
    if not holds:
        raise typed.Exit(1)


def _to_json(verdict: Verdict, unasked: list[str], risk: Snapshot | None) -> dict[str, Any]:
    proof = verdict.proof
    about = risk and {"time": iso_text(risk.timestamp), "model": _model_name(risk.parts.model)}
    return {
        "folder": str(verdict.folder),
        "valid": verdict.holds,
        "engines": verdict.answers,
        "reason": verdict.reason,
        "mismatch": verdict.mismatch or verdict.word.fault,
        "not_compared": unasked,
        "statement": verdict.word.shown,
        "snapshot": about,
        "key": None if proof is None else ProofKey.of(proof).to_json(),
        "signals": {} if proof is None else public_signals(proof),
    }


def _show(verdict: Verdict, risk: Snapshot | None) -> None:
    """Show everything about one proof."""
    for name, holds in verdict.answers.items():
        print_line(f"{name}: {_VALID[holds]}")
    _show_faults(verdict, "")
    if verdict.proof is not None:
        key = ProofKey.of(verdict.proof)
        print_line(key.line)
        print_line(f"  {key.note}")
        print_table(public_signals(verdict.proof).items(), indent=2)
        if risk is not None and not verdict.mismatch:
            _show_claim(verdict.proof, risk)
    print_line(verdict.word.text)


def _show_claim(proof: MarginProof, risk: Snapshot) -> None:
    """Write what the proof claims in the model's words."""
    model, bps = risk.parts.model, proof.signals.requirement_bps
    names = {BPS_UNIT: "maintenance margin", model.initial_bps: "initial margin"}
    named = names.get(bps, f"{bps} / {BPS_UNIT} of the maintenance margin")
    shown = _model_name(model)
    print_line(f"snapshot of {utc_text(risk.timestamp)} under the model {shown}; requirement: {named}")


def _model_name(model: Model) -> str:
    """Return a model's name, and that it is no bundled one: a snapshot may give its model any name."""
    try:
        bundled = load_model(model.name) == model
    except InputError:
        bundled = False
    return model.name if bundled else f"{model.name} (not a bundled model)"


def _show_several(verdicts: Sequence[Verdict]) -> None:
    """Show whether each proof holds, and their keys."""
    for one in verdicts:
        for name, holds in one.answers.items():
            print_line(f"{one.folder}: {name}: {_VALID[holds]}")
        _show_faults(one, f"{one.folder}: ")
        print_line(f"{one.folder}: {one.word.text}")
    keys = {(one.proof.instance.name, ProofKey.of(one.proof)) for one in verdicts if one.proof is not None}
    for circuit, key in sorted(keys):
        print_line(f"{circuit}: {key.line}")
    for note in sorted({key.note for _, key in keys}):
        print_line(f"  {note}")


def _show_faults(verdict: Verdict, prefix: str) -> None:
    if verdict.reason:
        print_line(f"{prefix}{verdict.reason}")
    for mismatch in filter(None, (verdict.mismatch, verdict.word.fault)):
        print_line(f"{prefix}NOT AS EXPECTED: {mismatch}")


def _show_plain(answers: dict[str, bool], key: ProofKey, *, as_json: bool) -> None:
    """Show the engines' answers on a proof of another circuit, and exit with code 1 unless all accept it."""
    valid = all(answers.values())
    if as_json:
        print_json({"valid": valid, "engines": answers, "key": key.to_json()})
    else:
        for name, holds in answers.items():
            print_line(f"{name}: {_VALID[holds]}")
        print_line(key.line)
        print_line(f"  {key.note}")
    if not valid:
        raise typed.Exit(1)
