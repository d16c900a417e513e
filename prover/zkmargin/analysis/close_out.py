"""An estimate of what it costs to close positions.

Venue data have marks, but no bids and asks, so the half spread is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.venue_data.instruments import Expired, Option

if TYPE_CHECKING:
    from zkmargin.venue_data.instruments import Instrument

    from .greeks import Greeks

__all__ = ["HALF_SPREAD", "VOLATILITY_POINTS", "close_out_cost"]

HALF_SPREAD = 0.001
"""Futures, perpetuals and spot: the half spread as a fraction of the mark. An assumption without a source."""

VOLATILITY_POINTS = 2.0
"""Options: the half spread in points of volatility. An assumption without a source."""


def close_out_cost(one: Instrument, quantity: float, greeks: Greeks) -> float:
    """Return the cost of closing a position at the assumed half spread, in the quote currency.

    Parameters
    ----------
    one : Instrument
    quantity : float
        In units of the underlying; negative numbers are short.
    greeks : Greeks
        Those of the position.

    Returns
    -------
    float
        At least 0. Selling an option costs at most its mark, so the bid is not negative.
    """
    if isinstance(one, Expired):
        return 0.0
    value = abs(quantity) * float(one.mark)
    if not isinstance(one, Option):
        return value * HALF_SPREAD
    cost = abs(float(greeks.vega or 0.0)) * VOLATILITY_POINTS
    return min(cost, value) if quantity > 0 else cost
