"""The cost of closing positions, beyond their marks: from bids and asks, or from an assumed half spread."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import Expired, Option, Spot

if TYPE_CHECKING:
    from zkmargin.venue_data.instruments import Instrument

__all__ = ["ASSUMED", "ClosingCost", "HalfSpread", "closing_cost"]

_MOST_POINTS = 1000.0


@dataclass(frozen=True, slots=True)
class HalfSpread:
    """The assumed distance of bid and ask from the mark, for instruments without them. Its defaults have no source.

    Attributes
    ----------
    half_spread : float
        Futures, perpetuals and spot: as a fraction of the mark, from 0 to 1.
    volatility_points : float
        Options: in points of annual volatility, from 0 to 1000.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    half_spread: float = 0.001
    volatility_points: float = 2.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, most in (("half_spread", 1.0), ("volatility_points", _MOST_POINTS)):
            value = getattr(self, name)
            if not (isfinite(value) and 0 <= value <= most):
                raise InputError(f"must be from 0 to {most:g}", source=name)


ASSUMED = HalfSpread()
"""The defaults."""


@dataclass(frozen=True, slots=True)
class ClosingCost:
    """The cost of closing a position.

    Attributes
    ----------
    cost : float
        In the quote currency, at least 0.
    is_quoted : bool
        Whether it comes from a bid or an ask; otherwise the half spread is assumed.
    """

    cost: float
    is_quoted: bool


def closing_cost(
    one: Instrument, quantity: float, vega: float, assumed: HalfSpread = ASSUMED
) -> ClosingCost | None:
    """Return what closing a position costs, beyond its mark.

    A long position is sold at the bid and a short one bought at the ask. A better price than the mark costs nothing;
    the size of the order at that price does not count.

    Parameters
    ----------
    one : Instrument
    quantity : float
        In units of the underlying; negative numbers are short.
    vega : float
        Of one unit, per point of annual volatility.
    assumed : HalfSpread
        For an instrument without the bid or the ask that the position needs.

    Returns
    -------
    ClosingCost or None
        None for an expired instrument, which is settled and not closed. Selling at an assumed price costs at most the
        mark, so that the bid is not negative.
    """
    if isinstance(one, Expired):
        return None
    size, mark = abs(quantity), float(one.mark)
    if not isinstance(one, Spot):
        price = one.bid if quantity > 0 else one.ask
        if price is not None:
            worse = mark - float(price) if quantity > 0 else float(price) - mark
            return ClosingCost(size * max(worse, 0.0), is_quoted=True)
    if not isinstance(one, Option):
        return ClosingCost(size * mark * assumed.half_spread, is_quoted=False)
    cost = abs(vega) * assumed.volatility_points
    return ClosingCost(size * (min(cost, mark) if quantity > 0 else cost), is_quoted=False)
