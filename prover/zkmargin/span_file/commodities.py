"""Assembly of a combined commodity from its consecutive records, type 2 first."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from .contents import Commodity
from .records import parse_families, parse_initial_ratio, parse_short_option_minimum, refuse_tiers

if TYPE_CHECKING:
    from .contents import Family
    from .line import Line

__all__ = ["Definition"]


@dataclass(slots=True)
class Definition:
    """The records of a combined commodity read so far.

    Attributes
    ----------
    name : str
        Exchange and code, such as ``CME:ES``.
    """

    name: str
    _currency: str = ""
    _families: list[Family] = field(default_factory=list)
    _short_option_minimum: int | None = None
    _initial_ratio: Decimal | None = None

    def link(self, line: Line) -> tuple[Family, ...]:
        """Take a type 2 record, which adds up to six families, and return these."""
        currency = line.code(14, 16)
        if self._currency not in {"", currency}:
            line.refuse(f"expected {self._currency} as before", 14, 16)
        self._currency = currency
        families = parse_families(line)
        self._families += families
        return families

    def take(self, kind: str, line: Line) -> None:
        """Take a type 3, 4 or S record."""
        code = self.name.partition(":")[2]
        if line.cut(3, 8) != code:
            line.refuse(f"expected {code}, the combined commodity of the lines before", 3, 8)
        if kind == "S ":
            refuse_tiers(line)
        elif kind == "3 ":
            self._initial_ratio = max(parse_initial_ratio(line), self._initial_ratio or Decimal(0))
        else:
            minimum = parse_short_option_minimum(line)
            if self._short_option_minimum not in {None, minimum}:
                line.refuse("differs from the short option minimum before", 63, 69)
            self._short_option_minimum = minimum

    def commodity(self) -> Commodity:
        """Return the combined commodity."""
        return Commodity(
            name=self.name,
            currency=self._currency,
            families=tuple(self._families),
            short_option_minimum=self._short_option_minimum,
            initial_ratio=Decimal(1) if self._initial_ratio is None else self._initial_ratio,
        )
