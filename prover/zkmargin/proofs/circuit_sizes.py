"""How much each circuit holds, and how large it and its proving key are, as ``circuits/sizes.json`` has it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.strict_json import load_json
from zkmargin.spec.layout import find_layout

from .circuit_keys import circuits_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CircuitSize", "circuit_sizes"]


@dataclass(frozen=True, slots=True)
class CircuitSize:
    """The size of a circuit. None where a number has no meaning for the circuit.

    Attributes
    ----------
    positions, underlyings : int or None
        The most that one account has.
    scenarios : int or None
        Those of a row of the risk table.
    accounts, operations : int or None
        The most in one proof, of a circuit for several.
    constraints : int
    key_bytes : int or None
        The size of the proving key; None if it was not measured.
    """

    positions: int | None
    underlyings: int | None
    scenarios: int | None
    accounts: int | None
    operations: int | None
    constraints: int
    key_bytes: int | None

    @classmethod
    def of(cls, counted: Mapping[str, Any]) -> Self:
        """Return the size that a member of the file has."""
        layout = counted.get("layout")
        return cls(
            counted.get("positions"),
            counted.get("lanes"),
            None if layout is None else find_layout(layout).scenarios,
            counted.get("accounts"),
            counted.get("operations"),
            counted["constraints"],
            counted.get("key_bytes"),
        )


@cache
def circuit_sizes() -> Mapping[str, CircuitSize]:
    """Return the sizes of all circuits by name."""
    counted = load_json(circuits_folder() / "sizes.json")
    return MappingProxyType({name: CircuitSize.of(one) for name, one in counted.items()})
