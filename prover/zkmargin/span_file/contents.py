"""What a SPAN risk parameter file says, in its own units and with its own signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

__all__ = [
    "Commodity",
    "Contract",
    "Expiry",
    "Family",
    "Header",
    "PriceFormat",
    "ScanRange",
    "SpanFile",
]


class Family(NamedTuple):
    """A product family: what shares a product code and a type, such as all E-mini S&P 500 futures.

    Attributes
    ----------
    exchange, product : str
        Such as ``CME`` and ``ES``.
    kind : str
        FUT for futures, PHY for what is delivered, CMB for combinations; OOF, OOP, OOC for options on
        them.
    """

    exchange: str
    product: str
    kind: str

    @property
    def is_option(self) -> bool:
        """Whether the contracts are options."""
        return self.kind.startswith("OO")

    def __str__(self) -> str:
        """Return it as the names of its contracts begin: ``CME-ES-FUT``."""
        return "-".join(self)


class Expiry(NamedTuple):
    """Which contracts of a family belong together: all strikes of a series, or one future.

    Attributes
    ----------
    month, day : str
        Of the future, or of the one underneath: CCYYMM, and a day or week code; empty where there is none.
    option_month, option_day : str
        Of the option, in the same way.
    """

    month: str
    day: str
    option_month: str = ""
    option_day: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Whose file it is, and of which day.

    Attributes
    ----------
    clearing : str
        The exchange complex, such as ``CME``.
    business_date : date
    """

    clearing: str
    business_date: date


@dataclass(frozen=True, slots=True)
class PriceFormat:
    """How the prices of a family are written, and what they are worth.

    Attributes
    ----------
    decimals, strike_decimals : int
        Implied decimals of a settlement price and of a strike; negative for zeros that are left out.
    strike_is_plain : bool
        Whether a strike is a decimal number, not one with fractions in its last digits.
    value_factor : Decimal
        What a contract gains when the price rises by 1.
    currency : str
        Of prices and gains.
    is_positionable : bool
        Whether the contracts can be held at all.
    """

    decimals: int
    strike_decimals: int
    strike_is_plain: bool
    value_factor: Decimal
    currency: str
    is_positionable: bool


@dataclass(frozen=True, slots=True)
class ScanRange:
    """What the arrays of a future or of a series of options were calculated with.

    Attributes
    ----------
    price : Decimal
        Whole units of the currency a contract, or percent of its value.
    price_is_percentage : bool
    volatility : Decimal
        A decimal fraction, or percent of the volatility.
    volatility_is_percentage : bool
    extreme_multiple, extreme_cover : Decimal
        Of the price scan range, and the part that counts.
    value_factor : Decimal or None
        Of these contracts alone, in place of the family's.
    """

    price: Decimal
    price_is_percentage: bool
    volatility: Decimal
    volatility_is_percentage: bool
    extreme_multiple: Decimal
    extreme_cover: Decimal
    value_factor: Decimal | None


@dataclass(frozen=True, slots=True)
class Commodity:
    """A combined commodity: product families that are scanned together.

    Attributes
    ----------
    name : str
        Exchange and code, ``CME:ES``.
    currency : str
        Of the performance bond.
    families : tuple of Family
    short_option_minimum : int or None
        Whole units of the currency a short option; None without a type 4 record.
    initial_ratio : Decimal
        The largest of the initial to maintenance ratios; 1 where the file gives none.
    """

    name: str
    currency: str
    families: tuple[Family, ...]
    short_option_minimum: int | None
    initial_ratio: Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract and its risk array.

    Attributes
    ----------
    family : Family
    expiry : Expiry
    underlying : str
        The product code of what an option is on.
    right : str
        ``C`` or ``P`` for an option, empty otherwise.
    strike : int
        Digits of the strike with its sign; its format is that of the family.
    losses : tuple of int
        16 values of one long contract, in whole units of the currency: a loss is positive.
    delta : Decimal
        The composite delta: units of what is underneath for one contract.
    settlement : int or None
        Digits of the settlement price with its sign; None where the field is all nines.
    value_factor : Decimal or None
        Of this contract alone.
    line : int
        Where the first of its two records is.
    """

    family: Family
    expiry: Expiry
    underlying: str
    right: str
    strike: int
    losses: tuple[int, ...]
    delta: Decimal
    settlement: int | None
    value_factor: Decimal | None
    line: int


@dataclass(frozen=True, slots=True)
class SpanFile:
    """What was read of a SPAN risk parameter file.

    Attributes
    ----------
    source : str
        The file.
    header : Header
    commodities : mapping of str to Commodity
        Those that were asked for, by name.
    formats : mapping of Family to PriceFormat
        Of their families, as far as the file has them.
    ranges : mapping of (Family, Expiry) to ScanRange
        Of their contracts, as far as the file has them.
    contracts : tuple of Contract
        Theirs, in the file's order.
    ignored : mapping of str to int
        How many lines of which record type were not used.
    """

    source: str
    header: Header
    commodities: Mapping[str, Commodity]
    formats: Mapping[Family, PriceFormat]
    ranges: Mapping[tuple[Family, Expiry], ScanRange]
    contracts: tuple[Contract, ...]
    ignored: Mapping[str, int]
