"""Values that a venue's answer lacks, derived from those that it has."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.instruments import Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .answers import Row
    from .names import Name

__all__ = ["MODEL_MARK", "NO_PAIR", "forwards_by_parity", "marks_by_volatility"]

MODEL_MARK = "no mark in the answer: Black-76 with the venue's volatility and forward"
"""The reason of the estimate for a mark of `marks_by_volatility`."""

NO_PAIR = "no forward: no call and put of one strike with marks"
"""The flaw of an option whose expiry has no forward and no pair for `forwards_by_parity`."""

_DIGITS = Decimal("1e-18")
_CONTEXT = Context(prec=80)


def forwards_by_parity(rows: Iterable[Row]) -> dict[tuple[str, str, int], Decimal]:
    """Return the forward of each expiry whose rows have none, by put-call parity of marks.

    Parameters
    ----------
    rows : iterable of Row
        Rows of options settled in a stablecoin, from answers without a column for forwards.

    Returns
    -------
    dict
        The forward by underlying, stablecoin and expiry: K + C - P, undiscounted, at the strike K where the marks C and
        P of call and put differ the least, because rounding and stale marks weigh the least there.
    """
    pairs: dict[tuple[str, str, int], dict[Decimal, dict[Right, Decimal]]] = {}
    for row in rows:
        terms = row.terms
        if terms is None or terms.expiry is None or terms.strike is None or terms.right is None:
            continue
        if row.has_forward or not terms.linear or not row.mark or row.mark < 0:
            continue
        strikes = pairs.setdefault((terms.base, terms.linear, terms.expiry), {})
        strikes.setdefault(terms.strike, {})[terms.right] = row.mark
    found = {}
    for expiry, strikes in pairs.items():
        differences = {
            strike: marks[Right.CALL] - marks[Right.PUT]
            for strike, marks in strikes.items()
            if len(marks) == 2
        }
        if differences:
            strike, difference = min(differences.items(), key=lambda one: (abs(one[1]), one[0]))
            found[expiry] = strike + difference
    return found


def marks_by_volatility(rows: Sequence[tuple[Name, Row]], time: int) -> dict[str, Decimal]:
    """Return the marks of options whose answer has no column for marks, in the quote currency.

    Parameters
    ----------
    rows : sequence of tuple
        Names and rows.
    time : int
        Unix time in seconds.

    Returns
    -------
    dict
        By name: Black-76 (ACT/365, rate 0) with the venue's volatility and forward. Options without both, and expired
        ones, are left out.
    """
    usable = [
        (terms, row)
        for terms, row in rows
        if not row.has_mark
        and terms.strike is not None
        and terms.expiry is not None
        and terms.expiry > time
        and row.forward is not None
        and row.forward > 0
        and row.volatility is not None
        and row.volatility > 0
    ]
    if not usable:
        return {}
    # NumPy and SciPy take half a second to load, and proving does not need them.
    from zkmargin.risk import black76  # noqa: PLC0415
    from zkmargin.risk.quotes import SECONDS_PER_YEAR  # noqa: PLC0415

    prices = black76.price(
        [float(row.forward or 0) for _, row in usable],
        [float(terms.strike or 0) for terms, _ in usable],
        [
            float(row.volatility or 0) * (((terms.expiry or 0) - time) / SECONDS_PER_YEAR) ** 0.5
            for terms, row in usable
        ],
        [terms.right is Right.CALL for terms, _ in usable],
    )
    return {
        row.name: Decimal(repr(float(price))).quantize(_DIGITS, context=_CONTEXT)
        for (_, row), price in zip(usable, prices, strict=True)
    }
