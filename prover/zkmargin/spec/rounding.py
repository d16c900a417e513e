"""How exact numbers become the integers of a snapshot. The publisher's part of the statement.

No direction of rounding is against both a long and a short position, so values go to the nearest integer, and
one micro-quote per lot on top covers the error: half a micro-quote in a scenario and as much in the mark.
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
        As many values as a layout has, in micro-quote per long lot, rounded to nearest.
    short_floor : Fraction
        In micro-quote per short lot, rounded up.
    add_on : Fraction
        In micro-quote per lot, rounded up and raised by 1.

    Returns
    -------
    Row

    Raises
    ------
    SpecError
        A rounded value is out of range.
    """
    return Row(tuple(round(value) for value in slots), ceil(short_floor), ceil(add_on) + 1)


def haircut_price_down(price: Fraction, haircut: Fraction) -> int:
    """Return ``price (1 - haircut)``, rounded down.

    Parameters
    ----------
    price : Fraction
        In micro-quote per whole asset.
    haircut : Fraction
        The part that does not count, 0 to 1.

    Returns
    -------
    int
    """
    return floor(price * (1 - haircut))
