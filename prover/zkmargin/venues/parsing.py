"""Bytes, CSV rows, numbers and times of venues' files.

Venues' numbers may have exponents; they are read as decimals, never as floats.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import MAX_TIME

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["csv_rows", "parse_number", "parse_time", "read_bytes"]

_MAX_BYTES = 64 << 20
_GZIP = b"\x1f\x8b"
_LARGEST = 13
_SMALLEST = Decimal("1e-18")
_CONTEXT = Context(prec=40)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?", re.ASCII)
_UNIX = re.compile(r"[1-9][0-9]{0,12}", re.ASCII)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|\+00:00)", re.ASCII)


def read_bytes(path: Path) -> bytes:
    """Read a file of at most 64 MiB, unpacked if it is packed with gzip.

    Raises
    ------
    InputError
        If the file is larger, packed or unpacked, cannot be read or cannot be unpacked.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(content) > _MAX_BYTES:
        raise InputError(f"larger than {_MAX_BYTES} bytes", source=str(path))
    return _unpacked(content, str(path)) if content.startswith(_GZIP) else content


def _unpacked(content: bytes, source: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(content, _MAX_BYTES + 1)
    except zlib.error as error:
        raise InputError(f"not a gzip file: {error}", source=source) from None
    if len(unpacked) > _MAX_BYTES:
        raise InputError(f"larger than {_MAX_BYTES} bytes unpacked", source=source)
    if not unpacker.eof or unpacker.unused_data:
        raise InputError("not one whole gzip file", source=source)
    return unpacked


def csv_rows(
    content: bytes, source: str, required: tuple[str, ...], known: tuple[str, ...] = ()
) -> list[tuple[str, dict[str, str]]]:
    """Split CSV with one header line, by commas or by semicolons.

    Parameters
    ----------
    content : bytes
        UTF-8, with or without a byte order mark.
    source : str
        The name for errors.
    required : tuple of str
        The required columns.
    known : tuple of str
        The allowed columns; all if empty.

    Returns
    -------
    list of tuple
        The place of each row, such as ``line 2``, and its values by column.

    Raises
    ------
    InputError
        If the content is not CSV, a column is missing, unknown or a duplicate, or a row has more or fewer
        values than columns.
    """
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        rows: list[tuple[str, dict[Any, Any]]] = [(f"line {reader.line_num}", row) for row in reader]
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", source=source) from None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source=source) from None
    _check_columns(list(reader.fieldnames or []), source, required, known)
    for key, row in rows:
        if None in row or None in row.values():
            raise InputError("expected as many values as columns", source=source, key=key)
    return rows


def _delimiter(text: str) -> str:
    """Return the character between columns: a comma, or the semicolon that spreadsheets of many countries write."""
    heading = text.partition("\n")[0]
    return ";" if ";" in heading and "," not in heading else ","


def _check_columns(names: list[str], source: str, required: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError("duplicate column", source=source, key=name[:80])
        if known and name not in known:
            raise InputError(f"unknown column{did_you_mean(name, known)}", source=source, key=name[:80])
    for name in required:
        if name not in names:
            raise InputError(f"no column {name}{did_you_mean(name, names)}", source=source)


def parse_number(value: Any, source: str, key: str) -> Decimal | None:
    """Read a number, rounded to 18 decimals.

    Parameters
    ----------
    value : str, Decimal or None
        Text, or a parsed JSON number.
    source, key : str
        The place of the value, for errors.

    Returns
    -------
    Decimal or None
        The number; None for None and for empty text.

    Raises
    ------
    InputError
        If the value is not a number, or its absolute value is 10^13 or more.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InputError("expected a number", source=source, key=key)
    # The exponent is bounded, because 1E+999999999 written out would fill the memory.
    if value and value.adjusted() >= _LARGEST:
        raise InputError(f"must be below 10^{_LARGEST}", source=source, key=key)
    return value.quantize(_SMALLEST, context=_CONTEXT)


def parse_time(text: str, source: str, key: str = "") -> int:
    """Read a time: ISO 8601 in UTC (``2024-01-26T08:00:00Z``), or Unix seconds.

    Raises
    ------
    InputError
        If the text is neither; days without a time, other time zones and milliseconds are refused too.
    """
    try:
        if _ISO.fullmatch(text):
            return _after_1970(int(datetime.fromisoformat(text).astimezone(UTC).timestamp()))
        if _UNIX.fullmatch(text):
            return _after_1970(int(text))
    except ValueError:
        pass
    reason = "expected a time such as 2024-01-26T08:00:00Z, or Unix seconds"
    raise InputError(reason, source=source, key=key)


def _after_1970(seconds: int) -> int:
    if not 0 < seconds < MAX_TIME:
        raise ValueError
    return seconds
