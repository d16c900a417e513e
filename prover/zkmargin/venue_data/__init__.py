"""Venue data: a venue's instruments and quotes at one moment, as plain values with a file.

The names below are public. All others are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .exclusions import Estimate, Exclusion
    from .expiry import expire
    from .funding import booked_price
    from .instruments import (
        SETTLED_DAYS,
        Expired,
        Future,
        Instrument,
        Option,
        Perpetual,
        Right,
        Spot,
        Underlying,
    )
    from .venue_data import VenueData
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        exclusions="Estimate Exclusion",
        expiry="expire",
        funding="booked_price",
        instruments="SETTLED_DAYS Expired Future Instrument Option Perpetual Right Spot Underlying",
        venue_data="VenueData",
    )

__all__ = [
    "SETTLED_DAYS",
    "Estimate",
    "Exclusion",
    "Expired",
    "Future",
    "Instrument",
    "Option",
    "Perpetual",
    "Right",
    "Spot",
    "Underlying",
    "VenueData",
    "booked_price",
    "expire",
]
