"""Fields of a keeper's settings, some with defaults. Numbers are text, so that none passes through a float."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["amount_of", "boolean_of", "fraction_of", "integer_of", "path_of"]

_LARGEST_AMOUNT = 2**63 - 1


def path_of(field: Field, folder: Path) -> Path:
    """Return a path that is relative to a folder unless it is absolute; raise `InputError` if it is empty."""
    if not field.text():
        field.refuse("must not be empty")
    return folder / Path(field.text()).expanduser()


def integer_of(field: Field | None, default: int, least: int, most: int) -> int:
    """Return an integer from least to most, or the default if there is no field; or raise `InputError`."""
    return default if field is None else field.integer(least, most)


def fraction_of(field: Field | None, default: str) -> Fraction:
    """Return a fraction, or the default if there is no field; or raise `InputError`."""
    return Fraction(default) if field is None else field.fraction()


def amount_of(field: Field, unit: int, least: int = 0) -> int:
    """Return an amount in the smallest unit, which is a power of ten; or raise `InputError`."""
    number = Fraction(field.decimal()) * unit
    if number.denominator != 1:
        field.refuse(f"expected at most {len(str(unit)) - 1} decimals")
    if number < least:
        field.refuse("must be positive" if least else "must not be negative")
    if number > _LARGEST_AMOUNT:
        field.refuse(f"expected at most {_LARGEST_AMOUNT // unit}")
    return number.numerator


def boolean_of(field: Field) -> bool:
    """Return true or false, or raise `InputError`."""
    if not isinstance(field.value, bool):
        field.refuse("expected true or false")
    return field.value
