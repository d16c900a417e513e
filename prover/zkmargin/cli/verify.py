"""``zkmargin verify``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated

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
    requirement, limits or context.
    """
    from .verify_proof import verify_files, verify_margin_proofs  # noqa: PLC0415

    if not folders:
        if key is None or public is None or proof is None:
            raise InputError("expected a folder, or --key, --public and --proof", source="verify")
        answers, fingerprint = verify_files(key, public, proof, engine)
        _show_answers(answers, ProofKey(fingerprint, None), {}, "", as_json=as_json)
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
    found = verify_margin_proofs(folders, key, engine, expected)
    # A proof that claims no limits has none to compare.
    limited = any(one.proof is not None and one.proof.limits is not None for one in found)
    if len(found) == 1:
        one = found[0]
        shown = None if one.proof is None else ProofKey.of(one.proof)
        _show_answers(one.answers, shown, _signals(one), one.reason, as_json=as_json)
    else:
        _show_verdicts(found, as_json=as_json)
    optional = set() if limited else {"limits"}
    unasked = [name for name, value in expected.items() if value is None and name not in optional]
    if unasked and not as_json:
        print_line(f"not compared, as no expected value was given: {', '.join(unasked)}")


def _signals(verdict: Verdict) -> dict[str, str]:
    return {} if verdict.proof is None else public_signals(verdict.proof)


def _show_verdicts(verdicts: Sequence[Verdict], *, as_json: bool) -> None:
    """Show the answers on several proofs, and exit with code 1 unless all engines accept all."""
    valid = [all(one.answers.values()) for one in verdicts]
    if as_json:
        proofs = [
            {
                "folder": str(one.folder),
                "valid": holds,
                "engines": one.answers,
                "key": None if one.proof is None else ProofKey.of(one.proof).to_json(),
                "signals": _signals(one),
                "reason": one.reason,
            }
            for one, holds in zip(verdicts, valid, strict=True)
        ]
        print_json({"valid": all(valid), "proofs": proofs})
    else:
        for one in verdicts:
            for name, holds in one.answers.items():
                print_line(f"{one.folder}: {name}: {'valid' if holds else 'INVALID'}")
            if one.reason:
                print_line(f"{one.folder}: {one.reason}")
        keys = {
            (one.proof.instance.name, ProofKey.of(one.proof)) for one in verdicts if one.proof is not None
        }
        for circuit, key in sorted(keys):
            print_line(f"{circuit}: {key.line}")
        for note in sorted({key.note for _, key in keys}):
            print_line(f"  {note}")
    if not all(valid):
        raise typer.Exit(1)


def _show_answers(
    answers: dict[str, bool], key: ProofKey | None, signals: dict[str, str], reason: str, *, as_json: bool
) -> None:
    """Show the engines' answers, and exit with code 1 unless all accept the proof."""
    valid = all(answers.values())
    if as_json:
        parts = {"key": key and key.to_json(), "signals": signals, "reason": reason}
        print_json(
            {"valid": valid, "engines": answers, **{name: part for name, part in parts.items() if part}}
        )
    else:
        for name, holds in answers.items():
            print_line(f"{name}: {'valid' if holds else 'INVALID'}")
        if key is not None:
            print_line(key.line)
            print_line(f"  {key.note}")
        if signals:
            print_table(signals.items(), indent=2)
        if reason:
            print_line(reason)
    if not valid:
        raise typer.Exit(1)
