"""Reader of SPAN risk parameter files in XML, ``.spn``.

Elements follow the types in github.com/rpolton/span-for-margin, trunk/XMLFormat/XMLParserDataTypes.fs, for files of ASX
and SFE; public notes on a file of NSE Clearing of 25 June 2026 (fileFormat 4.00) have the same ones. Values of a risk
array are losses of one long contract, as in ``.pa2``, and values 15 and 16 include their cover: the notes' array of a
future falls as the price rises, and its extremes are 0.35 times two scan ranges.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

from .contents import Contract, Expiry, Family, PriceFormat, ScanRange, SpanFile
from .stream import open_file
from .xml_definitions import Definitions
from .xml_stream import read_elements
from .xml_values import array_of, effective_extreme, expiry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .xml_definitions import Definition
    from .xml_stream import Element, Handler

__all__ = ["read_xml_file"]

_KINDS = {"phyPf": "PHY", "futPf": "FUT", "cmbPf": "CMB", "oopPf": "OOP", "oofPf": "OOF", "oocPf": "OOC"}
"""Portfolios and the product types of ``.pa2``."""

_OTHERS = ("equityPf", "ooePf", "debtPf", "cmbPfDef")
"""Portfolios that are refused in a requested combined commodity."""

_CONTRACTS = ("phy", "fut", "cmb")


def read_xml_file(
    path: str | Path,
    commodities: Collection[str] | None = None,
    currency: str = "",
    progress: Callable[[str, int, int], None] | None = None,
) -> SpanFile:
    """Read a SPAN risk parameter file in XML, plain or zipped, in two passes: definitions, then contracts.

    Parameters
    ----------
    path : str or Path
    commodities : collection of str, optional
        The combined commodities to read, exchange and code, such as ``NSE:NIFTY``; all by default.
    currency : str
        The currency of combined commodities for which the file has none.
    progress : callable, optional
        Called with ``"reading"``, the number of bytes read, and the size of both passes together.

    Raises
    ------
    InputError
        With file, line and element, if the file is malformed or has a feature that cannot be used.
    """
    source = str(path)
    definitions = Definitions()
    contracts = _Contracts(definitions, None if commodities is None else frozenset(commodities))
    passes: tuple[tuple[Mapping[str, Handler], tuple[str, ...]], ...] = (
        (definitions.handlers, ("exchange",)),
        (contracts.handlers, ("definitions", "ccDef", "interSpreads")),
    )
    for number, (handlers, skipped) in enumerate(passes):
        with open_file(Path(path)) as (stream, size):
            share = _share(progress, number * size, len(passes) * size)
            read_elements(stream, source, handlers, skipped=skipped, progress=share)
    return contracts.finish(source, currency)


def _share(
    progress: Callable[[str, int, int], None] | None, before: int, size: int
) -> Callable[[int], None] | None:
    """Return what one of several passes calls with the number of its bytes."""
    return None if progress is None else lambda done: progress("reading", before + done, size)


def _dropped(*_: object) -> bool:
    return False


class _Contracts:
    """The contracts of requested combined commodities."""

    def __init__(self, definitions: Definitions, wanted: frozenset[str] | None) -> None:
        self._definitions, self._wanted = definitions, wanted
        self._products: dict[str, Definition] = {}
        self._others: set[str] = set()
        self._formats: dict[Family, PriceFormat] = {}
        self._ranges: dict[tuple[Family, Expiry], ScanRange] = {}
        self._contracts: list[Contract] = []
        self._places: dict[tuple[str, str, str], tuple[str, Expiry]] = {}
        """Product code and expiry of underlying contracts, by exchange, portfolio and contract."""
        self._names: dict[tuple[Family, Expiry, str, Decimal], int] = {}
        self._series: list[tuple[Element, Family, Element | None]] = []
        """Options' series, which refer to contracts anywhere in the file."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers of a pass over the file."""
        return {
            "pfCode": self._choose,
            "exchange": _dropped,
            **dict.fromkeys(_KINDS, self._take),
            **dict.fromkeys(_OTHERS, self._refuse),
        }

    def _choose(self, element: Element, ancestors: list[Element]) -> bool:
        """Drop the rest of a portfolio that no requested combined commodity has."""
        portfolio = ancestors[-1]
        if portfolio.tag in (*_KINDS, *_OTHERS) and ancestors[-2].tag == "exchange":
            exchange = ancestors[-2].code("exch")
            number = portfolio.value("pfId")
            portfolio.is_skipped = bool(number) and self._product(exchange, number, element.text) is None
        return True

    def _refuse(self, element: Element, _: list[Element]) -> bool:
        """Refuse a portfolio of a requested combined commodity that has no place in a table."""
        if not element.is_skipped:
            element.refuse("equities, debt and options on them are not supported")
        return False

    def _take(self, element: Element, ancestors: list[Element]) -> bool:
        """Take a portfolio."""
        if element.is_skipped or ancestors[-1].tag != "exchange":
            return False
        exchange, code, portfolio = ancestors[-1].code("exch"), element.code("pfCode"), element.value("pfId")
        product = self._product(exchange, portfolio, code)
        if product is None:
            return False
        family = Family(exchange, code, _KINDS[element.tag])
        if family in self._formats:
            element.refuse(f"duplicate portfolio {family}")
        product.families.append(family)
        product.currency = product.currency or element.value("currency")
        factor = element.number("cvf")
        first = len(self._contracts)
        for contract in (one for tag in _CONTRACTS for one in element.all(tag)):
            self._take_contract(contract, family, portfolio)
        self._series += [(one, family, element.child("undPf")) for one in element.all("series")]
        taken = self._contracts[first:]
        allowed = element.value("positionsAllowed") != "0"
        # An index has a price and an array of zeros, so that options can refer to it.
        is_held = family.kind != "PHY" or any(loss for one in taken for loss in one.losses)
        self._formats[family] = PriceFormat(
            decimals=0,
            strike_decimals=0,
            strike_is_plain=True,
            value_factor=Decimal(1) if factor is None else factor,
            currency=element.value("currency"),
            is_positionable=allowed and is_held,
        )
        if self._formats[family].value_factor <= 0:
            element.refuse("must be positive", "cvf")
        return False

    def finish(self, source: str, currency: str) -> SpanFile:
        """Check for missing contents, and return the requested ones."""
        header = self._definitions.header(source)
        for name in sorted((self._wanted or frozenset()) - set(self._products)):
            hint = did_you_mean(name, sorted(self._others))
            raise InputError(f"no combined commodity {name} in the file{hint}", source=source)
        for series, family, product in self._series:
            self._take_series(series, family, product)
        commodities = {name: one.commodity(name, currency) for name, one in self._products.items()}
        ignored = sum((one.not_carried() for one in self._products.values()), Counter[str]())
        currencies = {family: one.currency for one in commodities.values() for family in one.families}
        return SpanFile(
            source=source,
            header=header,
            commodities=commodities,
            formats={
                family: replace(form, currency=form.currency or currencies[family])
                for family, form in self._formats.items()
            },
            ranges=self._ranges,
            contracts=tuple(self._contracts),
            ignored=dict(sorted(ignored.items())),
        )

    def _product(self, exchange: str, portfolio: str, code: str) -> Definition | None:
        """Return the requested combined commodity that has a portfolio; without links it has those of its own code."""
        for name, definitions in self._definitions.found.items():
            for one in definitions:
                is_own = (exchange, portfolio) in one.links if one.links else code == name
                if not is_own:
                    continue
                product = f"{exchange}:{name}"
                if self._wanted is not None and product not in self._wanted:
                    self._others.add(product)
                    return None
                if self._products.setdefault(product, one) is not one:
                    one.element.refuse(f"duplicate combined commodity {product}")
                return one
        return None

    def _take_contract(self, element: Element, family: Family, portfolio: str) -> None:
        expiry = Expiry(*expiry_of(element))
        self._places[family.exchange, portfolio, element.value("cId")] = family.product, expiry
        self._add(element, Contract(family, expiry, "", "", Decimal(0), *array_of(element), element.number("p"),
                                    element.number("cvf"), element.line))  # fmt: skip
        self._take_range(element, family, expiry)

    def _take_series(self, series: Element, family: Family, product: Element | None) -> None:
        month, day = expiry_of(series)
        underlying = series.child("undC")
        place = None
        if underlying is not None:
            key = tuple(underlying.value(tag) for tag in ("exch", "pfId", "cId"))
            place = self._places.get((key[0], key[1], key[2]))
        code = place[0] if place else product.value("pfCode") if product is not None else family.product
        own = place[1] if place else Expiry("", "") if family.kind == "OOP" else Expiry(month, day)
        expiry, common = Expiry(own.month, own.day, month, day), series.number("cvf")
        for option in series.all("opt"):
            right = option.value("o")
            if right not in {"C", "P"}:
                option.refuse("expected C or P", "o")
            strike, factor = option.number("k"), option.number("cvf")
            if strike is None:
                option.refuse("missing", "k")
            factor = common if factor is None else factor
            price, values = option.number("p"), array_of(option)
            contract = Contract(family, expiry, code, right, strike, *values, price, factor, option.line)
            self._add(option, contract)
        self._take_range(series, family, expiry)

    def _add(self, element: Element, contract: Contract) -> None:
        name = (contract.family, contract.expiry, contract.right, Decimal(contract.strike))
        if name in self._names:
            element.refuse(f"duplicate of the contract in line {self._names[name]}")
        if contract.value_factor is not None and contract.value_factor <= 0:
            element.refuse("must be positive", "cvf")
        self._names[name] = element.line
        self._contracts.append(contract)

    def _take_range(self, element: Element, family: Family, expiry: Expiry) -> None:
        rates = element.all("scanRate")
        if not rates:
            return
        rate = rates[0]
        price, percent = rate.number("priceScan"), rate.number("priceScanPct")
        volatility, relative = rate.number("volScan"), rate.number("volScanPct")
        by_price, by_volatility = not price and bool(percent), not volatility and bool(relative)
        multiple, cover = self._definitions.extreme or (effective_extreme(element, price), Decimal(1))
        self._ranges[family, expiry] = ScanRange(
            price=(percent if by_price else price) or Decimal(0),
            price_is_percentage=by_price,
            volatility=(relative if by_volatility else volatility) or Decimal(0),
            volatility_is_percentage=by_volatility,
            extreme_multiple=multiple,
            extreme_cover=cover,
            value_factor=element.number("cvf"),
        )
