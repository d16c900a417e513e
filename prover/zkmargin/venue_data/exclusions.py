"""Excluded instruments and options with an estimated mark or volatility, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.fields import decimal_text
from zkmargin.spec.constants import INSTRUMENTS

from .instruments import MAX_TIME

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Estimate", "Exclusion"]

_ZERO = Decimal(0)
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
    """An option whose mark and volatility do not both stand as the venue published them (docs/smile.md).

    Attributes
    ----------
    name, reason : str
        The instrument's name; the reason for the estimate and its source.
    size : Decimal or None
        The price at the venue's volatility less the venue's mark, or at our volatility if the venue has none, in the
        quote currency per unit; None if the venue has no mark.
    volatilities : tuple of Decimal or None
        The lowest and the highest annual volatility that the option may have; None for that of the instrument. Its
        row's add-on covers them.
    """

    name: str
    reason: str
    size: Decimal | None = None
    volatilities: tuple[Decimal, Decimal] | None = None

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an item of ``estimates``."""
        members = field.members(("name", "reason"), ("size", "volatilities"))
        return cls(
            name=_shown(members["name"]),
            reason=_shown(members["reason"]),
            size=members["size"].decimal() if "size" in members else None,
            volatilities=_range(members["volatilities"]) if "volatilities" in members else None,
        )

    def raised(self, points: Decimal) -> Self:
        """Return the estimate after an addition to the option's volatility; the venue has no mark to compare then."""
        ends = self.volatilities
        if ends is not None:
            ends = max(ends[0] + points, _ZERO), max(ends[1] + points, _ZERO)
        return replace(self, size=None, volatilities=ends)

    def to_json(self) -> dict[str, Any]:
        """Return the item of ``estimates``."""
        item: dict[str, Any] = {"name": self.name, "reason": self.reason}
        if self.size is not None:
            item["size"] = decimal_text(self.size)
        if self.volatilities is not None:
            item["volatilities"] = [decimal_text(one) for one in self.volatilities]
        return item


def _range(field: Field) -> tuple[Decimal, Decimal]:
    low, high = (_volatility(item) for item in field.items(2))
    if high < low:
        field.refuse("the highest must not be below the lowest")
    return low, high


def _volatility(field: Field) -> Decimal:
    number = field.decimal()
    if number < 0:
        field.refuse("must not be negative")
    return number


def _shown(field: Field) -> str:
    return field.text(_SHOWN, "text of 1 to 200 printable ASCII characters")
