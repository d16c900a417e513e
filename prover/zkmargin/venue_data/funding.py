"""Funding by the mark: perpetuals are booked and marked at their price less their accumulated funding.

A cash account that pays funding at intervals needs a payment of every holder at every interval. Here nothing is paid:
every position is opened, marked and closed at a *booked price*, the quoted price less the accumulated funding. Between
two moments a long lot therefore gains the change of the price less the funding between them, a short lot the opposite,
and over all accounts funding adds to zero.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

__all__ = ["NO_FUNDING", "booked_price", "is_whole_micro"]

NO_FUNDING = Decimal(0)
"""The accumulated funding of an instrument that is not a perpetual, or of a venue without funding."""

_MICRO = 10**6


def booked_price(quoted: Decimal, funding: Decimal) -> Decimal:
    """Return the price at which a perpetual is booked and marked: the quoted price less the accumulated funding.

    Parameters
    ----------
    quoted : Decimal
        The price that the venue quotes, quote currency per unit of the underlying.
    funding : Decimal
        The net payment of a long position of one unit since the perpetual was listed, in the quote currency. It
        accrues through the mark of the perpetual's row, so a later buyer must not pay it again.

    Returns
    -------
    Decimal
    """
    # Both have at most 30 digits and 18 decimals, more than the default context keeps.
    with localcontext(prec=60):
        return quoted - funding


def is_whole_micro(funding: Decimal, lot: Decimal) -> bool:
    """Return whether an accumulated funding is a whole number of micro-quote per lot.

    If it is, every quoted price of whole micro-quote per lot has a booked price of whole micro-quote per lot, which
    orders need.

    Parameters
    ----------
    funding : Decimal
        Quote currency per unit of the underlying.
    lot : Decimal
        Units of the underlying in one lot.

    Returns
    -------
    bool
    """
    return (Fraction(funding) * Fraction(lot) * _MICRO).denominator == 1
