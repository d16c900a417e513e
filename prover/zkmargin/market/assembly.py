"""From what a venue says to a `Market`: numbers, values, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError
from .instruments import Settled, Underlying
from .listing import assign_indices, check_terms, known_instruments, order_underlyings
from .market import Market
from .valuation import Valuation, value_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from .instruments import Exclusion
    from .listing import Known
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
    previous: Market | None = None,
    *,
    unknown: Sequence[Exclusion] = (),
    fill_from_smile: bool = False,
) -> Market:
    """Make a market.

    Parameters
    ----------
    time : int
        The market's, Unix time in seconds.
    currency : str
        The quote currency.
    books : mapping of str to Book
        By underlying.
    previous : Market, optional
        The market before, whose instruments keep their numbers.
    unknown : sequence of Exclusion
        What is no instrument of any underlying.
    fill_from_smile : bool
        Whether options without a mark that can be used are given an estimate from those with one.

    Returns
    -------
    Market
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
    return Market(time, currency, tuple(underlyings), exclusions, estimates)


def _number(
    valuation: Valuation, quotes: list[Quote], known: Mapping[str, Known], start: int
) -> tuple[list[tuple[Quote, int]], int]:
    """Give an index to all that are listed, and keep it for those before; return it with those listed."""
    time = valuation.time
    for quote in quotes:
        check_terms(quote, valuation.underlying, known)
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
    if isinstance(one.instrument, Settled):
        valuation.instruments.append(one.instrument)
    else:
        reason = "not in the files, but listed before" if one.is_alive(valuation.time) else "expired"
        valuation.exclude(name, reason, one.index, one.expiry)


def _underlying(name: str, market: Market | None) -> Underlying | None:
    return next((one for one in (market.underlyings if market else ()) if one.name == name), None)
