"""Fields that deployments and market settings share."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.account.funds import CASH as CASH_NAME
from zkmargin.contracts.client import NOBODY
from zkmargin.errors import InputError
from zkmargin.snapshot.signatures import read_address
from zkmargin.spec import CASH, FIELD, SpecError, TradingKey, check_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.documents.fields import Field

__all__ = [
    "address_of",
    "items_of",
    "micro_of",
    "micro_up_to",
    "name_of",
    "party_of",
    "point_of",
    "require_names",
    "word_of",
]

_MICRO = 10**6
_NAME = re.compile(r"[!-~]{1,64}", re.ASCII)
_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


def name_of(field: Field) -> str:
    """Return the name of an asset, or raise `InputError`."""
    return field.text(_NAME, "a name without spaces, of at most 64 characters")


def require_names(names: Mapping[int, str], source: str = "") -> None:
    """Require that a name means one asset: commands take names, and ``cash`` for the cash of every market.

    Parameters
    ----------
    names : mapping of int to str
        The assets' names by slot.
    source : str
        The file, for messages.

    Raises
    ------
    InputError
        If two slots have one name, or a slot of collateral the name ``cash``.
    """
    if len(set(names.values())) != len(names):
        raise InputError("duplicate name", source=source, key="assets")
    for slot, name in names.items():
        if slot != CASH and name.lower() == CASH_NAME:
            raise InputError("collateral must not have the name cash", source=source, key="assets")


def address_of(field: Field) -> str:
    """Return an address with its checksum, or raise `InputError`."""
    try:
        return read_address(field.text())
    except InputError as error:
        field.refuse(error.reason)


def party_of(field: Field) -> str:
    """Return an address that is not the zero address, or raise `InputError`."""
    address = address_of(field)
    if address == NOBODY:
        field.refuse("must not be the zero address")
    return address


def word_of(field: Field) -> bytes:
    """Return 32 bytes, or raise `InputError`."""
    return bytes.fromhex(field.text(_WORD, "0x and 64 hexadecimal digits in lower case")[2:])


def point_of(field: Field) -> TradingKey:
    """Return a public key, two coordinates of a point of BabyJubJub, or raise `InputError`."""
    items = field.items()
    if len(items) != 2:
        field.refuse("expected two coordinates")
    key = TradingKey(*(item.integer(0, FIELD - 1) for item in items))
    try:
        check_key(key)
    except SpecError:
        field.refuse("not a public key: not a point of the curve BabyJubJub")
    return key


def items_of(field: Field) -> list[Field]:
    """Return the items of a list that has at least one, or raise `InputError`."""
    items = field.items()
    if not items:
        field.refuse("must not be empty")
    return items


def micro_of(field: Field, bits: int) -> int:
    """Return a positive amount or price of whole units in micro, or raise `InputError`."""
    micro = _whole_micro(field)
    if not 0 < micro < 2**bits:
        field.refuse(f"must be positive and below 2^{bits} / 10^6")
    return micro


def micro_up_to(field: Field, most: int) -> int:
    """Return an amount from 0 to `most` whole units in micro, or raise `InputError`."""
    micro = _whole_micro(field)
    if not 0 <= micro <= most * _MICRO:
        field.refuse(f"must be from 0 to {most}")
    return micro


def _whole_micro(field: Field) -> int:
    micro = Fraction(field.decimal()) * _MICRO
    if micro.denominator != 1:
        field.refuse("expected at most 6 decimals")
    return micro.numerator
