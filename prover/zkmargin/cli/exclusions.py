"""Exclusions, estimates and doubtful marks of venue data or a snapshot, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from zkmargin.documents.fields import decimal_text

from .output import print_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from zkmargin.venue_data import Estimate, Exclusion, Future, Option, Perpetual

    Quoted: TypeAlias = Option | Future | Perpetual

__all__ = ["exclusions_to_json", "outside_to_json", "show_estimates", "show_exclusions", "show_outside"]

_SHOWN = 5
_PRICES = ("mark", "bid", "ask")


def exclusions_to_json(exclusions: tuple[Exclusion, ...]) -> list[dict[str, str]]:
    """Return names and reasons."""
    return [{"name": one.name, "reason": one.reason} for one in exclusions]


def show_estimates(estimates: tuple[Estimate, ...]) -> None:
    """Print how many there are, and the first few."""
    _show("estimated", [(one.name, one.reason) for one in estimates])


def show_exclusions(exclusions: tuple[Exclusion, ...]) -> None:
    """Print how many there are, and the first few."""
    _show("excluded", [(one.name, one.reason) for one in exclusions])


def outside_to_json(found: Sequence[Quoted]) -> list[dict[str, str]]:
    """Return instruments with their mark, bid and ask, decimal strings; a missing price is left out."""
    return [
        {"name": one.name, **{name: decimal_text(price) for name, price in _prices(one).items()}}
        for one in found
    ]


def show_outside(found: Sequence[Quoted]) -> None:
    """Print how many marks are below their bid or above their ask, and the first few."""
    texts = [
        (one.name, ", ".join(f"{name} {float(price):.10g}" for name, price in _prices(one).items()))
        for one in found
    ]
    _show("marks outside of bid and ask", texts, "--json lists all of them")


def _prices(one: Quoted) -> dict[str, Decimal]:
    prices = {name: getattr(one, name) for name in _PRICES}
    return {name: price for name, price in prices.items() if price is not None}


def _show(what: str, found: list[tuple[str, str]], rest: str = "the file lists all of them") -> None:
    if found:
        print_line(f"{what}: {len(found)}")
    for name, reason in found[:_SHOWN]:
        print_line(f"  {name}: {reason}")
    if len(found) > _SHOWN:
        print_line(f"  ... ({rest})")
