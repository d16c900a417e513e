"""Reports of a keeper to its operator, without positions or equity; a shortage only if the settings allow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Level", "Report", "Tell"]


class Level(StrEnum):
    """The importance of a report."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Report:
    """An event.

    Attributes
    ----------
    level : Level
    event : str
        Its stable name; docs/keeper.md lists all of them.
    values : mapping of str to int or str
        Its details, such as the account's number.
    """

    level: Level
    event: str
    values: Mapping[str, int | str] = field(default_factory=dict)


Tell: TypeAlias = Callable[[Report], None]
"""Receives each report at once."""
