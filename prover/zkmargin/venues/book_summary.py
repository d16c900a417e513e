"""Reader of Deribit's ``get_book_summary_by_currency``: the JSON answer, or its rows as CSV."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError

from .parsing import csv_rows, parse_number, read_bytes

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

__all__ = ["BookSummary", "parse_book_summaries", "read_book_summaries"]

_PRINTABLE = re.compile(r"[!-~]{1,64}", re.ASCII)
_NUMBERS = {
    "mark_price": "mark",
    "mark_iv": "volatility",
    "underlying_price": "forward",
    "estimated_delivery_price": "index",
    "bid_price": "bid",
    "ask_price": "ask",
    "creation_timestamp": "created",
}


@dataclass(frozen=True, slots=True)
class BookSummary:
    """One row with the venue's own values; None for missing ones.

    Attributes
    ----------
    name : str
        ``instrument_name``.
    quote : str
        ``quote_currency``, or empty.
    mark, bid, ask : Decimal or None
        Prices in the currency in which the instrument is quoted.
    volatility : Decimal or None
        ``mark_iv``, in percent.
    forward : Decimal or None
        ``underlying_price``.
    index : Decimal or None
        ``estimated_delivery_price``.
    created : Decimal or None
        ``creation_timestamp``, Unix time in milliseconds.
    """

    name: str
    quote: str = ""
    mark: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    volatility: Decimal | None = None
    forward: Decimal | None = None
    index: Decimal | None = None
    created: Decimal | None = None


def read_book_summaries(path: Path) -> list[BookSummary]:
    """Read a file: CSV if its name ends in ``.csv``, else JSON.

    Parameters
    ----------
    path : Path
        The file. JSON may be the whole JSON-RPC answer or its ``result`` alone.

    Returns
    -------
    list of BookSummary
        Rows in the file's order.

    Raises
    ------
    InputError
        With the key path or the line, if the file is malformed.
    """
    content, source = read_bytes(path), str(path)
    if path.suffix.lower() == ".csv":
        return [_summary(row, source, key) for key, row in csv_rows(content, source, ("instrument_name",))]
    return parse_book_summaries(content, source)


def parse_book_summaries(content: bytes, source: str) -> list[BookSummary]:
    """Read an answer as `read_book_summaries` reads a JSON file; `source` names it in errors."""
    document = parse_json(content, source, decimals=True)
    key = ""
    if isinstance(document, dict):
        if "result" not in document:
            raise InputError("no result: not an answer of get_book_summary_by_currency", source=source)
        document, key = document["result"], "result"
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError("expected a list of objects", source=source, key=key)
    return [_summary(row, source, f"{key}[{number}]") for number, row in enumerate(document)]


def _summary(row: dict[str, Any], source: str, key: str) -> BookSummary:
    name, quote = row.get("instrument_name"), row.get("quote_currency") or ""
    if not isinstance(name, str) or not _PRINTABLE.fullmatch(name):
        raise InputError("expected a name", source=source, key=f"{key}.instrument_name")
    if not isinstance(quote, str):
        raise InputError("expected a name", source=source, key=f"{key}.quote_currency")
    numbers = {
        ours: parse_number(row.get(theirs), source, f"{key}.{theirs}") for theirs, ours in _NUMBERS.items()
    }
    return BookSummary(name=name, quote=quote, **numbers)
