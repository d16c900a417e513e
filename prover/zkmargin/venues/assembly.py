"""From what a venue says to a `VenueData`: numbers, values, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import Expired, Underlying
from zkmargin.venue_data.listing import assign_indices, known_instruments, order_underlyings
from zkmargin.venue_data.venue_data import VenueData

from .valuation import Valuation, value_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from zkmargin.venue_data.exclusions import Exclusion
    from zkmargin.venue_data.listing import Known

    from .quote import Quote

__all__ = ["Book", "assemble_market"]


@dataclass(frozen=True, slots=True)
class Book:
    """What a venue says of one underlying.

    Attributes
    ----------
    price : Decimal or None
        The index price, positive; None if it gives none.
    quotes : list of Quote
        In any order, no name twice.
    """

    price: Decimal | None
    quotes: list[Quote]


def assemble_market(  # noqa: PLR0913  # what a market is made of
    time: int,
    currency: str,
    books: Mapping[str, Book],
    previous: VenueData | None = None,
    *,
    unknown: Sequence[Exclusion] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Make a market.

    Parameters
    ----------
    time : int
        The market's, Unix time in seconds.
    currency : str
        The quote currency.
    books : mapping of str to Book
        By underlying.
    previous : VenueData, optional
        The market before, whose instruments keep their numbers.
    unknown : sequence of Exclusion
        What is no instrument of any underlying.
    fill_from_smile : bool
        Whether options without a mark that can be used are given an estimate from those with one.

    Returns
    -------
    VenueData
        What cannot be valued is in its `exclusions`, with the reason; what is settled in the market before
        stays for its time.

    Raises
    ------
    InputError
        If an underlying has no index price, there are too many of anything, or an instrument's terms are not
        those of the market before; if that market is a later one.
    """
    if previous is not None and time < previous.time:
        raise InputError("before the time of the market before", key="time")
    known, valuations, underlyings = known_instruments(previous), [], []
    for name in order_underlyings(books, previous):
        before = _underlying(name, previous)
        # An underlying of which nothing is listed any more keeps its number; no instrument uses its price.
        book = books.get(name) or Book(None if before is None else before.price, [])
        if book.price is None:
            raise InputError(f"no index price of {name}")
        valuation = Valuation(name, time)
        start = 0 if before is None else before.next_index
        numbered, next_index = _number(valuation, book.quotes, known, start)
        value_quotes(valuation, numbered, fill_from_smile=fill_from_smile)
        instruments = tuple(sorted(valuation.instruments, key=lambda one: one.index))
        underlyings.append(Underlying(name, book.price, next_index, instruments))
        valuations.append(valuation)
    exclusions = (*unknown, *(one for each in valuations for one in each.exclusions))
    estimates = tuple(one for each in valuations for one in each.estimates)
    return VenueData(time, currency, tuple(underlyings), exclusions, estimates)


def _number(
    valuation: Valuation, quotes: list[Quote], known: Mapping[str, Known], start: int
) -> tuple[list[tuple[Quote, int]], int]:
    """Give an index to all that are listed, and keep it for those before; return it with those listed."""
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
    """Keep what is not listed any more: settled as it is, else left out with its index."""
    if isinstance(one.instrument, Expired):
        valuation.instruments.append(one.instrument)
    else:
        reason = "not in the files, but listed before" if one.is_alive(valuation.time) else "expired"
        valuation.exclude(name, reason, one.index, one.expiry)


def _underlying(name: str, venue_data: VenueData | None) -> Underlying | None:
    return next((one for one in (venue_data.underlyings if venue_data else ()) if one.name == name), None)


def _check_terms(quote: Quote, underlying: str, known: Mapping[str, Known]) -> None:
    """Refuse another instrument under a name that accounts may hold already.

    Raises
    ------
    InputError
        If underlying, lot, expiry, strike or right are not those of the market before.
    """
    before = known.get(quote.name)
    if before is None:
        return
    if before.underlying != underlying:
        raise InputError("another underlying than in the market before", key=quote.name)
    if before.expiry != quote.expiry:
        raise InputError("another expiry than in the market before", key=quote.name)
    if before.instrument is not None:
        terms = ("lot",) if isinstance(before.instrument, Expired) else ("lot", "strike", "right")
        for name in terms:
            if getattr(before.instrument, name, None) != getattr(quote, name):
                raise InputError(f"another {name} than in the market before", key=quote.name)
