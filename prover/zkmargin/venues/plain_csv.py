"""Venue data from a plain CSV of any venue (docs/formats/venue-csv.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from zkmargin.errors import InputError
from zkmargin.venue_data.funding import is_whole_micro
from zkmargin.venue_data.instruments import NAME, Right

from .answers import describe
from .assembly import Book, assemble
from .columns import PLAIN
from .lots import check_lot
from .parsing import csv_rows, parse_number, parse_time, read_bytes
from .quote import Quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from decimal import Decimal

    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["COLUMNS", "import_csv", "import_csv_days"]

_OPTION_ONLY = ("strike", "right", "forward", "volatility")
COLUMNS = (*PLAIN, "funding", "expiry", *_OPTION_ONLY, "bid", "ask", "time")
"""All columns of the format; the first seven are required."""

_DAY = 86_400
_KIND = re.compile("option|future|perpetual")
_RIGHT = re.compile("|".join(Right))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row; errors name file, line and column."""

    values: dict[str, str]
    source: str
    line: str

    def refuse(self, column: str, reason: str) -> NoReturn:
        raise InputError(reason, source=self.source, key=f"{self.line}.{column}")

    def text(self, column: str, pattern: re.Pattern[str] = NAME, what: str = "a name") -> str:
        value = self.values.get(column, "")
        if not pattern.fullmatch(value):
            self.refuse(column, f"expected {what}")
        return value

    def number(self, column: str) -> Decimal | None:
        return parse_number(self.values.get(column), self.source, f"{self.line}.{column}")

    def positive(self, column: str) -> Decimal:
        number = self.number(column)
        if number is None or number <= 0:
            self.refuse(column, "expected a positive number")
        return number

    def time(self, column: str) -> int | None:
        value = self.values.get(column)
        return parse_time(value, self.source, f"{self.line}.{column}") if value else None


def import_csv(
    path: str | Path,
    *,
    previous: VenueData | None = None,
    time: int | None = None,
    spot: Collection[str] = (),
    fill_from_smile: bool = False,
) -> VenueData:
    """Import a plain CSV.

    Parameters
    ----------
    path : str or Path
        The file, with `COLUMNS` in any order; only the first seven are required.
    previous : VenueData, optional
        The previous venue data, whose instruments keep their ids. Pass them whenever accounts are committed
        under them.
    time : int, optional
        Unix time in seconds; by default the newest value of the column ``time``.
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
        With file, line and column, if a value is malformed, a name is a duplicate, or rows contradict each
        other; if there is no time, no index price or too many instruments; or if an instrument has other
        terms in the previous venue data.
    """
    source = str(path)
    rows = _read(source)
    return _venue_data(rows, source, previous, time, spot=spot, fill_from_smile=fill_from_smile)


def import_csv_days(
    path: str | Path, *, spot: Collection[str] = (), fill_from_smile: bool = False
) -> Iterator[VenueData]:
    """Import a plain CSV of many days: each row has a ``time``, and the rows of a day in UTC are those of one moment.

    Parameters
    ----------
    path, spot, fill_from_smile
        As in `import_csv`.

    Yields
    ------
    VenueData
        In the order of the days. The time is that of the day's newest row.

    Raises
    ------
    InputError
        As `import_csv`, and if a row has no time.
    """
    source = str(path)
    days: dict[int, list[_Row]] = {}
    for row in _read(source):
        time = row.time("time")
        if time is None:
            row.refuse("time", "missing")
        days.setdefault(time // _DAY, []).append(row)
    for day in sorted(days):
        yield _venue_data(days[day], source, spot=spot, fill_from_smile=fill_from_smile)


def _read(source: str) -> list[_Row]:
    rows = [_Row(values, source, line) for line, values in _table(read_bytes(Path(source)), source)]
    if not rows:
        raise InputError("no instruments", source=source)
    return rows


def _venue_data(  # noqa: PLR0913  # those of `import_csv`
    rows: list[_Row],
    source: str,
    previous: VenueData | None = None,
    time: int | None = None,
    *,
    spot: Collection[str],
    fill_from_smile: bool,
) -> VenueData:
    currency, quotes = _currency(rows), [_quote(row) for row in rows]
    books = _books(rows, quotes)
    try:
        _check_lots(rows, quotes, books)
        moment = _time(quotes) if time is None else time
        return assemble(moment, currency, books, previous, spot=spot, fill_from_smile=fill_from_smile)
    except InputError as error:
        raise InputError(error.reason, source=source, key=error.key) from None


def _table(content: bytes, source: str) -> list[tuple[str, dict[str, str]]]:
    try:
        return csv_rows(content, source, PLAIN, COLUMNS)
    except InputError:
        found = describe(content)
        if found:
            raise InputError(f"this is {found}", source=source) from None
        raise


def _quote(row: _Row) -> Quote:
    kind = row.text("kind", _KIND, '"option", "future" or "perpetual"')
    option = kind == "option"
    linear = () if option else _OPTION_ONLY
    for column in (*linear, "expiry" if kind == "perpetual" else "funding"):
        if row.values.get(column):
            row.refuse(column, f"must be empty for a {kind}")
    expiry = row.time("expiry")
    if expiry is None and kind != "perpetual":
        row.refuse("expiry", "missing")
    lot, funding = row.positive("lot"), row.number("funding")
    if funding is not None and not is_whole_micro(funding, lot):
        row.refuse("funding", "must be a whole number of micro-quote per lot")
    return Quote(
        name=row.text("name"),
        lot=lot,
        expiry=expiry,
        strike=row.positive("strike") if option else None,
        right=Right(row.text("right", _RIGHT, '"call" or "put"')) if option else None,
        mark=row.number("mark"),
        forward=row.number("forward"),
        bid=row.number("bid"),
        ask=row.number("ask"),
        funding=funding,
        volatility=row.number("volatility"),
        time=row.time("time"),
    )


def _currency(rows: list[_Row]) -> str:
    currency = rows[0].text("quote")
    for row in rows:
        if row.text("quote") != currency:
            row.refuse("quote", f"differs from the quote currency of {rows[0].line}")
    return currency


def _books(rows: list[_Row], quotes: list[Quote]) -> dict[str, Book]:
    """Group quotes by underlying, with the newest index price."""
    found: dict[str, list[Quote]] = {}
    prices: dict[str, dict[int, Decimal]] = {}
    lines: dict[str, str] = {}
    for row, quote in zip(rows, quotes, strict=True):
        underlying = row.text("underlying")
        if lines.setdefault(quote.name, row.line) != row.line:
            row.refuse("name", f"duplicate of the name in {lines[quote.name]}")
        found.setdefault(underlying, []).append(quote)
        if row.values["index_price"]:
            price, by_time = row.positive("index_price"), prices.setdefault(underlying, {})
            if by_time.setdefault(quote.time or 0, price) != price:
                row.refuse(
                    "index_price",
                    f"differs from the index price of {underlying} at the same time in a line above",
                )
    newest = {name: max(by_time.items())[1] for name, by_time in prices.items()}
    return {name: Book(newest.get(name), listed) for name, listed in found.items()}


def _check_lots(rows: list[_Row], quotes: list[Quote], books: dict[str, Book]) -> None:
    for row, quote in zip(rows, quotes, strict=True):
        underlying = row.text("underlying")
        price = books[underlying].price
        if price is not None:
            check_lot(underlying, quote.lot, price, f"{row.line}.lot")


def _time(quotes: list[Quote]) -> int:
    times = [quote.time for quote in quotes if quote.time is not None]
    if not times:
        raise InputError("no value in the column time: set the time of the venue data")
    return max(times)
