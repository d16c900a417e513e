"""Positions with their entry prices, as venues show them: Deribit's, ccxt's, and any venue's CSV.

Errors show the place of a position, never its instrument or its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError

from .answers import raw_name
from .names import CCXT, deribit_name, parse_name
from .parsing import csv_rows, parse_number, read_bytes
from .refusals import venue_error

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PositionFormat", "VenuePosition", "read_positions"]

_COLUMNS = ("instrument", "quantity", "entry_price")
_MAX_NAME = 64
_SIGNS = {"buy": 1, "sell": -1, "long": 1, "short": -1}


class PositionFormat(StrEnum):
    """The format of a file of positions."""

    DERIBIT = "deribit"
    CCXT = "ccxt"
    CSV = "csv"


# No repr: positions are secret.
@dataclass(frozen=True, slots=True, repr=False)
class VenuePosition:
    """A position at a venue.

    Attributes
    ----------
    names : tuple of str
        The instrument's possible names in venue data, the likeliest first.
    quantity : Fraction
        In units of the underlying, negative if short. Of an inverse contract over N dollars that was entered at the
        price P these are N / P: its profit in dollars is that of as many units.
    entry : Fraction or None
        The average price of entry, quote currency per unit of the underlying; None if the balance has paid for the
        position, as it has for an option's premium.
    place : str
        The place in the file, for errors.
    """

    names: tuple[str, ...]
    quantity: Fraction
    entry: Fraction | None
    place: str


def read_positions(path: Path, form: PositionFormat) -> list[VenuePosition]:
    """Read positions; those of size 0 are left out.

    Parameters
    ----------
    path : Path
        Deribit: an answer of ``private/get_positions``, or its ``result`` alone. ccxt: what ``fetch_positions``
        returns, as JSON. CSV: the columns ``instrument``, ``quantity`` in units of the underlying, and
        ``entry_price`` in the quote currency, which is empty where cash has paid for the position already.
    form : PositionFormat

    Raises
    ------
    InputError
        With the place, if the file is malformed, or a price that is needed is missing.
    """
    content, source = read_bytes(path), str(path)
    if form is PositionFormat.CSV:
        rows = csv_rows(content, source, _COLUMNS, _COLUMNS)
        found = [_from_csv(_Row(values, source, line)) for line, values in rows]
    else:
        read = _from_deribit if form is PositionFormat.DERIBIT else _from_ccxt
        found = [read(row) for row in _json_rows(content, source)]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    values: dict[str, Any]
    source: str
    place: str

    def refuse(self, key: str, reason: str) -> InputError:
        return InputError(reason, source=self.source, key=f"{self.place}.{key}")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_NAME:
            raise self.refuse(key, "expected a name")
        return value

    def number(self, key: str) -> Fraction | None:
        found = parse_number(self.values.get(key), self.source, f"{self.place}.{key}")
        return None if found is None else Fraction(found)

    def needed(self, key: str) -> Fraction:
        found = self.number(key)
        if found is None:
            raise self.refuse(key, "missing")
        return found

    def price(self, key: str) -> Fraction:
        found = self.needed(key)
        if found <= 0:
            raise self.refuse(key, "must be above 0")
        return found

    def sign(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is not None and value not in (*_SIGNS, "zero"):
            raise self.refuse(key, f"expected one of {', '.join(_SIGNS)}")
        return _SIGNS.get(value) if isinstance(value, str) else None


def _json_rows(content: bytes, source: str) -> list[_Row]:
    document, key = parse_json(content, source, decimals=True), ""
    refusal = venue_error(document)
    if refusal:
        raise InputError(f"the venue answered with an error: {refusal}", source=source)
    if isinstance(document, dict):
        if "result" not in document:
            raise InputError("expected a list of positions, or an answer with a result", source=source)
        document, key = document["result"], "result"
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise InputError("expected a list of objects", source=source, key=key)
    return [_Row(row, source, f"{key}[{number}]") for number, row in enumerate(document)]


def _from_csv(row: _Row) -> VenuePosition | None:
    quantity, entry = row.needed("quantity"), row.number("entry_price")
    if quantity == 0:
        return None
    return VenuePosition((row.text("instrument"),), quantity, entry, row.place)


def _from_deribit(row: _Row) -> VenuePosition | None:
    text, size, sign = row.text("instrument_name"), row.needed("size"), row.sign("direction")
    name = parse_name(text)
    if name is None:
        raise row.refuse("instrument_name", "not an option, a future or a perpetual of Deribit")
    if size == 0:
        return None
    if sign is not None and sign * size < 0:
        raise row.refuse("direction", "contradicts the sign of size")
    if name.strike is not None:
        # The premium is part of the balance since the trade, in coins or in stablecoins.
        return VenuePosition((text,), size, None, row.place)
    entry = row.price("average_price")
    return VenuePosition((text,), size if name.linear else size / entry, entry, row.place)


def _from_ccxt(row: _Row) -> VenuePosition | None:
    symbol, size, sign = row.text("symbol"), row.needed("contracts"), row.sign("side")
    name = parse_name(symbol, CCXT)
    if name is None:
        raise row.refuse("symbol", "expected a symbol of a swap, a future or an option, such as ETH/USD:ETH")
    if size == 0:
        return None
    if sign is None:
        raise row.refuse("side", "missing")
    of_contract = row.number("contractSize")
    # ccxt gives a size without a sign, and the side beside it.
    quantity = abs(size) * (Fraction(1) if of_contract is None else of_contract) * sign
    names = tuple(dict.fromkeys(filter(None, (raw_name(row.values.get("info")), symbol, deribit_name(name)))))
    if name.strike is not None:
        return VenuePosition(names, quantity, None, row.place)
    entry = row.price("entryPrice")
    return VenuePosition(names, quantity if name.linear else quantity / entry, entry, row.place)
