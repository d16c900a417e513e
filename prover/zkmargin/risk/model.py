"""Margin models as data: one TOML file each, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.spec.constants import BPS_BITS
from zkmargin.spec.layout import LAYOUTS

from .ranges import Ranges, not_negative, read_ranges, write_ranges
from .scenarios import Scenario, read_scenario, write_scenario

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["MAX_SCENARIOS", "MODELS", "Model", "Ranges", "Scenario", "load_model", "read_model"]

MODELS = Path(__file__).parent / "models"
"""The models that come with the package."""

MAX_SCENARIOS = LAYOUTS[-1].scenarios
"""What the widest row of a risk table has slots for."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_UNDERLYING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Model:
    """A margin model.

    Attributes
    ----------
    name : str
        Such as ``span``.
    look_ahead_days : Decimal
        How much later options are priced in a scenario.
    initial_bps : int
        Initial margin in 1/10000 of maintenance margin.
    scenarios : tuple of Scenario
        In the order of the row's slots; none at all in a model of charges alone.
    default : Ranges
        For every underlying without own ones.
    underlyings : mapping of str to Ranges
        Own ones, by underlying.

    Raises
    ------
    InputError
        If there are more scenarios than any row has slots for, or a ``move`` leaves no price.
    """

    name: str
    look_ahead_days: Decimal
    initial_bps: int
    scenarios: tuple[Scenario, ...]
    default: Ranges
    underlyings: Mapping[str, Ranges]

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        if len(self.scenarios) > MAX_SCENARIOS:
            raise InputError(f"more than {MAX_SCENARIOS}", key="scenarios")
        # In ranges it is held to less, and at today's delta nothing is repriced.
        if any(one.price <= -1 for one in self.scenarios if not (one.is_range or one.is_linear)):
            raise InputError("a move of -100 % or more: no price is left", key="scenarios")

    def ranges(self, underlying: str) -> Ranges:
        """Return what holds for an underlying."""
        return self.underlyings.get(underlying, self.default)

    def with_range(self, underlying: str, price_scan_range: Decimal) -> Self:
        """Return the model with another price scan range for one underlying.

        Raises
        ------
        InputError
            If it is no number, or negative.
        """
        if not price_scan_range.is_finite() or price_scan_range < 0:
            raise InputError("no number, or negative", key="price_scan_range")
        own = replace(self.ranges(underlying), price_scan_range=price_scan_range)
        return replace(self, underlyings=MappingProxyType({**self.underlyings, underlying: own}))

    def to_json(self) -> dict[str, Any]:
        """Return the model as it stands in a snapshot: every number as text in one canonical way."""
        return {
            "name": self.name,
            "look_ahead_days": decimal_text(self.look_ahead_days),
            "initial_bps": str(self.initial_bps),
            "scenarios": [write_scenario(one) for one in self.scenarios],
            "default": write_ranges(self.default),
            "underlyings": {name: write_ranges(self.underlyings[name]) for name in sorted(self.underlyings)},
        }


def load_model(model: str | Path) -> Model:
    """Read a model.

    Parameters
    ----------
    model : str or Path
        The name of one that comes with the package (``span``), or a TOML file.

    Raises
    ------
    InputError
        With file and key path, if there is none or it is not one.
    """
    path = Path(model)
    if isinstance(model, str) and _NAME.fullmatch(model):
        path = MODELS / f"{model}.toml"
        if not path.is_file():
            raise InputError("no such model", source=model)
    return read_model(load_toml(path))


def read_model(document: Field) -> Model:
    """Read a model from a document, a TOML file or part of a snapshot.

    Raises
    ------
    InputError
        With the key path, if it is not one.
    """
    required = ("name", "look_ahead_days", "initial_bps", "scenarios", "default")
    members = document.members(required, ("underlyings",))
    default = read_ranges(members["default"], None)
    own = members["underlyings"].entries() if "underlyings" in members else {}
    for name, field in own.items():
        if not _UNDERLYING.fullmatch(name):
            field.refuse("not the name of an underlying")
    parts = (
        members["name"].text(_NAME, "a name in lower case"),
        not_negative(members["look_ahead_days"]),
        members["initial_bps"].integer(1, 2**BPS_BITS - 1),
        tuple(read_scenario(item) for item in members["scenarios"].items()),
        default,
        MappingProxyType({name: read_ranges(field, default) for name, field in own.items()}),
    )
    try:
        return Model(*parts)
    except InputError as error:
        members["scenarios"].refuse(error.reason)
