"""The circuits of a house: fills, upkeep and health, whose proofs make a batch, and the steps and claims of owners.

``circuits/clearing.json`` declares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.spec.checks import SpecError
from zkmargin.spec.health import HealthShape
from zkmargin.spec.lanes import Shape
from zkmargin.spec.layout import Layout, find_layout

from .circuit_keys import PublishedCircuit, circuits_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "OPEN",
    "STEPS",
    "TAKE_OVER",
    "WITHDRAW",
    "BatchCircuits",
    "ClaimInstance",
    "HealthInstance",
    "TradeInstance",
    "UpkeepInstance",
    "batch_circuits",
    "claim_circuits",
    "read_health_shape",
]

OPEN, WITHDRAW, TAKE_OVER = (PublishedCircuit(name) for name in ("open", "withdraw", "take_over"))
STEPS = (OPEN, WITHDRAW, TAKE_OVER)
"""The circuits of the steps that an owner proves alone."""

_KINDS = ("match", "quote", "upkeep", "health")
_SIZE = ("lanes", "positions", "layout")


@dataclass(frozen=True, slots=True)
class TradeInstance(PublishedCircuit):
    """A circuit for fills: ``match_M`` of orders, ``quote_M`` of an entry of a quote sheet and an order.

    Attributes
    ----------
    operations : int
        M, the most fills of a proof.
    """

    operations: int


@dataclass(frozen=True, slots=True)
class UpkeepInstance(PublishedCircuit):
    """A circuit for expiries, credits and new keys.

    Attributes
    ----------
    operations : int
        M, the most operations of a proof.
    layout : Layout
        The layout of the snapshot's rows.
    """

    operations: int
    layout: Layout


@dataclass(frozen=True, slots=True)
class HealthInstance(PublishedCircuit):
    """A circuit for the health of accounts.

    Attributes
    ----------
    shape : HealthShape
    """

    shape: HealthShape


@dataclass(frozen=True, slots=True)
class ClaimInstance(PublishedCircuit):
    """A circuit for an owner's claim when a market winds down.

    Attributes
    ----------
    shape : Shape
    """

    shape: Shape


@dataclass(frozen=True, slots=True)
class BatchCircuits:
    """The circuits of each kind, the smallest first."""

    match: tuple[TradeInstance, ...]
    quote: tuple[TradeInstance, ...]
    upkeep: tuple[UpkeepInstance, ...]
    health: tuple[HealthInstance, ...]

    @property
    def all(self) -> tuple[PublishedCircuit, ...]:
        """All circuits."""
        return (*self.match, *self.quote, *self.upkeep, *self.health)


@cache
def batch_circuits() -> BatchCircuits:
    """Return the circuits that ``circuits/clearing.json`` declares."""
    return BatchCircuits(
        _trades(_declared("match")),
        _trades(_declared("quote")),
        tuple(_upkeep(name, field) for name, field in _declared("upkeep").items()),
        tuple(HealthInstance(name, read_health_shape(field)) for name, field in _declared("health").items()),
    )


@cache
def claim_circuits() -> tuple[ClaimInstance, ...]:
    """Return the circuits of claims that ``circuits/clearing.json`` declares; of a layout, the smallest first."""
    claims = []
    for name, field in _declared("claim").items():
        members = field.members(_SIZE)
        try:
            claims.append(ClaimInstance(name, _shape(members)))
        except SpecError as error:
            field.refuse(str(error))
    return tuple(claims)


def _declared(kind: str) -> Mapping[str, Field]:
    path = circuits_folder() / "clearing.json"
    kinds = Field(load_json(path), str(path)).members((*_KINDS, "claim", "owner"))
    return kinds[kind].members(("public", "instances"))["instances"].entries()


def _shape(members: Mapping[str, Field]) -> Shape:
    return Shape(members["lanes"].value, members["positions"].value, find_layout(members["layout"].text()))


def _trades(declared: Mapping[str, Field]) -> tuple[TradeInstance, ...]:
    return tuple(
        TradeInstance(name, _operations(field.members(("operations",))["operations"]))
        for name, field in declared.items()
    )


def _upkeep(name: str, field: Field) -> UpkeepInstance:
    members = field.members(("operations", "layout"))
    return UpkeepInstance(name, _operations(members["operations"]), find_layout(members["layout"].text()))


def read_health_shape(field: Field) -> HealthShape:
    """Read the sizes of a circuit for several accounts.

    Raises
    ------
    InputError
        If they are malformed.
    """
    members = field.members(("accounts", *_SIZE, "octets", "singles"))
    accounts, octets, singles = (members[key].value for key in ("accounts", "octets", "singles"))
    try:
        return HealthShape(accounts, _shape(members), octets, singles)
    except SpecError as error:
        field.refuse(str(error))


def _operations(field: Field) -> int:
    number = field.value
    if type(number) is not int or number < 1:
        field.refuse("expected a positive integer")
    return number
