"""Parameters of price scan ranges from price histories, one TOML file.

`zkmargin.risk.scan_range` has the formulas; the bundled file names the sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.nearest import expected_one_of
from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import NAME

from .model import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["FIXED", "Adjustment", "Buffer", "Rule", "load_adjustment", "parse_buffer", "read_adjustment"]

FIXED = "fixed"
"""The name, beside those of `Buffer`, of the ranges of a model's file, which follow from no history."""

_LABEL = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_MAX_RETURNS = 36_500
_WINDOWS = ("warm_up", "long_run", "stressed", "look_back")
_PARTS = ("long_run_part", "stressed_weight")
_AMOUNTS = ("multiplier", "minimum", "buffer", "buffer_daily_rise")
_KEYS = (*_WINDOWS, *_PARTS, *_AMOUNTS, "decay")


class Buffer(StrEnum):
    """Options against procyclicality: EMIR RTS 153/2013, article 28(1)."""

    NONE = "none"
    BUFFER = "buffer"
    """(a): a buffer that can be used up while requirements rise."""
    STRESSED = "stressed"
    """(b): a weight on stressed observations."""
    FLOOR = "floor"
    """(c): a floor from the volatility over ten years."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one underlying's range. Windows are numbers of daily returns.

    Attributes
    ----------
    multiplier : Decimal
        The standard deviations in a range; positive.
    decay : Decimal
        The weight of yesterday's variance, above 0 and below 1.
    warm_up : int
        The returns before the first range.
    long_run : int
        The returns in the long-run volatility.
    long_run_part : Decimal
        The least volatility as a fraction of the long-run volatility, 0 to 1.
    minimum : Decimal
        The least range.
    buffer : Decimal
        (a): the size of the buffer, as a fraction of the calculated range.
    buffer_daily_rise : Decimal
        (a): the largest daily rise of the range while the buffer lasts, as a fraction of the range.
    stressed_weight : Decimal
        (b): the weight of the stressed variance, 0 to 1.
    stressed : int
        (b): the consecutive returns of one period of stress.
    look_back : int
        (b), (c): the returns of the look-back period.
    """

    multiplier: Decimal
    decay: Decimal
    warm_up: int
    long_run: int
    long_run_part: Decimal
    minimum: Decimal
    buffer: Decimal
    buffer_daily_rise: Decimal
    stressed_weight: Decimal
    stressed: int
    look_back: int

    def to_json(self) -> dict[str, str]:
        """Return the parameters by name, each as text."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: str(value) if isinstance(value, int) else decimal_text(value)
            for name, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The rules for ranges from histories.

    Attributes
    ----------
    name : str
        The name, such as ``ewma``.
    option : Buffer
        The option against procyclicality.
    default : Rule
        The rule of every underlying without its own.
    underlyings : mapping of str to Rule
        Rules by underlying, where they differ from the default.
    """

    name: str
    option: Buffer
    default: Rule
    underlyings: Mapping[str, Rule]

    def rule(self, underlying: str) -> Rule:
        """Return the rule of an underlying."""
        return self.underlyings.get(underlying, self.default)


def load_adjustment(path: str | Path | None = None) -> Adjustment:
    """Read an adjustment.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file, by default the bundled one.

    Raises
    ------
    InputError
        With file and key path, if it is malformed.
    """
    return read_adjustment(load_toml(MODELS / "adjustment.toml" if path is None else Path(path)))


def read_adjustment(document: Field) -> Adjustment:
    """Read an adjustment from a document.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    members = document.members(("name", "option", "default"), ("underlyings",))
    option = members["option"].text()
    default = _rule(members["default"], None)
    own = members["underlyings"].entries() if "underlyings" in members else {}
    for name, field in own.items():
        if not NAME.fullmatch(name):
            field.refuse("expected the name of an underlying")
    return Adjustment(
        name=members["name"].text(_LABEL, "a name in lower case"),
        option=parse_buffer(option, document.source, "option"),
        default=default,
        underlyings=MappingProxyType({name: _rule(field, default) for name, field in own.items()}),
    )


def parse_buffer(text: str, source: str, key: str = "") -> Buffer:
    """Read an option against procyclicality.

    Raises
    ------
    InputError
        If there is no such option.
    """
    if text not in tuple(Buffer):
        raise InputError(expected_one_of(text, Buffer), source=source, key=key)
    return Buffer(text)


def _rule(field: Field, inherited: Rule | None) -> Rule:
    members = field.members(() if inherited else _KEYS, _KEYS)
    values = {name: getattr(inherited, name) for name in _KEYS if name not in members}
    values |= {name: members[name].integer(1, _MAX_RETURNS) for name in _WINDOWS if name in members}
    values |= {name: _amount(members[name], name) for name in _KEYS if name in members and name not in values}
    return Rule(**values)


def _amount(field: Field, name: str) -> Decimal:
    number = field.decimal()
    if number < 0:
        field.refuse("must not be negative")
    if number > 1 and name in _PARTS:
        field.refuse("must be from 0 to 1")
    if name == "decay" and not 0 < number < 1:
        field.refuse("must be above 0 and below 1")
    if name == "multiplier" and number == 0:
        field.refuse("must be above 0")
    return number
