"""The margin circuits: which there are, and which one an account needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.spec.checks import SpecError
from zkmargin.spec.lanes import Shape
from zkmargin.spec.layout import find_layout

from .circuit_keys import PublishedCircuit, circuits_folder

if TYPE_CHECKING:
    from zkmargin import spec

__all__ = ["TRANSITION", "Instance", "choose_instance", "find_circuit", "find_instance", "instances"]

TRANSITION = PublishedCircuit("transition")
"""How one state of an account becomes the next."""


@dataclass(frozen=True, slots=True)
class Instance(PublishedCircuit):
    """A margin circuit, such as ``margin_13``.

    ``wide_8`` is for tables of the wide layout, ``limits_8`` has limits on Greeks besides, ``disclosure_13``
    shows equity and requirement.

    Attributes
    ----------
    number : int
        Its place in ``circuits/instances.json``, from 0, by which a contract knows it.
    shape : Shape
        How many underlyings and positions it holds, of which layout, and what it shows besides.
    """

    number: int
    shape: Shape

    def holds(
        self, account: spec.Account, layout: spec.Layout, *, limited: bool = False, disclosed: bool = False
    ) -> bool:
        """Say whether it is for an account and tables of a layout, and shows just what is asked for."""
        if (self.shape.layout, self.shape.limited, self.shape.disclosed) != (layout, limited, disclosed):
            return False
        underlyings = {position.underlying for position in account.positions}
        return len(account.positions) <= self.shape.positions and len(underlyings) <= self.shape.lanes


@cache
def instances() -> tuple[Instance, ...]:
    """Return all instances, as ``circuits/instances.json`` declares them: of a kind, the smallest first."""
    path = circuits_folder() / "instances.json"
    members = Field(load_json(path), str(path)).members(
        ("public", "limits", "disclosed", "instances", "transition")
    )
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
    """Return the instance of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    for one in instances():
        if one.name == name:
            return one
    raise InputError(
        f"no such circuit: one of {', '.join(one.name for one in instances())}", source="instance"
    )


def choose_instance(
    account: spec.Account, layout: spec.Layout, *, limited: bool = False, disclosed: bool = False
) -> Instance:
    """Return the smallest instance that holds an account.

    Parameters
    ----------
    account : spec.Account
    layout : Layout
        Of the snapshot's rows.
    limited : bool
        Whether limits on Greeks are to be proven too.
    disclosed : bool
        Whether equity and requirement are to be shown.

    Raises
    ------
    InputError
        If none does, or the layout has no gamma to limit.
    """
    if limited and layout.gamma is None:
        reason = f"rows of the layout {layout.name} have no gamma: build the snapshot with the layout wide"
        raise InputError(reason, source="limits")
    for one in instances():
        if one.holds(account, layout, limited=limited, disclosed=disclosed):
            return one
    raise InputError(
        "more positions or underlyings than any circuit holds", source="account", key="positions"
    )


def find_circuit(name: str) -> PublishedCircuit:
    """Return the circuit of a name: an instance, or `TRANSITION`.

    Raises
    ------
    InputError
        If there is none.
    """
    return TRANSITION if name == TRANSITION.name else find_instance(name)
