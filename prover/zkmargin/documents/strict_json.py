"""Strict JSON, which refuses documents that readers could interpret differently."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_json", "parse_json", "read_bounded"]

_MAX_BYTES = 16 << 20
_MAX_DEPTH = 100
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def load_json(path: Path, *, max_bytes: int = _MAX_BYTES) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    max_bytes : int
        The largest accepted size.

    Returns
    -------
    object
        Dictionaries, lists, strings, integers, booleans and None. Floats are refused.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, is not UTF-8 or not JSON, is nested too deeply, or contains a
        duplicate key or a number that is not an integer.
    """
    return parse_json(read_bounded(path, max_bytes), str(path))


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file.

    Raises
    ------
    InputError
        If the file cannot be read, or is larger than `max_bytes`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(content) > max_bytes:
        raise InputError(f"larger than {max_bytes} bytes", source=str(path))
    return content


def parse_json(content: bytes, source: str, *, decimals: bool = False) -> Any:
    """Parse JSON text as `load_json` does; `source` names it in errors.

    With `decimals`, for files of other programs, numbers become exact decimals.
    """
    if _nested_too_deeply(content):
        raise InputError("nested too deeply", source=source)
    flaws = _Flaws()
    try:
        document = json.loads(
            # Editors of Windows begin a file with a byte order mark.
            content.decode("utf-8-sig"),
            object_pairs_hook=flaws.twice,
            parse_float=Decimal if decimals else flaws.number,
            parse_constant=flaws.constant,
            parse_int=Decimal if decimals else flaws.long,
        )
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
    else:
        if flaws.found:
            key, flaw = _first_flaw(document)
            raise InputError(flaw.reason, source=source, key=f"{key}.{flaw.key}".strip("."))
        return document
    raise InputError(reason, source=source)


def _nested_too_deeply(content: bytes) -> bool:
    """Check the depth before parsing, since py-ecc raises the recursion limit so far that the parser could crash."""
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", content)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > _MAX_DEPTH:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands in a document for a value that is refused, until its place is known."""

    reason: str
    key: str = ""


class _Flaws:
    """Hooks of the parser, which does not know the place of a value. No reason contains it, since it may be secret."""

    def __init__(self) -> None:
        self.found = False

    def _flaw(self, reason: str, key: str = "") -> _Flaw:
        self.found = True
        return _Flaw(reason, key)

    def twice(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Flaw:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        keys = [key for key, _ in pairs]
        return self._flaw("duplicate key", next(key for key in keys if keys.count(key) > 1)[:80])

    def number(self, _: str) -> _Flaw:
        return self._flaw("numbers must be integers; write others as strings")

    def constant(self, _: str) -> _Flaw:
        return self._flaw("numbers must be finite")

    def long(self, digits: str) -> int | _Flaw:
        # No field element has more digits. Python's own limit is several thousand digits.
        if len(digits) > 100:
            return self._flaw("integers must have at most 100 digits")
        return int(digits)


def _first_flaw(document: Any) -> tuple[str, _Flaw]:
    """Return the first flaw of a document that has one, with its key path."""
    todo = [("", document)]
    while True:
        key, value = todo.pop()
        if isinstance(value, _Flaw):
            return key, value
        if isinstance(value, dict):
            todo += [(f"{key}.{name[:80]}".removeprefix("."), one) for name, one in reversed(value.items())]
        elif isinstance(value, list):
            todo += [(f"{key}[{number}]", one) for number, one in reversed([*enumerate(value)])]
