"""Layouts: what the slots of a row are, and how many a table has.

All rows of a table have one layout. A circuit is for one too: its leaves hash another number of elements, so
a row of one layout is none of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from .checks import SpecError
from .constants import SLOTS_PER_ELEMENT


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of a row: scenarios first, then the mark, then Greeks.

    Parameters
    ----------
    name : str
    scenarios : int
        How many slots are for scenarios. A model with fewer leaves the last ones 0: no loss there.
    elements : int
        K, the field elements that the slots are packed into; K + 2 are hashed, at most 16.
    """

    name: str
    scenarios: int
    elements: int

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return SLOTS_PER_ELEMENT * self.elements

    @property
    def mark(self) -> int:
        """The slot of the mark."""
        return self.scenarios

    @property
    def delta(self) -> int:
        """The slot of the delta."""
        return self.scenarios + 1

    @property
    def gamma(self) -> int | None:
        """The slot of the gamma; None where there is no room for it."""
        return self._beyond(2)

    @property
    def vega(self) -> int | None:
        """The slot of the vega; None where there is no room for it."""
        return self._beyond(3)

    def _beyond(self, offset: int) -> int | None:
        slot = self.scenarios + offset
        return slot if slot < self.slots else None


STANDARD = Layout("standard", scenarios=16, elements=6)
"""18 slots: SPAN's 16 scenarios, mark, delta."""

WIDE = Layout("wide", scenarios=38, elements=14)
"""42 slots: 38 scenarios, mark, delta, gamma, vega. With the two charges all that one Poseidon hashes."""

LAYOUTS = (STANDARD, WIDE)
"""All of them, the smallest first."""


def layout_of(slots: tuple[int, ...]) -> Layout:
    """Return the layout of a row's slots.

    Raises
    ------
    SpecError
        There is none with so many slots.
    """
    if type(slots) is tuple:
        for layout in LAYOUTS:
            if len(slots) == layout.slots:
                return layout
    raise SpecError("slots", f"not a tuple of {' or '.join(str(layout.slots) for layout in LAYOUTS)}")


def find_layout(name: str) -> Layout:
    """Return the layout of a name.

    Raises
    ------
    SpecError
        There is none.
    """
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise SpecError("layout", f"not one of {', '.join(layout.name for layout in LAYOUTS)}")


def smallest_layout(scenarios: int) -> Layout:
    """Return the smallest layout that holds so many scenarios.

    Raises
    ------
    SpecError
        None does.
    """
    for layout in LAYOUTS:
        if scenarios <= layout.scenarios:
            return layout
    raise SpecError("scenarios", f"{scenarios}, more than the {LAYOUTS[-1].scenarios} of any layout")
