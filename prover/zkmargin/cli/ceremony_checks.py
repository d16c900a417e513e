"""What was verified about a ceremony, and what was not, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ceremony_text import description_to_json, round_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.ceremony.attested import Attested
    from zkmargin.ceremony.signatures import Signature
    from zkmargin.ceremony.verification import Verified
    from zkmargin.proving.verified_keys import Phase1

__all__ = ["list_checks", "notes_of", "verified_to_json"]


def list_checks(verified: Verified, before: Path | None) -> tuple[list[str], list[str]]:
    """Return sentences on what was verified, and on what was not."""
    done = ["each contribution: proof of knowledge, change of delta, hashes; each beacon was computed again"]
    left = []
    if before:
        done.append(f"the keys are those of {before} with further contributions")
    phase1 = verified.keys[0].phase1 if verified.keys else None
    if phase1 is None:
        left.append("that the keys belong to their circuits and to phase 1: give --phase1")
    else:
        done.append(
            "the circuits were compiled here; every key is its circuit's initial key with the contributions"
        )
        done.append(_phase1(phase1))
        if phase1.how == "pinned":
            left.append("the transcript of phase 1, whose file has the published hash")
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


def notes_of(verified: Verified) -> dict[int, str] | None:
    """Return a note on the attestation of each contribution, by number; None if none were given."""
    if verified.attested is None:
        return None
    notes = {one.number: "none" for one in verified.rounds if one.kind == "contribution"}
    for each in verified.attested:
        notes[each.attestation.number] = f"{each.path.name}, {_signed(each)}"
    return notes


def verified_to_json(verified: Verified) -> dict[str, Any]:
    """Return what was verified."""
    rounds = [round_to_json(one) for one in verified.rounds]
    for each in verified.attested or ():
        signatures = [{"kind": one.kind, "address": one.address or None} for one in each.signatures]
        rounds[each.attestation.number - 1]["attestation"] = {
            "file": str(each.path),
            "signatures": signatures,
        }
    shown: dict[str, Any] = {**description_to_json(verified.description), "rounds": rounds}
    if verified.keys:
        shown["kind"] = str(verified.kind)
        pairs = zip(verified.description.names, verified.keys, strict=True)
        shown["fingerprints"] = {name: one.fingerprint for name, one in pairs}
    return shown


def _phase1(phase1: Phase1) -> str:
    if phase1.how == "pinned":
        return f"phase 1 is the published file {phase1.name}, by its hash"
    names = ", ".join(one.name or "unnamed" for one in phase1.contributions if one.kind == "contribution")
    return f"phase 1: its whole transcript, with contributions by {names}"


def _signed(each: Attested) -> str:
    return ", ".join(map(_signature, each.signatures)) or "unsigned"


def _signature(one: Signature) -> str:
    return f"signed by {one.address}" if one.address else f"{one.kind} signature, not checked"
