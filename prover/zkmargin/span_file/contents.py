"""The contents of a SPAN risk parameter file, in its own units and with its own signs."""

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
    """A product family: all contracts of a product code and type, such as all E-mini S&P 500 futures.

    Attributes
    ----------
    exchange, product : str
        Codes such as ``CME`` and ``ES``.
    kind : str
        FUT for futures, PHY for physicals, CMB for combinations; OOF, OOP, OOC for options on these.
    """

    exchange: str
    product: str
    kind: str

    @property
    def is_option(self) -> bool:
        """Whether the contracts are options."""
        return self.kind.startswith("OO")

    def __str__(self) -> str:
        """Return the prefix of the contracts' names, such as ``CME-ES-FUT``."""
        return "-".join(self)


class Expiry(NamedTuple):
    """The expiry of a future, or of all strikes of an option series.

    Attributes
    ----------
    month, day : str
        The month (CCYYMM) and the day or week code of the future, or of the option's underlying; empty for
        none.
    option_month, option_day : str
        The month and the day or week code of the option; empty for none.
    """

    month: str
    day: str
    option_month: str = ""
    option_day: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """The clearing organisation and the business date of a file.

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
    """The format of a family's prices, and their value.

    Attributes
    ----------
    decimals, strike_decimals : int
        Implied decimals of settlement prices and of strikes; negative for omitted trailing zeros.
    strike_is_plain : bool
        Whether strikes are decimal numbers, without fractions in the last digits.
    value_factor : Decimal
        The gain of a contract when the price rises by 1.
    currency : str
        The currency of prices and gains.
    is_positionable : bool
        Whether accounts can hold the contracts.
    """

    decimals: int
    strike_decimals: int
    strike_is_plain: bool
    value_factor: Decimal
    currency: str
    is_positionable: bool


@dataclass(frozen=True, slots=True)
class ScanRange:
    """The parameters of the risk arrays of a future or of an option series.

    Attributes
    ----------
    price : Decimal
        The price scan range, in whole units of the currency per contract or in percent of its value.
    price_is_percentage : bool
    volatility : Decimal
        The volatility scan range, as a decimal fraction or in percent of the volatility.
    volatility_is_percentage : bool
    extreme_multiple, extreme_cover : Decimal
        The size of the extreme moves as a multiple of the price scan range, and their cover.
    value_factor : Decimal or None
        The value factor of these contracts, instead of the family's.
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
        Exchange and code, such as ``CME:ES``.
    currency : str
        The currency of the requirement.
    families : tuple of Family
    short_option_minimum : Decimal, int or None
        Units of the currency per short option; None if the file has none.
    initial_ratio : Decimal
        The largest of the initial to maintenance ratios; 1 if the file has none.
    not_carried : tuple of str
        Parts of the file that no row carries, such as ``153 dSpread``.
    """

    name: str
    currency: str
    families: tuple[Family, ...]
    short_option_minimum: Decimal | int | None
    initial_ratio: Decimal
    not_carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract and its risk array.

    Attributes
    ----------
    family : Family
    expiry : Expiry
    underlying : str
        The product code of an option's underlying.
    right : str
        ``C`` or ``P`` for an option, empty otherwise.
    strike : Decimal or int
        The strike; in ``.pa2`` its digits with the sign, in the family's format.
    losses : tuple of Decimal or int
        The 16 losses of one long contract, in units of the currency; gains are negative.
    delta : Decimal
        The composite delta: units of the underlying for one contract.
    settlement : Decimal, int or None
        The settlement price; in ``.pa2`` its digits with the sign. None if the file has none.
    value_factor : Decimal or None
        The value factor of this contract, instead of the family's.
    line : int
        The line number of the contract's first record or element.
    """

    family: Family
    expiry: Expiry
    underlying: str
    right: str
    strike: Decimal | int
    losses: tuple[Decimal | int, ...]
    delta: Decimal
    settlement: Decimal | int | None
    value_factor: Decimal | None
    line: int


@dataclass(frozen=True, slots=True)
class SpanFile:
    """The requested contents of a SPAN risk parameter file.

    Attributes
    ----------
    source : str
        The path of the file.
    header : Header
    commodities : mapping of str to Commodity
        The requested combined commodities, by name.
    formats : mapping of Family to PriceFormat
        The price formats of their families; the file may lack some.
    ranges : mapping of (Family, Expiry) to ScanRange
        The scan ranges of their contracts; the file may lack some.
    contracts : tuple of Contract
        Their contracts, in the file's order.
    ignored : mapping of str to int
        The number of unused lines by record type, or of unused elements by tag.
    """

    source: str
    header: Header
    commodities: Mapping[str, Commodity]
    formats: Mapping[Family, PriceFormat]
    ranges: Mapping[tuple[Family, Expiry], ScanRange]
    contracts: tuple[Contract, ...]
    ignored: Mapping[str, int]
