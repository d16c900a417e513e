"""``zkmargin verify``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from zkmargin.errors import InputError
from zkmargin.snapshot.snapshot import Snapshot

from .options import Json, Limit, integer, parse_limits, parse_requirement
from .output import print_json, print_line
from .signals import public_signals
from .tables import print_table

__all__ = ["verify"]


def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    folder: Annotated[
        Path | None, typer.Argument(help="The folder that zkmargin prove wrote; omit it for other proofs.")
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
    """Verify a proof.

    A margin proof is a folder. For a proof of another circuit give --key, --public and --proof. Exit code 1 if the
    proof is invalid, or differs from the expected snapshot, account, requirement, limits or context.
    """
    from .verify_proof import verify_files, verify_margin_proof  # noqa: PLC0415

    if folder is None:
        if key is None or public is None or proof is None:
            raise InputError("expected a folder, or --key, --public and --proof", source="verify")
        answers = verify_files(key, public, proof, engine)
        _show_answers(answers, {}, "", as_json=as_json)
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
    found, answers, reason = verify_margin_proof(folder, key, engine, expected)
    _show_answers(answers, {} if found is None else public_signals(found), reason, as_json=as_json)
    # A proof that claims no limits has none to compare.
    optional = {"limits"} if found is None or found.limits is None else set()
    unasked = [name for name, value in expected.items() if value is None and name not in optional]
    if unasked and not as_json:
        print_line(f"not compared, as no expected value was given: {', '.join(unasked)}")


def _show_answers(answers: dict[str, bool], signals: dict[str, str], reason: str, *, as_json: bool) -> None:
    """Show the engines' answers, and exit with code 1 unless all accept the proof."""
    valid = all(answers.values())
    if as_json:
        parts = {"signals": signals, "reason": reason}
        print_json({"valid": valid, "engines": answers, **{key: part for key, part in parts.items() if part}})
    else:
        for name, holds in answers.items():
            print_line(f"{name}: {'valid' if holds else 'INVALID'}")
        if signals:
            print_table(signals.items(), indent=2)
        if reason:
            print_line(reason)
    if not valid:
        raise typer.Exit(1)
