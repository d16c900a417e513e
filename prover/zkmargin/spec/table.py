"""The risk table: the profit of one long lot of each instrument in each scenario, and the leaves of its rows.

Step 2 of the statement, first part. All values are integers in micro-quote; profits are positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import SpecError, check_field, check_magnitude, check_unsigned
from .constants import FIELD, ID_BITS, SLOT_BITS, SLOTS_PER_ELEMENT, VALUE_BITS
from .layout import LAYOUTS, Layout, layout_of
from .poseidon import Hasher, poseidon
from .tree import Tree, build_tree

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Row:
    """The risk of one long lot of an instrument.

    Parameters
    ----------
    slots : tuple of int
        The profit in each scenario, the mark and the Greeks, as many as a layout has, in micro-quote; each
        below 2^44 in magnitude.
    short_floor : int
        The least requirement of a short lot, in micro-quote; 0 <= short_floor < 2^44.
    add_on : int
        The additional requirement of any lot, in micro-quote; 0 <= add_on < 2^44.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    slots: tuple[int, ...]
    short_floor: int
    add_on: int

    def __post_init__(self) -> None:  # noqa: D105
        layout_of(self.slots)
        for i, value in enumerate(self.slots):
            check_magnitude(f"slots[{i}]", value, VALUE_BITS)
        check_unsigned("shortFloor", self.short_floor, VALUE_BITS)
        check_unsigned("addOn", self.add_on, VALUE_BITS)

    @property
    def layout(self) -> Layout:
        """The layout of the slots."""
        return layout_of(self.slots)

    @property
    def has_risk(self) -> bool:
        """Whether a value other than the mark is not 0. The row of a settled instrument has no risk."""
        others = self.slots[: self.layout.mark] + self.slots[self.layout.mark + 1 :]
        return any((*others, self.short_floor, self.add_on))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows by instrument id, and the tree over their leaves; created by `build_table`."""

    rows: Mapping[int, Row]
    tree: Tree
    layout: Layout


def pack(row: Row) -> tuple[int, ...]:
    """Pack the slots of a row, three to a field element.

    Parameters
    ----------
    row : Row

    Returns
    -------
    tuple of int
        K elements; ``packed[k] = slot[3k] + slot[3k+1] 2^84 + slot[3k+2] 2^168 mod r``.
    """
    groups = (row.slots[i : i + SLOTS_PER_ELEMENT] for i in range(0, len(row.slots), SLOTS_PER_ELEMENT))
    return tuple(sum(value << SLOT_BITS * j for j, value in enumerate(group)) % FIELD for group in groups)


def unpack(packed: tuple[int, ...]) -> tuple[int, ...]:
    """Split packed elements into their slots: the inverse of `pack`.

    Parameters
    ----------
    packed : tuple of int
        K field elements.

    Returns
    -------
    tuple of int
        3 K signed slots, each below 2^44 in magnitude.

    Raises
    ------
    SpecError
        If an element is not the packing of three slots.
    """
    if type(packed) is not tuple or len(packed) not in {layout.elements for layout in LAYOUTS}:
        raise SpecError("packed", "expected as many elements as a layout has")
    slots: list[int] = []
    for k, element in enumerate(packed):
        check_field(f"packed[{k}]", element)
        # Half a slot added to each slot makes them unsigned digits; the sum stays below r.
        half = 2 ** (SLOT_BITS - 1)
        shifted = (element + sum(half << SLOT_BITS * j for j in range(SLOTS_PER_ELEMENT))) % FIELD
        digits = [shifted >> SLOT_BITS * j for j in range(SLOTS_PER_ELEMENT)]
        if digits[-1] >> SLOT_BITS:
            raise SpecError(f"packed[{k}]", "expected three slots")
        slots += [digit % 2**SLOT_BITS - half for digit in digits]
    for i, value in enumerate(slots):
        check_magnitude(f"slots[{i}]", value, VALUE_BITS)
    return tuple(slots)


def leaf(row: Row, hasher: Hasher = poseidon) -> int:
    """Hash a row: ``Poseidon(packed[0..K-1], shortFloor, addOn)``.

    Parameters
    ----------
    row : Row
    hasher : Hasher

    Returns
    -------
    int
        The leaf. An instrument without a row has the leaf 0, for which no preimage is known.
    """
    return hasher(leaf_elements(row))


def leaf_elements(row: Row) -> tuple[int, ...]:
    """Return the field elements whose hash is the leaf of a row."""
    return (*pack(row), row.short_floor, row.add_on)


def build_table(rows: Mapping[int, Row], hasher: Hasher = poseidon, layout: Layout | None = None) -> Table:
    """Commit to rows.

    Parameters
    ----------
    rows : Mapping[int, Row]
        Rows by instrument id, 4096 underlying + index.
    hasher : Hasher
    layout : Layout, optional
        The layout of all rows; by default that of the first row, or the smallest if there are none.

    Returns
    -------
    Table

    Raises
    ------
    SpecError
        If an id has more than 15 bits, or a row has another layout.
    """
    layout = layout or next((row.layout for row in rows.values()), LAYOUTS[0])
    for instrument, row in rows.items():
        check_unsigned("instrument", instrument, ID_BITS)
        if row.layout != layout:
            raise SpecError(f"rows[{instrument}]", f"expected the layout {layout.name}")
    return Table(dict(rows), build_tree({i: leaf(row, hasher) for i, row in rows.items()}, hasher), layout)
