"""Scenarios of a margin model: joint moves of price and volatility, with a cover factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

    from .ranges import Ranges

__all__ = ["Scenario", "read_scenario", "write_scenario"]

_ONE = Fraction(1)
_RANGE = "range"
_DEEPEST = Fraction(-99, 100)
_KINDS = _PRICE, _MOVE, _DELTA = "price", "move", "delta"
_VOLATILITY, _POINTS = "volatility", "points"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A joint move of price and volatility within the look-ahead.

    Attributes
    ----------
    price : Fraction
        The price move, in price scan ranges or as a fraction of the price; see `is_range`.
    volatility : Fraction
        The volatility move in volatility scan ranges or in points, upward if positive; see `is_points`.
    cover : Fraction
        The fraction of the gain or loss that counts, above 0 and at most 1.
    is_range : bool
        Whether `price` is in price scan ranges.
    is_linear : bool
        Whether the gain is today's delta times the move, without repricing.
    is_damped : bool
        Whether `cover` is multiplied by the price scan range over the size of the move, at most 1.
    is_points : bool
        Whether `volatility` is in the ranges' volatility points instead of their volatility scan ranges.
    """

    price: Fraction
    volatility: Fraction
    cover: Fraction = _ONE
    is_range: bool = True
    is_linear: bool = False
    is_damped: bool = False
    is_points: bool = False

    def move(self, ranges: Ranges) -> Fraction:
        """Return the move of an underlying with these ranges, as a fraction of its price.

        Falls in ranges are capped at -99 %, since several wide ranges could exceed the price.
        """
        if not self.is_range:
            return self.price
        return max(self.price * Fraction(ranges.price_scan_range), _DEEPEST)

    def weight(self, ranges: Ranges) -> Fraction:
        """Return the fraction of the gain or loss that counts for an underlying with these ranges."""
        if not self.is_damped:
            return self.cover
        return self.cover * min(_ONE, Fraction(ranges.price_scan_range) / abs(self.move(ranges)))


def read_scenario(field: Field) -> Scenario:
    """Read a scenario.

    A scenario has one of ``price`` (in price scan ranges), ``move`` (a fraction of the price) and ``delta`` (a
    move at today's delta). The first two have ``volatility`` or ``points``, and all may have ``cover``, by default
    1. The cover of a move is damped if it is ``range`` or ends with it, as in ``0.8 range``.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    kinds = [kind for kind in _KINDS if isinstance(field.value, dict) and kind in field.value]
    if len(kinds) != 1:
        if isinstance(field.value, dict) and not kinds:
            field.members((), (*_KINDS, "volatility", "cover"))  # names a key that is mistyped
        field.refuse(f"expected one of {', '.join(_KINDS)}")
    (kind,) = kinds
    is_points = _POINTS in field.value
    step = _POINTS if is_points else _VOLATILITY
    members = field.members((kind,) if kind == _DELTA else (kind, step), ("cover",))
    price = members[kind].fraction()
    volatility = members[step].fraction() if step in members else Fraction(0)
    cover, is_damped = _read_cover(members["cover"]) if "cover" in members else (_ONE, False)
    if is_damped and (kind != _MOVE or price == 0):
        members["cover"].refuse("a range needs a move other than 0")
    return Scenario(price, volatility, cover, kind == _PRICE, kind == _DELTA, is_damped, is_points)


def write_scenario(one: Scenario) -> dict[str, str]:
    """Return a scenario as written in a snapshot."""
    cover = {"cover": f"{one.cover} {_RANGE}" if one.is_damped else str(one.cover)}
    if one.is_linear:
        return {_DELTA: str(one.price)} | cover
    kind = _PRICE if one.is_range else _MOVE
    step = _POINTS if one.is_points else _VOLATILITY
    return {kind: str(one.price), step: str(one.volatility)} | cover


def _read_cover(field: Field) -> tuple[Fraction, bool]:
    if field.value == _RANGE:
        return _ONE, True
    is_damped = isinstance(field.value, str) and field.value.endswith(f" {_RANGE}")
    number = replace(field, value=field.value.removesuffix(f" {_RANGE}")) if is_damped else field
    cover = number.fraction()
    if not 0 < cover <= 1:
        field.refuse("must be above 0 and at most 1")
    return cover, is_damped
