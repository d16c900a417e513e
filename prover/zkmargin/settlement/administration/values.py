"""Values of a market's parameters, read from and written as text: amounts in whole units, times in seconds."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from fractions import Fraction

from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

__all__ = ["micro_in", "pairs_in", "seconds_in", "span_text", "units_text", "whole_in"]

_MICRO = 10**6
_EXACT = Context(prec=100)
_SPAN = re.compile(r"(0|[1-9][0-9]{0,9})([smhd]?)", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_LARGEST = 2**256 - 1


def micro_in(text: str, source: str) -> int:
    """Return an amount of whole units, such as ``2.5``, in micro.

    Raises
    ------
    InputError
        If the text is no decimal number, negative, or has more than 6 decimals.
    """
    field = Field(text, source)
    micro = Fraction(field.decimal()) * _MICRO
    if micro.denominator != 1:
        field.refuse("expected at most 6 decimals")
    if micro < 0:
        field.refuse("must not be negative")
    return micro.numerator


def units_text(micro: int) -> str:
    """Return an amount in micro as whole units, such as ``2.5``."""
    return decimal_text(_EXACT.scaleb(Decimal(micro), -6))


def whole_in(text: str, source: str) -> int:
    """Return a whole number, or raise `InputError`."""
    return Field(text, source).integer(0, _LARGEST)


def seconds_in(text: str, source: str) -> int:
    """Return a length of time in seconds.

    Parameters
    ----------
    text : str
        Seconds, or a number with a unit: ``90``, ``30m``, ``2h``, ``1d``.
    source : str
        The place of the text, for errors.

    Raises
    ------
    InputError
        If the text is no such length.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise InputError("expected seconds, or a number with s, m, h or d, e.g. 2h", source=source)
    return int(found[1]) * _SECONDS[found[2]]


def span_text(seconds: int) -> str:
    """Return a length of time with its two largest units, rounded down, such as ``1 d 3 h``."""
    parts, rest = [], seconds
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _SECONDS[unit])
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def pairs_in(words: list[str], known: tuple[str, ...]) -> dict[str, str]:
    """Return the values of words such as ``grace=3600`` by their keys.

    Raises
    ------
    InputError
        If a word is no such pair, or its key is unknown or a duplicate.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"expected KEY=VALUE with a key of {', '.join(known)}", source=word)
        if key not in known:
            raise InputError(f"unknown key{did_you_mean(key, known)}", source=key)
        if key in found:
            raise InputError("duplicate key", source=key)
        found[key] = value
    return found
