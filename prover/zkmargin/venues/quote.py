"""A venue's quote of one instrument, and its possible flaws."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.funding import NO_FUNDING
from zkmargin.venue_data.instruments import Future, Instrument, Option, Perpetual, Spot

if TYPE_CHECKING:
    from zkmargin.venue_data.instruments import Right

__all__ = ["NO_MARK", "Quote"]

NO_MARK = "no mark"
"""The flaw for which an option can get an estimate."""

_MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class Quote:
    """A venue's quote of one instrument; None for missing values.

    Attributes
    ----------
    name : str
        The venue's name.
    lot : Decimal
        Units of the underlying in one lot.
    expiry : int or None
        Unix time in seconds; None for a perpetual.
    strike : Decimal or None
        Quote currency per unit of the underlying; None for futures and perpetuals.
    right : Right or None
        Call or put; None for futures and perpetuals.
    mark, forward, bid, ask : Decimal or None
        Quote currency per unit of the underlying.
    funding : Decimal or None
        The accumulated funding of a perpetual, quote currency per unit of the underlying.
    volatility : Decimal or None
        Annual, 0.7 is 70 %.
    time : int or None
        The time of the quote, Unix time in seconds.
    is_spot : bool
        Whether it is the underlying itself.
    flaw : str
        A flaw that the reader of the venue's format found; empty for none.
    """

    name: str
    lot: Decimal
    expiry: int | None = None
    strike: Decimal | None = None
    right: Right | None = None
    mark: Decimal | None = None
    forward: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    funding: Decimal | None = None
    volatility: Decimal | None = None
    time: int | None = None
    is_spot: bool = False
    flaw: str = ""

    def order(self) -> tuple[int, int, Decimal, str, str]:
        """Return the sort key for new indices: perpetual, futures, options, spot; expiry; strike; call, put."""
        kind = 3 if self.is_spot else 0 if self.expiry is None else 1 if self.strike is None else 2
        return kind, self.expiry or 0, self.strike or Decimal(0), self.right or "", self.name

    def is_alive(self, time: int) -> bool:
        """Return whether the instrument has not expired at a time (Unix, seconds)."""
        return self.expiry is None or self.expiry > time

    def flaws(self, moment: int) -> list[str]:
        """Return the reasons why the quote cannot be valued at a time, the most specific one first."""
        option, age = self.strike is not None, 0 if self.time is None else moment - self.time
        reasons = {
            self.flaw: bool(self.flaw),
            NO_MARK: not self.mark,
            "negative mark": self.mark is not None and self.mark < 0,
            "no forward": option and (self.forward is None or self.forward <= 0),
            "negative bid or ask": any(price is not None and price < 0 for price in (self.bid, self.ask)),
            # Venues write zero for an empty side of the book.
            "bid above ask": bool(self.bid and self.ask and self.bid > self.ask),
            f"older than {_MAX_AGE} s": age > _MAX_AGE,
            f"newer than the venue data by {_MAX_AGE} s": age < -_MAX_AGE,
            "volatility not positive": option and self.volatility is not None and self.volatility <= 0,
        }
        return [reason for reason, is_so in reasons.items() if is_so]

    def instrument(self, index: int) -> Instrument:
        """Return the instrument, with 0 for missing values; a bid or an ask of 0 is none."""
        mark, sides = self.mark or Decimal(0), {"bid": self.bid or None, "ask": self.ask or None}
        if self.is_spot:
            return Spot(self.name, index, self.lot, mark)
        if self.expiry is None:
            return Perpetual(self.name, index, self.lot, mark, self.funding or NO_FUNDING, **sides)
        if self.strike is None or self.right is None:
            return Future(self.name, index, self.lot, self.expiry, mark, **sides)
        return Option(
            name=self.name,
            index=index,
            lot=self.lot,
            expiry=self.expiry,
            strike=self.strike,
            right=self.right,
            forward=self.forward or Decimal(0),
            mark=mark,
            volatility=self.volatility or Decimal(0),
            **sides,
        )
