"""``zkmargin verify``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

from .key_origin import ProofKey
from .options import Json, Limit, integer, parse_limits, parse_requirement
from .output import print_json, print_line
from .signals import public_signals
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .verify_proof import Verdict

__all__ = ["verify"]

_VALID = {True: "valid", False: "INVALID"}


def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders that zkmargin prove wrote; none for other proofs."
        ),
    ] = None,
    snapshot: Annotated[Path | None, typer.Option("--snapshot", help="The expected snapshot.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="The expected account commitment.")] = None,
    requirement: Annotated[
        str | None,
        typer.Option("--requirement", help="The least requirement to accept: as for zkmargin prove."),
    ] = None,
    context: Annotated[
        str | None, typer.Option("--context", help="The expected context, as a number.")
    ] = None,
    limit: Limit = None,
    allow_unhealthy: Annotated[
        bool, typer.Option("--allow-unhealthy", help="Accept a proof of default too.")
    ] = False,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="The verification key that you trust; this machine's if left out."),
    ] = None,
    public: Annotated[
        Path | None,
        typer.Option("--public", help="The public signals of another circuit's proof, public.json."),
    ] = None,
    proof: Annotated[
        Path | None, typer.Option("--proof", help="The proof of another circuit, proof.json.")
    ] = None,
    venue: Annotated[
        str | None,
        typer.Option(
            "--venue", help="The address of the venue whose statement of account must be beside the proof."
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            help="The verifier: native, snarkjs, py-ecc or all; the fastest installed one if left out.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Verify proofs.

    A margin proof is a folder; several are verified together, which is faster. For a proof of another circuit give
    --key, --public and --proof. Exit code 1 if a proof is invalid, or differs from the expected snapshot, account,
    requirement, limits or context, or if the expected venue does not vouch for the account.
    """
    from zkmargin.snapshot.signatures import read_address  # noqa: PLC0415

    from .verify_proof import verify_files, verify_margin_proofs  # noqa: PLC0415

    if not folders:
        if key is None or public is None or proof is None:
            raise InputError("expected a folder, or --key, --public and --proof", source="verify")
        answers, fingerprint = verify_files(key, public, proof, engine)
        _show_plain(answers, ProofKey(fingerprint, None), as_json=as_json)
        return
    if public is not None or proof is not None:
        raise InputError("cannot be combined with a folder", source="--public, --proof")

    expected = {
        "snapshot": None if snapshot is None else Snapshot.load(snapshot),
        "commitment": None if account is None else integer(account, "--account"),
        "requirement": None if requirement is None else parse_requirement(requirement),
        "context": None if context is None else integer(context, "--context"),
        "limits": parse_limits(limit),
        "allow_unhealthy": allow_unhealthy,
    }
    trusted = None if venue is None else read_address(venue, "--venue")
    found = verify_margin_proofs(folders, key, engine, trusted, expected)
    # A proof that claims no limits has none to compare.
    limited = any(one.proof is not None and one.proof.limits is not None for one in found)
    optional = set() if limited else {"limits"}
    asked = {**expected, "venue": venue}
    unasked = [name for name, value in asked.items() if value is None and name not in optional]
    if as_json:
        shown = [_to_json(one, unasked) for one in found]
        valid = all(one.holds for one in found)
        print_json(shown[0] if len(found) == 1 else {"valid": valid, "proofs": shown})
    elif len(found) == 1:
        _show(found[0])
    else:
        _show_several(found)
    if unasked and not as_json:
        print_line(f"not compared, as no expected value was given: {', '.join(unasked)}")
    if not all(one.holds for one in found):
        raise typer.Exit(1)


def _to_json(verdict: Verdict, unasked: list[str]) -> dict[str, Any]:
    proof = verdict.proof
    return {
        "folder": str(verdict.folder),
        "valid": verdict.holds,
        "engines": verdict.answers,
        "reason": verdict.reason,
        "mismatch": verdict.mismatch or verdict.word.fault,
        "not_compared": unasked,
        "statement": verdict.word.shown,
        "key": None if proof is None else ProofKey.of(proof).to_json(),
        "signals": {} if proof is None else public_signals(proof),
    }


def _show(verdict: Verdict) -> None:
    """Show everything about one proof."""
    for name, holds in verdict.answers.items():
        print_line(f"{name}: {_VALID[holds]}")
    _show_faults(verdict, "")
    if verdict.proof is not None:
        key = ProofKey.of(verdict.proof)
        print_line(key.line)
        print_line(f"  {key.note}")
        print_table(public_signals(verdict.proof).items(), indent=2)
    print_line(verdict.word.text)


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
        raise typer.Exit(1)
