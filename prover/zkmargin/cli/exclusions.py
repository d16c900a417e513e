"""Exclusions and estimates of venue data or a snapshot, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import print_line

if TYPE_CHECKING:
    from zkmargin.venue_data import Estimate, Exclusion

__all__ = ["exclusions_to_json", "show_estimates", "show_exclusions"]

_SHOWN = 5


def exclusions_to_json(exclusions: tuple[Exclusion, ...]) -> list[dict[str, str]]:
    """Return names and reasons."""
    return [{"name": one.name, "reason": one.reason} for one in exclusions]


def show_estimates(estimates: tuple[Estimate, ...]) -> None:
    """Print how many there are, and the first few."""
    _show("estimated", [(one.name, one.reason) for one in estimates])


def show_exclusions(exclusions: tuple[Exclusion, ...]) -> None:
    """Print how many there are, and the first few."""
    _show("excluded", [(one.name, one.reason) for one in exclusions])


def _show(what: str, found: list[tuple[str, str]]) -> None:
    if found:
        print_line(f"{what}: {len(found)}")
    for name, reason in found[:_SHOWN]:
        print_line(f"  {name}: {reason}")
    if len(found) > _SHOWN:
        print_line("  ... (the file lists all of them)")
