"""The members of an account file that are lists or objects. Errors show the place of an item, never its content."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.documents.fields import decimal_text
from zkmargin.spec.constants import FIELD, LOT_BITS, MAX_POSITIONS, ORDER_PLACES, SEQUENCE_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zkmargin.documents.fields import Field

__all__ = [
    "Positions",
    "amounts_to_json",
    "key_to_json",
    "less",
    "orders_to_json",
    "positions_to_json",
    "price_paid",
    "read_amounts",
    "read_key",
    "read_orders",
    "read_positions",
]

_MICRO = 10**6
_PRECISION = 200
"""More digits than products of numbers of 30 digits and 18 decimals have, and their sums."""


def read_amounts(field: Field) -> dict[str, Decimal]:
    """Read the amounts of collateral. They are not an object, because errors show the keys of objects."""
    found: dict[str, Decimal] = {}
    for item in field.items():
        members = item.members(("asset", "amount"))
        found[_new_name(members["asset"], found)] = members["amount"].decimal()
    return found


def amounts_to_json(amounts: Mapping[str, Decimal]) -> list[dict[str, str]]:
    """Return the list of the amounts of collateral."""
    return [{"asset": name, "amount": decimal_text(amount)} for name, amount in amounts.items()]


def price_paid(entries: Iterable[tuple[Fraction, Fraction]]) -> Decimal:
    """Return the cash that entries took, in the quote currency, rounded up to whole micro-quote.

    Parameters
    ----------
    entries : iterable of (Fraction, Fraction)
        Quantities, in units of the underlying and negative if short, with their prices per unit.
    """
    total = ceil(sum((quantity * price for quantity, price in entries), Fraction(0)) * _MICRO)
    # Exact: a product may have more digits than the default context keeps.
    with localcontext(prec=_PRECISION):
        return Decimal(total) / _MICRO


def less(cash: Decimal, paid: Decimal) -> Decimal:
    """Return an exact difference."""
    with localcontext(prec=_PRECISION):
        return cash - paid


# No repr: positions are secret.
@dataclass(frozen=True, slots=True, repr=False)
class Positions:
    """The positions of an account file.

    Attributes
    ----------
    quantities : dict of str to Decimal
        By instrument.
    slots : tuple of int
        The slot of each.
    paid : Decimal
        The cash that positions with an entry price took; see `price_paid`.
    """

    quantities: dict[str, Decimal]
    slots: tuple[int, ...]
    paid: Decimal


def read_positions(field: Field) -> Positions:
    """Read the positions; without a slot, a position is in the slot after the previous position's."""
    found: dict[str, Decimal] = {}
    slots: list[int] = []
    entries: list[tuple[Fraction, Fraction]] = []
    for item in field.items():
        members = item.members(("instrument", "quantity"), ("slot", "entryPrice"))
        quantity = members["quantity"].decimal()
        found[_new_name(members["instrument"], found)] = quantity
        following = slots[-1] + 1 if slots else 0
        slots.append(members["slot"].integer(0, MAX_POSITIONS - 1) if "slot" in members else following)
        if "entryPrice" in members:
            price = members["entryPrice"].decimal()
            if price < 0:
                members["entryPrice"].refuse("must be 0 or more")
            entries.append((Fraction(quantity), Fraction(price)))
    return Positions(found, tuple(slots), price_paid(entries))


def positions_to_json(positions: Mapping[str, Decimal], slots: tuple[int, ...]) -> list[dict[str, str]]:
    """Return the list of positions, with a slot where it is not the one after the previous position's."""
    items: list[dict[str, str]] = []
    following = 0
    for (name, quantity), slot in zip(positions.items(), slots, strict=True):
        item = {"instrument": name, "quantity": decimal_text(quantity)}
        items.append(item if slot == following else {**item, "slot": str(slot)})
        following = slot + 1
    return items


def read_key(field: Field) -> spec.TradingKey:
    """Read a trading key."""
    members = field.members(("x", "y"))
    return spec.TradingKey(*(members[name].integer(0, FIELD - 1) for name in ("x", "y")))


def key_to_json(key: spec.TradingKey) -> dict[str, str] | None:
    """Return the object of a trading key; None for an account that takes no orders."""
    return None if key == spec.NO_KEY else {"x": str(key.x), "y": str(key.y)}


def read_orders(field: Field) -> tuple[spec.OrderFill, ...]:
    """Read the entries of the order table that are not 0, each into its place."""
    table = list(spec.NO_ORDERS)
    for item in field.items():
        members = item.members(("sequence", "filled"))
        sequence = members["sequence"].integer(0, 2**SEQUENCE_BITS - 1)
        entry = spec.OrderFill(sequence, members["filled"].integer(0, 2**LOT_BITS - 1))
        if entry == (0, 0):
            item.refuse("must not be 0; omit the entry")
        if table[sequence % ORDER_PLACES] != (0, 0):
            members["sequence"].refuse(f"duplicate place; a place is the sequence mod {ORDER_PLACES}")
        table[sequence % ORDER_PLACES] = entry
    return tuple(table)


def orders_to_json(orders: tuple[spec.OrderFill, ...]) -> list[dict[str, str]] | None:
    """Return the list of the entries of an order table that are not 0; None if there is none."""
    entries = [{"sequence": str(one.sequence), "filled": str(one.filled)} for one in orders if any(one)]
    return entries or None


def _new_name(field: Field, others: Mapping[str, Decimal]) -> str:
    name = field.text()
    if name in others:
        field.refuse("duplicate name")
    return name
