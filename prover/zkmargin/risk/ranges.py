"""The ranges and charges of a margin model for one underlying."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import decimal_text

from .charges import Charges, read_charges, write_charges

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Ranges", "not_negative", "read_ranges", "write_ranges"]

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
_KEYS = (*_REQUIRED, _DOWN, *_OWN_DEFAULT, _POWERS, _CHARGES)


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
    """

    price_scan_range: Decimal
    volatility_scan_range: Decimal
    volatility_scan_range_down: Decimal
    volatility_scan_minimum: Decimal = _ZERO
    volatility_floor: Decimal = _ZERO
    volatility_term_powers: tuple[Decimal, Decimal] = _FLAT
    charges: Charges = _NO_CHARGES

    def volatility_range(self, days: float) -> tuple[float, float]:
        """Return the volatility scan ranges of an option, upward and downward.

        Neither rises with `days`. The minimum and the floor, which are volatilities, are not applied.

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
        return float(self.volatility_scan_range) * term, float(self.volatility_scan_range_down) * term


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
    numbers = [name for name in (*_REQUIRED, _DOWN, *_OWN_DEFAULT) if name in members]
    values |= {name: not_negative(members[name]) for name in numbers}
    if _DOWN not in members and "volatility_scan_range" in members:
        values[_DOWN] = values["volatility_scan_range"]
    if _POWERS in members:
        values[_POWERS] = _read_powers(members[_POWERS])
    if _CHARGES in members:
        values[_CHARGES] = read_charges(members[_CHARGES], values.get(_CHARGES, _NO_CHARGES))
    return Ranges(**values)


def write_ranges(ranges: Ranges) -> dict[str, Any]:
    """Return ranges as written in a snapshot: every key, none inherited."""
    numbers = (*_REQUIRED, _DOWN, *_OWN_DEFAULT)
    return {
        **{name: decimal_text(getattr(ranges, name)) for name in numbers},
        _POWERS: [decimal_text(power) for power in ranges.volatility_term_powers],
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


def _power(field: Field) -> Decimal:
    number = field.decimal()
    if not 0 <= number <= 1:
        field.refuse("must be from 0 to 1")
    return number
