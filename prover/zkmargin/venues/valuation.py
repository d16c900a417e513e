"""What of an underlying's instruments can be valued, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zkmargin.venue_data.exclusions import Estimate, Exclusion
from zkmargin.venue_data.instruments import Instrument, Option

from .quote import NO_MARK
from .volatility import UNUSABLE_MARKS, fill_volatilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .quote import Quote

__all__ = ["Valuation", "value_quotes"]


@dataclass(slots=True)
class Valuation:
    """The instruments of one underlying that have a value, and those that have none.

    Attributes
    ----------
    underlying : str
        Its name.
    time : int
        The market's, Unix time in seconds.
    instruments : list of Instrument
        In any order.
    exclusions : list of Exclusion
        What has no value.
    estimates : list of Estimate
        Which of the instruments have a mark that is not the venue's.
    """

    underlying: str
    time: int
    instruments: list[Instrument] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)

    def exclude(self, name: str, reason: str, index: int | None = None, expiry: int | None = None) -> None:
        """Leave an instrument out."""
        self.exclusions.append(Exclusion(name, reason, self.underlying, index, expiry))


def value_quotes(valuation: Valuation, quotes: Iterable[tuple[Quote, int]], *, fill_from_smile: bool) -> None:
    """Add quotes, each with its index, to a valuation.

    Parameters
    ----------
    valuation : Valuation
        Where they go.
    quotes : iterable of tuple
        None of them expired.
    fill_from_smile : bool
        Whether options without a mark that can be used are given an estimate from those with one.
    """
    usable, unmarked = [], []
    for quote, index in quotes:
        flaws, instrument = quote.flaws(valuation.time), quote.instrument(index)
        if not flaws:
            usable.append(instrument)
        elif fill_from_smile and flaws == [NO_MARK] and isinstance(instrument, Option):
            unmarked.append((instrument, NO_MARK))
        else:
            valuation.exclude(quote.name, flaws[0], index, quote.expiry)
    valued, uninvertible = fill_volatilities(usable, valuation.time)
    valuation.instruments += valued
    for option, reason in uninvertible:
        if fill_from_smile and reason in UNUSABLE_MARKS:
            unmarked.append((option, reason))
        else:
            valuation.exclude(option.name, reason, option.index, option.expiry)
    if unmarked:
        _estimate(valuation, unmarked)


def _estimate(valuation: Valuation, unmarked: Sequence[tuple[Option, str]]) -> None:
    # NumPy and SciPy take half a second to load: whoever only proves should not wait for them.
    from .smile import fill_from_smile  # noqa: PLC0415

    reasons = {option.name: reason for option, reason in unmarked}
    marked = [one for one in valuation.instruments if isinstance(one, Option)]
    filled, unfilled = fill_from_smile([option for option, _ in unmarked], marked, valuation.time)
    for option, note in filled:
        valuation.instruments.append(option)
        valuation.estimates.append(Estimate(option.name, f"{reasons[option.name]}: {note}"))
    for option, why in unfilled:
        valuation.exclude(option.name, f"{reasons[option.name]}; {why}", option.index, option.expiry)
