"""The circuits of a proof of solvency; ``circuits/solvency.json`` declares them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.spec.constants import ARITY

from .batch_instances import read_health_shape
from .circuit_keys import PublishedCircuit, circuits_folder

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.spec.health import HealthShape

__all__ = ["SolvencyInstance", "read_solvency_circuits", "solvency_circuits"]


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
    shape = read_health_shape(field)
    if shape.accounts % ARITY or not shape.looks_up:
        field.refuse("expected a multiple of eight accounts, and rows that are looked up")
    return shape
