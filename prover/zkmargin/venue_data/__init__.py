"""A venue's instruments and quotes at one moment, as plain values."""

from __future__ import annotations

from .expiry import expire
from .instruments import (
    Estimate,
    Exclusion,
    Expired,
    Future,
    Instrument,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from .venue_data import VenueData

__all__ = [
    "Estimate",
    "Exclusion",
    "Expired",
    "Future",
    "Instrument",
    "Option",
    "Perpetual",
    "Right",
    "Underlying",
    "VenueData",
    "expire",
]
