"""The ranges and charges of a margin model for one underlying."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text

from .charges import Charges, read_charges, write_charges

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Ranges", "VolatilityTerm", "not_negative", "read_ranges", "write_ranges"]

_TERM_DAYS = 30.0
"""The days to expiry that separate the two powers of the volatility's term; at them the range is unscaled."""

_SHORTEST_DAYS = 1.0
"""The days to expiry below which the range no longer rises."""

_ZERO = Decimal(0)
_FLAT = (_ZERO, _ZERO)
_NO_CHARGES = Charges()
_REQUIRED = ("price_scan_range", "volatility_scan_range")
_OWN_DEFAULT = {
    "volatility_scan_minimum": _ZERO,
    "volatility_floor": _ZERO,
}
_DOWN, _POWERS, _CHARGES = "volatility_scan_range_down", "volatility_term_powers", "charges"
_TERMS, _POINTS = "volatility_terms", "volatility_points"
_KEYS = (*_REQUIRED, _DOWN, *_OWN_DEFAULT, _POWERS, _TERMS, _POINTS, _CHARGES)


@dataclass(frozen=True, slots=True)
class VolatilityTerm:
    """The factors of the volatility ranges and of the volatility points at some days to expiry; none is negative."""

    days: Decimal
    range: Decimal
    points: Decimal


_TERM_KEYS = tuple(one.name for one in fields(VolatilityTerm))


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges and charges of one underlying; no number is negative.

    Attributes
    ----------
    price_scan_range : Decimal
        The price scan range as a fraction of the price: 0.16 is 16 %.
    volatility_scan_range : Decimal
        The upward volatility scan range, as a fraction of the volatility.
    volatility_scan_range_down : Decimal
        The downward volatility scan range, as a fraction of the volatility.
    volatility_scan_minimum : Decimal
        The least volatility move of either range, in annual volatility: 0.1 is 10 points.
    volatility_floor : Decimal
        The least volatility after an upward move.
    volatility_term_powers : tuple of Decimal
        Two powers p from 0 to 1. The volatility ranges are multiplied by (30 / max(days to expiry, 1))^p, with
        the first power up to 30 days and the second beyond.
    charges : Charges
        The charges by kind of instrument.
    volatility_terms : tuple of VolatilityTerm
        Factors of the volatility ranges and of `volatility_points` by days to expiry, which ascend: linear between
        the days, constant outside. Empty for the factor 1.
    volatility_points : Decimal
        The move of scenarios in points, both ways, in annual volatility: 0.3 is 30 points.
    """

    price_scan_range: Decimal
    volatility_scan_range: Decimal
    volatility_scan_range_down: Decimal
    volatility_scan_minimum: Decimal = _ZERO
    volatility_floor: Decimal = _ZERO
    volatility_term_powers: tuple[Decimal, Decimal] = _FLAT
    charges: Charges = _NO_CHARGES
    volatility_terms: tuple[VolatilityTerm, ...] = ()
    volatility_points: Decimal = _ZERO

    def volatility_range(self, days: float) -> tuple[float, float]:
        """Return the volatility scan ranges of an option, upward and downward.

        The minimum and the floor, which are volatilities, are not applied.

        Parameters
        ----------
        days : float
            The days to expiry.

        Returns
        -------
        float, float
            Fractions of the volatility.
        """
        short, long = self.volatility_term_powers
        term = (_TERM_DAYS / max(days, _SHORTEST_DAYS)) ** float(short if days <= _TERM_DAYS else long)
        term *= self._interpolated(days, [float(one.range) for one in self.volatility_terms])
        return float(self.volatility_scan_range) * term, float(self.volatility_scan_range_down) * term

    def points(self, days: float) -> float:
        """Return the move of an option's volatility in scenarios in points, in annual volatility.

        Parameters
        ----------
        days : float
            The days to expiry.
        """
        factor = self._interpolated(days, [float(one.points) for one in self.volatility_terms])
        return float(self.volatility_points) * factor

    def _interpolated(self, days: float, factors: list[float]) -> float:
        ends = [float(one.days) for one in self.volatility_terms]
        place = bisect_right(ends, days)
        if not ends:
            return 1.0
        if place in {0, len(ends)}:
            return factors[max(place - 1, 0)]
        share = (days - ends[place - 1]) / (ends[place] - ends[place - 1])
        return factors[place - 1] + share * (factors[place] - factors[place - 1])


def read_ranges(field: Field, inherited: Ranges | None) -> Ranges:
    """Read ranges; missing keys are inherited.

    Parameters
    ----------
    field : Field
    inherited : Ranges or None
        The default ranges; None for the default itself, which must name the two scan ranges.

    Raises
    ------
    InputError
        With the key path, if they are malformed.
    """
    members = field.members(() if inherited else _REQUIRED, _KEYS)
    values: dict[str, Any] = dict(_OWN_DEFAULT)
    if inherited:
        values = {name: getattr(inherited, name) for name in _KEYS}
    numbers = [name for name in (*_REQUIRED, _DOWN, *_OWN_DEFAULT, _POINTS) if name in members]
    values |= {name: not_negative(members[name]) for name in numbers}
    if _DOWN not in members and "volatility_scan_range" in members:
        values[_DOWN] = values["volatility_scan_range"]
    if _POWERS in members:
        values[_POWERS] = _read_powers(members[_POWERS])
    if _TERMS in members:
        values[_TERMS] = _read_terms(members[_TERMS])
    if _CHARGES in members:
        values[_CHARGES] = read_charges(members[_CHARGES], values.get(_CHARGES, _NO_CHARGES))
    return Ranges(**values)


def write_ranges(ranges: Ranges) -> dict[str, Any]:
    """Return ranges as written in a snapshot: every key, none inherited; terms and points only if there are any."""
    numbers = (*_REQUIRED, _DOWN, *_OWN_DEFAULT)
    terms = [
        {name: decimal_text(getattr(one, name)) for name in _TERM_KEYS} for one in ranges.volatility_terms
    ]
    return {
        **{name: decimal_text(getattr(ranges, name)) for name in numbers},
        _POWERS: [decimal_text(power) for power in ranges.volatility_term_powers],
        **({_TERMS: terms} if terms else {}),
        **({_POINTS: decimal_text(ranges.volatility_points)} if ranges.volatility_points else {}),
        _CHARGES: write_charges(ranges.charges),
    }


def not_negative(field: Field) -> Decimal:
    """Read a number that is not negative.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    number = field.decimal()
    if number < 0:
        field.refuse("must not be negative")
    return number


def _read_powers(field: Field) -> tuple[Decimal, Decimal]:
    short, long = field.items(2)
    return _power(short), _power(long)


def _read_terms(field: Field) -> tuple[VolatilityTerm, ...]:
    terms: list[VolatilityTerm] = []
    for item in field.items():
        members = item.members(_TERM_KEYS)
        terms.append(VolatilityTerm(**{name: not_negative(member) for name, member in members.items()}))
        if len(terms) > 1 and terms[-1].days <= terms[-2].days:
            members["days"].refuse("must be above the previous term")
    if not terms:
        field.refuse("expected at least one term")
    return tuple(terms)


def _power(field: Field) -> Decimal:
    number = field.decimal()
    if not 0 <= number <= 1:
        field.refuse("must be from 0 to 1")
    return number
