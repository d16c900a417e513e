"""Underlyings and their instruments, each with its form in the file of venue data (docs/venue-data.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from zkmargin.documents.fields import decimal_text
from zkmargin.spec.constants import INSTRUMENTS

from .funding import NO_FUNDING, booked_price

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = [
    "MAX_TIME",
    "NAME",
    "SETTLED_DAYS",
    "SETTLED_SECONDS",
    "Expired",
    "Future",
    "Instrument",
    "Option",
    "Perpetual",
    "Right",
    "Spot",
    "Underlying",
    "expiry_of",
    "instrument_from_json",
    "spot_name",
]

MAX_TIME = 1 << 40
"""The upper bound of times, in Unix seconds."""

SETTLED_DAYS = 7
"""The least number of days for which a settled row stays in the snapshots.

Every position of an expired instrument becomes cash at the mark of its row. If the row went early, the last positions
could never become cash, and the others' cash would not be covered.
"""

SETTLED_SECONDS = SETTLED_DAYS * 86_400
"""The same in seconds."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""The form of the names of instruments, underlyings and assets."""


class Right(StrEnum):
    """The right of an option: to buy (call) or to sell (put)."""

    CALL = "call"
    PUT = "put"


@dataclass(frozen=True, slots=True)
class Option:
    """A European option on the future of its expiry, settled in the quote currency.

    Attributes
    ----------
    name : str
        The venue's name.
    index : int
        The number within the underlying, 0 to 4095; it stays the same for the instrument's life.
    lot : Decimal
        Units of the underlying in one lot.
    expiry : int
        Unix time in seconds.
    strike, forward, mark : Decimal
        Quote currency per unit of the underlying.
    right : Right
        Call or put.
    volatility : Decimal
        Annual, 0.7 is 70 %. The mark follows from it by Black-76 with ACT/365 and rate 0.
    bid, ask : Decimal or None
        The best prices to sell and to buy at, quote currency per unit of the underlying; None if not known. No row
        depends on them.
    """

    name: str
    index: int
    lot: Decimal
    expiry: int
    strike: Decimal
    right: Right
    forward: Decimal
    mark: Decimal
    volatility: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``instruments`` of the kind ``option``."""
        required = (*_COMMON, "expiry", "strike", "right", "forward", "volatility")
        members = field.members(required, _SIDES)
        right = members["right"]
        if right.value not in tuple(Right):
            right.refuse('expected "call" or "put"')
        return cls(
            expiry=members["expiry"].integer(1, MAX_TIME - 1),
            strike=members["strike"].decimal(),
            right=Right(right.value),
            forward=members["forward"].decimal(),
            volatility=members["volatility"].decimal(),
            **_read_common(members),
            **_read_sides(members),
        )

    def to_json(self) -> dict[str, str]:
        """Return the item of ``instruments``."""
        return {
            **_common(self, "option"),
            "expiry": str(self.expiry),
            "strike": decimal_text(self.strike),
            "right": str(self.right),
            "forward": decimal_text(self.forward),
            "mark": decimal_text(self.mark),
            "volatility": decimal_text(self.volatility),
            **_sides(self),
        }


@dataclass(frozen=True, slots=True)
class Future:
    """A future. Its attributes are as those of `Option`."""

    name: str
    index: int
    lot: Decimal
    expiry: int
    mark: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``instruments`` of the kind ``future``."""
        members = field.members((*_COMMON, "expiry"), _SIDES)
        expiry = members["expiry"].integer(1, MAX_TIME - 1)
        return cls(expiry=expiry, **_read_common(members), **_read_sides(members))

    def to_json(self) -> dict[str, str]:
        """Return the item of ``instruments``."""
        return {
            **_common(self, "future"),
            "expiry": str(self.expiry),
            "mark": decimal_text(self.mark),
            **_sides(self),
        }


@dataclass(frozen=True, slots=True)
class Perpetual:
    """A perpetual future. Its other attributes are as those of `Option`.

    Attributes
    ----------
    mark : Decimal
        The price as the venue quotes it, without funding.
    funding : Decimal
        The payments of a long position of one unit since the listing, less its receipts, in the quote currency; a
        whole number of micro-quote per lot.
    """

    name: str
    index: int
    lot: Decimal
    mark: Decimal
    funding: Decimal = NO_FUNDING
    bid: Decimal | None = None
    ask: Decimal | None = None

    @property
    def booked_mark(self) -> Decimal:
        """The mark in the risk table: the quoted one less the accumulated funding."""
        return booked_price(self.mark, self.funding)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``instruments`` of the kind ``perpetual``."""
        members = field.members(_COMMON, ("funding", *_SIDES))
        funding = members["funding"].decimal() if "funding" in members else NO_FUNDING
        return cls(funding=funding, **_read_common(members), **_read_sides(members))

    def to_json(self) -> dict[str, str]:
        """Return the item of ``instruments``."""
        item = {**_common(self, "perpetual"), "mark": decimal_text(self.mark)}
        if self.funding:
            item["funding"] = decimal_text(self.funding)
        return item | _sides(self)


@dataclass(frozen=True, slots=True)
class Spot:
    """Units of the underlying itself, as a position. Its attributes are as those of `Option`.

    Its mark is the index price of the underlying.
    """

    name: str
    index: int
    lot: Decimal
    mark: Decimal

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``instruments`` of the kind ``spot``."""
        return cls(**_read_common(field.members(_COMMON)))

    def to_json(self) -> dict[str, str]:
        """Return the item of ``instruments``."""
        return {**_common(self, "spot"), "mark": decimal_text(self.mark)}


@dataclass(frozen=True, slots=True)
class Expired:
    """An option or a future after its expiry, settled at its payoff, listed until accounts have it in cash.

    Its other attributes are as those of `Option`.

    Attributes
    ----------
    mark : Decimal
        The payoff, quote currency per unit of the underlying; 0 if the instrument expired worthless.
    settled : int
        The time of the venue data that settled it, Unix time in seconds; not before the expiry.
    until : int
        The time when the instrument leaves the venue data, Unix time in seconds; at least `SETTLED_SECONDS` later.
    """

    name: str
    index: int
    lot: Decimal
    expiry: int
    mark: Decimal
    settled: int
    until: int

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``instruments`` of the kind ``expired``."""
        members = field.members((*_COMMON, *_EXPIRED))
        times: dict[str, Any] = {key: members[key].integer(1, MAX_TIME - 1) for key in _EXPIRED}
        return cls(**times, **_read_common(members))

    def to_json(self) -> dict[str, str]:
        """Return the item of ``instruments``."""
        return {
            **_common(self, "expired"),
            "expiry": str(self.expiry),
            "mark": decimal_text(self.mark),
            "settled": str(self.settled),
            "until": str(self.until),
        }


Instrument: TypeAlias = Option | Future | Perpetual | Spot | Expired


@dataclass(frozen=True, slots=True)
class Underlying:
    """An underlying and its instruments.

    Attributes
    ----------
    name : str
        Such as ``ETH``.
    price : Decimal
        The index price, quote currency per unit.
    next_index : int
        The index where the search for a free one starts when the next instrument is listed.
    instruments : tuple of Instrument
        Instruments in the order of their indices.
    """

    name: str
    price: Decimal
    next_index: int
    instruments: tuple[Instrument, ...]

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``underlyings``."""
        members = field.members(("name", "price", "nextIndex", "instruments"))
        return cls(
            name=members["name"].text(),
            price=members["price"].decimal(),
            next_index=members["nextIndex"].integer(0, INSTRUMENTS - 1),
            instruments=tuple(instrument_from_json(item) for item in members["instruments"].items()),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the item of ``underlyings``."""
        return {
            "name": self.name,
            "price": decimal_text(self.price),
            "nextIndex": str(self.next_index),
            "instruments": [one.to_json() for one in self.instruments],
        }


def expiry_of(one: Instrument) -> int | None:
    """Return when an instrument expires, Unix time in seconds; None for perpetuals and spot."""
    return None if isinstance(one, Perpetual | Spot) else one.expiry


def spot_name(underlying: str) -> str:
    """Return the name of an underlying's `Spot`."""
    return f"{underlying}-SPOT"


def instrument_from_json(field: Field) -> Instrument:
    """Read an item of ``instruments`` of any kind.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    kind = field.entries().get("kind")
    if kind is None or not isinstance(kind.value, str) or kind.value not in _KINDS:
        (kind or field).refuse('expected the kind "option", "future", "perpetual", "spot" or "expired"')
    return _KINDS[kind.value].from_json(field)


_KINDS: dict[str, type[Instrument]] = {
    "option": Option,
    "future": Future,
    "perpetual": Perpetual,
    "spot": Spot,
    "expired": Expired,
}
_EXPIRED = ("expiry", "settled", "until")
_COMMON = ("kind", "name", "index", "lot", "mark")
_SIDES = ("bid", "ask")


def _common(one: Instrument, kind: str) -> dict[str, str]:
    """Return the members that all kinds have in common."""
    return {"kind": kind, "name": one.name, "index": str(one.index), "lot": decimal_text(one.lot)}


def _sides(one: Option | Future | Perpetual) -> dict[str, str]:
    """Return the members for the best prices that are known."""
    prices = {name: getattr(one, name) for name in _SIDES}
    return {name: decimal_text(price) for name, price in prices.items() if price is not None}


def _read_sides(members: dict[str, Field]) -> dict[str, Any]:
    return {name: members[name].decimal() for name in _SIDES if name in members}


def _read_common(members: dict[str, Field]) -> dict[str, Any]:
    return {
        "name": members["name"].text(),
        "index": members["index"].integer(0, INSTRUMENTS - 1),
        "lot": members["lot"].decimal(),
        "mark": members["mark"].decimal(),
    }
