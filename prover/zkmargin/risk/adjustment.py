"""Price scan ranges from price histories: how much, as data read from a TOML file.

The formulas are in `zkmargin.risk.scan_range`; the file that comes with the package names the sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.venue_data.instruments import NAME

from .model import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["Adjustment", "Buffer", "Rule", "load_adjustment", "parse_buffer", "read_adjustment"]

_LABEL = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_MAX_RETURNS = 36_500
_WINDOWS = ("warm_up", "long_run", "stressed", "look_back")
_PARTS = ("long_run_part", "stressed_weight")
_AMOUNTS = ("multiplier", "minimum", "buffer", "buffer_daily_rise")
_KEYS = (*_WINDOWS, *_PARTS, *_AMOUNTS, "decay")


class Buffer(StrEnum):
    """What keeps ranges from rising when everybody is short of cash: EMIR RTS 153/2013, article 28(1)."""

    NONE = "none"
    BUFFER = "buffer"
    """(a): a buffer that may be used up while requirements rise."""
    STRESSED = "stressed"
    """(b): a weight on stressed observations."""
    FLOOR = "floor"
    """(c): at least what the volatility over ten years gives."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the range of an underlying follows from its history. Windows are counted in daily returns.

    Attributes
    ----------
    multiplier : Decimal
        Standard deviations in a range; positive.
    decay : Decimal
        Weight of yesterday's variance, above 0 and below 1.
    warm_up : int
        Returns before the first range.
    long_run : int
        Returns in the long-run volatility ...
    long_run_part : Decimal
        ... and the part of it that the volatility is at least, 0 to 1.
    minimum : Decimal
        What the range is at least.
    buffer : Decimal
        (a): how large, as a part of the calculated range.
    buffer_daily_rise : Decimal
        (a): how much the range rises a day while the buffer lasts, as a part of it.
    stressed_weight : Decimal
        (b): weight of the stressed variance, 0 to 1.
    stressed : int
        (b): consecutive returns that are one period of stress.
    look_back : int
        (b), (c): returns that are looked back on.
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


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How ranges follow from histories.

    Attributes
    ----------
    name : str
        Such as ``ewma``.
    option : Buffer
        Against procyclicality.
    default : Rule
        For every underlying without an own one.
    underlyings : mapping of str to Rule
        Own ones, by underlying.
    """

    name: str
    option: Buffer
    default: Rule
    underlyings: Mapping[str, Rule]

    def rule(self, underlying: str) -> Rule:
        """Return what holds for an underlying."""
        return self.underlyings.get(underlying, self.default)


def load_adjustment(path: str | Path | None = None) -> Adjustment:
    """Read an adjustment.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file; the one that comes with the package if left out.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    return read_adjustment(load_toml(MODELS / "adjustment.toml" if path is None else Path(path)))


def read_adjustment(document: Field) -> Adjustment:
    """Read an adjustment from a document.

    Raises
    ------
    InputError
        With the key path, if it is not one.
    """
    members = document.members(("name", "option", "default"), ("underlyings",))
    option = members["option"].text()
    default = _rule(members["default"], None)
    own = members["underlyings"].entries() if "underlyings" in members else {}
    for name, field in own.items():
        if not NAME.fullmatch(name):
            field.refuse("not the name of an underlying")
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
        If it is none.
    """
    if text not in tuple(Buffer):
        raise InputError(f"not one of {', '.join(Buffer)}", source=source, key=key)
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
        field.refuse("negative")
    if number > 1 and name in _PARTS:
        field.refuse("not from 0 to 1")
    if name == "decay" and not 0 < number < 1:
        field.refuse("not above 0 and below 1")
    if name == "multiplier" and number == 0:
        field.refuse("not above 0")
    return number
