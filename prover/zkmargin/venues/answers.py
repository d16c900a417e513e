"""Reader of venues' answers, JSON or CSV, by the table of formats (`columns`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError

from .columns import FORMATS, PLAIN, SOURCES, find_columns
from .names import CCXT, deribit_name, parse_name
from .parsing import csv_rows, parse_number, read_bytes
from .refusals import venue_error

if TYPE_CHECKING:
    from pathlib import Path

    from .columns import Columns
    from .names import Name

__all__ = ["Answer", "Row", "describe", "parse_answer", "raw_name", "read_answer"]

_PRINTABLE = re.compile(r"[!-~]{1,64}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|\+00:00)", re.ASCII
)
_TIMES = range(10**9, 10**10)
"""Unix seconds from 2001 to 2286: in another unit a time is far outside."""

_NUMBERS = ("mark", "bid", "ask", "forward", "index")
_WRAPPERS = ("result", "data", "list")
_ENVELOPE = "\0envelope"
_RAW_NAMES = ("instrument_name", "instId", "symbol", "name")


@dataclass(frozen=True, slots=True)
class Row:
    """A venue's values of one instrument; None for missing ones.

    Attributes
    ----------
    name : str
        The venue's name.
    terms : Name or None
        The parts of the name; None if it is no option, future or perpetual.
    quote : str
        The currency of prices, or empty.
    mark, bid, ask : Decimal or None
        Prices; of an option that is settled in the coin, in the coin.
    volatility : Decimal or None
        Annual, 0.7 is 70 %.
    forward, index : Decimal or None
        The price of the future of its expiry, and the index price.
    time : int or None
        Unix time in seconds.
    has_mark, has_forward : bool
        Whether the venue's answer has a column for marks, and for forwards.
    """

    name: str
    terms: Name | None = None
    quote: str = ""
    mark: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    volatility: Decimal | None = None
    forward: Decimal | None = None
    index: Decimal | None = None
    time: int | None = None
    has_mark: bool = True
    has_forward: bool = True

    def completed(self, other: Row) -> Row:
        """Return the row with the values that only `other` has, at the earlier time of the two."""
        values: dict[str, Any] = {
            one.name: getattr(other, one.name) for one in fields(self) if not getattr(self, one.name)
        }
        times = [one.time for one in (self, other) if one.time is not None]
        return replace(self, **values | {"time": min(times, default=None)})


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a file, with the format of each.

    Attributes
    ----------
    source : str
        The name for errors.
    rows : list of tuple
        The place, the format and the values of each row.
    """

    source: str
    rows: list[tuple[str, Columns, Row]]


def read_answer(path: Path, source: str) -> Answer:
    """Read a file: CSV if its name ends in ``.csv`` or ``.csv.gz``, else JSON.

    Parameters
    ----------
    path : Path
        The file. JSON may be the whole answer or its rows alone; it may be one row.
    source : str
        One of `SOURCES`.

    Raises
    ------
    InputError
        With the key path or the line, if the file is malformed, is an error answer, or is of another format, which the
        error names.
    """
    content, file = read_bytes(path), str(path)
    if path.name.lower().removesuffix(".gz").endswith(".csv"):
        return _answer(csv_rows(content, file, ()), file, source)
    return parse_answer(content, file, source)


def parse_answer(content: bytes, file: str, source: str) -> Answer:
    """Read a JSON answer as `read_answer` reads a file; `file` names it in errors."""
    document = parse_json(content, file, decimals=True)
    refusal = venue_error(document)
    if refusal:
        raise InputError(f"the venue answered with an error: {refusal}", source=file)
    return _answer(_unwrap(document, file), file, source)


def describe(content: bytes) -> str:
    """Describe the format of a file, JSON or CSV, and how to import it; empty if it is in none of the table."""
    for rows in (
        lambda: _unwrap(parse_json(content, "", decimals=True), ""),
        lambda: csv_rows(content, "", ()),
    ):
        try:
            found = next((find_columns(values) for _, values in rows()), None)
        except InputError:
            continue
        return "" if found is None else _described(found)
    return ""


def raw_name(info: Any) -> str:
    """Return the venue's own name of an instrument from the row that ccxt keeps in ``info``, or an empty text."""
    values = (info.get(key) for key in _RAW_NAMES) if isinstance(info, dict) else ()
    return next((one for one in values if isinstance(one, str) and _PRINTABLE.fullmatch(one)), "")


def _unwrap(document: Any, file: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the place and the values of each row; `_ENVELOPE` holds the members beside the rows."""
    key, envelope = "", dict[str, Any]()
    while isinstance(document, dict):
        member = next((one for one in _WRAPPERS if isinstance(document.get(one), dict | list)), None)
        if member is None:
            break
        envelope |= {one: value for one, value in document.items() if one != member}
        key, document = f"{key}.{member}" if key else member, document[member]
    if isinstance(document, dict) and document and all(isinstance(one, dict) for one in document.values()):
        # ccxt's chain, by symbol.
        return [(f"{key}[{name[:80]}]", row) for name, row in document.items()]
    if isinstance(document, dict) and document:
        return [(key or "the answer", document | {_ENVELOPE: envelope})]
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError("expected a list of objects", source=file, key=key)
    return [(f"{key}[{number}]", row | {_ENVELOPE: envelope}) for number, row in enumerate(document)]


def _answer(rows: list[tuple[str, dict[str, Any]]], file: str, source: str) -> Answer:
    return Answer(file, [(place, *_row(values, file, place, source)) for place, values in rows])


def _row(values: dict[str, Any], file: str, place: str, source: str) -> tuple[Columns, Row]:
    columns = find_columns(values, (source,))
    if columns is None:
        _refuse_format(values, file, place, source)
    if columns.refused:
        raise InputError(f"{columns.answer}: {columns.refused}", source=file, key=place)
    row = _Values(values, file, place, columns).row()
    if columns.names is CCXT:
        row = _ccxt(row, values.get("info"), file, place)
    return columns, row


def _described(columns: Columns) -> str:
    return f"{columns.answer}: import it with zkmargin data import {columns.source}"


def _refuse_format(values: dict[str, Any], file: str, place: str, source: str) -> NoReturn:
    if all(name in values for name in PLAIN):
        raise InputError("this is a plain CSV: import it with zkmargin data import csv", source=file)
    found = find_columns(values)
    if found is not None:
        raise InputError(f"this is {_described(found)}", source=file)
    kinds = [f"{one.answer} ({', '.join(one.needs)})" for one in FORMATS if one.source == source]
    raise InputError(f"expected a row of {'; or of '.join(kinds)}", source=file, key=place)


def _ccxt(row: Row, info: Any, file: str, place: str) -> Row:
    """Give ccxt's row the venue's own name, and the values that only the venue's own row has."""
    name = raw_name(info) or (deribit_name(row.terms) if row.terms else row.name)
    own = find_columns(info, [one for one in SOURCES if one != "ccxt"]) if isinstance(info, dict) else None
    if own is not None and not own.refused:
        row = row.completed(_Values(info, file, f"{place}.info", own).row())
    return replace(row, name=name)


@dataclass(frozen=True, slots=True)
class _Values:
    """A row's values as the venue wrote them; errors name file, place and column."""

    values: dict[str, Any]
    file: str
    place: str
    columns: Columns

    def row(self) -> Row:
        name = self._text("name", "expected a name")
        if not _PRINTABLE.fullmatch(name):
            self._refuse("name", "expected a name")
        numbers = {one: self._number(one) for one in _NUMBERS}
        volatility = self._number("volatility")
        return Row(
            name=name,
            terms=parse_name(name, self.columns.names, self._delivery()) if self.columns.names else None,
            quote=self._text("quote", "expected a name"),
            volatility=None if volatility is None else volatility * self.columns.volatility,
            time=self._time(),
            has_mark="mark" in self.columns.fields,
            has_forward="forward" in self.columns.fields,
            **numbers,
        )

    def _column(self, ours: str) -> str:
        theirs = self.columns.fields.get(ours, ())
        return next((one for one in theirs if one in self.values), theirs[0] if theirs else "")

    def _refuse(self, ours: str, reason: str) -> NoReturn:
        raise InputError(reason, source=self.file, key=f"{self.place}.{self._column(ours)}")

    def _text(self, ours: str, reason: str) -> str:
        value = self.values.get(self._column(ours)) or ""
        if not isinstance(value, str):
            self._refuse(ours, reason)
        return value

    def _number(self, ours: str) -> Decimal | None:
        column = self._column(ours)
        return parse_number(self.values.get(column), self.file, f"{self.place}.{column}") if column else None

    def _delivery(self) -> int | None:
        column = self._column("delivery")
        value = self.values.get(column) if column else None
        return None if str(value) == "0" else self._moment(value, column)

    def _time(self) -> int | None:
        column = self._column("time")
        if column or not self.columns.envelope:
            return self._moment(self.values.get(column), column)
        column = self.columns.envelope
        return self._moment(self.values.get(_ENVELOPE, {}).get(column), column)

    def _moment(self, value: Any, column: str) -> int | None:
        if value is None or value == "":
            return None
        seconds = _seconds(value, self.columns.ticks)
        if seconds is None:
            unit = {1: "seconds", 10**3: "milliseconds", 10**6: "microseconds"}[self.columns.ticks]
            reason = f"expected Unix time in {unit}, or a time such as 2024-01-26T08:00:00Z"
            raise InputError(reason, source=self.file, key=f"{self.place}.{column}")
        return seconds


def _seconds(value: Any, ticks: int) -> int | None:
    """Return Unix seconds from a number in units of 1/ticks seconds or from ISO 8601; None for anything else."""
    try:
        if isinstance(value, str) and _ISO.fullmatch(value):
            seconds = int(datetime.fromisoformat(value).astimezone(UTC).timestamp())
        elif isinstance(value, str) and _DIGITS.fullmatch(value):
            seconds = int(value) // ticks
        elif isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 20:
            seconds = int(value // ticks)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return seconds if seconds in _TIMES else None
