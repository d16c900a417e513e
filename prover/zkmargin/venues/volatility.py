"""Volatilities of options from their marks, where the venue has none or one that does not give the mark.

The mark is the venue's word. Where it differs from the price at the venue's volatility, an estimate says by how much
(docs/smile.md).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.digits import rounded
from zkmargin.venue_data.exclusions import Estimate
from zkmargin.venue_data.instruments import Option

from .quote import NO_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zkmargin.venue_data.instruments import Instrument

__all__ = ["NO_VOLATILITY", "Volatilities", "fill_volatilities"]

NO_VOLATILITY = "no volatility gives its mark"
"""The reason against a mark of at least the forward (call) or the strike (put), the limit at infinite volatility."""

_DIGITS = Decimal("1e-12")
_SIZE_PLACES = 6
# Independent of the caller's decimal context. Prices have at most 30 digits and 18 decimals.
_EXACT = Context(prec=80)
_ZERO = Decimal(0)
_LARGE = 10**12
_UNKNOWN = Decimal(1)
"""The volatility of an option at its intrinsic value if no option of its underlying has one: 100 %."""


@dataclass(slots=True)
class Volatilities:
    """Instruments of one underlying after `fill_volatilities`.

    Attributes
    ----------
    valued : list of Instrument
        Options whose volatility gives their mark, and all futures and perpetuals.
    at_intrinsic : list of Option
        Options whose mark is not above their intrinsic value, so that no volatility gives it. Theirs is a neighbour's.
    estimates : list of Estimate
        The options of both lists whose mark and volatility do not both stand as the venue published them.
    refused : list of tuple
        Options without a usable mark, each with the reason: no volatility gives it, because it is too high; or it is
        zero, which venues also write for none, and the option is worth more than the tolerance.
    """

    valued: list[Instrument] = field(default_factory=list)
    at_intrinsic: list[Option] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)
    refused: list[tuple[Option, str]] = field(default_factory=list)


def fill_volatilities(instruments: Iterable[Instrument], time: int) -> Volatilities:
    """Compute the volatilities of options from their marks.

    Parameters
    ----------
    instruments : iterable of Instrument
        Instruments of one underlying; the volatility 0 of an option stands for a missing one.
    time : int
        The time of the venue data, Unix time in seconds.
    """
    # NumPy and SciPy take half a second to load, and proving does not need them.
    from zkmargin.risk.quotes import implied_volatilities, misprices  # noqa: PLC0415

    every = list(instruments)
    options = [one for one in every if isinstance(one, Option)]
    quoted = [one for one in options if one.volatility != 0]
    wrong = {one.name for one, is_so in zip(quoted, misprices(quoted, time), strict=True) if is_so}
    open_ = [one for one in options if one.volatility == 0 or one.name in wrong]
    implied = zip(open_, implied_volatilities(open_, time), strict=True)
    asked = {one.name for one in open_}
    found = Volatilities([one for one in every if one.name not in asked])
    low: list[Option] = []
    for option, volatility in implied:
        if volatility is not None:
            from_mark = replace(option, volatility=Decimal(volatility).quantize(_DIGITS))
            found.valued.append(from_mark)
            if option.volatility != 0:
                found.estimates.append(_reimplied(option, from_mark.volatility, time))
        elif _is_too_high(option):
            found.refused.append((option, NO_VOLATILITY))
        else:
            low.append(option)
    neighbours = _Neighbours([one for one in found.valued if isinstance(one, Option)])
    for option in low:
        source, highest = neighbours.volatility(option)
        plausible = replace(option, volatility=highest)
        if option.mark == 0 and misprices([plausible], time)[0]:
            found.refused.append((option, NO_MARK))
        else:
            found.at_intrinsic.append(plausible)
            found.estimates.append(_at_intrinsic(plausible, source, time))
    return found


def _is_too_high(option: Option) -> bool:
    """Return whether a mark that no volatility gives is too high; otherwise it is at or below intrinsic value."""
    time_value = option.mark - _intrinsic(option)
    return time_value > min(option.forward, option.strike) / 2


def _reimplied(option: Option, volatility: Decimal, time: int) -> Estimate:
    published = _price(option, time)
    return Estimate(
        option.name,
        f"its volatility {_percent(option.volatility)} gives {_money(published)}, not its mark {_money(option.mark)}: "
        f"volatility {_percent(volatility)} from the mark",
        _size(published, option),
        (min(option.volatility, volatility), max(option.volatility, volatility)),
    )


def _at_intrinsic(option: Option, source: str, time: int) -> Estimate:
    intrinsic, price = _intrinsic(option), _price(option, time)
    where = "below" if option.mark < intrinsic else "at"
    return Estimate(
        option.name,
        f"mark {_money(option.mark)} {where} intrinsic value {_money(intrinsic)}: "
        f"volatility {_percent(option.volatility)}, {source}, gives {_money(price)}",
        _size(price, option),
        (_ZERO, option.volatility),
    )


class _Neighbours:
    """Volatilities for options at their intrinsic value: the highest that they plausibly have."""

    def __init__(self, valued: Sequence[Option]) -> None:
        expiries: dict[int, dict[Decimal, Decimal]] = defaultdict(dict)
        for one in valued:
            strikes = expiries[one.expiry]
            strikes[one.strike] = max(one.volatility, strikes.get(one.strike, _ZERO))
        self._expiries: Mapping[int, Mapping[Decimal, Decimal]] = expiries

    def volatility(self, option: Option) -> tuple[str, Decimal]:
        """Return the highest volatility of the venue and of the nearest strikes, with its source."""
        strikes = self._expiries.get(option.expiry, {})
        below = max((one for one in strikes if one <= option.strike), default=None)
        above = min((one for one in strikes if one >= option.strike), default=None)
        found = [("the venue's", option.volatility)]
        found += [("of the nearest strikes", strikes[one]) for one in (below, above) if one is not None]
        if not strikes and not option.volatility:
            every = [one for each in self._expiries.values() for one in each.values()]
            found = [("the highest of its underlying", max(every))] if every else [("assumed", _UNKNOWN)]
        return max(found, key=lambda one: one[1])


def _intrinsic(option: Option) -> Decimal:
    gain = option.forward - option.strike if option.right == "call" else option.strike - option.forward
    return max(gain, _ZERO)


def _price(option: Option, time: int) -> Decimal:
    from zkmargin.risk.smile import model_mark  # noqa: PLC0415  # as above

    return Decimal(model_mark(option, time))


def _size(price: Decimal, option: Option) -> Decimal:
    return rounded(_EXACT.subtract(price, option.mark), option.forward, _SIZE_PLACES)


def _money(number: Decimal) -> str:
    return format(number, ".2f" if 1 <= abs(number) < _LARGE else ".6g")


def _percent(volatility: Decimal) -> str:
    return format(volatility * 100, ".2f" if volatility < _LARGE else ".6g") + " %"
