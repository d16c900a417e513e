"""Assembly of venue data from quotes: indices, values and exclusions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import Expired, Perpetual, Spot, Underlying, spot_name
from zkmargin.venue_data.listing import assign_indices, known_instruments, order_underlyings
from zkmargin.venue_data.venue_data import VenueData

from .quote import Quote
from .valuation import Valuation, value_quotes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    from zkmargin.venue_data.exclusions import Exclusion
    from zkmargin.venue_data.listing import Known

__all__ = ["Book", "assemble"]


@dataclass(frozen=True, slots=True)
class Book:
    """A venue's index price and quotes of one underlying.

    Attributes
    ----------
    price : Decimal or None
        The index price, positive; None if the venue publishes none.
    quotes : list of Quote
        Quotes with distinct names, in any order.
    """

    price: Decimal | None
    quotes: list[Quote]


def assemble(  # noqa: PLR0913  # one argument for each part of venue data
    time: int,
    currency: str,
    books: Mapping[str, Book],
    previous: VenueData | None = None,
    *,
    unknown: Sequence[Exclusion] = (),
    spot: Collection[str] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Assemble venue data from the books of its underlyings.

    Parameters
    ----------
    time : int
        The time of the venue data, Unix time in seconds.
    currency : str
        The quote currency.
    books : mapping of str to Book
        Books by underlying.
    previous : VenueData, optional
        The previous venue data, whose instruments keep their ids.
    unknown : sequence of Exclusion
        Listed names that are not instruments of any underlying.
    spot : collection of str
        Underlyings to list as instruments themselves, `spot_name`, in addition to those of the previous venue data.
    fill_from_smile : bool
        Whether to estimate the marks of options without a usable mark from those with one.

    Returns
    -------
    VenueData
        Instruments without a value are in its `exclusions`, with the reason. Expired instruments of the
        previous venue data stay until their time is over.

    Raises
    ------
    InputError
        If an underlying has no index price or one of `spot` has no instruments, there are too many underlyings or
        instruments, the previous venue data are later, or an instrument has other terms in them.
    """
    if previous is not None and time < previous.time:
        raise InputError("must not be before the time of the previous venue data", key="time")
    for name in spot:
        if name not in books:
            raise InputError(f"no instruments of {name}{did_you_mean(name, books)}", source="spot")
    known, valuations, underlyings = known_instruments(previous), [], []
    for name in order_underlyings(books, previous):
        before = _underlying(name, previous)
        # An underlying without listed instruments keeps its number; no instrument uses its price.
        book = books.get(name) or Book(None if before is None else before.price, [])
        if book.price is None:
            raise InputError(f"no index price of {name}")
        valuation = Valuation(name, time)
        start = 0 if before is None else before.next_index
        quotes = [*book.quotes, *_spot(name, book, known, wanted=name in spot)]
        numbered, next_index = _number(valuation, quotes, known, start)
        value_quotes(valuation, numbered, fill_from_smile=fill_from_smile)
        instruments = tuple(sorted(valuation.instruments, key=lambda one: one.index))
        underlyings.append(Underlying(name, book.price, next_index, instruments))
        valuations.append(valuation)
    exclusions = (*unknown, *(one for each in valuations for one in each.exclusions))
    estimates = tuple(one for each in valuations for one in each.estimates)
    return VenueData(time, currency, tuple(underlyings), exclusions, estimates)


def _spot(underlying: str, book: Book, known: Mapping[str, Known], *, wanted: bool) -> list[Quote]:
    """Return the quote of an underlying itself, at the index price, if it is wanted or was listed before."""
    name = spot_name(underlying)
    before = known.get(name)
    was_listed = before is not None and isinstance(before.instrument, Spot)
    if not book.quotes or not (wanted or was_listed):
        return []
    if any(one.name == name for one in book.quotes):
        raise InputError("the venue lists another instrument of this name", key=name)
    lot = before.instrument.lot if before and before.instrument else min(one.lot for one in book.quotes)
    return [Quote(name, lot, mark=book.price, is_spot=True)]


def _number(
    valuation: Valuation, quotes: list[Quote], known: Mapping[str, Known], start: int
) -> tuple[list[tuple[Quote, int]], int]:
    """Assign indices to all listed quotes and reserve those of known instruments.

    Return the listed quotes with their indices, and the index where the next search starts.
    """
    time = valuation.time
    for quote in quotes:
        _check_terms(quote, valuation.underlying, known)
    own = {name: one for name, one in known.items() if one.underlying == valuation.underlying}
    alive = sorted((quote for quote in quotes if quote.is_alive(time)), key=lambda quote: quote.order())
    listed = {quote.name for quote in alive}
    kept = [name for name, one in sorted(own.items()) if name not in listed and one.keeps_index(time)]
    used = {name: one.index for name, one in own.items()}
    indices, start = assign_indices([*kept, *(quote.name for quote in alive)], used, start)
    for name in kept:
        _keep(valuation, name, own[name])
    for quote in quotes:
        if quote.name not in indices:
            valuation.exclude(quote.name, "expired")
    return [(quote, indices[quote.name]) for quote in alive], start


def _keep(valuation: Valuation, name: str, one: Known) -> None:
    """Keep an instrument that is no longer listed: as it is if it has expired, else as an exclusion."""
    if isinstance(one.instrument, Expired):
        valuation.instruments.append(one.instrument)
    else:
        reason = "not in the files, but listed before" if one.is_alive(valuation.time) else "expired"
        valuation.exclude(name, reason, one.index, one.expiry)


def _underlying(name: str, venue_data: VenueData | None) -> Underlying | None:
    return next((one for one in (venue_data.underlyings if venue_data else ()) if one.name == name), None)


def _check_terms(quote: Quote, underlying: str, known: Mapping[str, Known]) -> None:
    """Refuse another instrument under a name that accounts may already hold.

    Raises
    ------
    InputError
        If underlying, lot, expiry, strike or right differ from those in the previous venue data, or the accumulated
        funding of the previous venue data is missing.
    """
    before = known.get(quote.name)
    if before is None:
        return
    if before.underlying != underlying:
        raise InputError("another underlying than in the previous venue data", key=quote.name)
    if before.expiry != quote.expiry:
        raise InputError("another expiry than in the previous venue data", key=quote.name)
    if before.instrument is not None:
        if isinstance(before.instrument, Spot) != quote.is_spot:
            raise InputError("another kind than in the previous venue data", key=quote.name)
        terms = ("lot",) if isinstance(before.instrument, Expired) else ("lot", "strike", "right")
        for name in terms:
            if getattr(before.instrument, name, None) != getattr(quote, name):
                raise InputError(f"another {name} than in the previous venue data", key=quote.name)
    # As 0, it would pay back to every long position all that it has paid.
    if isinstance(before.instrument, Perpetual) and before.instrument.funding and quote.funding is None:
        raise InputError("no accumulated funding, but in the previous venue data", key=quote.name)
