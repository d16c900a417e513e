"""``zkmargin ceremony verify``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .ceremony_text import description_to_json, round_to_json, show_description, show_rounds
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from zkmargin.ceremony.attested import Attested
    from zkmargin.ceremony.signatures import Signature
    from zkmargin.ceremony.verification import Verified

__all__ = ["verify"]


def verify(
    sitting: Annotated[Path, typer.Argument(help="The ceremony's file.")],
    before: Annotated[
        Path | None,
        typer.Option("--before", help="An earlier file of the ceremony, which this one must continue."),
    ] = None,
    attestations: Annotated[
        Path | None,
        typer.Option("--attestations", help="A folder with attestations, *.txt, and signatures beside them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify a ceremony's file, and list what was verified and what was not.

    The exit code is 1 if something is false.
    """
    from zkmargin.ceremony.sitting import Sitting  # noqa: PLC0415
    from zkmargin.ceremony.verification import verify_contributions, verify_since  # noqa: PLC0415
    from zkmargin.documents.files import private_folder  # noqa: PLC0415

    found = Sitting.load(sitting)
    earlier = before and Sitting.load(before)
    with progress() as report, private_folder() as folder:
        keys, scratch = folder / "keys", folder / "scratch"
        keys.mkdir()
        scratch.mkdir()
        verified = verify_contributions(found, keys, attestations=attestations, progress=report)
        if earlier:
            verify_since(earlier, found, keys, scratch, progress=report)
    done, left = _checks(verified, before)
    if as_json:
        print_json({**_to_json(verified), "verified": done, "not_verified": left})
        return
    show_description(str(sitting), verified.description)
    show_rounds(verified.rounds, None if verified.attested is None else _notes(verified))
    for heading, lines in (("verified", done), ("not verified", left)):
        print_line(f"{heading}:")
        for line in lines:
            print_line(f"  {line}")


def _checks(verified: Verified, before: Path | None) -> tuple[list[str], list[str]]:
    """Return sentences on what was verified, and on what was not."""
    done = ["each contribution: proof of knowledge, change of delta, hashes; each beacon was computed again"]
    left = []
    if before:
        done.append(f"the keys are those of {before} with further contributions")
    left.append("that the keys belong to their circuits and to phase 1: give --phase1")
    if verified.attested is None:
        left.append("whether a contribution was left out: give --attestations")
    else:
        done.append(f"{len(verified.attested)} attestations are of contributions in the keys")
        if len(verified.attested) < sum(one.kind == "contribution" for one in verified.rounds):
            left.append("who made the contributions without an attestation")
        if any(not one.address for each in verified.attested for one in each.signatures):
            left.append("signatures by ssh and gpg: check them with ssh-keygen -Y verify and gpg --verify")
    left.append("whether the contributors are different people, and destroyed their secret numbers")
    return done, left


def _notes(verified: Verified) -> dict[int, str]:
    notes = {one.number: "none" for one in verified.rounds if one.kind == "contribution"}
    for each in verified.attested or ():
        notes[each.attestation.number] = f"{each.path.name}, {_signed(each)}"
    return notes


def _signed(each: Attested) -> str:
    return ", ".join(map(_signature, each.signatures)) or "unsigned"


def _signature(one: Signature) -> str:
    return f"signed by {one.address}" if one.address else f"{one.kind} signature, not checked"


def _to_json(verified: Verified) -> dict[str, Any]:
    rounds = [round_to_json(one) for one in verified.rounds]
    for each in verified.attested or ():
        signatures = [{"kind": one.kind, "address": one.address or None} for one in each.signatures]
        rounds[each.attestation.number - 1]["attestation"] = {
            "file": str(each.path),
            "signatures": signatures,
        }
    return {**description_to_json(verified.description), "rounds": rounds}
