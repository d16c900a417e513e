"""Sizes of lots: the usual ones, and what is too small."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LOTS", "OTHER_LOT", "check_lot"]

LOTS: Mapping[str, Decimal] = {"BTC": Decimal("0.001"), "ETH": Decimal("0.01"), "SOL": Decimal("0.1")}
"""Units of the underlying in one lot.

A lot is worth tens of dollars: a micro-dollar is small against it, and 2^31 lots are a large position.
"""

OTHER_LOT = Decimal(1)
"""Units of another underlying in one lot."""

_LEAST = Decimal("0.01")
"""The least value of a lot in the quote currency: rounding to a micro-quote changes a price by 0.005 % at most."""


def check_lot(underlying: str, lot: Decimal, price: Decimal, key: str = "") -> None:
    """Refuse a lot whose row would lose the digits of prices.

    Raises
    ------
    InputError
        If the lot is worth less than 0.01 of the quote currency at the index price.
    """
    if lot * price < _LEAST:
        worth = f"a lot of {decimal_text(lot)} {underlying} is worth less than {_LEAST}"
        reason = f"{worth}, too little for prices in millionths of the quote currency: choose a larger lot"
        raise InputError(f"{reason}{'' if key else f' (--lot {underlying}=UNITS)'}", key=key)
