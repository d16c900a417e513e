"""Charges for estimates: an option's row covers every volatility that the option may have (docs/smile.md).

An estimate has a range of volatilities around its own. An option's price rises with its volatility, in a scenario as it
does now. So its gain in a scenario lies between the lowest price there less the highest now, and the highest there less
the lowest now. The add-on covers the difference of the row's gain from both ends, for long and short positions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra
from zkmargin.venue_data.instruments import Option

from .quotes import prices
from .repricing import greeks, scenario_values

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from zkmargin.venue_data.exclusions import Estimate
    from zkmargin.venue_data.instruments import Underlying

    from .model import Model

__all__ = ["Doubt", "doubts"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the range of an estimate's volatility changes for one unit, in the quote currency.

    Attributes
    ----------
    amount : Fraction
        The largest difference from the row: of the mark, of the gain in a scenario, or of both together.
    ends : tuple of (Fraction, Fraction)
        The price and the size of the delta times the forward, at the lowest and at the highest volatility.
    """

    amount: Fraction
    ends: tuple[tuple[Fraction, Fraction], ...]


def doubts(
    underlying: Underlying, time: int, model: Model, estimates: Mapping[str, Estimate]
) -> dict[str, Doubt]:
    """Return the doubts about the estimated options of an underlying, by name.

    Parameters
    ----------
    underlying : Underlying
    time : int
        The time of the venue data, Unix time in seconds.
    model : Model
    estimates : mapping of str to Estimate
        Estimates by name, also of other underlyings.
    """
    options = [one for one in underlying.instruments if isinstance(one, Option) and one.name in estimates]
    if not options:
        return {}
    low_ends, high_ends = _ends(options, estimates)
    lowest, highest = prices(low_ends, time), prices(high_ends, time)
    own, low, high = (replace(underlying, instruments=tuple(each)) for each in (options, low_ends, high_ends))
    marks = np.array([float(one.mark) for one in options])
    value = np.maximum(abs(highest - marks), abs(lowest - marks))
    gains, from_low, from_high = (scenario_values(each, time, model) for each in (own, low, high))
    ranges = model.ranges(underlying.name)
    cover = np.array([float(one.weight(ranges)) for one in model.scenarios])
    # A linear scenario moves with the delta, which does not rise with the volatility everywhere.
    linear = np.array([one.is_linear for one in model.scenarios], dtype=bool)
    sides = (np.where(linear, abs(side), side) for side in (gains - from_low, from_high - gains))
    moved = np.maximum(*sides) + np.outer(highest - lowest, cover) + np.outer(value, 1 - cover)
    amounts = np.column_stack([value, moved]).max(axis=1)
    deltas = [abs(greeks(each, time).delta) for each in (low, high)]
    ends = np.stack([[lowest, highest], deltas], axis=-1)
    return {
        one.name: Doubt(
            Fraction(float(amount)),
            tuple((Fraction(price), Fraction(delta)) for price, delta in both.tolist()),
        )
        for one, amount, both in zip(options, amounts, ends.swapaxes(0, 1), strict=True)
    }


def _ends(options: list[Option], estimates: Mapping[str, Estimate]) -> Iterator[list[Option]]:
    """Return the options at their lowest and at their highest volatility."""
    for end, place in ((min, 0), (max, 1)):
        yield [replace(one, volatility=end(one.volatility, _range(one, estimates)[place])) for one in options]


def _range(option: Option, estimates: Mapping[str, Estimate]) -> tuple[Decimal, Decimal]:
    return estimates[option.name].volatilities or (option.volatility, option.volatility)
