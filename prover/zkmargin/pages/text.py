"""Display of numbers: with thousands separators, a typographic minus sign, and no sign on zero."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.documents.utc import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Number", "amount", "day", "decimals_for", "move", "percent", "quantity", "signed"]

Number: TypeAlias = Decimal | Fraction | float

_MINUS = "\N{MINUS SIGN}"
_SPACE = "\N{NO-BREAK SPACE}"
_LARGE = 1000


def amount(number: Number, decimals: int = 2) -> str:
    """Return a number with a fixed number of decimals: ``-1234.5`` becomes ``-1,234.50``."""
    return _format(number, f",.{decimals}f")


def signed(number: Number, decimals: int = 2) -> str:
    """Return a number with its sign, for gains and losses."""
    return _format(number, f"+,.{decimals}f")


def percent(part: Number) -> str:
    """Return a fraction in percent with at most one decimal."""
    return amount(part * 100, 1).removesuffix(".0") + f"{_SPACE}%"


def move(part: Number) -> str:
    """Return a relative move in percent, with its sign and at most two decimals."""
    return signed(part * 100).rstrip("0").rstrip(".") + f"{_SPACE}%"


def quantity(number: Decimal) -> str:
    """Return a number with all its decimals."""
    return _format(number, ",.18f").rstrip("0").rstrip(".")


def day(time: int) -> str:
    """Return the day of a Unix time in seconds, UTC."""
    return utc_text(time)[:10]


def decimals_for(numbers: Iterable[Number]) -> int:
    """Return the number of decimals for a table of numbers: 0 if one of them is at least 1000, else 2."""
    return 0 if any(abs(float(number)) >= _LARGE for number in numbers) else 2


def _format(number: Number, how: str) -> str:
    # Python 3.11 cannot format fractions.
    value = Decimal(number.numerator) / number.denominator if isinstance(number, Fraction) else number
    text = format(value, how)
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", _MINUS)
