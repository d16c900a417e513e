"""The risk table: what one long lot of an instrument does in each scenario, and how a row becomes a leaf.

Step 2 of the statement, first part. All values are integers in micro-quote; a profit is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.spec.checks import SpecError, check_field, check_length, check_magnitude, check_unsigned
from zkmargin.spec.constants import (
    FIELD,
    ID_BITS,
    PACKED_ELEMENTS,
    SLOT_BITS,
    SLOTS,
    SLOTS_PER_ELEMENT,
    VALUE_BITS,
)
from zkmargin.spec.poseidon import Hasher, poseidon
from zkmargin.spec.tree import Tree, build_tree

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Row:
    """The risk of one long lot of an instrument.

    Parameters
    ----------
    slots : tuple of int
        18 values in micro-quote: the profit in scenarios 0 to 15, the mark, the delta; each below 2^44 in
        magnitude.
    short_floor : int
        What a short lot requires at least, in micro-quote; 0 <= short_floor < 2^44.
    add_on : int
        What any lot, long or short, requires on top, in micro-quote; 0 <= add_on < 2^44.

    Raises
    ------
    SpecError
        A value is out of range.
    """

    slots: tuple[int, ...]
    short_floor: int
    add_on: int

    def __post_init__(self) -> None:  # noqa: D105
        check_length("slots", self.slots, SLOTS)
        for i, value in enumerate(self.slots):
            check_magnitude(f"slots[{i}]", value, VALUE_BITS)
        check_unsigned("shortFloor", self.short_floor, VALUE_BITS)
        check_unsigned("addOn", self.add_on, VALUE_BITS)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows by instrument id, and the tree over their leaves. Made by `build_table`."""

    rows: Mapping[int, Row]
    tree: Tree


def pack(row: Row) -> tuple[int, ...]:
    """Pack the slots of a row, three to a field element.

    Parameters
    ----------
    row : Row

    Returns
    -------
    tuple of int
        6 elements; ``packed[k] = slot[3k] + slot[3k+1] 2^84 + slot[3k+2] 2^168 mod r``.
    """
    groups = (row.slots[i : i + SLOTS_PER_ELEMENT] for i in range(0, SLOTS, SLOTS_PER_ELEMENT))
    return tuple(sum(value << SLOT_BITS * j for j, value in enumerate(group)) % FIELD for group in groups)


def unpack(packed: tuple[int, ...]) -> tuple[int, ...]:
    """Split packed elements into their slots: the inverse of `pack`.

    Parameters
    ----------
    packed : tuple of int
        6 field elements.

    Returns
    -------
    tuple of int
        18 signed slots, each below 2^44 in magnitude.

    Raises
    ------
    SpecError
        An element is not what any row packs to.
    """
    check_length("packed", packed, PACKED_ELEMENTS)
    slots: list[int] = []
    for k, element in enumerate(packed):
        check_field(f"packed[{k}]", element)
        # Adding half a slot to each slot makes all of them unsigned digits, and the sum stays below r.
        half = 2 ** (SLOT_BITS - 1)
        shifted = (element + sum(half << SLOT_BITS * j for j in range(SLOTS_PER_ELEMENT))) % FIELD
        digits = [shifted >> SLOT_BITS * j for j in range(SLOTS_PER_ELEMENT)]
        if digits[-1] >> SLOT_BITS:
            raise SpecError(f"packed[{k}]", "not three slots")
        slots += [digit % 2**SLOT_BITS - half for digit in digits]
    for i, value in enumerate(slots):
        check_magnitude(f"slots[{i}]", value, VALUE_BITS)
    return tuple(slots)


def leaf(row: Row, hasher: Hasher = poseidon) -> int:
    """Hash a row: ``Poseidon(packed[0..5], shortFloor, addOn)``.

    Parameters
    ----------
    row : Row
    hasher : Hasher

    Returns
    -------
    int
        The leaf. An instrument without a row has the leaf 0, which is the hash of nothing known.
    """
    return hasher((*pack(row), row.short_floor, row.add_on))


def build_table(rows: Mapping[int, Row], hasher: Hasher = poseidon) -> Table:
    """Commit to rows.

    Parameters
    ----------
    rows : Mapping[int, Row]
        By instrument id, 4096 underlying + index.
    hasher : Hasher

    Returns
    -------
    Table

    Raises
    ------
    SpecError
        An id has more than 15 bits.
    """
    for instrument in rows:
        check_unsigned("instrument", instrument, ID_BITS)
    return Table(dict(rows), build_tree({i: leaf(row, hasher) for i, row in rows.items()}, hasher))
