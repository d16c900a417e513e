"""Daily price histories, one CSV file per underlying, read strictly."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["History", "load_history"]

_MAX_BYTES = 16 << 20
_MAX_SHIFT = 366
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
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
        return tuple((one + _DAY, other - _DAY) for one, other in pairwise(self.dates) if other - one > _DAY)

    @property
    def missing_days(self) -> int:
        """The number of missing days between the first and the last day."""
        return (self.dates[-1] - self.dates[0]).days + 1 - len(self.dates)


def load_history(
    path: str | Path, *, name: str | None = None, allow_gaps: bool = False, shift_days: int = 0
) -> History:
    """Read a history.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with a header that has the columns ``date`` (YYYY-MM-DD) and ``close``, in upper or
        lower case. Other columns are ignored.
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
        not in ascending order, or there are fewer than two days.
    """
    source = Path(path)
    called = source.stem if name is None else name
    if not NAME.fullmatch(called):
        raise InputError("expected the name of an underlying, as in BTC=prices.csv", source=called)
    if abs(shift_days) > _MAX_SHIFT:
        raise InputError(f"must be from -{_MAX_SHIFT} to {_MAX_SHIFT} days", source="shift_days")
    days: dict[date, Decimal] = {}
    previous: date | None = None
    for line, day_text, price_text in _rows(source):
        key = f"line {line}"
        day = _day(day_text, shift_days, source, key)
        if previous is not None and day <= previous:
            reason = f"duplicate day {day_text}" if day in days else f"{day_text} is not in ascending order"
            raise InputError(reason, source=str(source), key=key)
        days[day] = _price(price_text, source, key)
        previous = day
    if len(days) <= 1:
        raise InputError("expected at least two days", source=str(source))
    history = History(called, tuple(days), tuple(days.values()))
    if history.gaps and not allow_gaps:
        raise InputError(f"missing days: {_list_gaps(history)}", source=str(source))
    return history


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, date and close of each row."""
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        date_at, close_at = _column(header, "date", path), _column(header, "close", path)
        for row in reader:
            if len(row) != len(header):
                reason = f"expected {len(header)} values as in the header, got {len(row)}"
                raise InputError(reason, source=str(path), key=f"line {reader.line_num}")
            yield reader.line_num, row[date_at], row[close_at]
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source=str(path), key=f"line {reader.line_num}") from None


def _read(path: Path) -> str:
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


def _column(header: list[str], name: str, path: Path) -> int:
    places = [place for place, one in enumerate(header) if one.lower() == name]
    if len(places) != 1:
        reason = f"duplicate column {name}" if places else f"no column {name}{did_you_mean(name, header)}"
        raise InputError(reason, source=str(path), key="line 1")
    return places[0]


def _day(text: str, shift_days: int, path: Path, key: str) -> date:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        if day is not None:
            return day + timedelta(days=shift_days)
    except (ValueError, OverflowError):
        pass
    raise InputError("expected a date YYYY-MM-DD", source=str(path), key=f"{key}.date")


def _price(text: str, path: Path, key: str) -> Decimal:
    if not _PRICE.fullmatch(text):
        raise InputError("expected a number such as 28990.08", source=str(path), key=f"{key}.close")
    price = Decimal(text)
    if price == 0:
        raise InputError("must be positive", source=str(path), key=f"{key}.close")
    return price


def _list_gaps(history: History) -> str:
    gaps = [str(first) if first == last else f"{first} to {last}" for first, last in history.gaps]
    more = f" and {len(gaps) - _SHOWN_GAPS} more gaps" if len(gaps) > _SHOWN_GAPS else ""
    return ", ".join(gaps[:_SHOWN_GAPS]) + more
