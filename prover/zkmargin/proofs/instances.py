"""The margin circuits, and the choice of one for an account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.spec.checks import SpecError
from zkmargin.spec.lanes import Shape
from zkmargin.spec.layout import find_layout

from .circuit_keys import PublishedCircuit, circuits_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin import spec

__all__ = ["Instance", "choose_instance", "circuits", "find_circuit", "find_instance", "instances"]


@dataclass(frozen=True, slots=True)
class Instance(PublishedCircuit):
    """A margin circuit, such as ``margin_13``.

    ``wide_*`` circuits are for tables of the wide layout, ``limits_*`` circuits also prove limits on Greeks,
    and ``disclosure_*`` circuits show equity and requirement, and bind the opening.

    Attributes
    ----------
    number : int
        Its position in ``circuits/instances.json``, from 0. Contracts refer to the circuit by it.
    shape : Shape
        Its numbers of underlyings and positions, its layout, and whether it has limits or discloses.
    """

    number: int
    shape: Shape

    def holds(
        self, account: spec.Account, layout: spec.Layout, *, limited: bool = False, disclosed: bool = False
    ) -> bool:
        """Return whether the circuit fits an account and a layout, and proves exactly what is asked for."""
        if (self.shape.layout, self.shape.limited, self.shape.disclosed) != (layout, limited, disclosed):
            return False
        return self.shape.holds(account)


@cache
def instances() -> tuple[Instance, ...]:
    """Return all instances in the order of ``circuits/instances.json``: within a kind, the smallest first."""
    path = circuits_folder() / "instances.json"
    members = Field(load_json(path), str(path)).members(("public", "limits", "disclosure", "instances"))
    declared = enumerate(members["instances"].entries().items())
    return tuple(Instance(name, number, _shape(field)) for number, (name, field) in declared)


def _shape(field: Field) -> Shape:
    members = field.members(("lanes", "positions", "layout", "limited", "disclosed"))
    values = {name: members[name].value for name in ("lanes", "positions", "limited", "disclosed")}
    try:
        return Shape(**values, layout=find_layout(members["layout"].text()))
    except SpecError as error:
        field.refuse(str(error))


def find_instance(name: str) -> Instance:
    """Return the instance with a name.

    Raises
    ------
    InputError
        If there is no such circuit.
    """
    for one in instances():
        if one.name == name:
            return one
    names = [one.name for one in instances()]
    hint = did_you_mean(name, names) or f": expected one of {', '.join(names)}"
    raise InputError(f"no such circuit{hint}", source="instance")


def choose_instance(
    account: spec.Account,
    layout: spec.Layout,
    *,
    limited: bool = False,
    disclosed: bool = False,
    positions: int = 0,
) -> Instance:
    """Return the smallest instance that fits an account.

    Parameters
    ----------
    account : spec.Account
    layout : Layout
        The layout of the snapshot's rows.
    limited : bool
        Whether to prove limits on Greeks.
    disclosed : bool
        Whether to disclose equity and requirement.
    positions : int
        The instance has at least so many places for positions. A proof shows its circuit, and so how large the account
        may be: a larger circuit than the smallest shows less.

    Raises
    ------
    InputError
        If the account is too large for every instance, no instance has so many places, or the layout has no gamma to
        limit.
    """
    if limited and layout.gamma is None:
        reason = f"rows of the layout {layout.name} have no gamma: build the snapshot with --layout wide"
        raise InputError(reason, source="limits")
    holding = [one for one in instances() if one.holds(account, layout, limited=limited, disclosed=disclosed)]
    for one in holding:
        if one.shape.positions >= positions:
            return one
    if holding:
        raise InputError(f"no circuit has places for {positions} positions", source="positions")
    raise InputError(
        "more positions or underlyings than the largest circuit holds", source="account", key="positions"
    )


@cache
def circuits() -> Mapping[str, PublishedCircuit]:
    """Return all circuits by name: of margin proofs, owners' steps, claims, batches and solvency."""
    # A margin proof needs none of these.
    from .batch_instances import STEPS, batch_circuits, claim_circuits  # noqa: PLC0415
    from .solvency_instances import solvency_circuits  # noqa: PLC0415

    every = (*instances(), *STEPS, *claim_circuits(), *batch_circuits().all, *solvency_circuits())
    return MappingProxyType({one.name: one for one in every})


def find_circuit(name: str) -> PublishedCircuit:
    """Return the circuit with a name.

    Raises
    ------
    InputError
        If there is no such circuit.
    """
    return circuits().get(name) or find_instance(name)
