"""Ceremonies as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkmargin.ceremony.description import Description
    from zkmargin.ceremony.rounds import Round

__all__ = ["description_to_json", "round_to_json", "show_description", "show_rounds"]


def description_to_json(description: Description) -> dict[str, Any]:
    """Return a description without its format."""
    return {name: value for name, value in description.to_json().items() if name != "format"}


def round_to_json(one: Round) -> dict[str, Any]:
    """Return a round."""
    shown: dict[str, Any] = {
        "number": str(one.number),
        "name": one.name,
        "kind": str(one.kind),
        "short": one.short,
    }
    if one.beacon:
        shown |= {"beacon": one.beacon, "iterations": str(one.iterations_exp)}
    hashes = {added.circuit: added.contribution_hash for added in one.additions}
    return {**shown, "contributions": hashes}


def show_description(file: str, description: Description) -> None:
    """Print circuits, phase 1 and the number of contributions."""
    print_line(f"{file}: {description.contributions} contributions to {', '.join(description.names)}")
    print_line(f"phase 1: {description.phase1.name}, BLAKE2b-512 {description.phase1.blake2b}")


def show_rounds(rounds: Sequence[Round], notes: Mapping[int, str] | None = None) -> None:
    """Print the contributions, one in a line, with a note on each by its number."""
    if not rounds:
        print_line("no contribution yet: anybody can forge proofs for these keys")
        return
    found = notes or {}
    rows = [
        (str(one.number), str(one.kind), _who(one), one.short, found.get(one.number, "")) for one in rounds
    ]
    print_table(
        rows, headings=("", "kind", "name", "short code", *(["attestation"] if notes is not None else []))
    )


def _who(one: Round) -> str:
    return f"{one.beacon}, 2^{one.iterations_exp} iterations" if one.beacon else one.name
