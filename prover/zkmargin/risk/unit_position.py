"""What a model requires of one unit of a perpetual."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.spec.layout import LAYOUTS
from zkmargin.spec.margin import LaneRisk, requirement
from zkmargin.venue_data.instruments import Perpetual, Underlying
from zkmargin.venue_data.venue_data import VenueData

from .table import risk_rows

if TYPE_CHECKING:
    from .model import Model

__all__ = ["unit_requirements"]

_NOTIONAL_DIGITS = 6
_MICRO = 10**6
_QUOTE = "QUOTE"
"""Prices are in whatever currency the history is in; nothing depends on its name."""


def unit_requirements(model: Model, underlying: str, price: Decimal) -> tuple[float, float]:
    """Return the maintenance margin of one unit of a perpetual, long and short.

    Parameters
    ----------
    model : Model
    underlying : str
        Whose ranges count.
    price : Decimal
        Of the underlying and of the perpetual.

    Returns
    -------
    float, float
        As parts of the price.

    Raises
    ------
    InputError
        If the model cannot value it.
    """
    # A lot of 10^5 to 10^6 in quote currency: a micro-quote is no part of it, and 2^44 of them are more.
    lot = Decimal(10) ** (_NOTIONAL_DIGITS - 1 - price.adjusted())
    perpetual = Perpetual(f"{underlying}-PERPETUAL"[-64:], 0, lot, price)
    venue_data = VenueData(1, _QUOTE, (Underlying(underlying, price, 1, (perpetual,)),))
    layout = next(one for one in LAYOUTS if one.scenarios >= len(model.scenarios))
    row = risk_rows(venue_data, model, layout)[0]
    notional = Fraction(price * lot) * _MICRO
    needed = []
    for lots in (1, -1):
        totals = tuple(lots * value for value in row.slots)
        lane = LaneRisk(0, layout, totals, max(0, -lots) * row.short_floor, row.add_on)
        needed.append(float(requirement([lane]) / notional))
    return needed[0], needed[1]
