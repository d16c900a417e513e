"""The circuits of a proof of solvency; ``circuits/solvency.json`` declares them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import ARITY
from zkmargin.spec.health import HealthShape
from zkmargin.spec.lanes import Shape
from zkmargin.spec.layout import find_layout

from .circuit_keys import PublishedCircuit, circuits_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SolvencyInstance", "read_solvency_circuits", "solvency_circuits"]

_NUMBERS = ("accounts", "lanes", "positions", "octets", "singles")


@dataclass(frozen=True, slots=True)
class SolvencyInstance(PublishedCircuit):
    """A circuit for the sums over some accounts.

    Attributes
    ----------
    shape : HealthShape
        With a multiple of eight accounts, whose rows it looks up.
    """

    shape: HealthShape


@cache
def solvency_circuits() -> tuple[SolvencyInstance, ...]:
    """Return the circuits that ``circuits/solvency.json`` declares, the smallest first."""
    return read_solvency_circuits(circuits_folder() / "solvency.json")


def read_solvency_circuits(path: Path) -> tuple[SolvencyInstance, ...]:
    """Read a file that declares circuits of solvency.

    Raises
    ------
    InputError
        If it is malformed.
    """
    declared = Field(load_json(path), str(path)).members(("public", "instances"))["instances"].entries()
    return tuple(SolvencyInstance(name, _shape(field)) for name, field in declared.items())


def _shape(field: Field) -> HealthShape:
    members = field.members((*_NUMBERS, "layout"))
    accounts, lanes, positions, octets, singles = (members[name].value for name in _NUMBERS)
    try:
        account = Shape(lanes, positions, find_layout(members["layout"].text()))
        shape = HealthShape(accounts, account, octets, singles)
    except SpecError as error:
        field.refuse(str(error))
    if shape.accounts % ARITY or not shape.looks_up:
        field.refuse("expected a multiple of eight accounts, and rows that are looked up")
    return shape
