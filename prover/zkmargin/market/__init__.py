"""A venue's market: what is listed and what it is worth at one moment."""

from __future__ import annotations

from .deribit import import_deribit
from .expiry import settled
from .instruments import (
    Estimate,
    Exclusion,
    Future,
    Instrument,
    Option,
    Perpetual,
    Right,
    Settled,
    Underlying,
)
from .market import Market
from .plain_csv import import_csv

__all__ = [
    "Estimate",
    "Exclusion",
    "Future",
    "Instrument",
    "Market",
    "Option",
    "Perpetual",
    "Right",
    "Settled",
    "Underlying",
    "import_csv",
    "import_deribit",
    "settled",
]
