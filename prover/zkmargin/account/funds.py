"""Amounts of cash and collateral assets, by name."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError
from zkmargin.spec.constants import AMOUNT_BITS

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

    @property
    def micro(self) -> int:
        """The amount in 1e-6 of the asset.

        Raises
        ------
        InputError
            If the amount is not a number, negative, has more than 6 decimals or does not fit in 64 bits.
        """
        if not self.amount.is_finite() or self.amount < 0:
            raise InputError("amount must not be negative", source=self.asset)
        micro = Fraction(self.amount) * 10**6
        if micro.denominator != 1 or micro >= 1 << AMOUNT_BITS:
            raise InputError("expected at most 6 decimals, and less than 2^64 micro", source=self.asset)
        return micro.numerator

    @property
    def text(self) -> str:
        """The amount as a decimal string, without trailing zeros."""
        return decimal_text(self.amount)

    @classmethod
    def of_micro(cls, asset: str, micro: int) -> Self:
        """Return funds of a number of 1e-6 of the asset."""
        return cls(asset, Decimal(f"{micro}E-6"))
