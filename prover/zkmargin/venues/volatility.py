"""Implied volatilities of options without one, and a check of given ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.instruments import Option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.venue_data.instruments import Instrument

__all__ = ["UNUSABLE_MARKS", "fill_volatilities"]

_BELOW_INTRINSIC, _NO_VOLATILITY = "mark below intrinsic value", "no volatility gives its mark"

UNUSABLE_MARKS = (_BELOW_INTRINSIC, _NO_VOLATILITY)
"""Reasons against a mark that cannot be the price of an option."""

_DIGITS = Decimal("1e-12")


def fill_volatilities(
    instruments: Iterable[Instrument], time: int
) -> tuple[list[Instrument], list[tuple[Option, str]]]:
    """Compute the volatilities of options from their marks.

    Parameters
    ----------
    instruments : iterable of Instrument
        Instruments; the volatility 0 of an option stands for a missing one.
    time : int
        The time of the venue data, Unix time in seconds.

    Returns
    -------
    valued : list of Instrument
        Options with volatilities, and all futures and perpetuals.
    excluded : list of tuple
        Options without a volatility that returns their mark, each with the reason.
    """
    # NumPy and SciPy take half a second to load, and proving does not need them.
    from zkmargin.risk.quotes import implied_volatilities, misprices  # noqa: PLC0415

    every = list(instruments)
    options = [one for one in every if isinstance(one, Option)]
    missing = [one for one in options if one.volatility == 0]
    found = dict(zip(missing, implied_volatilities(missing, time), strict=True))
    valued: list[Instrument] = [one for one in every if not isinstance(one, Option)]
    excluded: list[tuple[Option, str]] = []
    quoted = [one for one in options if one.volatility != 0]
    for option, wrong in zip(quoted, misprices(quoted, time), strict=True):
        if wrong:
            excluded.append((option, "its volatility does not give its mark"))
        else:
            valued.append(option)
    for option, volatility in found.items():
        if option.mark < _intrinsic(option):
            excluded.append((option, _BELOW_INTRINSIC))
        elif volatility is None:
            excluded.append((option, _NO_VOLATILITY))
        else:
            valued.append(replace(option, volatility=Decimal(volatility).quantize(_DIGITS)))
    return valued, excluded


def _intrinsic(option: Option) -> Decimal:
    gain = option.forward - option.strike if option.right == "call" else option.strike - option.forward
    return max(gain, Decimal(0))
