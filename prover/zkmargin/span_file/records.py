"""Parsers of the records of a SPAN risk parameter file, column by column.

Columns count from 1. They follow CME's "Risk Parameter File Layouts for the Positional Formats": the pages on
types 0, 3, P and S, and "Type 2", "Type 4", "Type 8" and "Type B - Expanded", at
cmegroupclientsite.atlassian.net/wiki/spaces/pubspan, formerly www.cme-ch.com/span/spanl300.htm.

Independent readers use the same columns: github.com/bgithub1/span-java for all records, and the layout of Hong
Kong's clearing houses in github.com/rpolton/span-for-margin for types 0, 2, 4, 8 and B. Published lines of
real files agree: see the tests. Fields that could not be confirmed are refused if they would change a number;
docs/formats/span-file.md lists them.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from .contents import Contract, Expiry, Family, Header, PriceFormat, ScanRange

if TYPE_CHECKING:
    from .line import Line

__all__ = [
    "KINDS",
    "PAIRS",
    "parse_contract",
    "parse_families",
    "parse_format",
    "parse_header",
    "parse_initial_ratio",
    "parse_range",
    "parse_short_option_minimum",
    "refuse_tiers",
    "series_of",
]

KINDS = ("FUT", "PHY", "CMB", "OOF", "OOP", "OOC")
"""The product types of the layout."""

PAIRS = {"81": "82", "83": "84"}
"""The first record of a risk array, and the second, which follows directly. 83 and 84 have longer values."""

_WIDTHS = {"81": 5, "83": 8}
_ARRAYS = {5: re.compile(r"(?:[0-9]{5}[+-])+", re.ASCII), 8: re.compile(r"(?:[0-9]{8}[+-])+", re.ASCII)}
_FIRST_VALUE = 55
_FIRST_VALUES, _SECOND_VALUES = 9, 7
_EXPANDED = "U2"
_FAMILY_WIDTH, _FAMILIES = 16, 6
_ONE = Decimal(1)
_EPOCH = date(1970, 1, 1)


def parse_header(line: Line) -> Header:
    """Read the type 0 record, the first of a file."""
    if line.text[:2] != "0 " or line.cut(36, 37) != _EXPANDED:
        line.refuse(
            "expected the header of a SPAN file in the expanded unpacked format: type 0 with U2", 1, 37
        )
    text = line.digits(9, 16)
    try:
        business_date = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        line.refuse("expected a date", 9, 16)
    if business_date <= _EPOCH:
        line.refuse("must be after 1970-01-01", 9, 16)
    return Header(line.code(3, 8), business_date)


def parse_families(line: Line) -> tuple[Family, ...]:
    """Read the product families of a type 2 record, which links them into a combined commodity."""
    if line.cut(13, 13) not in {"", "0"}:
        line.refuse("risk exponents are not supported: their effect on charges is unknown", 13)
    families = []
    for place in range(_FAMILIES):
        first = 23 + _FAMILY_WIDTH * place
        if not line.cut(first, first + 12):
            continue
        kind = line.cut(first + 10, first + 12)
        if kind not in KINDS:
            line.refuse(f"expected one of {', '.join(KINDS)}", first + 10, first + 12)
        if line.cut(first + 13, first + 13) not in {"", "0"}:
            line.refuse("risk arrays with decimals are not supported", first + 13)
        families.append(Family(line.code(3, 5), line.code(first, first + 9), kind))
    return tuple(families)


def parse_initial_ratio(line: Line) -> Decimal:
    """Read the largest initial to maintenance ratio of a type 3 record: members, hedgers, speculators."""
    ratios = [line.optional_number(first, first + 3, 3) for first in (69, 73, 77)]
    return max((ratio for ratio in ratios if ratio), default=_ONE)


def parse_short_option_minimum(line: Line) -> int:
    """Read the short option minimum of a type 4 record."""
    for first in (70, 73, 76):
        factor = line.optional_number(first, first + 2, 2)
        if factor and factor != 1:
            line.refuse("factors on the requirement are not supported", first, first + 2)
    return int(line.number_at(63, 69))


def refuse_tiers(line: Line) -> None:
    """Refuse a type S record with a method that rows and lanes cannot represent."""
    method = line.digits(9, 10)
    if method == "30":
        line.refuse("short option minimums by month are not supported", 9, 10)
    if method not in {"01", "20"}:
        line.refuse(f"method {method}, scanning by tiers of months, is not supported", 9, 10)


def parse_range(line: Line) -> tuple[Family, Expiry, ScanRange]:
    """Read a type B record."""
    family = Family(line.code(3, 5), line.code(6, 15), line.code(16, 18))
    expiry = Expiry(
        line.month(19, 24), line.optional_code(25, 26), line.month(28, 33), line.optional_code(34, 35)
    )
    ranges = ScanRange(
        price=line.scaled(line.number_at(53, 57), 166, 167, 168),
        price_is_percentage=line.cut(165, 165) == "P",
        volatility=line.scaled(line.number_at(45, 52, 6), 149, 150, 151),
        volatility_is_percentage=line.cut(164, 164) == "P",
        extreme_multiple=line.number_at(58, 62, 3),
        extreme_cover=line.number_at(63, 67, 4),
        value_factor=_value_factor(line, 129),
    )
    return family, expiry, ranges


def parse_format(line: Line) -> tuple[Family, PriceFormat]:
    """Read a type P record."""
    family = Family(line.code(3, 5), line.code(6, 15), line.code(16, 18))
    if line.cut(40, 40):
        line.refuse("prices in fractions (alignment code) are not supported", 40)
    currency = line.code(66, 68)
    if line.cut(162, 164) not in {"", currency}:
        line.refuse("the currencies of prices and gains differ", 162, 164)
    factor = line.scaled(line.number_at(42, 55, 7), 74, 75, 73)
    if factor <= 0:
        line.refuse("the contract value factor must be positive", 42, 55)
    return family, PriceFormat(
        decimals=line.locator(34, 36),
        strike_decimals=line.locator(37, 39),
        strike_is_plain=not line.cut(41, 41),
        value_factor=factor,
        currency=currency,
        is_positionable=line.cut(115, 115) != "N",
    )


def series_of(line: Line) -> Expiry:
    """Read the months of a type 8 record."""
    return Expiry(
        line.month(30, 35), line.optional_code(36, 37), line.month(39, 44), line.optional_code(45, 46)
    )


def parse_contract(first: Line, second: Line) -> Contract:
    """Read a pair of type 8 records: 81 and 82, or 83 and 84."""
    family = Family(first.code(3, 5), first.code(6, 15), first.code(26, 28))
    right = first.cut(29, 29)
    if right not in ({"C", "P"} if family.is_option else {""}):
        first.refuse("expected C or P for an option, and a blank otherwise", 29)
    width = _WIDTHS[first.text[:2]]
    after = _FIRST_VALUE + _SECOND_VALUES * (width + 1)
    delta = second.number_at(after, after + 4, 4)
    return Contract(
        family=family,
        expiry=series_of(first),
        underlying=first.optional_code(16, 25),
        right=right,
        strike=_signed(int(first.digits(48, 54)), is_minus=second.is_minus(after + 22, " +-")),
        losses=(*_values(first, width, _FIRST_VALUES), *_values(second, width, _SECOND_VALUES)),
        delta=-delta if second.is_minus(after + 5) else delta,
        settlement=_settlement(first, second, width, after),
        value_factor=_value_factor(second, after + 41),
        line=first.number,
    )


def _values(line: Line, width: int, count: int) -> list[int]:
    step = width + 1
    last = _FIRST_VALUE + step * count - 1
    text = line.text[_FIRST_VALUE - 1 : last]
    if len(text) != step * count:
        line.refuse(f"the line is too short: {len(line.text)} columns", _FIRST_VALUE, last)
    if not _ARRAYS[width].fullmatch(text):
        line.refuse(f"expected {count} values of {width} digits and a sign each", _FIRST_VALUE, last)
    parts = (text[at : at + step] for at in range(0, len(text), step))
    return [_signed(int(part[:-1]), is_minus=part[-1] == "-") for part in parts]


def _settlement(first: Line, second: Line, width: int, after: int) -> int | None:
    """Read the settlement price, from the longer field if the flag beside it requires that."""
    high = _FIRST_VALUE + _FIRST_VALUES * (width + 1)
    if first.cut(high + 14, high + 14) == "Y":
        if first.text[:2] != "81":
            first.refuse(
                "a price in the longer field alone is not supported for longer values", high, high + 14
            )
        text = first.digits(high, high + 13)
    else:
        text = second.digits(after + 14, after + 20)
    is_minus = second.is_minus(after + 21, " +-")
    return None if text.strip("9") == "" else _signed(int(text), is_minus=is_minus)


def _value_factor(line: Line, first: int) -> Decimal | None:
    factor = line.optional_number(first, first + 13, 7)
    return line.scaled(factor, first + 14, first + 15, first + 16) if factor else None


def _signed(number: int, *, is_minus: bool) -> int:
    return -number if is_minus else number
