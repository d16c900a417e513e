"""Differences between two documents, by key path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two documents.

    Attributes
    ----------
    key : str
        The key path, such as ``underlyings.ETH.price_scan_range``.
    before, after : str or None
        The value in each document, or None.
    """

    key: str
    before: str | None
    after: str | None


def changes(before: Any, after: Any, key: str = "") -> tuple[Change, ...]:
    """Compare two documents.

    Parameters
    ----------
    before, after : object
        Dictionaries, lists and strings.
    key : str
        The key path of both documents.

    Returns
    -------
    tuple of Change
        The changes in the order of `before`, followed by values that only `after` has.
    """
    old, new = _values(before, key), _values(after, key)
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(
        Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


def _values(document: Any, key: str) -> dict[str, str]:
    """Return the values of a document by key path; an empty object or list is a value."""
    items: list[tuple[str, Any]] = []
    if isinstance(document, dict) and document:
        items = [(f"{key}.{name}" if key else str(name), value) for name, value in document.items()]
    elif isinstance(document, list) and document:
        items = [(f"{key}[{number}]", value) for number, value in enumerate(document)]
    if not items:
        return {key: str(document)}
    return {path: text for name, value in items for path, text in _values(value, name).items()}
