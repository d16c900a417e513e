"""The margin model of an imported table: it describes scenarios and ranges, and computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.risk.model import Model, Scenario, load_model
from zkmargin.risk.ranges import Ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .contents import Commodity, ScanRange, SpanFile
    from .values import Valued

__all__ = ["Reference", "describe", "find_reference"]

NAME = "span_file"
_LOOK_AHEAD_DAYS = Decimal(1)
_DIGITS = Decimal("1e-6")
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference contract of a combined commodity: its first future with a price and ranges.

    Attributes
    ----------
    price : Decimal
        The settlement price, positive.
    ranges : ScanRange
    fraction : Decimal
        The price scan range relative to the price, rounded up, at most 1.
    """

    price: Decimal
    ranges: ScanRange
    fraction: Decimal


def find_reference(commodity: Commodity, file: SpanFile, valued: Sequence[Valued]) -> Reference:
    """Find the reference contract of a combined commodity.

    Raises
    ------
    InputError
        If no future has a positive price and ranges.
    """
    place = {family: number for number, family in enumerate(commodity.families)}
    outright = [one for one in valued if one.contract.family.kind in {"FUT", "PHY"} and one.price > 0]
    for one in sorted(outright, key=lambda one: (place[one.contract.family], one.contract.expiry)):
        ranges = file.ranges.get((one.contract.family, one.contract.expiry))
        if ranges is not None:
            value = _PERCENT if ranges.price_is_percentage else one.price * one.value_factor
            fraction = min(ranges.price / value, Decimal(1)).quantize(_DIGITS, rounding=ROUND_UP)
            return Reference(one.price, ranges, fraction)
    reason = f"no future of {commodity.name} with a price above 0 and scan ranges"
    raise InputError(reason)


def describe(references: Mapping[str, Reference], ratios: Sequence[Decimal]) -> Model:
    """Describe an imported table by a margin model.

    Parameters
    ----------
    references : mapping of str to Reference
        Reference contracts by underlying.
    ratios : sequence of Decimal
        The initial to maintenance ratio of each.

    Returns
    -------
    Model
        A model with the file's scan ranges. The imported rows do not depend on it.

    Raises
    ------
    InputError
        If the extreme moves of the products differ, or their cover exceeds 1.
    """
    extremes = {(one.ranges.extreme_multiple, one.ranges.extreme_cover) for one in references.values()}
    if len(extremes) != 1:
        raise InputError("the extreme moves of the products differ: import the products separately")
    ((multiple, cover),) = extremes
    if cover > 1:
        raise InputError("the cover of extreme moves must be at most 1", key="type B record")
    own = {name: _ranges(one) for name, one in references.items()}
    return Model(
        name=NAME,
        look_ahead_days=_LOOK_AHEAD_DAYS,
        initial_bps=int((max(ratios) * 10_000).to_integral_value(rounding=ROUND_UP)),
        scenarios=_scenarios(multiple, cover),
        default=next(iter(own.values())),
        underlyings=MappingProxyType(own),
    )


def _scenarios(multiple: Decimal, cover: Decimal) -> tuple[Scenario, ...]:
    """Return SPAN's 16 scenarios in CME's order, which is that of the model ``span``."""
    common = load_model("span").scenarios[:14]
    if not multiple or not cover:
        return (*common, *[Scenario(Fraction(0), Fraction(0))] * 2)
    return (*common, *(Scenario(Fraction(sign * multiple), Fraction(0), Fraction(cover)) for sign in (1, -1)))


def _ranges(one: Reference) -> Ranges:
    volatility, is_relative = one.ranges.volatility, one.ranges.volatility_is_percentage
    relative = volatility / _PERCENT if is_relative else Decimal(0)
    return Ranges(
        price_scan_range=one.fraction,
        volatility_scan_range=relative,
        volatility_scan_range_down=relative,
        volatility_scan_minimum=Decimal(0) if is_relative else volatility,
    )
