"""Margin models, one TOML file each."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.nearest import did_you_mean
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

__all__ = [
    "MAX_SCENARIOS",
    "MODELS",
    "Model",
    "Ranges",
    "Scenario",
    "bundled_models",
    "load_model",
    "model_summary",
    "read_model",
]

MODELS = Path(__file__).parent / "models"
"""The folder of the bundled models."""

DEFAULT_MODEL = "span"
"""The model of backtests that name none."""

MAX_SCENARIOS = LAYOUTS[-1].scenarios
"""The number of scenario slots in the widest layout."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_UNDERLYING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_MAX_BYTES = 1 << 20
_OTHERS = {"adjustment", "collateral"}
"""Files of the folder that are no models."""


@dataclass(frozen=True, slots=True)
class Model:
    """A margin model.

    Attributes
    ----------
    name : str
        The name, such as ``span``.
    look_ahead_days : Decimal
        The days by which scenarios shorten the time to expiry.
    initial_bps : int
        Initial margin in 1/10000 of maintenance margin.
    scenarios : tuple of Scenario
        The scenarios, in the order of the row's slots; empty in a model with only charges.
    default : Ranges
        The ranges of every underlying without its own.
    underlyings : mapping of str to Ranges
        Ranges by underlying, where they differ from the default.

    Raises
    ------
    InputError
        If there are more scenarios than slots in the widest layout, or a ``move`` is -100 % or less.
    """

    name: str
    look_ahead_days: Decimal
    initial_bps: int
    scenarios: tuple[Scenario, ...]
    default: Ranges
    underlyings: Mapping[str, Ranges]

    def __post_init__(self) -> None:
        """Check the values."""
        if len(self.scenarios) > MAX_SCENARIOS:
            raise InputError(f"more than {MAX_SCENARIOS}", key="scenarios")
        # Moves in ranges are capped at -99 %, and linear scenarios reprice nothing.
        for number, one in enumerate(self.scenarios):
            if one.price <= -1 and not (one.is_range or one.is_linear):
                raise InputError("a move must be above -100 %", key=f"scenarios[{number}].move")

    def ranges(self, underlying: str) -> Ranges:
        """Return the ranges of an underlying."""
        return self.underlyings.get(underlying, self.default)

    def with_range(self, underlying: str, price_scan_range: Decimal) -> Self:
        """Return the model with another price scan range for one underlying.

        Raises
        ------
        InputError
            If the range is not finite or is negative.
        """
        _check_range(price_scan_range, "price_scan_range")
        return self._with(underlying, replace(self.ranges(underlying), price_scan_range=price_scan_range))

    def with_volatility_range(self, underlying: str, volatility_scan_range: Decimal) -> Self:
        """Return the model with another volatility scan range for one underlying, upwards and downwards.

        Raises
        ------
        InputError
            If the range is not finite or is negative.
        """
        _check_range(volatility_scan_range, "volatility_scan_range")
        own = replace(
            self.ranges(underlying),
            volatility_scan_range=volatility_scan_range,
            volatility_scan_range_down=volatility_scan_range,
        )
        return self._with(underlying, own)

    def _with(self, underlying: str, own: Ranges) -> Self:
        return replace(self, underlyings=MappingProxyType({**self.underlyings, underlying: own}))

    def to_json(self) -> dict[str, Any]:
        """Return the model as written in a snapshot: every number as canonical text."""
        return {
            "name": self.name,
            "look_ahead_days": decimal_text(self.look_ahead_days),
            "initial_bps": str(self.initial_bps),
            "scenarios": [write_scenario(one) for one in self.scenarios],
            "default": write_ranges(self.default),
            "underlyings": {name: write_ranges(self.underlyings[name]) for name in sorted(self.underlyings)},
        }


def bundled_models() -> list[str]:
    """Return the names of the bundled models."""
    return sorted({path.stem for path in MODELS.glob("*.toml")} - _OTHERS)


def model_summary(name: str) -> str:
    """Return what a bundled model is, in a sentence: the first of its file."""
    lines = (MODELS / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    comment = " ".join(
        line.removeprefix("#").strip() for line in takewhile(lambda one: one.startswith("#"), lines)
    )
    return comment.partition(". ")[0].rstrip(".")


def _check_range(value: Decimal, key: str) -> None:
    if not value.is_finite() or value < 0:
        raise InputError("must be a finite number, 0 or more", key=key)


def load_model(model: str | Path) -> Model:
    """Read a model.

    Parameters
    ----------
    model : str or Path
        The name of a bundled model, such as ``span``, or a TOML file.

    Raises
    ------
    InputError
        With file and key path, if there is no such model or it is malformed.
    """
    path = Path(model)
    if isinstance(model, str) and _NAME.fullmatch(model):
        path = MODELS / f"{model}.toml"
        if not path.is_file():
            raise InputError(f"no such model{did_you_mean(model, bundled_models())}", source=model)
    return read_model(load_toml(path))


def read_model(document: Field) -> Model:
    """Read a model from a document, a TOML file or part of a snapshot.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    required = ("name", "look_ahead_days", "initial_bps", "scenarios", "default")
    members = document.members(required, ("underlyings",))
    default = read_ranges(members["default"], None)
    own = members["underlyings"].entries() if "underlyings" in members else {}
    for name, field in own.items():
        if not _UNDERLYING.fullmatch(name):
            field.refuse("expected the name of an underlying")
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
        document.refuse_as(error)
