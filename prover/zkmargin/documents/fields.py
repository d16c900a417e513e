"""Values of a document with their key paths, so that every error names file and key.

Numbers are decimal strings, because most JSON readers turn numbers into floats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from zkmargin.errors import InputError

from .nearest import did_you_mean, expected_one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Field", "decimal_text"]

_FORMAT = re.compile(r"zkmargin-[a-z-]{1,40}/[0-9]{1,3}", re.ASCII)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,77}", re.ASCII)
_DECIMAL = re.compile(r"(?!-0(?:\.0*)?$)-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,18})?", re.ASCII)
# Any decimal of 30 digits and 18 decimals, as a fraction.
_FRACTION = re.compile(r"(-?(?:0|[1-9][0-9]{0,47}))/([1-9][0-9]{0,18})", re.ASCII)
_TIME = re.compile(
    r"(?:19[7-9][0-9]|[2-9][0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a document. Error messages do not repeat the value, which may be secret.

    Attributes
    ----------
    value : object
        The parsed value.
    source : str
        The document's name, usually its file.
    key : str
        The key path, such as ``rows[3].lot``; empty for the whole document.
    """

    value: Any
    source: str
    key: str = ""

    def refuse(self, reason: str) -> NoReturn:
        """Raise `InputError` for this value."""
        raise InputError(reason, source=self.source, key=self.key)

    def refuse_as(self, error: InputError) -> NoReturn:
        """Raise an error about a part of this value, with the part's place in the document."""
        key = ".".join(part for part in (self.key, error.key) if part)
        raise InputError(error.reason, source=self.source, key=key) from None

    def members(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Field]:
        """Return the members of an object, which must have the required members and no unknown ones."""
        if not isinstance(self.value, dict):
            self.refuse("expected an object")
        for key in required:
            if key not in self.value:
                self._at(key).refuse("missing")
        for key in self.value:
            if key not in required and key not in optional:
                self._at(str(key)[:80]).refuse(f"unknown key{did_you_mean(str(key), (*required, *optional))}")
        return {key: self._at(key, value) for key, value in self.value.items()}

    def members_of(
        self, form: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Field]:
        """Return the members of a document whose member ``format`` names its format; see `members`.

        Of another file of zkmargin, the error says which it is, instead of a member that it lacks.
        """
        if isinstance(self.value, dict) and "format" in self.value:
            stated = self._at("format", self.value["format"])
            if isinstance(stated.value, str) and stated.value != form and _FORMAT.fullmatch(stated.value):
                stated.refuse(f"expected {form!r}, got {stated.value!r}")
            stated.constant(form)
        return self.members(required, optional)

    def choice(self, candidates: Iterable[str]) -> str:
        """Return a text that is one of the candidates, which errors list."""
        known = tuple(candidates)
        if self.value not in known:
            self.refuse(expected_one_of(self.value if isinstance(self.value, str) else "", known))
        return str(self.value)

    def entries(self) -> dict[str, Field]:
        """Return the members of an object with arbitrary keys."""
        if not isinstance(self.value, dict):
            self.refuse("expected an object")
        return {str(key): self._at(str(key)[:80], value) for key, value in self.value.items()}

    def items(self, count: int | None = None) -> list[Field]:
        """Return the items of a list, which must have `count` items unless `count` is None."""
        if not isinstance(self.value, list):
            self.refuse("expected a list")
        if count is not None and len(self.value) != count:
            self.refuse(f"expected {count} items, got {len(self.value)}")
        return [Field(item, self.source, f"{self.key}[{n}]") for n, item in enumerate(self.value)]

    def text(self, pattern: re.Pattern[str] | None = None, what: str = "text") -> str:
        """Return a text that matches the whole pattern; errors say that `what` was expected."""
        if not isinstance(self.value, str) or (pattern is not None and not pattern.fullmatch(self.value)):
            self.refuse(f"expected {what}")
        return self.value

    def constant(self, expected: str) -> None:
        """Check that the value is an exact text."""
        if self.value != expected:
            self.refuse(f"expected {expected!r}")

    def integer(self, low: int, high: int) -> int:
        """Return the integer of a canonical decimal string, from low to high."""
        number = int(self.text(_INTEGER, "an integer as a decimal string"))
        if not low <= number <= high:
            self.refuse(f"must be from {low} to {high}")
        return number

    def decimal(self) -> Decimal:
        """Return the number of a decimal string without exponent, with at most 30 digits and 18 decimals."""
        return Decimal(self.text(_DECIMAL, 'a number as a decimal string, such as "0.25"'))

    def fraction(self) -> Fraction:
        """Return the number of a decimal string or of a fraction such as ``"1/3"``."""
        if isinstance(self.value, str) and (match := _FRACTION.fullmatch(self.value)):
            return Fraction(int(match[1]), int(match[2]))
        return Fraction(self.decimal())

    def time(self) -> int:
        """Return the Unix time of a text such as ``2026-12-01T08:00:00Z``, in UTC, to the second, from 1970 on."""
        text = self.text(_TIME, "a time such as 2026-12-01T08:00:00Z")
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except ValueError:
            self.refuse("not a date of the calendar")

    def _at(self, key: str, value: Any = None) -> Field:
        return Field(value, self.source, f"{self.key}.{key}" if self.key else key)


def decimal_text(number: Decimal) -> str:
    """Return the canonical decimal string of a number, without exponent and trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
