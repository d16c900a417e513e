"""The values a market is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "MAX_TIME",
    "NAME",
    "Estimate",
    "Exclusion",
    "Expired",
    "Future",
    "Instrument",
    "Option",
    "Perpetual",
    "Right",
    "Underlying",
]

MAX_TIME = 1 << 40
"""Beyond any moment in Unix seconds."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""What instruments, underlyings and assets may be called."""


class Right(StrEnum):
    """What an option gives the right to do."""

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
        Its place among the 4096 of its underlying, for life.
    lot : Decimal
        Units of the underlying in one lot.
    expiry : int
        Unix time in seconds.
    strike, forward, mark : Decimal
        Quote currency per unit of the underlying.
    right : Right
        Call or put.
    volatility : Decimal
        Annual, 0.7 is 70 %; with Black-76, ACT/365 and rate 0 it gives the mark.
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


@dataclass(frozen=True, slots=True)
class Future:
    """A future. Attributes as those of `Option`."""

    name: str
    index: int
    lot: Decimal
    expiry: int
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Perpetual:
    """A perpetual future. Attributes as those of `Option`."""

    name: str
    index: int
    lot: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Expired:
    """An option or a future after its expiry: what it pays, until accounts have traded it into cash.

    Attributes as those of `Option`, and:

    Attributes
    ----------
    mark : Decimal
        What it pays, quote currency per unit of the underlying; 0 if it expired worthless.
    until : int
        How long it stays in the market, Unix time in seconds.
    """

    name: str
    index: int
    lot: Decimal
    expiry: int
    mark: Decimal
    until: int


Instrument: TypeAlias = Option | Future | Perpetual | Expired


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An instrument that the venue lists and the market leaves out.

    Attributes
    ----------
    name, reason : str
        Which, and why.
    underlying : str
        Its underlying, empty when the name does not tell.
    index : int or None
        The index it keeps, until `zkmargin.venue_data.listing.KEPT` after its expiry.
    expiry : int or None
        Unix time in seconds; None if it does not expire.
    """

    name: str
    reason: str
    underlying: str = ""
    index: int | None = None
    expiry: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """An instrument whose mark is ours, because the venue gave none that could be used.

    Attributes
    ----------
    name, reason : str
        Which, and why and how.
    """

    name: str
    reason: str


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
        Where the search for a free index starts when the next instrument is listed.
    instruments : tuple of Instrument
        By index.
    """

    name: str
    price: Decimal
    next_index: int
    instruments: tuple[Instrument, ...]
