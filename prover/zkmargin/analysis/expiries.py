"""Greeks by expiry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data.instruments import expiry_of

from .greeks import Greeks, total, units_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin import spec
    from zkmargin.venue_data.instruments import Instrument, Underlying

__all__ = ["Expiry", "by_expiry", "days_to"]

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True, repr=False)
class Expiry:
    """The positions of one expiry of one underlying.

    Attributes
    ----------
    underlying : str
    time : int or None
        The expiry, Unix time in seconds; None for perpetuals and spot.
    days : float or None
        The days until then.
    positions : int
        Their number.
    greeks : Greeks
        The sum of the positions' Greeks.
    """

    underlying: str
    time: int | None
    days: float | None
    positions: int
    greeks: Greeks


def by_expiry(opening: spec.Account, held: Mapping[int, Underlying], time: int) -> list[Expiry]:
    """Return the Greeks of an account by underlying and expiry, perpetuals first.

    Parameters
    ----------
    opening : spec.Account
    held : mapping of int to Underlying
        The underlyings of the account's positions by number, with only the held instruments: see
        `zkmargin.analysis.ByVenueData`.
    time : int
        The time of the venue data, Unix time in seconds.
    """
    lots = {(one.underlying, one.instrument % INSTRUMENTS): one.lots for one in opening.held}
    made = []
    for number, underlying in held.items():
        groups: dict[int | None, list[tuple[Instrument, Greeks]]] = {}
        for one, unit in zip(underlying.instruments, units_of(underlying.instruments, time), strict=True):
            quantity = lots[number, one.index] * float(one.lot)
            groups.setdefault(expiry_of(one), []).append((one, unit.times(quantity)))
        made += [
            Expiry(
                underlying.name, when, days_to(when, time), len(group), total(greeks for _, greeks in group)
            )
            for when, group in sorted(groups.items(), key=lambda item: item[0] or 0)
        ]
    return made


def days_to(when: int | None, time: int) -> float | None:
    """Return the days until an expiry, which may be negative; None for none."""
    return None if when is None else (when - time) / _SECONDS_PER_DAY
