"""A venue's market: what is listed and what it is worth at one moment."""

from __future__ import annotations

from .deribit import import_deribit
from .instruments import Exclusion, Future, Instrument, Option, Perpetual, Right, Underlying
from .market import Market

__all__ = [
    "Exclusion",
    "Future",
    "Instrument",
    "Market",
    "Option",
    "Perpetual",
    "Right",
    "Underlying",
    "import_deribit",
]
