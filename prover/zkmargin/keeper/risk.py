"""The risk of an account by a snapshot: secret, and the basis of decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.account.report import margin_of
from zkmargin.errors import InputError
from zkmargin.spec.constants import BPS_UNIT, PICO_PER_MICRO

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["MAINTENANCE", "Risk"]

MAINTENANCE = BPS_UNIT
"""The requirement of a proof of health, in 1/10 000."""


# No repr: the equity of an account is as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class Risk:
    """The risk of an account, by the latest snapshot.

    Attributes
    ----------
    equity : int
        The equity in pico-quote, with collateral after haircuts.
    requirement : int
        Maintenance margin, in micro-quote.
    funds : int
        Cash and the marks of all positions, in micro-quote. A proof of health needs 0 or more.
    instruments : tuple of str
        The instruments of its positions.
    """

    equity: int
    requirement: int
    funds: int
    instruments: tuple[str, ...]

    @classmethod
    def of(cls, opening: spec.Account, snapshot: Snapshot) -> Self | None:
        """Return the risk of an opening; None if the snapshot has no row for a position."""
        try:
            margin = margin_of(opening, snapshot)
        except InputError:
            return None
        names = {one.id: one.name for one in snapshot.parts.listings}
        held = tuple(names[position.instrument] for position in opening.held)
        funds = opening.cash + sum(lane.mark for lane in margin.lanes)
        return cls(margin.equity, margin.requirement, funds, held)

    @property
    def worth(self) -> int:
        """The equity in micro-quote, rounded down."""
        return self.equity // PICO_PER_MICRO

    def missing(self, bps: int) -> int:
        """Return the missing cash for a proof of health, in micro-quote; 0 if it can be made."""
        short = bps * self.requirement * PICO_PER_MICRO - self.equity * BPS_UNIT
        return max(0, -(-short // (BPS_UNIT * PICO_PER_MICRO)), -self.funds)

    def provable(self, bps: int = MAINTENANCE) -> bool:
        """Return whether a proof of health can be made: the account meets a requirement and is funded."""
        return self.missing(bps) == 0

    def meets(self, bps: int, waiting: int) -> bool:
        """Return whether equity and waiting cash, in micro-credits, meet a requirement, as auctions compare them."""
        return (self.worth + waiting) * BPS_UNIT >= bps * self.requirement
