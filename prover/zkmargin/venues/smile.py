"""Estimates for options that the venue lists without a usable mark (docs/smile.md)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.venue_data.instruments import Option

__all__ = ["fill_from_smile"]

_DIGITS = Decimal("1e-12")


def fill_from_smile(
    options: Iterable[Option], valued: Sequence[Option], time: int
) -> tuple[list[tuple[Option, str]], list[tuple[Option, str]]]:
    """Estimate volatilities of options, and the marks that follow from them.

    If the other option of the same strike is valued, its volatility applies: by put-call parity any other
    volatility allows arbitrage. Otherwise the volatility comes from the smile of the expiry, if the smile
    passes the checks.

    Parameters
    ----------
    options : iterable of Option
        Options of one underlying, with a forward; their marks and volatilities are ignored.
    valued : sequence of Option
        The underlying's options with volatilities.
    time : int
        The time of the venue data, Unix time in seconds.

    Returns
    -------
    filled : list of tuple
        Options with mark and volatility, each with a note about the source of the volatility.
    refused : list of tuple
        Options without an estimate, each with the reason.
    """
    # NumPy and SciPy take half a second to load, and proving does not need them.
    from zkmargin.risk.smile import Surface  # noqa: PLC0415

    surface = Surface(valued, time)
    twins = {(one.expiry, one.strike): one for one in valued}
    groups: dict[tuple[int, Decimal], list[Option]] = defaultdict(list)
    for option in options:
        groups[option.expiry, option.strike].append(option)
    filled: list[tuple[Option, str]] = []
    refused: list[tuple[Option, str]] = []
    for place, group in sorted(groups.items()):
        twin = twins.get(place)
        if twin is not None:
            note = f"volatility of {twin.name}, of the same strike"
            filled += [(_with_volatility(one, twin.volatility, time), note) for one in group]
            continue
        estimate, reason = surface.estimate(group[0])
        if reason:
            refused += [(one, reason) for one in group]
            continue
        volatility = Decimal(estimate).quantize(_DIGITS)
        note = "volatility from the smile of its expiry"
        filled += [(_with_volatility(one, volatility, time), note) for one in group]
    return filled, refused


def _with_volatility(option: Option, volatility: Decimal, time: int) -> Option:
    from zkmargin.risk.smile import model_mark  # noqa: PLC0415  # as above

    marked = replace(option, volatility=volatility)
    return replace(marked, mark=Decimal(model_mark(marked, time)).quantize(_DIGITS))
