"""Reader of SPAN risk parameter files in XML, ``.spn``.

Elements follow the types in github.com/rpolton/span-for-margin, trunk/XMLFormat/XMLParserDataTypes.fs, for files of ASX
and SFE; public notes on a file of NSE Clearing of 25 June 2026 (fileFormat 4.00) have the same ones. Values of a risk
array are losses of one long contract, as in ``.pa2``, and values 15 and 16 include their cover: the notes' array of a
future falls as the price rises, and its extremes are 0.35 times two scan ranges.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

from .contents import Commodity, Contract, Expiry, Family, Header, PriceFormat, ScanRange, SpanFile
from .stream import open_file
from .xml_stream import read_elements

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .xml_stream import Element, Handler

__all__ = ["read_xml_file"]

_KINDS = {"phyPf": "PHY", "futPf": "FUT", "cmbPf": "CMB", "oopPf": "OOP", "oofPf": "OOF", "oocPf": "OOC"}
"""Portfolios and the product types of ``.pa2``."""

_OTHERS = ("equityPf", "ooePf", "debtPf", "cmbPfDef")
"""Portfolios that are refused in a requested combined commodity."""

_CONTRACTS = ("phy", "fut", "cmb")
_SPREADS = ("dSpread", "hSpread")
_NOT_CARRIED = (*_SPREADS, "intraTiers", "interTiers", "rateTiers", "spotRate")
_EXPIRY = re.compile(r"([0-9]{6})([0-9A-Za-z]{0,2})", re.ASCII)
_EPOCH = date(1970, 1, 1)
_POINTS = tuple(
    Decimal(sign) * part
    for part in (Decimal(0), Decimal(1) / 3, Decimal(2) / 3, Decimal(1))
    for sign in ((1, 1) if not part else (1, 1, -1, -1))
)
"""The price moves of scenarios 1 to 14 as fractions of the scan range: SPAN's, in CME's order."""

_NEARLY = Decimal("0.01")
_VALUES = 16


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
    definitions = _Definitions(None if commodities is None else frozenset(commodities))
    handlers: dict[str, Handler] = {
        "ccDef": definitions.take,
        "pointDef": definitions.take_points,
        "pointInTime": definitions.take_time,
        **dict.fromkeys(_SPREADS, _emptied),
    }
    with open_file(Path(path)) as (stream, size):
        read_elements(stream, source, handlers, skipped=("exchange",), progress=_share(progress, 0, size))
    header = definitions.header(source)
    contracts = _Contracts(definitions, currency)
    handlers = {
        "pfCode": contracts.choose,
        "exchange": _dropped,
        **dict.fromkeys(_KINDS, contracts.take),
        **dict.fromkeys(_OTHERS, contracts.refuse),
    }
    skipped = ("definitions", "ccDef", "interSpreads")
    with open_file(Path(path)) as (stream, size):
        read_elements(stream, source, handlers, skipped=skipped, progress=_share(progress, size, size))
    return contracts.finish(source, header)


def _share(
    progress: Callable[[str, int, int], None] | None, before: int, size: int
) -> Callable[[int], None] | None:
    """Return what a pass calls with the number of its bytes, of two passes over a file."""
    return None if progress is None else lambda done: progress("reading", before + done, 2 * size)


def _emptied(element: Element, _: list[Element]) -> bool:
    """Keep an element without its children: spreads are only counted."""
    element.children.clear()
    return True


def _dropped(*_: object) -> bool:
    return False


@dataclass(slots=True)
class _Definition:
    """A combined commodity: its element, its links by exchange and portfolio, and its families so far."""

    element: Element
    links: frozenset[tuple[str, str]]
    families: list[Family] = field(default_factory=list)
    currency: str = ""


class _Definitions:
    """What a file says before its contracts."""

    def __init__(self, wanted: frozenset[str] | None) -> None:
        self._wanted = wanted
        self._date: Element | None = None
        self._clearing = ""
        self._points: Element | None = None
        self.ignored: Counter[str] = Counter()
        self.found: dict[str, list[_Definition]] = {}
        """By code: an exchange is known only from links or from contracts."""

    @property
    def wanted(self) -> frozenset[str] | None:
        return self._wanted

    def take(self, element: Element, _: list[Element]) -> bool:
        """Keep a requested combined commodity."""
        code = element.value("cc")
        links = frozenset((one.value("exch"), one.value("pfId")) for one in element.all("pfLink"))
        self.found.setdefault(code, []).append(_Definition(element, links))
        return False

    def take_points(self, element: Element, _: list[Element]) -> bool:
        """Keep the definition of the scenarios."""
        if self._points is None:
            self._points = element
        return False

    def take_time(self, element: Element, _: list[Element]) -> bool:
        """Keep date and clearing organisation."""
        if self._date is not None:
            element.refuse("a second point in time")
        self._date = element
        self._clearing = element.needed("clearingOrg").code("ec")
        return False

    def header(self, source: str) -> Header:
        """Return clearing organisation and business date."""
        if self._date is None:
            raise InputError("no pointInTime: not a SPAN risk parameter file", source=source)
        text = self._date.value("date")
        try:
            day = (
                date(int(text[:4]), int(text[4:6]), int(text[6:]))
                if len(text) == 8 and text.isdecimal()
                else None
            )
        except ValueError:
            day = None
        if day is None or day <= _EPOCH:
            self._date.refuse("expected a date after 1970-01-01, CCYYMMDD", "date")
        return Header(self._clearing, day)

    def extreme(self) -> tuple[Decimal, Decimal] | None:
        """Return multiple and cover of the extreme moves; None if the file does not define its scenarios.

        Raises
        ------
        InputError
            If the scenarios are not SPAN's 16 in CME's order.
        """
        if self._points is None:
            return None
        points = {one.value("point"): one for one in self._points.all("scanPointDef")}
        moves = [
            _move(points[str(number)]) if str(number) in points else None for number in range(1, _VALUES + 1)
        ]
        usual = (*_POINTS, moves[14], None if moves[14] is None else -moves[14])
        if any(
            one is None or other is None or abs(one - other) > _NEARLY
            for one, other in zip(moves, usual, strict=True)
        ):
            self._points.refuse("the scenarios are not SPAN's 16 in CME's order")
        return abs(moves[14] or Decimal(0)), points["15"].number("weight") or Decimal(0)


def _move(point: Element) -> Decimal:
    """Return the price move of a scenario as a multiple of the scan range."""
    move = point.needed("priceScanDef")
    multiple, above, below = (move.number(tag) for tag in ("mult", "numerator", "denominator"))
    return (Decimal(1) if multiple is None else multiple) * (above or Decimal(0)) / (below or Decimal(1))


@dataclass(slots=True)
class _Product:
    """A requested combined commodity, and where its contracts are."""

    name: str
    definition: _Definition


class _Contracts:
    """The contracts of requested combined commodities."""

    def __init__(self, definitions: _Definitions, currency: str) -> None:
        self._definitions, self._currency = definitions, currency
        self._extreme = definitions.extreme()
        self._products: dict[str, _Product] = {}
        self._others: set[str] = set()
        self._formats: dict[Family, PriceFormat] = {}
        self._ranges: dict[tuple[Family, Expiry], ScanRange] = {}
        self._contracts: list[Contract] = []
        self._places: dict[tuple[str, str, str], tuple[str, Expiry]] = {}
        """Product code and expiry of underlying contracts, by exchange, portfolio and contract."""
        self._names: dict[tuple[Family, Expiry, str, Decimal], int] = {}
        self._series: list[tuple[Element, Family, Element | None]] = []
        """Options' series, which refer to contracts anywhere in the file."""

    def choose(self, element: Element, ancestors: list[Element]) -> bool:
        """Drop the rest of a portfolio that no requested combined commodity has."""
        portfolio = ancestors[-1]
        if portfolio.tag in (*_KINDS, *_OTHERS) and ancestors[-2].tag == "exchange":
            exchange = ancestors[-2].code("exch")
            number = portfolio.value("pfId")
            portfolio.is_skipped = bool(number) and self._product(exchange, number, element.text) is None
        return True

    def refuse(self, element: Element, _: list[Element]) -> bool:
        """Refuse a portfolio of a requested combined commodity that has no place in a table."""
        if not element.is_skipped:
            element.refuse("equities, debt and options on them are not supported")
        return False

    def take(self, element: Element, ancestors: list[Element]) -> bool:
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
        product.definition.families.append(family)
        product.definition.currency = product.definition.currency or element.value("currency")
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

    def finish(self, source: str, header: Header) -> SpanFile:
        """Check for missing contents, and return the requested ones."""
        for name in sorted((self._definitions.wanted or frozenset()) - set(self._products)):
            hint = did_you_mean(name, sorted(self._others))
            raise InputError(f"no combined commodity {name} in the file{hint}", source=source)
        for each in self._series:
            self._take_series(*each)
        commodities = {name: self._commodity(one) for name, one in self._products.items()}
        ignored = sum(map(_not_carried, self._products.values()), Counter[str]())
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

    def _product(self, exchange: str, portfolio: str, code: str) -> _Product | None:
        """Return the requested combined commodity that has a portfolio; without links it has those of its own code."""
        for name, definitions in self._definitions.found.items():
            for one in definitions:
                is_own = (exchange, portfolio) in one.links if one.links else code == name
                if not is_own:
                    continue
                product, wanted = f"{exchange}:{name}", self._definitions.wanted
                if wanted is not None and product not in wanted:
                    self._others.add(product)
                    return None
                known = self._products.setdefault(product, _Product(product, one))
                if known.definition is not one:
                    one.element.refuse(f"duplicate combined commodity {product}")
                return known
        return None

    def _commodity(self, product: _Product) -> Commodity:
        element, definition = product.definition.element, product.definition
        if element.number("riskExponent"):
            element.refuse(
                "risk exponents are not supported: their effect on charges is unknown", "riskExponent"
            )
        tiers = element.child("scanTiers")
        if tiers is not None and len(tiers.all("tier")) > 1:
            tiers.refuse("scanning by tiers of expiries is not supported")
        currency = element.value("currency") or definition.currency or self._currency
        if not currency:
            element.refuse(f"no currency of {product.name} in the file: give it (--currency)")
        ratios = [rate.number("val") or Decimal(1) for rate in element.all("adjRate")]
        return Commodity(
            name=product.name,
            currency=currency,
            families=tuple(definition.families),
            short_option_minimum=_short_option_minimum(element),
            initial_ratio=max([*ratios, Decimal(1)]),
            not_carried=tuple(f"{count} {tag}" for tag, count in sorted(_not_carried(product).items())),
        )

    def _take_contract(self, element: Element, family: Family, portfolio: str) -> None:
        expiry = Expiry(*_expiry(element))
        self._places[family.exchange, portfolio, element.value("cId")] = family.product, expiry
        self._add(element, Contract(family, expiry, "", "", Decimal(0), *_array(element), element.number("p"),
                                    element.number("cvf"), element.line))  # fmt: skip
        self._take_range(element, family, expiry)

    def _take_series(self, series: Element, family: Family, product: Element | None) -> None:
        month, day = _expiry(series)
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
            self._add(option, Contract(family, expiry, code, right, strike, *_array(option), option.number("p"), factor,
                                       option.line))  # fmt: skip
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
        multiple, cover = self._extreme or (_effective(element, price), Decimal(1))
        self._ranges[family, expiry] = ScanRange(
            price=(percent if by_price else price) or Decimal(0),
            price_is_percentage=by_price,
            volatility=(relative if by_volatility else volatility) or Decimal(0),
            volatility_is_percentage=by_volatility,
            extreme_multiple=multiple,
            extreme_cover=cover,
            value_factor=element.number("cvf"),
        )


def _not_carried(product: _Product) -> Counter[str]:
    """Count the elements of a combined commodity that no row carries."""
    return Counter(one.tag for one in product.definition.element.children if one.tag in _NOT_CARRIED)


def _effective(element: Element, price: Decimal | None) -> Decimal:
    """Return the extreme loss of a future as a multiple of its scan range, for files that do not define scenarios."""
    arrays = element.all("ra")
    losses = arrays[0].numbers("a") if arrays else []
    if not price or len(losses) != _VALUES:
        return Decimal(0)
    return round(abs(losses[14]) / price, 4)


def _array(element: Element) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return the 16 losses and the composite delta of a contract."""
    arrays = element.all("ra")
    if not arrays:
        element.refuse("missing", "ra")
    found = []
    for one in arrays:
        losses, delta = tuple(one.numbers("a")), one.number("d")
        if len(losses) != _VALUES:
            one.refuse(f"expected {_VALUES} values, got {len(losses)}", "a")
        delta = element.number("d") if delta is None else delta
        if delta is None:
            one.refuse("missing", "d")
        found.append((losses, delta))
    if len(set(found)) != 1:
        element.refuse("risk arrays that differ by rate are not supported", "ra")
    return found[0]


def _expiry(element: Element) -> tuple[str, str]:
    """Return month (CCYYMM) and day or week code of an expiry; empty texts for none."""
    text = element.value("pe")
    if not text.strip("0"):
        return "", ""
    match = _EXPIRY.fullmatch(text)
    if match is None or not 1 <= int(match[1][4:]) <= 12:
        element.refuse("expected an expiry, CCYYMM or CCYYMMDD", "pe")
    return match[1], match[2] if match[2].strip("0") else ""


def _short_option_minimum(element: Element) -> Decimal | None:
    """Return the short option minimum of a combined commodity; None if it has none."""
    tiers = element.child("somTiers")
    values = [
        rate.number("val") or Decimal(0)
        for tier in (tiers.all("tier") if tiers is not None else ())
        for rate in tier.all("rate")
    ]
    if not values:
        return None
    if len(set(values)) > 1:
        element.refuse("short option minimums by tier or by rate are not supported", "somTiers")
    if values[0] < 0:
        element.refuse("must not be negative", "somTiers")
    return values[0]
