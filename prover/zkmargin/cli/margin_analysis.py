"""Reverse stress and the margin of each position, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.analysis.reverse import Level
from zkmargin.documents.fields import decimal_text

from .output import print_line
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from zkmargin.analysis.reverse import Distance, ReverseStress

__all__ = ["analysis_to_json", "show_analysis"]

_SHOWN = 12


def analysis_to_json(
    stress: Sequence[ReverseStress], legs: Mapping[str, Decimal], *, repriced: bool
) -> dict[str, Any]:
    """Return members of the margin report's object.

    Parameters
    ----------
    stress : sequence of ReverseStress
    legs : mapping of str to Decimal
        The margin of each position by the name of its instrument: see `zkmargin.analysis.contributions`.
    repriced : bool
        Whether the stress repriced options, or interpolated between scenarios.
    """
    return {
        "reverse_stress": {
            "method": "repriced" if repriced else "scenarios",
            "moves": [
                {
                    "underlyings": list(one.names),
                    **{
                        f"{level}_{name}": {"move": side[level].move, "searched": side[level].searched}
                        for level in Level
                        for name, side in (("down", one.down), ("up", one.up))
                    },
                }
                for one in stress
            ],
        },
        "margin_by_position": {name: decimal_text(one) for name, one in legs.items()},
    }


def show_analysis(stress: Sequence[ReverseStress], legs: Mapping[str, Decimal], *, repriced: bool) -> None:
    """Write both, with the largest margins only."""
    if not legs:
        return
    how = "options repriced" if repriced else "linear between scenarios; --data reprices options"
    print_line(f"reverse stress: the price moves at which equity falls below it ({how})")
    print_table(
        [
            (
                one.names[0] if len(one.names) == 1 else "all together",
                *(_move(side[level]) for level in Level for side in (one.down, one.up)),
            )
            for one in stress
        ],
        headings=("", "margin\nfalling", "\nrising", "zero\nfalling", "\nrising"),
        right=range(1, 5),
        indent=2,
    )
    print_line()
    print_line("margin by position: maintenance margin less that without the position")
    ordered = sorted(legs.items(), key=lambda item: -item[1])
    print_table([(name, f"{one:+,.2f}") for name, one in ordered[:_SHOWN]], right={1}, indent=2)
    if len(ordered) > _SHOWN:
        print_line(f"  and {len(ordered) - _SHOWN} more with smaller ones: --json lists all")
    print_line()


def _move(one: Distance) -> str:
    if one.move is not None:
        return f"{one.move:+.2%}"
    return f"none to {one.searched:+.0%}" if one.searched else "below already"
