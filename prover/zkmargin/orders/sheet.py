"""Quote sheets in units of the underlying and of the quote currency, and their files (docs/formats/sheet.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin import spec
from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import LOT_BITS, QUOTE_BITS, SHEET_ENTRIES
from zkmargin.venue_data.instruments import NAME
from zkmargin.venues.parsing import csv_rows, read_bytes

from . import parts

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.snapshot.snapshot import Listing, Snapshot
    from zkmargin.spec.tree import Tree

    from .signing_key import SigningKey

__all__ = ["SHEET_FORMAT", "Quote", "Sheet", "SignedSheet", "read_quotes", "sign_sheet"]

SHEET_FORMAT = "zkmargin-sheet/1"
_MEMBERS = ("format", *parts.HOLDER_MEMBERS, "cap", *parts.VALIDITY_MEMBERS, "quotes", "signature")
_PRICES = ("bid", "ask")
_REQUIRED = ("instrument", "size")
_MAX_BYTES = 4 << 20
_NEVER = {"bid": -(2**QUOTE_BITS), "ask": 2**QUOTE_BITS - 1}
"""The signed price of a side that is not quoted, in micro-quote per lot: no market reaches it."""


@dataclass(frozen=True, slots=True, repr=False)
class Quote:
    """An entry of a quote sheet. Its repr shows nothing of it.

    Attributes
    ----------
    instrument : str
        The name in the snapshot. Several entries may quote one instrument.
    bid, ask : Decimal or None
        The highest booked price at which the maker buys, and the lowest at which it sells, in the quote currency per
        unit of the underlying; None for a side that is not quoted.
    size : Decimal
        The most that one fill takes, in units of the underlying, a multiple of the lot; above 0.
    """

    instrument: str
    bid: Decimal | None
    ask: Decimal | None
    size: Decimal

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``quotes``."""
        members = field.members(_REQUIRED, _PRICES)
        bid, ask = (members[name].decimal() if name in members else None for name in _PRICES)
        if bid is None and ask is None:
            field.refuse("expected a bid, an ask or both")
        if bid is not None and ask is not None and bid > ask:
            members["bid"].refuse("must not be above the ask")
        size = members["size"].decimal()
        if size <= 0:
            members["size"].refuse("must be positive")
        return cls(members["instrument"].text(NAME, "an instrument's name"), bid, ask, size)

    def to_json(self) -> dict[str, str]:
        """Return an item of ``quotes``."""
        prices = {"bid": self.bid, "ask": self.ask}
        written = {name: decimal_text(price) for name, price in prices.items() if price is not None}
        return {"instrument": self.instrument, **written, "size": decimal_text(self.size)}

    def entry(self, listing: Listing, source: str, key: str) -> spec.Entry:
        """Return the quote in lots and in micro-quote per lot; `source` and `key` are for errors."""
        lot = Fraction(listing.lot)
        size = parts.whole(
            Fraction(self.size) / lot, "not a multiple of the instrument's lot", source, f"{key}.size"
        )
        finer = "not a whole number of micro-quote per lot"
        bid, ask = (
            _NEVER[name]
            if price is None
            else parts.whole(Fraction(price) * lot * parts.MICRO, finer, source, f"{key}.{name}")
            for name, price in zip(_PRICES, (self.bid, self.ask), strict=True)
        )
        try:
            return spec.Entry(listing.id, bid, ask, size)
        except spec.SpecError as error:
            raise InputError(error.reason, source=source, key=f"{key}.{error.key}") from None


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """A quote sheet. Its repr shows nothing of it.

    Attributes
    ----------
    cap : int
        The most lots that all fills of all entries take together, from 1 to 2^31 - 1.
    fee_rate : Decimal
        The highest fee, in the quote currency per lot of any instrument.
    sequence : int
        The sheet's number, below 2^40; sheets and orders share the places of the order table.
    expiry : int
        The last second in which a fill is valid, Unix time.
    quotes : tuple of Quote
        1 to 4096 entries.
    """

    cap: int
    fee_rate: Decimal
    sequence: int
    expiry: int
    quotes: tuple[Quote, ...]

    def header(self, source: str = "sheet") -> spec.Sheet:
        """Return the header in lots and micro-quote; `source` is for errors.

        Raises
        ------
        InputError
            With the key, if a value cannot be converted exactly or is out of range.
        """
        fee_rate = parts.whole(
            Fraction(self.fee_rate) * parts.MICRO, "more than 6 decimals", source, "feeRate"
        )
        if self.cap < 1:
            raise InputError("must be positive", source=source, key="cap")
        try:
            return spec.Sheet(self.cap, self.sequence, self.expiry, fee_rate)
        except spec.SpecError as error:
            raise InputError(error.reason, source=source, key=error.key) from None

    def entries(self, snapshot: Snapshot, source: str = "sheet") -> tuple[spec.Entry, ...]:
        """Return the entries in lots and in micro-quote per lot, in their order.

        Parameters
        ----------
        snapshot : Snapshot
            The source of ids and lots of instruments.
        source : str
            The file, for errors.

        Raises
        ------
        InputError
            With the key path, if there are none or too many, the snapshot has no such instrument, or a value cannot
            be converted exactly or is out of range.
        """
        if not 1 <= len(self.quotes) <= SHEET_ENTRIES:
            raise InputError(f"expected 1 to {SHEET_ENTRIES} items", source=source, key="quotes")
        listings = {one.name: one for one in snapshot.parts.listings}
        entries = []
        for place, quote in enumerate(self.quotes):
            key = f"quotes[{place}]"
            found = listings.get(quote.instrument)
            listing = found or parts.find_listing(snapshot, quote.instrument, source, f"{key}.instrument")
            entries.append(quote.entry(listing, source, key))
        return tuple(entries)


@dataclass(frozen=True, slots=True, repr=False)
class SignedSheet(JsonFile):
    """A signed quote sheet. Its repr shows nothing of it.

    Attributes
    ----------
    holder : zkmargin.spec.Holder
        Domain, owner and number of the maker's account.
    sheet : Sheet
    signature : zkmargin.spec.Signature
        Of the message of header and root; reading does not check it.
    source : str
        The file that the sheet was read from, for error messages.
    """

    PRIVATE: ClassVar[bool] = True
    MAX_BYTES: ClassVar[int] = _MAX_BYTES

    holder: spec.Holder
    sheet: Sheet
    signature: spec.Signature
    source: str = field(default="sheet", compare=False)

    @property
    def expiry(self) -> int:
        """The last second in which a fill is valid, Unix time."""
        return self.sheet.expiry

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a sheet file (docs/formats/sheet.md).

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members_of(SHEET_FORMAT, _MEMBERS)
        cap = members["cap"].integer(1, 2**LOT_BITS - 1)
        sheet = Sheet(cap, *parts.read_validity(members), _quotes(members["quotes"]))
        signature = parts.read_signature(members["signature"])
        return cls(parts.read_holder(members), sheet, signature, source=field.source)

    def to_json(self) -> dict[str, Any]:
        """Return the object of a sheet file."""
        sheet = self.sheet
        return {
            "format": SHEET_FORMAT,
            **parts.holder_to_json(self.holder),
            "cap": str(sheet.cap),
            **parts.validity_to_json(decimal_text(sheet.fee_rate), sheet.sequence, sheet.expiry),
            "quotes": [quote.to_json() for quote in sheet.quotes],
            "signature": parts.signature_to_json(self.signature),
        }

    def header(self) -> spec.Sheet:
        """Return the header in lots and micro-quote.

        Raises
        ------
        InputError
            As `Sheet.header`.
        """
        return self.sheet.header(self.source)

    def entries(self, snapshot: Snapshot) -> tuple[spec.Entry, ...]:
        """Return the entries in lots and in micro-quote per lot.

        Raises
        ------
        InputError
            As `Sheet.entries`.
        """
        return self.sheet.entries(snapshot, self.source)

    def tree(self, snapshot: Snapshot) -> Tree:
        """Return the tree over the entries, which gives their paths.

        Raises
        ------
        InputError
            As `entries`.
        """
        return spec.sheet_tree(self.entries(snapshot), fast_hasher())

    def check(self, key: spec.TradingKey, snapshot: Snapshot) -> None:
        """Check the signature.

        Parameters
        ----------
        key : TradingKey
            The maker's trading key.
        snapshot : Snapshot

        Raises
        ------
        StatementError
            If it is not the key's for this sheet.
        InputError
            As `header` and `entries`.
        """
        header, root = self.header(), self.tree(snapshot).root
        message = spec.sheet_message(header, root, self.holder, fast_hasher())
        parts.check_signed(key, message, self.signature, self.source)


def sign_sheet(sheet: Sheet, holder: spec.Holder, key: SigningKey, snapshot: Snapshot) -> SignedSheet:
    """Sign a quote sheet.

    Parameters
    ----------
    sheet : Sheet
    holder : zkmargin.spec.Holder
        Domain, owner and number of the maker's account.
    key : SigningKey
        The maker's trading key.
    snapshot : Snapshot

    Returns
    -------
    SignedSheet

    Raises
    ------
    InputError
        As `Sheet.header` and `Sheet.entries`, or if a value of `holder` is out of range.
    """
    header, entries = sheet.header(), sheet.entries(snapshot)
    hasher = fast_hasher()
    root = spec.sheet_tree(entries, hasher).root
    try:
        message = spec.sheet_message(header, root, holder, hasher)
    except spec.SpecError as error:
        raise InputError(error.reason, source="sheet", key=error.key) from None
    return SignedSheet(holder, sheet, key.sign(message))


def read_quotes(path: str | Path) -> tuple[Quote, ...]:
    """Read the entries of a sheet.

    Parameters
    ----------
    path : str or Path
        A CSV file with the columns ``instrument``, ``bid``, ``ask`` and ``size``, empty where a side is not quoted,
        or a JSON file with the list ``quotes`` of a sheet file.

    Returns
    -------
    tuple of Quote

    Raises
    ------
    InputError
        With file and line or key path, if the file is malformed.
    """
    source = str(path)
    if Path(path).suffix == ".json":
        return _quotes(Field(load_json(Path(path), max_bytes=_MAX_BYTES), source))
    columns = (*_REQUIRED, *_PRICES)
    rows = csv_rows(read_bytes(Path(path)), source, _REQUIRED, columns)
    filled = [(line, {name: value for name, value in row.items() if value}) for line, row in rows]
    return tuple(Quote.from_json(Field(row, source, line)) for line, row in filled)


def _quotes(field: Field) -> tuple[Quote, ...]:
    items = field.items()
    if not 1 <= len(items) <= SHEET_ENTRIES:
        field.refuse(f"expected 1 to {SHEET_ENTRIES} items")
    return tuple(Quote.from_json(item) for item in items)
