"""The table of formats of price histories: which column holds the day, which the close, and how a day is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["FORMATS", "KLINES", "NULL", "TITLE", "HistoryColumns", "parse_day"]

NULL = "null"
"""What Yahoo Finance writes for a day without a price."""

TITLE = re.compile(r"https?://\S+", re.ASCII)
"""What CryptoDataDownload writes above the header: its address."""

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00)?Z?)?", re.ASCII)
_UNIX = {13: 10**3, 16: 10**6}
"""Units in a second by the number of digits, from 2001 to 2286: milliseconds and microseconds."""

_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class HistoryColumns:
    """The columns of a format.

    Attributes
    ----------
    documented : str
        The publisher of the format, and the page where that was read.
    day, close : str
        The names of the columns, in lower case.
    header : tuple of str
        The names of all columns, for files without a header; otherwise empty.
    """

    documented: str
    day: str
    close: str
    header: tuple[str, ...] = ()


FORMATS = (
    # Yahoo Finance: Date,Open,High,Low,Close,Adj Close,Volume. CryptoDataDownload: unix,date,symbol,open,high,low,
    # close, newest first, below a line with its address, which github.com/QData/spacetimeformer removes by sed 1d.
    HistoryColumns("Yahoo Finance, CryptoDataDownload and others with these two columns", "date", "close"),
    HistoryColumns("Binance's klines with a header", "open_time", "close"),
)
"""Formats with a header; the first one whose columns a file has is read."""

KLINES = HistoryColumns(
    # That page has milliseconds. Files of spot klines are said to have microseconds from 2025 on; not checked there.
    "Binance's klines: github.com/binance/binance-public-data, README.md, Klines",
    "open_time",
    "close",
    (
        *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count"),
        *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
    ),
)
"""The format without a header, recognised by its number of columns and by the first value."""


def parse_day(text: str) -> date | None:
    """Read a day: a date, with or without midnight, or the Unix time of midnight UTC; None for anything else."""
    try:
        if text.isascii() and text.isdecimal() and len(text) in _UNIX:
            seconds, rest = divmod(int(text), _UNIX[len(text)])
            is_midnight = rest == 0 and seconds % _SECONDS == 0
            return (
                (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date()
                if is_midnight
                else None
            )
        match = _DAY.fullmatch(text)
        return date.fromisoformat(match[1]) if match else None
    except (ValueError, OverflowError):
        return None
