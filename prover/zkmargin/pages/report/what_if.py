"""An account before and after trades."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.account.report import margin_of, margin_report
from zkmargin.analysis.greeks import total
from zkmargin.analysis.trades import mark_of, with_trades
from zkmargin.analysis.venue_rows import check_venue_data

from .positions import positions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

    from .positions import Position

__all__ = ["Change", "Trade", "WhatIf", "what_if"]

_GREEKS = ("delta", "gamma", "vega", "theta")


@dataclass(frozen=True, slots=True, repr=False)
class Trade:
    """A trade: its instrument, the quantity that is bought, and the mark."""

    name: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """A number before and after the trades, in the quote currency."""

    name: str
    before: Decimal | float
    after: Decimal | float

    @property
    def change(self) -> Decimal | float:
        """The difference."""
        # A table gives decimals on both sides, venue data floats.
        return self.after - self.before  # type: ignore[operator]


@dataclass(frozen=True, slots=True, repr=False)
class WhatIf:
    """An account before and after trades.

    Attributes
    ----------
    trades : list of Trade
    changes : list of Change
    healthy : bool
        Whether the account is healthy after the trades.
    """

    trades: list[Trade]
    changes: list[Change]
    healthy: bool


def what_if(
    account: Account,
    snapshot: Snapshot,
    report: MarginReport,
    trades: Mapping[str, Decimal],
    venue_data: VenueData | None,
) -> WhatIf:
    """Compare an account with itself after trades at the marks.

    Raises
    ------
    InputError
        If the trades do not fit the snapshot or the account.
    """
    traded = with_trades(account, snapshot, trades)
    after = margin_report(traded, snapshot, report.requirement_bps)
    requirements = [
        {one.underlying: one.risk + one.add_on for one in shown.underlyings} for shown in (report, after)
    ]
    changes = [
        Change("equity", report.equity, after.equity),
        Change("cash", report.cash, after.cash),
        Change("maintenance margin", report.maintenance, after.maintenance),
        Change("required", report.required, after.required),
        Change("equity less required", report.cushion, after.cushion),
    ]
    for name in dict.fromkeys([*requirements[0], *requirements[1]]):
        changes.append(Change(f"requirement of {name}", *(one.get(name, Decimal(0)) for one in requirements)))
    sums = [
        total([one.greeks for one in _positions(each, snapshot, shown, venue_data)])
        for each, shown in ((account, report), (traded, after))
    ]
    for name in _GREEKS:
        before, then = (getattr(one, name) for one in sums)
        if before is not None and then is not None:
            changes.append(Change(name, before, then))
    return WhatIf(
        [Trade(name, size, mark_of(snapshot, name)) for name, size in trades.items()],
        changes,
        after.healthy,
    )


def _positions(
    account: Account, snapshot: Snapshot, report: MarginReport, venue_data: VenueData | None
) -> list[Position]:
    opening = account.opening(snapshot)
    if venue_data is not None:
        # The trades may be in instruments that the account does not hold.
        check_venue_data(opening, snapshot, venue_data)
    return positions(opening, margin_of(opening, snapshot), snapshot, report, venue_data)
