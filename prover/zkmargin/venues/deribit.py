"""Venue data from Deribit's book summaries."""

from __future__ import annotations

from decimal import Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.exclusions import Exclusion

from .assembly import Book, assemble
from .book_summary import BookSummary, read_book_summaries
from .names import Name, parse_name
from .quote import Quote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["LOTS", "deribit_venue_data", "import_deribit"]

LOTS: Mapping[str, Decimal] = {"BTC": Decimal("0.001"), "ETH": Decimal("0.01"), "SOL": Decimal("0.1")}
"""Units of the underlying in one lot.

A lot is worth tens of dollars: a micro-dollar is small against it, and 2^31 lots are a large position.
"""

_OTHER_LOT = Decimal(1)
_QUOTE = "USD"
_DIGITS = Decimal("1e-12")
_CONTEXT = Context(prec=80)


def import_deribit(  # noqa: PLR0913  # all but the paths are optional
    *paths: str | Path,
    previous: VenueData | None = None,
    time: int | None = None,
    lots: Mapping[str, Decimal] | None = None,
    underlyings: Collection[str] = (),
    spot: Collection[str] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Import answers of ``public/get_book_summary_by_currency``.

    Options settled in the coin are quoted in the coin; their mark becomes ``mark_price * underlying_price``,
    the undiscounted Black-76 value. Inverse futures become linear: N dollars at price P are N/P coins.

    Parameters
    ----------
    *paths : str or Path
        Answers as JSON, or their rows as CSV (``.csv``).
    previous : VenueData, optional
        The previous venue data, whose instruments keep their ids. Pass them whenever accounts are committed
        under them.
    time : int, optional
        Unix time in seconds; by default the newest ``creation_timestamp``.
    lots : mapping of str to Decimal, optional
        Units of the underlying in one lot, by underlying; by default `LOTS`, and 1 for other underlyings.
    underlyings : collection of str
        The underlyings to import, all by default. An answer for USDC has two dozen.
    spot : collection of str
        Underlyings to list as instruments themselves, `BTC-SPOT`, in addition to those of the previous venue data.
    fill_from_smile : bool
        Whether to estimate the marks of options without a usable mark from those with one.

    Returns
    -------
    VenueData
        Instruments without a value are in its `exclusions`, with the reason.

    Raises
    ------
    InputError
        If a file is malformed, has a duplicate instrument, or has no time, no index price or too many
        instruments; if a requested underlying has no instruments; or if an instrument has other terms in the
        previous venue data.
    """
    answers = [(str(path), read_book_summaries(Path(path))) for path in paths]
    return deribit_venue_data(
        answers,
        previous=previous,
        time=time,
        lots=lots,
        underlyings=underlyings,
        spot=spot,
        fill_from_smile=fill_from_smile,
    )


def deribit_venue_data(  # noqa: PLR0913  # all but the answers are optional
    answers: Sequence[tuple[str, list[BookSummary]]],
    *,
    previous: VenueData | None = None,
    time: int | None = None,
    lots: Mapping[str, Decimal] | None = None,
    underlyings: Collection[str] = (),
    spot: Collection[str] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Assemble venue data from answers, each with its name for errors; otherwise as `import_deribit`."""
    source = ", ".join(name for name, _ in answers)
    try:
        rows = _distinct(answers)
        listed, unknown = _by_underlying(rows, underlyings)
        moment = _time(rows) if time is None else time
        chosen = dict(LOTS) | dict(lots or {})
        books = {base: _book(found, chosen.get(base, _OTHER_LOT)) for base, found in listed.items()}
        return assemble(
            moment,
            _QUOTE,
            books,
            previous,
            unknown=unknown,
            spot=spot,
            fill_from_smile=fill_from_smile,
        )
    except InputError as error:
        raise InputError(error.reason, source=error.source or source, key=error.key) from None


def _distinct(answers: Sequence[tuple[str, list[BookSummary]]]) -> list[BookSummary]:
    seen: dict[str, BookSummary] = {}
    for source, rows in answers:
        for row in rows:
            if row.name in seen:
                raise InputError("duplicate instrument", source=source, key=row.name)
            seen[row.name] = row
    if not seen:
        raise InputError("no instruments")
    return list(seen.values())


def _by_underlying(
    rows: list[BookSummary], wanted: Collection[str]
) -> tuple[dict[str, list[tuple[Name, BookSummary]]], list[Exclusion]]:
    listed: dict[str, list[tuple[Name, BookSummary]]] = {}
    unknown = []
    for row in rows:
        name = parse_name(row.name)
        if name is None:
            unknown.append(Exclusion(row.name, "not an option, a future or a perpetual"))
        else:
            listed.setdefault(name.base, []).append((name, row))
    for base in wanted:
        if base not in listed:
            raise InputError(f"no instruments of {base}{did_you_mean(base, listed)}")
    return {base: found for base, found in listed.items() if not wanted or base in wanted}, unknown


def _time(rows: list[BookSummary]) -> int:
    times = [row.created for row in rows if row.created is not None]
    if not times:
        raise InputError("no creation_timestamp: set the time of the venue data")
    return int(max(times) // 1000)


def _book(listed: list[tuple[Name, BookSummary]], lot: Decimal) -> Book:
    priced = [row for _, row in listed if row.index is not None and row.index > 0]
    newest = max(priced, key=lambda row: (row.created or 0, row.name), default=None)
    return Book(None if newest is None else newest.index, [_quote(name, row, lot) for name, row in listed])


def _quote(name: Name, row: BookSummary, lot: Decimal) -> Quote:
    option = name.strike is not None
    currencies = (name.linear or (name.base if option else _QUOTE), "")
    in_coins = option and not name.linear and row.forward is not None and row.forward > 0
    unit = row.forward if in_coins and row.forward is not None else Decimal(1)

    def price(number: Decimal | None) -> Decimal | None:
        return None if number is None else _CONTEXT.multiply(number, unit).quantize(_DIGITS, context=_CONTEXT)

    return Quote(
        name=row.name,
        lot=lot,
        expiry=name.expiry,
        strike=name.strike,
        right=name.right,
        mark=price(row.mark),
        forward=row.forward if option else None,
        bid=price(row.bid),
        ask=price(row.ask),
        volatility=None if row.volatility is None else (row.volatility / 100).quantize(_DIGITS),
        time=None if row.created is None else int(row.created // 1000),
        flaw="" if row.quote in currencies else "quoted in another currency than its name says",
    )
