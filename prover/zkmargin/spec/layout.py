"""Layouts: the slots of a row.

All rows of a table have the same layout, and a circuit is for one layout. Leaves of different layouts hash
different numbers of elements, so a row of one layout cannot pass as a row of another.
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
        The number of scenario slots. A model with fewer scenarios leaves the last slots 0, without loss.
    elements : int
        K, the number of field elements that the slots are packed into; K + 2 <= 16 are hashed.
    """

    name: str
    scenarios: int
    elements: int

    @property
    def slots(self) -> int:
        """The number of slots."""
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
        """The slot of the gamma; None if the layout has none."""
        return self._beyond(2)

    @property
    def vega(self) -> int | None:
        """The slot of the vega; None if the layout has none."""
        return self._beyond(3)

    def _beyond(self, offset: int) -> int | None:
        slot = self.scenarios + offset
        return slot if slot < self.slots else None


STANDARD = Layout("standard", scenarios=16, elements=6)
"""18 slots: SPAN's 16 scenarios, mark, delta."""

WIDE = Layout("wide", scenarios=38, elements=14)
"""42 slots: 38 scenarios, mark, delta, gamma, vega. With the two charges, the most that one Poseidon hashes."""

LAYOUTS = (STANDARD, WIDE)
"""All layouts, the smallest first."""


def layout_of(slots: tuple[int, ...]) -> Layout:
    """Return the layout of a row's slots.

    Raises
    ------
    SpecError
        If no layout has so many slots.
    """
    if type(slots) is tuple:
        for layout in LAYOUTS:
            if len(slots) == layout.slots:
                return layout
    raise SpecError("slots", f"expected a tuple of {' or '.join(str(layout.slots) for layout in LAYOUTS)}")


def find_layout(name: str) -> Layout:
    """Return the layout with a name.

    Raises
    ------
    SpecError
        If there is no such layout.
    """
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    raise SpecError("layout", f"expected one of {', '.join(layout.name for layout in LAYOUTS)}")


def smallest_layout(scenarios: int) -> Layout:
    """Return the smallest layout for a number of scenarios.

    Raises
    ------
    SpecError
        If every layout is too small.
    """
    for layout in LAYOUTS:
        if scenarios <= layout.scenarios:
            return layout
    raise SpecError("scenarios", f"at most {LAYOUTS[-1].scenarios} fit a layout, got {scenarios}")
