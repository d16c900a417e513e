"""Delta, gamma, vega and theta of positions by Black-76, computed from venue data.

They are in the quote currency, so Greeks of instruments of one underlying can be added.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.exports import needs_extra
from zkmargin.risk import black76
from zkmargin.risk.quotes import SECONDS_PER_YEAR
from zkmargin.venue_data.instruments import Expired, Option

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.venue_data.instruments import Instrument

Number: TypeAlias = Decimal | float

__all__ = ["Greeks", "total", "units_of"]

_DAYS_PER_YEAR = 365
_PERCENT = 100


@dataclass(frozen=True, slots=True, repr=False)
class Greeks:
    """The Greeks of a position, in the quote currency; None if unknown.

    Attributes
    ----------
    delta : number or None
        The gain per doubling of the price at today's delta: dV/dF F.
    gamma : number or None
        The change of `delta` per 1 % move of the price: d2V/dF2 F^2 / 100.
    vega : number or None
        The gain per point of annual volatility.
    theta : number or None
        The gain per day.
    """

    delta: Number | None
    gamma: Number | None
    vega: Number | None
    theta: Number | None

    def times(self, quantity: float) -> Greeks:
        """Return the Greeks of a number of units."""
        return Greeks(*(None if one is None else float(one) * quantity for one in astuple(self)))


def total(parts: Iterable[Greeks]) -> Greeks:
    """Return the sum of Greeks, 0 for none; a Greek that is None in one of them is None in the sum."""
    columns = list(zip(*map(astuple, parts), strict=True)) or [()] * len(fields(Greeks))
    return Greeks(*(None if None in column else sum(column) for column in columns))


def units_of(instruments: Sequence[Instrument], time: int) -> list[Greeks]:
    """Return the Greeks of one unit of each instrument.

    Parameters
    ----------
    instruments : sequence of Instrument
    time : int
        The time of the venue data, Unix time in seconds.

    Returns
    -------
    list of Greeks
        Futures and perpetuals have only delta; expired instruments have no Greeks.
    """
    options = iter(_options([one for one in instruments if isinstance(one, Option)], time))
    return [
        next(options) if isinstance(one, Option) else Greeks(_linear_delta(one), 0.0, 0.0, 0.0)
        for one in instruments
    ]


def _linear_delta(one: Instrument) -> float:
    return 0.0 if isinstance(one, Expired) else float(one.mark)


def _options(options: list[Option], time: int) -> list[Greeks]:
    if not options:
        return []
    forward, strike, volatility = (
        np.array([float(getattr(one, name)) for one in options])
        for name in ("forward", "strike", "volatility")
    )
    years = np.array([(one.expiry - time) / SECONDS_PER_YEAR for one in options])
    is_call = np.array([one.right == "call" for one in options])
    deviation = volatility * np.sqrt(years)
    columns = (
        black76.delta(forward, strike, deviation, is_call) * forward,
        black76.gamma(forward, strike, deviation) * forward**2 / _PERCENT,
        black76.vega(forward, strike, deviation, years) / _PERCENT,
        black76.theta(forward, strike, deviation, years) / _DAYS_PER_YEAR,
    )
    return [Greeks(*map(float, row)) for row in zip(*columns, strict=True)]
