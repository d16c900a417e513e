"""The requirement of one unit of a perpetual under a model."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.spec.layout import LAYOUTS
from zkmargin.spec.margin import requirement, sum_lots
from zkmargin.venue_data.instruments import Perpetual, Underlying
from zkmargin.venue_data.venue_data import VenueData

from .table import risk_rows

if TYPE_CHECKING:
    from .model import Model

__all__ = ["unit_requirements"]

_NOTIONAL_DIGITS = 6
_MICRO = 10**6
_QUOTE = "QUOTE"
"""A name for the currency of the history; no result depends on it."""


def unit_requirements(model: Model, underlying: str, price: Decimal) -> tuple[float, float]:
    """Return the maintenance margin of one unit of a perpetual, long and short.

    Parameters
    ----------
    model : Model
    underlying : str
        The underlying whose ranges apply.
    price : Decimal
        The price of the underlying and of the perpetual.

    Returns
    -------
    float, float
        Margins as fractions of the price.

    Raises
    ------
    InputError
        If a value per lot is too large for its slot.
    """
    # A lot is worth 10^5 to 10^6 quote: rounding to micro-quote is negligible, and values are below 2^44.
    lot = Decimal(10) ** (_NOTIONAL_DIGITS - 1 - price.adjusted())
    perpetual = Perpetual(f"{underlying}-PERPETUAL"[-64:], 0, lot, price)
    venue_data = VenueData(1, _QUOTE, (Underlying(underlying, price, 1, (perpetual,)),))
    layout = next(one for one in LAYOUTS if one.scenarios >= len(model.scenarios))
    row = risk_rows(venue_data, model, layout)[0]
    notional = Fraction(price * lot) * _MICRO
    long, short = (float(requirement([sum_lots(0, [(lots, row)], layout)]) / notional) for lots in (1, -1))
    return long, short
