"""Conversion between marks and volatilities of options, and the check of one against the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra

from . import black76

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.venue_data.instruments import Option

    from .black76 import Floats

__all__ = ["SECONDS_PER_YEAR", "implied_volatilities", "misprices", "prices"]

SECONDS_PER_YEAR = 365 * 86400
"""ACT/365."""

MARK_TOLERANCE = 1e-3
"""The largest difference between a mark and the price at its volatility, as a fraction of the forward. It detects
wrong units and ignores rounding."""


def implied_volatilities(options: Sequence[Option], time: int) -> list[float | None]:
    """Return the volatility that gives each option its mark.

    Parameters
    ----------
    options : sequence of Option
        Options; their own volatilities are ignored.
    time : int
        Unix time in seconds.

    Returns
    -------
    list of float or None
        Annual volatilities; None if no volatility gives the mark.
    """
    if not options:
        return []
    forward, strike, mark, years, is_call = _arrays(options, time)
    volatility = black76.implied_deviation(mark, forward, strike, is_call) / np.sqrt(years)
    return [float(one) if np.isfinite(one) else None for one in volatility]


def misprices(options: Sequence[Option], time: int) -> list[bool]:
    """Return whether each option's mark differs from its volatility's price by more than 0.1 % of the forward."""
    if not options:
        return []
    forward, _, mark, _, _ = _arrays(options, time)
    return [bool(one) for one in np.abs(prices(options, time) - mark) > MARK_TOLERANCE * forward]


def prices(options: Sequence[Option], time: int) -> Floats:
    """Return the price of each of at least one option at its volatility, in the quote currency per unit."""
    forward, strike, _, years, is_call = _arrays(options, time)
    volatility = np.array([float(one.volatility) for one in options])
    return black76.price(forward, strike, volatility * np.sqrt(years), is_call)


def _arrays(options: Sequence[Option], time: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    forward, strike, mark = (
        np.array([float(getattr(one, name)) for one in options]) for name in ("forward", "strike", "mark")
    )
    years = np.array([(one.expiry - time) / SECONDS_PER_YEAR for one in options])
    return forward, strike, mark, years, np.array([one.right == "call" for one in options])
