"""Venue data: all instruments of a venue at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS, UNDERLYINGS

from .exclusions import Estimate, Exclusion
from .funding import is_whole_micro
from .instruments import (
    MAX_TIME,
    NAME,
    SETTLED_DAYS,
    SETTLED_SECONDS,
    Expired,
    Future,
    Option,
    Perpetual,
    Spot,
    Underlying,
    expiry_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.documents.fields import Field

    from .instruments import Instrument

__all__ = ["VenueData"]

_FORMAT = "zkmargin-venue-data/1"


@dataclass(frozen=True, slots=True)
class VenueData(JsonFile):
    """All instruments of a venue at one moment.

    Attributes
    ----------
    time : int
        Unix time in seconds.
    quote : str
        The quote currency.
    underlyings : tuple of Underlying
        At most 8; the place in the tuple is the underlying's number.
    exclusions : tuple of Exclusion
        Omitted instruments, with the reasons.
    estimates : tuple of Estimate
        Instruments with an estimated mark, with the reasons.

    Raises
    ------
    InputError
        If a value is out of range, or a name or an index is a duplicate.
    """

    MAX_BYTES: ClassVar[int] = 64 << 20

    time: int
    quote: str
    underlyings: tuple[Underlying, ...]
    exclusions: tuple[Exclusion, ...] = ()
    estimates: tuple[Estimate, ...] = ()

    def __post_init__(self) -> None:
        """Check names, ranges and duplicates."""
        _require(0 < self.time < MAX_TIME, "expected Unix time in seconds", "time")
        _require(NAME.fullmatch(self.quote) is not None, "expected a name", "quote")
        _require(
            1 <= len(self.underlyings) <= UNDERLYINGS,
            f"expected 1 to {UNDERLYINGS} underlyings",
            "underlyings",
        )
        _require_distinct([one.name for one in self.underlyings], "underlyings")
        for number, one in enumerate(self.underlyings):
            _check_underlying(one, self.time, f"underlyings[{number}]")
        names = [one.name for _, _, one in self.instruments()]
        _require_distinct(names, "underlyings")
        for number, estimate in enumerate(self.estimates):
            _require(
                estimate.name in names, "not an instrument of these venue data", f"estimates[{number}].name"
            )

    def instruments(self) -> Iterator[tuple[int, Underlying, Instrument]]:
        """Yield the id (4096 times the underlying's number, plus the index), underlying and instrument."""
        for number, underlying in enumerate(self.underlyings):
            for instrument in underlying.instruments:
                yield INSTRUMENTS * number + instrument.index, underlying, instrument

    def marks_outside(self) -> list[Option | Future | Perpetual]:
        """Return the instruments whose mark is below their bid or above their ask."""
        quoted = [one for _, _, one in self.instruments() if isinstance(one, Option | Future | Perpetual)]
        return [
            one
            for one in quoted
            if (one.bid is not None and one.mark < one.bid) or (one.ask is not None and one.mark > one.ask)
        ]

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the document of a file of venue data."""
        members = field.members_of(
            _FORMAT, ("format", "time", "quote", "underlyings", "exclusions"), ("estimates",)
        )
        estimates = members["estimates"].items() if "estimates" in members else []
        return cls(
            time=members["time"].integer(1, MAX_TIME - 1),
            quote=members["quote"].text(NAME, "a name"),
            underlyings=tuple(Underlying.from_json(item) for item in members["underlyings"].items()),
            exclusions=tuple(Exclusion.from_json(item) for item in members["exclusions"].items()),
            estimates=tuple(Estimate.from_json(item) for item in estimates),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the document of a file of venue data."""
        document: dict[str, Any] = {
            "format": _FORMAT,
            "time": str(self.time),
            "quote": self.quote,
            "underlyings": [one.to_json() for one in self.underlyings],
            "exclusions": [one.to_json() for one in self.exclusions],
        }
        if self.estimates:
            document["estimates"] = [one.to_json() for one in self.estimates]
        return document


def _check_underlying(one: Underlying, time: int, key: str) -> None:
    _require(NAME.fullmatch(one.name) is not None, "expected a name", f"{key}.name")
    _require(one.price > 0, "must be positive", f"{key}.price")
    _require(
        0 <= one.next_index < INSTRUMENTS,
        f"expected an index from 0 to {INSTRUMENTS - 1}",
        f"{key}.nextIndex",
    )
    indices = [instrument.index for instrument in one.instruments]
    _require(indices == sorted(set(indices)), "indices must ascend", f"{key}.instruments")
    for place, instrument in enumerate(one.instruments):
        _check_instrument(instrument, time, f"{key}.instruments[{place}]")
        if isinstance(instrument, Spot):
            reason = "must be the index price of the underlying"
            _require(instrument.mark == one.price, reason, f"{key}.instruments[{place}].mark")


def _check_instrument(one: Instrument, time: int, key: str) -> None:
    _require(NAME.fullmatch(one.name) is not None, "expected a name", f"{key}.name")
    _require(0 <= one.index < INSTRUMENTS, f"expected an index from 0 to {INSTRUMENTS - 1}", f"{key}.index")
    positive = {"lot": one.lot}
    if isinstance(one, Option):
        positive |= {"strike": one.strike, "forward": one.forward, "volatility": one.volatility}
    if isinstance(one, Option | Expired):
        _require(one.mark >= 0, "must not be negative", f"{key}.mark")
    else:
        positive |= {"mark": one.mark}
    for name, value in positive.items():
        _require(value > 0, "must be positive", f"{key}.{name}")
    if isinstance(one, Option | Future | Perpetual):
        _check_sides(one, key)
    if isinstance(one, Perpetual):
        whole = is_whole_micro(one.funding, one.lot)
        _require(whole, "must be a whole number of micro-quote per lot", f"{key}.funding")
    if isinstance(one, Expired):
        _require(0 < one.expiry <= time, "must not be after the time of the venue data", f"{key}.expiry")
        reason = "must be from the expiry to the time of the venue data"
        _require(one.expiry <= one.settled <= time, reason, f"{key}.settled")
        _require(time < one.until < MAX_TIME, "must be after the time of the venue data", f"{key}.until")
        reason = f"must be at least {SETTLED_DAYS} days after the instrument was settled"
        _require(one.until - one.settled >= SETTLED_SECONDS, reason, f"{key}.until")
    elif (expiry := expiry_of(one)) is not None:
        _require(time < expiry < MAX_TIME, "must be after the time of the venue data", f"{key}.expiry")


def _check_sides(one: Option | Future | Perpetual, key: str) -> None:
    for name, price in (("bid", one.bid), ("ask", one.ask)):
        _require(price is None or price > 0, "must be positive, or absent if there is none", f"{key}.{name}")
    if one.bid is not None and one.ask is not None:
        _require(one.bid <= one.ask, "must not be above the ask", f"{key}.bid")


def _require_distinct(names: list[str], key: str) -> None:
    _require(len(set(names)) == len(names), "duplicate name", key)


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, key=key)
