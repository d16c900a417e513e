"""A book's instruments on one day: the rows that a snapshot of the day would have of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.spec.layout import smallest_layout
from zkmargin.venue_data.instruments import Expired, Future, Option

from .repricing import greeks
from .table import risk_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

    from zkmargin.spec.layout import Layout
    from zkmargin.spec.table import Row
    from zkmargin.venue_data.instruments import Instrument
    from zkmargin.venue_data.venue_data import VenueData

    from .model import Model

__all__ = ["Held", "MarketDay", "ModelRows", "market_day"]


@dataclass(frozen=True, slots=True)
class Held:
    """An instrument of a book on one day.

    Attributes
    ----------
    underlying : str
    lot : Decimal
        Units of the underlying in one lot.
    is_settled : bool
        Whether it has expired, so that its mark is final.
    instrument : Instrument or None
        Its terms, bid and ask; None if the day is of a snapshot, which has none of them.
    vega : float
        The gain of one unit per point of annual volatility, in the quote currency; 0 without an instrument.
    """

    underlying: str
    lot: Decimal
    is_settled: bool = False
    instrument: Instrument | None = None
    vega: float = 0.0

    @property
    def terms(self) -> Option | Future | None:
        """The payoff at its expiry; None if it does not expire, or there is no instrument."""
        return self.instrument if isinstance(self.instrument, Option | Future) else None


@dataclass(frozen=True, slots=True)
class ModelRows:
    """The rows of a book's instruments under one model.

    Attributes
    ----------
    rows : mapping of str to Row
        Rows by instrument.
    layout : Layout
        Their layout.
    initial_bps : int
        The model's initial margin in 1/10000 of maintenance margin.
    """

    rows: Mapping[str, Row]
    layout: Layout
    initial_bps: int


@dataclass(frozen=True, slots=True)
class MarketDay:
    """A book's instruments on one day.

    Attributes
    ----------
    source : str
        The file.
    time : int
        Unix time in seconds.
    quote : str
        The quote currency.
    prices : mapping of str to Decimal
        Index prices by underlying.
    held : mapping of str to Held
        The instruments of the book that have a row.
    reasons : mapping of str to str
        Why an instrument of the book has no row, if the file says so.
    estimated : frozenset of str
        The instruments of the book that are estimates.
    models : mapping of str to ModelRows
        The rows by model.
    """

    source: str
    time: int
    quote: str
    prices: Mapping[str, Decimal]
    held: Mapping[str, Held]
    reasons: Mapping[str, str]
    estimated: frozenset[str]
    models: Mapping[str, ModelRows]

    @property
    def date(self) -> date:
        """The day in UTC."""
        return datetime.fromtimestamp(self.time, UTC).date()


def market_day(
    venue_data: VenueData, names: Collection[str], models: Iterable[Model], source: str
) -> MarketDay:
    """Return the day of venue data.

    Parameters
    ----------
    venue_data : VenueData
    names : collection of str
        The instruments of the book.
    models : iterable of Model
        Models with different names.
    source : str
        The file of the venue data, for errors and reports.

    Raises
    ------
    InputError
        As `zkmargin.risk.table.risk_rows`, of the instruments of the book.
    """
    underlyings = tuple(
        replace(one, instruments=tuple(each for each in one.instruments if each.name in names))
        for one in venue_data.underlyings
    )
    estimates = tuple(one for one in venue_data.estimates if one.name in names)
    book = replace(venue_data, underlyings=underlyings, exclusions=(), estimates=estimates)
    vegas = {
        one.name: vega
        for underlying in underlyings
        for one, vega in zip(
            underlying.instruments, greeks(underlying, venue_data.time).vega.tolist(), strict=True
        )
    }
    held, ids = {}, {}
    for number, underlying, one in book.instruments():
        held[one.name] = Held(underlying.name, one.lot, isinstance(one, Expired), one, vegas[one.name])
        ids[number] = one.name
    found = {}
    for model in models:
        layout = smallest_layout(len(model.scenarios))
        rows = {ids[number]: row for number, row in risk_rows(book, model, layout).items()}
        found[model.name] = ModelRows(MappingProxyType(rows), layout, model.initial_bps)
    return MarketDay(
        source=source,
        time=venue_data.time,
        quote=venue_data.quote,
        prices={one.name: one.price for one in venue_data.underlyings},
        held=held,
        reasons={one.name: one.reason for one in venue_data.exclusions if one.name in names},
        estimated=frozenset(one.name for one in estimates),
        models=found,
    )
