"""Named historical stresses: one-day moves of prices and volatilities, as data with sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.toml import load_toml
from zkmargin.venue_data.instruments import NAME

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["NamedStress", "StressMove", "load_stresses"]

_BUNDLED = Path(__file__).with_name("stresses.toml")
_KEYS = ("name", "what", "first", "last")
_TEXT = re.compile(r"[ -~]{1,60}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_POINTS = 100


@dataclass(frozen=True, slots=True)
class StressMove:
    """The move of an underlying.

    Attributes
    ----------
    before, after : Decimal
        The closes of the first and of the last day, in any currency.
    volatility_points : Decimal or None
        The rise of annual volatility in points; None if it is unknown.
    """

    before: Decimal
    after: Decimal
    volatility_points: Decimal | None

    @property
    def move(self) -> float:
        """The relative move of the price."""
        return float(self.after / self.before) - 1

    @property
    def points(self) -> float:
        """The rise of annual volatility, 0.1 for ten points; 0 if it is unknown."""
        return 0.0 if self.volatility_points is None else float(self.volatility_points) / _POINTS


@dataclass(frozen=True, slots=True)
class NamedStress:
    """A historical stress.

    Attributes
    ----------
    name, what : str
        Its name, and what happened.
    first, last : str
        The days of the closes before and after, YYYY-MM-DD.
    moves : dict of str to StressMove
        The moves by underlying.
    """

    name: str
    what: str
    first: str
    last: str
    moves: dict[str, StressMove]


def load_stresses(path: str | Path | None = None) -> tuple[NamedStress, ...]:
    """Load named stresses.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file, by default the bundled one.

    Raises
    ------
    InputError
        With file and key path, if it is malformed.
    """
    document = load_toml(_BUNDLED if path is None else Path(path))
    return tuple(_stress(one) for one in document.members(("stresses",))["stresses"].items())


def _stress(field: Field) -> NamedStress:
    entries = field.entries()
    underlyings = tuple(name for name in entries if name not in _KEYS)
    members = field.members((*_KEYS, *underlyings))
    for name in underlyings:
        if not NAME.fullmatch(name):
            members[name].refuse("expected the name of an underlying")
    if not underlyings:
        field.refuse('expected the move of an underlying, such as BTC = { before = "2", after = "1" }')
    return NamedStress(
        name=members["name"].text(_TEXT, "text of 1 to 60 printable ASCII characters"),
        what=members["what"].text(_TEXT, "text of 1 to 60 printable ASCII characters"),
        first=members["first"].text(_DAY, "a day, YYYY-MM-DD"),
        last=members["last"].text(_DAY, "a day, YYYY-MM-DD"),
        moves={name: _move(members[name]) for name in underlyings},
    )


def _move(field: Field) -> StressMove:
    members = field.members(("before", "after"), ("volatility_points",))
    before, after = (members[name].decimal() for name in ("before", "after"))
    for name, price in (("before", before), ("after", after)):
        if price <= 0:
            members[name].refuse("must be above 0")
    points = members["volatility_points"].decimal() if "volatility_points" in members else None
    return StressMove(before, after, points)
