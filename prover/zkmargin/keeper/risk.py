"""What an account comes to with a snapshot: what decisions depend on, and what nobody else may see."""

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
    """What an account whose opening is known comes to with the latest snapshot.

    Attributes
    ----------
    equity : int
        In pico-quote, collateral after haircuts.
    requirement : int
        Maintenance margin, in micro-quote.
    instruments : tuple of str
        In what it has positions.
    """

    equity: int
    requirement: int
    instruments: tuple[str, ...]

    @classmethod
    def of(cls, opening: spec.Account, snapshot: Snapshot) -> Self | None:
        """Return the risk of an opening; None where the snapshot has no row for a position."""
        try:
            margin = margin_of(opening, snapshot)
        except InputError:
            return None
        names = {one.id: one.name for one in snapshot.parts.listings}
        held = tuple(names[position.instrument] for position in opening.positions)
        return cls(margin.equity, margin.requirement, held)

    @property
    def worth(self) -> int:
        """The equity in micro-quote, rounded down."""
        return self.equity // PICO_PER_MICRO

    def missing(self, bps: int) -> int:
        """Return the cash, in micro-quote, that brings the account to a requirement; 0 if it is there."""
        short = bps * self.requirement * PICO_PER_MICRO - self.equity * BPS_UNIT
        return max(0, -(-short // (BPS_UNIT * PICO_PER_MICRO)))

    def healthy(self, bps: int = MAINTENANCE) -> bool:
        """Say whether the account meets a requirement, in 1/10 000 of maintenance margin."""
        return self.equity * BPS_UNIT >= bps * self.requirement * PICO_PER_MICRO
