"""Venue data: all instruments of a venue at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS, UNDERLYINGS

from .file import read_market, write_market
from .instruments import MAX_TIME, NAME, Expired, Option, Perpetual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .instruments import Estimate, Exclusion, Instrument, Underlying

__all__ = ["VenueData"]


@dataclass(frozen=True, slots=True)
class VenueData:
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
        What was left out, and why.
    estimates : tuple of Estimate
        Whose mark is not the venue's, and why.

    Raises
    ------
    InputError
        If a value is out of range, or a name or an index stands there twice.
    """

    time: int
    quote: str
    underlyings: tuple[Underlying, ...]
    exclusions: tuple[Exclusion, ...] = ()
    estimates: tuple[Estimate, ...] = ()

    def __post_init__(self) -> None:
        """Check what the types do not say."""
        _require(0 < self.time < MAX_TIME, "not a time", "time")
        _require(NAME.fullmatch(self.quote) is not None, "not a name", "quote")
        _require(1 <= len(self.underlyings) <= UNDERLYINGS, f"not 1 to {UNDERLYINGS}", "underlyings")
        _require_distinct([one.name for one in self.underlyings], "underlyings")
        for number, one in enumerate(self.underlyings):
            _check_underlying(one, self.time, f"underlyings[{number}]")
        names = [one.name for _, _, one in self.instruments()]
        _require_distinct(names, "underlyings")
        for number, estimate in enumerate(self.estimates):
            _require(estimate.name in names, "not an instrument of this market", f"estimates[{number}].name")

    def instruments(self) -> Iterator[tuple[int, Underlying, Instrument]]:
        """Yield the id (4096 times the underlying's number, plus the index), underlying and instrument."""
        for number, underlying in enumerate(self.underlyings):
            for instrument in underlying.instruments:
                yield INSTRUMENTS * number + instrument.index, underlying, instrument

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a market file.

        Raises
        ------
        InputError
            If it is not one.
        """
        parts = read_market(Path(path))
        try:
            return cls(**parts)
        except InputError as error:
            raise InputError(error.reason, source=str(path), key=error.key) from None

    def save(self, path: str | Path) -> None:
        """Write a market file, whole or not at all."""
        write_market(Path(path), self)


def _check_underlying(one: Underlying, time: int, key: str) -> None:
    _require(NAME.fullmatch(one.name) is not None, "not a name", f"{key}.name")
    _require(one.price > 0, "not positive", f"{key}.price")
    _require(0 <= one.next_index < INSTRUMENTS, f"not below {INSTRUMENTS}", f"{key}.nextIndex")
    indices = [instrument.index for instrument in one.instruments]
    _require(indices == sorted(set(indices)), "indices not in rising order", f"{key}.instruments")
    for place, instrument in enumerate(one.instruments):
        _check_instrument(instrument, time, f"{key}.instruments[{place}]")


def _check_instrument(one: Instrument, time: int, key: str) -> None:
    _require(NAME.fullmatch(one.name) is not None, "not a name", f"{key}.name")
    _require(0 <= one.index < INSTRUMENTS, f"not below {INSTRUMENTS}", f"{key}.index")
    positive = {"lot": one.lot}
    if isinstance(one, Option):
        positive |= {"strike": one.strike, "forward": one.forward, "volatility": one.volatility}
    if isinstance(one, Option | Expired):
        _require(one.mark >= 0, "negative", f"{key}.mark")
    else:
        positive |= {"mark": one.mark}
    for name, value in positive.items():
        _require(value > 0, "not positive", f"{key}.{name}")
    if isinstance(one, Expired):
        _require(0 < one.expiry <= time, "after the market's time", f"{key}.expiry")
        _require(time < one.until < MAX_TIME, "not after the market's time", f"{key}.until")
    elif not isinstance(one, Perpetual):
        _require(time < one.expiry < MAX_TIME, "not after the market's time", f"{key}.expiry")


def _require_distinct(names: list[str], key: str) -> None:
    _require(len(set(names)) == len(names), "a name stands there twice", key)


def _require(holds: bool, reason: str, key: str) -> None:
    if not holds:
        raise InputError(reason, key=key)
