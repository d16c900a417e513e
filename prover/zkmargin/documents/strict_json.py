"""Strict JSON, which refuses documents that readers could interpret differently."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_json", "parse_json"]

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
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    if len(content) > max_bytes:
        raise InputError(f"larger than {max_bytes} bytes", source=str(path))
    return parse_json(content, str(path))


def parse_json(content: bytes, source: str, *, decimals: bool = False) -> Any:
    """Parse JSON text as `load_json` does; `source` names it in errors.

    With `decimals`, for files of other programs, numbers become exact decimals.
    """
    refuse = _Refuse(source)
    if _nested_too_deeply(content):
        raise InputError("nested too deeply", source=source)
    try:
        return json.loads(
            # Editors of Windows begin a file with a byte order mark.
            content.decode("utf-8-sig"),
            object_pairs_hook=refuse.twice,
            parse_float=Decimal if decimals else refuse.number,
            parse_constant=refuse.constant,
            parse_int=Decimal if decimals else refuse.long,
        )
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
    raise InputError(reason, source=source)


def _nested_too_deeply(content: bytes) -> bool:
    """Check the depth before parsing, since py-ecc raises the recursion limit so far that the parser could crash."""
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", content)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > _MAX_DEPTH:
            return True
    return False


class _Refuse:
    """Hooks of the parser that raise errors. No message contains a value, since values may be secret."""

    def __init__(self, source: str) -> None:
        self._source = source

    def twice(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InputError("duplicate key", source=self._source, key=twice[:80])
        return found

    def number(self, _: str) -> NoReturn:
        raise InputError("numbers must be integers; write others as strings", source=self._source)

    def constant(self, _: str) -> NoReturn:
        raise InputError("numbers must be finite", source=self._source)

    def long(self, digits: str) -> int:
        # No field element has more digits. Python's own limit is several thousand digits.
        if len(digits) > 100:
            raise InputError("integers must have at most 100 digits", source=self._source)
        return int(digits)
