"""What a venue says of one instrument, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.venue_data.instruments import Future, Instrument, Option, Perpetual

if TYPE_CHECKING:
    from zkmargin.venue_data.instruments import Right

__all__ = ["NO_MARK", "Quote"]

NO_MARK = "no mark"
"""Why an option may be given an estimate."""

_MAX_AGE = 300


@dataclass(frozen=True, slots=True)
class Quote:
    """What a venue says of one instrument; None where it says nothing.

    Attributes
    ----------
    name : str
        The venue's name.
    lot : Decimal
        Units of the underlying in one lot.
    expiry : int or None
        Unix time in seconds; None for a perpetual.
    strike : Decimal or None
        None for what is no option.
    right : Right or None
        None for what is no option.
    mark, forward, bid, ask : Decimal or None
        Quote currency per unit of the underlying.
    volatility : Decimal or None
        Annual, 0.7 is 70 %.
    time : int or None
        When the venue said so, Unix time in seconds.
    flaw : str
        Why it cannot be used, where only the reader of the venue's format can tell; else empty.
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
    volatility: Decimal | None = None
    time: int | None = None
    flaw: str = ""

    def order(self) -> tuple[int, int, Decimal, str, str]:
        """Return what new ones are numbered by: perpetual, futures, options; expiry; strike; call, put."""
        kind = 0 if self.expiry is None else 1 if self.strike is None else 2
        return kind, self.expiry or 0, self.strike or Decimal(0), self.right or "", self.name

    def is_alive(self, time: int) -> bool:
        """Say whether it expires after a moment."""
        return self.expiry is None or self.expiry > time

    def flaws(self, moment: int) -> list[str]:
        """Return why it cannot be valued, the most telling reason first."""
        option, age = self.strike is not None, 0 if self.time is None else moment - self.time
        reasons = {
            self.flaw: bool(self.flaw),
            NO_MARK: not self.mark,
            "negative mark": self.mark is not None and self.mark < 0,
            "no forward": option and (self.forward is None or self.forward <= 0),
            "negative bid or ask": any(price is not None and price < 0 for price in (self.bid, self.ask)),
            # A venue writes zero where nobody bids or asks.
            "bid above ask": bool(self.bid and self.ask and self.bid > self.ask),
            f"older than {_MAX_AGE} s": age > _MAX_AGE,
            f"newer than the market's time by {_MAX_AGE} s": age < -_MAX_AGE,
            "volatility not positive": option and self.volatility is not None and self.volatility <= 0,
        }
        return [reason for reason, is_so in reasons.items() if is_so]

    def instrument(self, index: int) -> Instrument:
        """Return the instrument; what is missing is 0 there."""
        mark = self.mark or Decimal(0)
        if self.expiry is None:
            return Perpetual(self.name, index, self.lot, mark)
        if self.strike is None or self.right is None:
            return Future(self.name, index, self.lot, self.expiry, mark)
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
        )
