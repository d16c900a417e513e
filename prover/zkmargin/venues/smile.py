"""Estimates for options that the venue lists without a usable mark (docs/smile.md)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.digits import rounded
from zkmargin.venue_data.exclusions import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zkmargin.venue_data.instruments import Option

__all__ = ["fill_from_smile"]

_DIGITS = Decimal("1e-12")
_MARK_PLACES = 12


def fill_from_smile(
    options: Iterable[Option],
    valued: Sequence[Option],
    time: int,
    ranges: Mapping[str, tuple[Decimal, Decimal]] | None = None,
) -> tuple[list[tuple[Option, Estimate]], list[tuple[Option, str]]]:
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
    ranges : mapping of str to tuple, optional
        The lowest and highest volatility of those valued options that are estimates themselves, by name.

    Returns
    -------
    filled : list of tuple
        Options with mark and volatility, each with its estimate, whose reason is the source of the volatility. If it
        is the smile, the range of volatilities is that without butterfly arbitrage.
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
    filled: list[tuple[Option, Estimate]] = []
    refused: list[tuple[Option, str]] = []
    for place, group in sorted(groups.items()):
        twin = twins.get(place)
        if twin is not None:
            note = f"volatility of {twin.name}, of the same strike"
            low, high = (ranges or {}).get(twin.name, (twin.volatility, twin.volatility))
            filled += [_filled(one, note, twin.volatility, (low, high), time) for one in group]
            continue
        estimate, reason = surface.estimate(group[0])
        if reason:
            refused += [(one, reason) for one in group]
            continue
        volatility, low, high = (Decimal(one).quantize(_DIGITS) for one in estimate)
        note = "volatility from the smile of its expiry"
        filled += [_filled(one, note, volatility, (low, high), time) for one in group]
    return filled, refused


def _filled(
    option: Option, note: str, volatility: Decimal, volatilities: tuple[Decimal, Decimal], time: int
) -> tuple[Option, Estimate]:
    from zkmargin.risk.smile import model_mark  # noqa: PLC0415  # as above

    marked = replace(option, volatility=volatility)
    marked = replace(marked, mark=rounded(Decimal(model_mark(marked, time)), option.forward, _MARK_PLACES))
    # An unusable mark of the venue's, if it has one.
    size = marked.mark - option.mark if option.mark else None
    return marked, Estimate(option.name, note, size, volatilities)
