"""Valuation of the instruments of one underlying, and exclusions with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from zkmargin.venue_data.exclusions import Exclusion
from zkmargin.venue_data.instruments import Instrument, Option

from .quote import NO_MARK
from .volatility import fill_volatilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.venue_data.exclusions import Estimate

    from .quote import Quote

__all__ = ["Valuation", "value_quotes"]


@dataclass(slots=True)
class Valuation:
    """The valued, excluded and estimated instruments of one underlying.

    Attributes
    ----------
    underlying : str
        The name of the underlying.
    time : int
        The time of the venue data, Unix time in seconds.
    instruments : list of Instrument
        The valued instruments, in any order.
    exclusions : list of Exclusion
        The instruments without a value.
    estimates : list of Estimate
        The valued options whose mark and volatility do not both stand as the venue published them.
    """

    underlying: str
    time: int
    instruments: list[Instrument] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)

    def exclude(self, name: str, reason: str, index: int | None = None, expiry: int | None = None) -> None:
        """Exclude an instrument."""
        self.exclusions.append(Exclusion(name, reason, self.underlying, index, expiry))


def value_quotes(valuation: Valuation, quotes: Iterable[tuple[Quote, int]], *, fill_from_smile: bool) -> None:
    """Value quotes and add them to a valuation.

    Parameters
    ----------
    valuation : Valuation
        The valuation, which is changed.
    quotes : iterable of tuple
        Quotes that have not expired, each with its index.
    fill_from_smile : bool
        Whether to estimate the marks of options without a usable mark from those with one.
    """
    usable, unmarked = [], []
    for quote, index in quotes:
        flaws, instrument = quote.flaws(valuation.time), quote.instrument(index)
        is_worthless = flaws == [NO_MARK] and isinstance(instrument, Option) and quote.mark is not None
        if not flaws or is_worthless:
            usable.append(instrument)
        elif fill_from_smile and flaws == [NO_MARK] and isinstance(instrument, Option):
            unmarked.append((instrument, NO_MARK))
        else:
            valuation.exclude(quote.name, flaws[0], index, quote.expiry)
    found = fill_volatilities(usable, valuation.time)
    valuation.instruments += [*found.valued, *found.at_intrinsic]
    valuation.estimates += found.estimates
    for option, reason in found.refused:
        if fill_from_smile:
            unmarked.append((option, reason))
        else:
            valuation.exclude(option.name, reason, option.index, option.expiry)
    if unmarked:
        _estimate(valuation, unmarked, [one for one in found.valued if isinstance(one, Option)])


def _estimate(valuation: Valuation, unmarked: Sequence[tuple[Option, str]], marked: Sequence[Option]) -> None:
    # NumPy and SciPy take half a second to load, and proving does not need them.
    from .smile import fill_from_smile  # noqa: PLC0415

    reasons = {option.name: reason for option, reason in unmarked}
    ranges = {one.name: one.volatilities for one in valuation.estimates if one.volatilities is not None}
    filled, unfilled = fill_from_smile([option for option, _ in unmarked], marked, valuation.time, ranges)
    for option, estimate in filled:
        valuation.instruments.append(option)
        valuation.estimates.append(replace(estimate, reason=f"{reasons[option.name]}: {estimate.reason}"))
    for option, why in unfilled:
        valuation.exclude(option.name, f"{reasons[option.name]}; {why}", option.index, option.expiry)
