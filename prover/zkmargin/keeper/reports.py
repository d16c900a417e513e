"""What a keeper tells whoever runs it: no position, no equity; a shortage only where the settings say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Level", "Report", "Tell"]


class Level(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened.

    Attributes
    ----------
    level : Level
    event : str
        What: a name that stays the same, docs/keeper.md has them all.
    values : mapping of str to int or str
        What it is about.
    """

    level: Level
    event: str
    values: Mapping[str, int | str] = field(default_factory=dict)


Tell: TypeAlias = Callable[[Report], None]
"""Takes each report as it comes."""
