"""Reads Deribit's ``get_book_summary_by_currency``: the JSON answer, or its rows as CSV.

These files are a venue's, so numbers may be JSON numbers; they are read as decimals, never as floats.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..proving.strict_json import parse_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BookSummary", "read_book_summaries"]

_MAX_BYTES = 64 << 20
_LARGEST = 13
_SMALLEST = Decimal("1e-18")
_CONTEXT = Context(prec=40)
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
    """One row, as the venue gives it; None where it gives nothing.

    Attributes
    ----------
    name : str
        ``instrument_name``.
    quote : str
        ``quote_currency``, or empty.
    mark, bid, ask : Decimal or None
        In the currency that the instrument is quoted in.
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
        The JSON may be the whole JSON-RPC answer or its ``result`` alone.

    Returns
    -------
    list of BookSummary
        In the file's order.

    Raises
    ------
    InputError
        If the file is neither, or a value is not what the format says; with the key path or the line.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(content) > _MAX_BYTES:
        raise InputError(f"larger than {_MAX_BYTES} bytes", source=str(path))
    rows = _csv_rows if path.suffix.lower() == ".csv" else _json_rows
    return [_summary(row, str(path), key) for key, row in rows(content, str(path))]


def _json_rows(content: bytes, source: str) -> list[tuple[str, dict[str, Any]]]:
    document = parse_json(content, source, decimals=True)
    key = ""
    if isinstance(document, dict):
        if "result" not in document:
            raise InputError("no result: not an answer of get_book_summary_by_currency", source=source)
        document, key = document["result"], "result"
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError("not a list of objects", source=source, key=key)
    return [(f"{key}[{number}]", row) for number, row in enumerate(document)]


def _csv_rows(content: bytes, source: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        rows = [(f"line {reader.line_num}", row) for row in reader]
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", source=source) from None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source=source) from None
    names = reader.fieldnames or []
    if len(set(names)) != len(names):
        raise InputError("a column stands there twice", source=source)
    if "instrument_name" not in names:
        raise InputError("no column instrument_name", source=source)
    for key, row in rows:
        if None in row or None in row.values():
            raise InputError("not as many values as columns", source=source, key=key)
    return rows


def _summary(row: dict[str, Any], source: str, key: str) -> BookSummary:
    name, quote = row.get("instrument_name"), row.get("quote_currency") or ""
    if not isinstance(name, str) or not _PRINTABLE.fullmatch(name):
        raise InputError("not a name", source=source, key=f"{key}.instrument_name")
    if not isinstance(quote, str):
        raise InputError("not a name", source=source, key=f"{key}.quote_currency")
    numbers = {ours: _number(row.get(theirs), source, f"{key}.{theirs}") for theirs, ours in _NUMBERS.items()}
    return BookSummary(name=name, quote=quote, **numbers)


def _number(value: Any, source: str, key: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or (isinstance(value, str) and value != value.strip()) or not number.is_finite():
        raise InputError("not a number", source=source, key=key)
    # Decimals hold exponents that would fill the memory when written out.
    if number and number.adjusted() >= _LARGEST:
        raise InputError("a number beyond any price", source=source, key=key)
    return number.quantize(_SMALLEST, context=_CONTEXT)
