"""Rounding of prices of coins that may cost far less than a cent."""

from __future__ import annotations

from decimal import Context, Decimal

__all__ = ["rounded"]

_MOST = 18
"""The most decimals of a number in a file."""

# Independent of the caller's decimal context.
_CONTEXT = Context(prec=80)


def rounded(number: Decimal, price: Decimal, places: int) -> Decimal:
    """Round a number to some decimals, and to more if a price is below 1.

    Parameters
    ----------
    number : Decimal
    price : Decimal
        A positive price of the underlying: for each power of ten below 1 there is one more decimal.
    places : int
        The number of decimals for a price of at least 1; there are at most 18.

    >>> rounded(Decimal("0.00000111111"), Decimal("0.0000012"), 3)
    Decimal('0.000001111')
    """
    most = min(places - min(price.adjusted(), 0), _MOST)
    return number.quantize(Decimal(1).scaleb(-most), context=_CONTEXT)
