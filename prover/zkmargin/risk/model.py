"""Margin models as data: one TOML file each, read strictly."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..fields import Field, decimal_text
from ..spec.constants import BPS_BITS, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

__all__ = ["MODELS", "Model", "Ranges", "Scenario", "load_model", "load_toml", "read_model"]

MODELS = Path(__file__).parent / "models"
"""The models that come with the package."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_UNDERLYING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_RANGES = (
    "price_scan_range",
    "volatility_scan_range",
    "volatility_scan_minimum",
    "short_option_minimum",
    "add_on",
)
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that may happen until the end of the look-ahead.

    Attributes
    ----------
    price : Fraction
        Move of the price in price scan ranges.
    volatility : Fraction
        Move of the volatility in volatility scan ranges.
    cover : Fraction
        The part of the gain or loss that counts, above 0 and up to 1.
    """

    price: Fraction
    volatility: Fraction
    cover: Fraction


@dataclass(frozen=True, slots=True)
class Ranges:
    """What scenarios and charges mean for one underlying; nothing negative.

    Attributes
    ----------
    price_scan_range : Decimal
        Of the price: 0.16 is 16 %.
    volatility_scan_range : Decimal
        Of the volatility.
    volatility_scan_minimum : Decimal
        What the range is at least, in annual volatility: 0.1 is 10 points.
    short_option_minimum : Decimal
        Of the underlying's price, per unit sold short.
    add_on : Decimal
        Of the underlying's price, per unit held, long or short.
    """

    price_scan_range: Decimal
    volatility_scan_range: Decimal
    volatility_scan_minimum: Decimal
    short_option_minimum: Decimal
    add_on: Decimal


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
        In the order of the row's slots.
    default : Ranges
        For every underlying without own ones.
    underlyings : mapping of str to Ranges
        Own ones, by underlying.
    """

    name: str
    look_ahead_days: Decimal
    initial_bps: int
    scenarios: tuple[Scenario, ...]
    default: Ranges
    underlyings: Mapping[str, Ranges]

    def ranges(self, underlying: str) -> Ranges:
        """Return what holds for an underlying."""
        return self.underlyings.get(underlying, self.default)

    def to_json(self) -> dict[str, Any]:
        """Return the model as it stands in a snapshot: every number as text in one canonical way."""
        return {
            "name": self.name,
            "look_ahead_days": decimal_text(self.look_ahead_days),
            "initial_bps": str(self.initial_bps),
            "scenarios": [
                {"price": str(one.price), "volatility": str(one.volatility), "cover": str(one.cover)}
                for one in self.scenarios
            ],
            "default": _write_ranges(self.default),
            "underlyings": {name: _write_ranges(self.underlyings[name]) for name in sorted(self.underlyings)},
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


def load_toml(path: Path) -> Field:
    """Read a TOML file.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InputError(f"larger than {_MAX_BYTES} bytes", source=str(path))
        return Field(tomllib.loads(content.decode("utf-8")), str(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", source=str(path)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not TOML: {error}", source=str(path)) from None


def read_model(document: Field) -> Model:
    """Read a model from a document, a TOML file or part of a snapshot.

    Raises
    ------
    InputError
        With the key path, if it is not one.
    """
    required = ("name", "look_ahead_days", "initial_bps", "scenarios", "default")
    members = document.members(required, ("underlyings",))
    default = _ranges(members["default"], None)
    own = members["underlyings"].entries() if "underlyings" in members else {}
    for name, field in own.items():
        if not _UNDERLYING.fullmatch(name):
            field.refuse("not the name of an underlying")
    model = Model(
        name=members["name"].text(_NAME, "a name in lower case"),
        look_ahead_days=_not_negative(members["look_ahead_days"]),
        initial_bps=members["initial_bps"].integer(1, 2**BPS_BITS - 1),
        scenarios=tuple(_scenario(item) for item in members["scenarios"].items(SCENARIOS)),
        default=default,
        underlyings=MappingProxyType({name: _ranges(field, default) for name, field in own.items()}),
    )
    fall = min(one.price for one in model.scenarios)
    for ranges in (model.default, *model.underlyings.values()):
        if fall * Fraction(ranges.price_scan_range) <= -1:
            members["scenarios"].refuse("a move of -100 % or more: no price is left")
    return model


def _scenario(field: Field) -> Scenario:
    members = field.members(("price", "volatility", "cover"))
    cover = members["cover"].fraction()
    if not 0 < cover <= 1:
        members["cover"].refuse("not above 0 and up to 1")
    return Scenario(members["price"].fraction(), members["volatility"].fraction(), cover)


def _ranges(field: Field, default: Ranges | None) -> Ranges:
    members = field.members(() if default else _RANGES, _RANGES)
    return Ranges(
        **{
            name: _not_negative(members[name]) if name in members else getattr(default, name)
            for name in _RANGES
        }
    )


def _not_negative(field: Field) -> Decimal:
    number = field.decimal()
    if number < 0:
        field.refuse("negative")
    return number


def _write_ranges(ranges: Ranges) -> dict[str, str]:
    return {name: decimal_text(getattr(ranges, name)) for name in _RANGES}
