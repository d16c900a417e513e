"""Exclusions of venue data or a snapshot, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import print_line

if TYPE_CHECKING:
    from zkmargin.venue_data import Exclusion

__all__ = ["exclusions_to_json", "show_exclusions"]

_SHOWN = 5


def exclusions_to_json(exclusions: tuple[Exclusion, ...]) -> list[dict[str, str]]:
    """Return names and reasons."""
    return [{"name": one.name, "reason": one.reason} for one in exclusions]


def show_exclusions(exclusions: tuple[Exclusion, ...]) -> None:
    """Print how many there are, and the first few."""
    if exclusions:
        print_line(f"excluded: {len(exclusions)}")
    for one in exclusions[:_SHOWN]:
        print_line(f"  {one.name}: {one.reason}")
    if len(exclusions) > _SHOWN:
        print_line("  ... (the file lists all of them)")
