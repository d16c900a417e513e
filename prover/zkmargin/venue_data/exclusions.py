"""Excluded instruments and instruments with an estimated mark, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.spec.constants import INSTRUMENTS

from .instruments import MAX_TIME

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Estimate", "Exclusion"]

# Terminals show these texts of unknown origin, so escape sequences and line breaks are refused.
_SHOWN = re.compile(r"[ -~]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An instrument that the venue lists and the venue data omit.

    Attributes
    ----------
    name, reason : str
        The instrument's name, and the reason for the exclusion.
    underlying : str
        The underlying; empty if it is unknown.
    index : int or None
        The index that stays reserved until `zkmargin.venue_data.listing.KEPT` after the expiry.
    expiry : int or None
        Unix time in seconds; None if it does not expire.
    """

    name: str
    reason: str
    underlying: str = ""
    index: int | None = None
    expiry: int | None = None

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``exclusions``."""
        members = field.members(("name", "reason"), ("underlying", "index", "expiry"))
        return cls(
            name=_shown(members["name"]),
            reason=_shown(members["reason"]),
            underlying=_shown(members["underlying"]) if "underlying" in members else "",
            index=members["index"].integer(0, INSTRUMENTS - 1) if "index" in members else None,
            expiry=members["expiry"].integer(1, MAX_TIME - 1) if "expiry" in members else None,
        )

    def to_json(self) -> dict[str, str]:
        """Return the item of ``exclusions``."""
        item = {"name": self.name, "reason": self.reason}
        if self.underlying:
            item["underlying"] = self.underlying
        if self.index is not None:
            item["index"] = str(self.index)
        if self.expiry is not None:
            item["expiry"] = str(self.expiry)
        return item


@dataclass(frozen=True, slots=True)
class Estimate:
    """An instrument with an estimated mark, because the venue's is missing or unusable.

    Attributes
    ----------
    name, reason : str
        The instrument's name; the reason for the estimate and its source.
    """

    name: str
    reason: str

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``estimates``."""
        members = field.members(("name", "reason"))
        return cls(_shown(members["name"]), _shown(members["reason"]))

    def to_json(self) -> dict[str, str]:
        """Return the item of ``estimates``."""
        return {"name": self.name, "reason": self.reason}


def _shown(field: Field) -> str:
    return field.text(_SHOWN, "text of 1 to 200 printable ASCII characters")
