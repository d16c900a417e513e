"""The positions of an account, with the numbers of a proof and those that need venue data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.risk.closing import closing_cost
from zkmargin.venue_data.instruments import Option, expiry_of

from .expiries import days_to
from .greeks import Greeks, units_of
from .legs import contributions

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.account.report import MarginReport
    from zkmargin.risk.closing import ClosingCost
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.instruments import Instrument
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Market", "Position", "positions"]

_MICRO = Decimal(10**6)


@dataclass(frozen=True, slots=True, repr=False)
class Market:
    """What venue data say about a position.

    Attributes
    ----------
    days : float or None
        The days to expiry; None for perpetuals and spot.
    volatility : Decimal or None
        The annual volatility; None if the position is no option.
    closing : ClosingCost or None
        The cost of closing the position; None if the instrument has expired.
    """

    days: float | None
    volatility: Decimal | None
    closing: ClosingCost | None


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """A position, in the quote currency.

    Attributes
    ----------
    name : str
    underlying : int
        The number of the underlying.
    quantity : Decimal
        The quantity in units of the underlying; negative numbers are short.
    price, value : Decimal
        The mark of one unit, and of the position.
    greeks : Greeks
    margin : Decimal
        The maintenance margin less that without the position.
    binding : Decimal or None
        The gain in the binding scenario of the underlying; None if there is none.
    estimated : bool
        Whether the mark is not the venue's.
    market : Market or None
        None without venue data.
    """

    name: str
    underlying: int
    quantity: Decimal
    price: Decimal
    value: Decimal
    greeks: Greeks
    margin: Decimal
    binding: Decimal | None
    estimated: bool
    market: Market | None


def positions(
    opening: spec.Account,
    margin: spec.Margin,
    snapshot: Snapshot,
    report: MarginReport,
    venue_data: VenueData | None,
) -> list[Position]:
    """Return the positions of an account, in the order of their ids."""
    parts = snapshot.parts
    names, estimated = {one.id: one for one in parts.listings}, {one.name for one in parts.estimates}
    binding = {parts.underlyings.index(one.underlying): one.binding_scenario for one in report.underlyings}
    held = sorted(opening.held, key=lambda one: one.instrument)
    margins = contributions(opening, margin, snapshot)
    instruments = {} if venue_data is None else {number: one for number, _, one in venue_data.instruments()}
    time, made = parts.timestamp, []
    for one, greeks in zip(held, _greeks(held, snapshot, instruments), strict=True):
        listing, row = names[one.instrument], parts.rows[one.instrument]
        value, scenario = one.lots * row.slots[parts.layout.mark] / _MICRO, binding[one.underlying]
        quantity = one.lots * listing.lot
        instrument = instruments.get(one.instrument)
        made.append(
            Position(
                name=listing.name,
                underlying=one.underlying,
                quantity=quantity,
                price=value / quantity,
                value=value,
                greeks=greeks,
                margin=margins[one.instrument],
                binding=None if scenario is None else one.lots * row.slots[scenario] / _MICRO,
                estimated=listing.name in estimated,
                market=None if instrument is None else _market(instrument, float(quantity), greeks, time),
            )
        )
    return made


def _market(one: Instrument, quantity: float, greeks: Greeks, time: int) -> Market:
    volatility = one.volatility if isinstance(one, Option) else None
    vega = float(greeks.vega or 0.0) / quantity
    return Market(days_to(expiry_of(one), time), volatility, closing_cost(one, quantity, vega))


def _greeks(
    held: list[spec.Position], snapshot: Snapshot, instruments: dict[int, Instrument]
) -> list[Greeks]:
    """Return the Greeks of positions: delta from the table, the others from venue data if given."""
    layout, rows = snapshot.parts.layout, snapshot.parts.rows

    def slot(one: spec.Position, number: int | None) -> Decimal | None:
        return None if number is None else one.lots * rows[one.instrument].slots[number] / _MICRO

    places = (layout.delta, layout.gamma, layout.vega, None)
    found = [Greeks(*(slot(one, place) for place in places)) for one in held]
    if not instruments:
        return found
    units = units_of([instruments[one.instrument] for one in held], snapshot.parts.timestamp)
    quantities = (one.lots * float(instruments[one.instrument].lot) for one in held)
    scaled = (unit.times(quantity) for unit, quantity in zip(units, quantities, strict=True))
    return [replace(more, delta=table.delta) for table, more in zip(found, scaled, strict=True)]
