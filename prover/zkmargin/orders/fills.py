"""Fills that a venue's matching engine has found, and their file (docs/formats/fills.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.spec.constants import SHEET_ENTRIES

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["Fill", "Fills"]

_FORMAT = "zkmargin-fills/1"
_REQUIRED = ("buy", "sell", "quantity", "price")
_FEES = ("buyerFee", "sellerFee")
_ENTRY = "entry"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PATH = re.compile(r"[^\x00-\x1f\x7f]{1,1024}")


@dataclass(frozen=True, slots=True, repr=False)
class Fill:
    """A fill of two orders, or of a quote sheet and an order. Its repr shows nothing of it.

    Attributes
    ----------
    buy, sell : str
        The signed files of both sides, relative to the folder of the fills' file.
    quantity : Decimal
        In units of the underlying, a multiple of the instrument's lot; above 0.
    price : Decimal
        The quoted price, in the quote currency per unit. The booked price is less a perpetual's accumulated funding.
    buyer_fee, seller_fee : Decimal
        The fees, in the quote currency per unit, 0 or more.
    entry : int, optional
        If one side is a quote sheet: the place of its entry, from 0.
    """

    buy: str
    sell: str
    quantity: Decimal
    price: Decimal
    buyer_fee: Decimal
    seller_fee: Decimal
    entry: int | None = None

    @classmethod
    def from_json(cls, item: Field) -> Self:
        """Read an item of ``fills``; raise `InputError` with the key path if that fails."""
        members = item.members((*_REQUIRED, *_FEES), (_ENTRY,))
        quantity = members["quantity"].decimal()
        if quantity <= 0:
            members["quantity"].refuse("must be positive")
        buyer_fee, seller_fee = (members[key].decimal() for key in _FEES)
        for key, fee in zip(_FEES, (buyer_fee, seller_fee), strict=True):
            if fee < 0:
                members[key].refuse("must not be negative")
        entry = members[_ENTRY].integer(0, SHEET_ENTRIES - 1) if _ENTRY in members else None
        buy, sell = (members[key].text(_PATH, "the path of a file") for key in ("buy", "sell"))
        return cls(buy, sell, quantity, members["price"].decimal(), buyer_fee, seller_fee, entry)

    def to_json(self) -> dict[str, str]:
        """Return an item of ``fills``."""
        numbers = (self.quantity, self.price, self.buyer_fee, self.seller_fee)
        keys = ("quantity", "price", *_FEES)
        return {
            "buy": self.buy,
            "sell": self.sell,
            **{key: decimal_text(number) for key, number in zip(keys, numbers, strict=True)},
            **({} if self.entry is None else {_ENTRY: str(self.entry)}),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Fills(JsonFile):
    """A list of fills, in the order in which they happened. Its repr shows nothing of it.

    Attributes
    ----------
    name : str
        Names the list; the venue settles a list of a name once.
    fills : tuple of Fill
    source : str
        The file that the list was read from.
    """

    PRIVATE: ClassVar[bool] = True
    MAX_BYTES: ClassVar[int] = 1 << 24

    name: str
    fills: tuple[Fill, ...]
    source: str = field(default="fills", compare=False)

    @property
    def folder(self) -> Path:
        """The folder that the paths of signed files are relative to."""
        return Path(self.source).parent

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a fills file (docs/formats/fills.md).

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members_of(_FORMAT, ("format", "name", "fills"))
        items = members["fills"].items()
        if not items:
            members["fills"].refuse("must not be empty")
        name = members["name"].text(_ID, "a name of letters, digits, '.', '_' and '-'")
        return cls(name, tuple(Fill.from_json(item) for item in items), source=field.source)

    def to_json(self) -> dict[str, Any]:
        """Return the object of a fills file."""
        return {"format": _FORMAT, "name": self.name, "fills": [one.to_json() for one in self.fills]}
