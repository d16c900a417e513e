"""Daily price histories, one CSV file per underlying, read strictly by a table of formats (`history_columns`)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import NAME

from .history_columns import FORMATS, KLINES, NULL, TITLE, parse_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["History", "gaps_between", "load_history", "read_text"]

_MAX_BYTES = 16 << 20
_MAX_SHIFT = 366
_PRICE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_DAY = timedelta(days=1)
_SHOWN_GAPS = 8


@dataclass(frozen=True, slots=True)
class History:
    """Daily closing prices of one underlying.

    Attributes
    ----------
    name : str
        The underlying, such as ``BTC``.
    dates : tuple of date
        Distinct days in ascending order; days may be missing, see `gaps`.
    closes : tuple of Decimal
        The positive closing price of each day, in the quote currency.
    """

    name: str
    dates: tuple[date, ...]
    closes: tuple[Decimal, ...]

    @property
    def gaps(self) -> tuple[tuple[date, date], ...]:
        """The first and the last missing day of each gap."""
        return gaps_between(self.dates)

    @property
    def missing_days(self) -> int:
        """The number of missing days between the first and the last day."""
        return (self.dates[-1] - self.dates[0]).days + 1 - len(self.dates)


def gaps_between(dates: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Return the first and the last missing day of each gap between ascending days."""
    return tuple((one + _DAY, other - _DAY) for one, other in pairwise(dates) if other - one > _DAY)


def load_history(
    path: str | Path, *, name: str | None = None, allow_gaps: bool = False, shift_days: int = 0
) -> History:
    """Read a history.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 in one of the formats of `zkmargin.risk.history_columns`, oldest or newest day first.
        Other columns are ignored. A day whose close is ``null`` is missing.
    name : str, optional
        The underlying, by default the file's name without its extension.
    allow_gaps : bool
        Whether days may be missing. No price is filled in: the return over a gap of n days is one observation of
        n daily returns (`zkmargin.risk.adjustment`) and no one-day loss (`zkmargin.risk.backtest`).
    shift_days : int
        The number of days to add to each date, for files that label a day by an adjacent one.

    Returns
    -------
    History

    Raises
    ------
    InputError
        With file and line, if a column or a day is missing, a price is not a positive number, a day is duplicate or
        out of order, a time is not midnight UTC, or there are fewer than two days.
    """
    source = Path(path)
    called = source.stem if name is None else name
    if not NAME.fullmatch(called):
        raise InputError("expected the name of an underlying, as in BTC=prices.csv", source=called)
    if abs(shift_days) > _MAX_SHIFT:
        raise InputError(f"must be from -{_MAX_SHIFT} to {_MAX_SHIFT} days", source="shift_days")
    rows = [(line, _day(day, shift_days, source, line), day, price) for line, day, price in _rows(source)]
    is_descending = len(rows) > 1 and rows[1][1] < rows[0][1]
    order, step = ("descending", -_DAY) if is_descending else ("ascending", _DAY)
    days: dict[date, Decimal | None] = {}
    previous: date | None = None
    for line, day, text, price in rows:
        if previous is not None and (day - previous) / step <= 0:
            reason = f"duplicate day {text}" if day in days else f"{text} is not in {order} order"
            raise InputError(reason, source=str(source), key=f"line {line}")
        days[day] = None if price == NULL else _price(price, source, f"line {line}")
        previous = day
    closes = {day: price for day, price in sorted(days.items()) if price is not None}
    if len(closes) <= 1:
        raise InputError("expected at least two days", source=str(source))
    history = History(called, tuple(closes), tuple(closes.values()))
    if history.gaps and not allow_gaps:
        nulls = {day for day, price in days.items() if price is None}
        reason = f"missing days: {_list_gaps(history, nulls)}; --allow-gaps accepts them"
        raise InputError(reason, source=str(source))
    return history


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, day and close of each row."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        if len(header) == 1 and TITLE.fullmatch(header[0]):
            header = next(reader, [])
        first: list[list[str]] = []
        if len(header) == len(KLINES.header) and parse_day(header[0]) is not None:
            header, first = list(KLINES.header), [header]
        day_at, close_at = _columns(header, path, f"line {reader.line_num or 1}")
        for row in chain(first, reader):
            if len(row) != len(header):
                reason = f"expected {len(header)} values as in the header, got {len(row)}"
                raise InputError(reason, source=str(path), key=f"line {reader.line_num}")
            yield reader.line_num, row[day_at], row[close_at]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source=str(path), key=f"line {reader.line_num}") from None


def read_text(path: Path) -> str:
    """Read a text file of a bounded size.

    Raises
    ------
    InputError
        With the file, if it cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InputError(f"larger than {_MAX_BYTES} bytes", source=str(path))
        # Spreadsheets write a byte order mark.
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", source=str(path)) from None


def _columns(header: list[str], path: Path, key: str) -> tuple[int, int]:
    """Return the places of the day and of the close."""
    names = [one.strip().lower() for one in header]
    form = next((one for one in FORMATS if one.day in names), FORMATS[0])
    for name in (form.day, form.close):
        if names.count(name) != 1:
            hint = did_you_mean(name, header)
            reason = f"duplicate column {name}" if name in names else f"no column {name}{hint}"
            raise InputError(reason, source=str(path), key=key)
    return names.index(form.day), names.index(form.close)


def _day(text: str, shift_days: int, path: Path, line: int) -> date:
    day = parse_day(text)
    try:
        if day is not None:
            return day + timedelta(days=shift_days)
    except OverflowError:
        pass
    reason = "expected a date YYYY-MM-DD, or the Unix time of midnight UTC in milliseconds or microseconds"
    raise InputError(reason, source=str(path), key=f"line {line}.date")


def _price(text: str, path: Path, key: str) -> Decimal:
    if not _PRICE.fullmatch(text):
        raise InputError("expected a number such as 28990.08", source=str(path), key=f"{key}.close")
    price = Decimal(text)
    if price == 0:
        raise InputError("must be positive", source=str(path), key=f"{key}.close")
    return price


def _list_gaps(history: History, nulls: set[date]) -> str:
    """List gaps; those that are in the file as null say so."""
    gaps = []
    for first, last in history.gaps:
        days = {first + number * _DAY for number in range((last - first).days + 1)}
        gaps.append(
            (str(first) if first == last else f"{first} to {last}") + (" (null)" if days <= nulls else "")
        )
    more = f" and {len(gaps) - _SHOWN_GAPS} more gaps" if len(gaps) > _SHOWN_GAPS else ""
    return ", ".join(gaps[:_SHOWN_GAPS]) + more
