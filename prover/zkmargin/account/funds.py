"""Amounts of cash and collateral assets, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["CASH", "Funds"]

CASH = "cash"
"""The asset that stands for cash, in the quote currency."""


@dataclass(frozen=True, slots=True)
class Funds:
    """An amount of an asset.

    Attributes
    ----------
    asset : str
        A collateral asset of the snapshot, or `CASH`.
    amount : Decimal
        At most 6 decimals.
    """

    asset: str
    amount: Decimal
