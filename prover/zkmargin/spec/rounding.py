"""Rounding of exact numbers to the integers of a snapshot, the publisher's part of the statement.

No direction of rounding is against both long and short positions. So values are rounded to the nearest integer,
and one micro-quote per lot is added to cover the error: half a micro-quote in a scenario and half in the mark.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from .table import Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction


def round_row(slots: Sequence[Fraction | int], short_floor: Fraction, add_on: Fraction) -> Row:
    """Round exact values to a row of the table, against every holder.

    Parameters
    ----------
    slots : Sequence of Fraction or int
        The values of a layout's slots in micro-quote per long lot, rounded to the nearest integer.
    short_floor : Fraction
        Micro-quote per short lot, rounded up.
    add_on : Fraction
        Micro-quote per lot, rounded up, plus 1.

    Returns
    -------
    Row

    Raises
    ------
    SpecError
        If a rounded value is out of range.
    """
    return Row(tuple(round(value) for value in slots), ceil(short_floor), ceil(add_on) + 1)


def haircut_price_down(price: Fraction, haircut: Fraction) -> int:
    """Return ``price (1 - haircut)``, rounded down.

    Parameters
    ----------
    price : Fraction
        Micro-quote per whole asset.
    haircut : Fraction
        The fraction that does not count, 0 to 1.

    Returns
    -------
    int
    """
    return floor(price * (1 - haircut))
