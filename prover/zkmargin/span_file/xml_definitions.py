"""Definitions of a SPAN file in XML: date, scenarios, combined commodities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .contents import Commodity, Family, Header
from .xml_values import extreme_moves, short_option_minimum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .xml_stream import Element, Handler

__all__ = ["Definition", "Definitions"]

_EPOCH = date(1970, 1, 1)
_SPREADS = ("dSpread", "hSpread")
_NOT_CARRIED = (*_SPREADS, "intraTiers", "interTiers", "rateTiers", "spotRate")


@dataclass(slots=True)
class Definition:
    """A combined commodity: its element, its links by exchange and portfolio, and its families so far."""

    element: Element
    links: frozenset[tuple[str, str]]
    families: list[Family] = field(default_factory=list)
    currency: str = ""

    def not_carried(self) -> Counter[str]:
        """Count the elements that no row carries."""
        return Counter(one.tag for one in self.element.children if one.tag in _NOT_CARRIED)

    def commodity(self, name: str, currency: str) -> Commodity:
        """Return the combined commodity; `currency` is for one without its own.

        Raises
        ------
        InputError
            If it has a feature that rows cannot represent, or no currency.
        """
        element = self.element
        if element.number("riskExponent"):
            reason = "risk exponents are not supported: their effect on charges is unknown"
            element.refuse(reason, "riskExponent")
        tiers = element.child("scanTiers")
        if tiers is not None and len(tiers.all("tier")) > 1:
            tiers.refuse("scanning by tiers of expiries is not supported")
        own = element.value("currency") or self.currency or currency
        if not own:
            element.refuse(f"no currency of {name} in the file: give it (--currency)")
        ratios = [rate.number("val") or Decimal(1) for rate in element.all("adjRate")]
        return Commodity(
            name=name,
            currency=own,
            families=tuple(self.families),
            short_option_minimum=short_option_minimum(element),
            initial_ratio=max([*ratios, Decimal(1)]),
            not_carried=tuple(f"{count} {tag}" for tag, count in sorted(self.not_carried().items())),
        )


class Definitions:
    """What a file says before its contracts."""

    def __init__(self) -> None:
        self._time: Element | None = None
        self._clearing = ""
        self._points: Element | None = None
        self.found: dict[str, list[Definition]] = {}
        """By code: an exchange is known only from links or from contracts."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """The handlers of a pass over the file."""
        return {
            "ccDef": self._take,
            "pointDef": self._take_points,
            "pointInTime": self._take_time,
            **dict.fromkeys(_SPREADS, _emptied),
        }

    def _take(self, element: Element, _: list[Element]) -> bool:
        links = frozenset((one.value("exch"), one.value("pfId")) for one in element.all("pfLink"))
        self.found.setdefault(element.value("cc"), []).append(Definition(element, links))
        return False

    def _take_points(self, element: Element, _: list[Element]) -> bool:
        if self._points is None:
            self._points = element
        return False

    def _take_time(self, element: Element, _: list[Element]) -> bool:
        if self._time is not None:
            element.refuse("a second point in time")
        self._time = element
        self._clearing = element.needed("clearingOrg").code("ec")
        return False

    def header(self, source: str) -> Header:
        """Return clearing organisation and business date."""
        if self._time is None:
            raise InputError("no pointInTime: not a SPAN risk parameter file", source=source)
        text = self._time.value("date")
        try:
            day = (
                date(int(text[:4]), int(text[4:6]), int(text[6:]))
                if len(text) == 8 and text.isdecimal()
                else None
            )
        except ValueError:
            day = None
        if day is None or day <= _EPOCH:
            self._time.refuse("expected a date after 1970-01-01, CCYYMMDD", "date")
        return Header(self._clearing, day)

    @cached_property
    def extreme(self) -> tuple[Decimal, Decimal] | None:
        """Multiple and cover of the extreme moves; None if the file does not define its scenarios."""
        return None if self._points is None else extreme_moves(self._points)


def _emptied(element: Element, _: list[Element]) -> bool:
    """Keep an element without its children: spreads are only counted."""
    element.children.clear()
    return True
