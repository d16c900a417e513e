"""A line of a positional file: fields by columns, which count from 1, with errors that name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from zkmargin.errors import InputError

__all__ = ["Line"]

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
# Up to 18 decimals, as in the package's own files.
_LOCATOR = re.compile(r"00[0-9]|01[0-8]|-0[0-9]", re.ASCII)
_LARGEST_EXPONENT = 9


@dataclass(frozen=True, slots=True)
class Line:
    """A record.

    Trailing blanks may be missing, so columns beyond the end are blank.

    Attributes
    ----------
    text : str
        The text without the line end.
    number : int
        The line number, from 1.
    source : str
        The path of the file.
    """

    text: str
    number: int
    source: str

    def refuse(self, reason: str, first: int = 0, last: int = 0) -> NoReturn:
        """Raise `InputError` for the line, or for columns of it."""
        columns = f", columns {first} to {last}" if last > first else f", column {first}" if first else ""
        raise InputError(reason, source=self.source, key=f"line {self.number}{columns}")

    def cut(self, first: int, last: int) -> str:
        """Return the text in the columns, without surrounding blanks."""
        return self.text[first - 1 : last].strip(" ")

    def code(self, first: int, last: int) -> str:
        """Return a code: letters, digits, dots, dashes."""
        text = self.cut(first, last)
        if not _CODE.fullmatch(text):
            self.refuse("expected a code", first, last)
        return text

    def optional_code(self, first: int, last: int) -> str:
        """Return a code, or an empty text for blanks or zeros."""
        text = self.cut(first, last)
        return self.code(first, last) if text.strip("0") else ""

    def digits(self, first: int, last: int) -> str:
        """Return the text in the columns, which must be a digit in each."""
        text = self.text[first - 1 : last]
        if len(text) != last - first + 1:
            self.refuse(f"the line is too short: {len(self.text)} columns", first, last)
        if not _DIGITS.fullmatch(text):
            self.refuse("expected digits", first, last)
        return text

    def number_at(self, first: int, last: int, decimals: int = 0) -> Decimal:
        """Return a number with the given implied decimals."""
        return Decimal(self.digits(first, last)).scaleb(-decimals)

    def optional_number(self, first: int, last: int, decimals: int = 0) -> Decimal | None:
        """Return a number with the given implied decimals, or None for blanks."""
        return self.number_at(first, last, decimals) if self.cut(first, last) else None

    def month(self, first: int, last: int) -> str:
        """Return a month as CCYYMM, or an empty text for blanks or zeros."""
        if not self.cut(first, last).strip("0"):
            return ""
        text = self.digits(first, last)
        if not 1 <= int(text[4:]) <= 12:
            self.refuse("expected a month", first, last)
        return text

    def is_minus(self, column: int, allowed: str = "+-") -> bool:
        """Return whether a sign is a minus."""
        sign = self.text[column - 1 : column] or " "
        if sign not in allowed:
            self.refuse("expected a sign", column)
        return sign == "-"

    def locator(self, first: int, last: int) -> int:
        """Return a decimal locator, ``003`` or ``-02``; 0 for blanks."""
        text = self.cut(first, last)
        if not text:
            return 0
        if not _LOCATOR.fullmatch(text):
            self.refuse("expected a decimal locator", first, last)
        return int(text)

    def scaled(self, number: Decimal, first: int, last: int, sign: int) -> Decimal:
        """Return a number times 10 to an exponent that may be blank."""
        exponent = self.optional_number(first, last)
        if not exponent:
            return number
        if exponent > _LARGEST_EXPONENT:
            self.refuse(f"expected an exponent of at most {_LARGEST_EXPONENT}", first, last)
        return number.scaleb(int(-exponent if self.is_minus(sign, " +-") else exponent))
