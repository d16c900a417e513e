"""An account before and after trades."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from zkmargin.account.report import margin_of, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.documents.fields import decimal_text

from .greeks import total
from .positions import positions
from .trades import mark_of, with_trades
from .venue_rows import check_venue_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.account.account import Account
    from zkmargin.account.report import MarginReport
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

    from .greeks import Greeks, Number

__all__ = ["Change", "Trade", "WhatIf"]

_AMOUNTS = ("equity", "cash", "maintenance", "required", "cushion")
_GREEKS = ("delta", "gamma", "vega", "theta")


@dataclass(frozen=True, slots=True, repr=False)
class Trade:
    """A trade.

    Attributes
    ----------
    instrument : str
    quantity : Decimal
        What is bought, in units of the underlying; a negative number is sold.
    price : Decimal
        The mark of one unit in the quote currency.
    """

    instrument: str
    quantity: Decimal
    price: Decimal

    def to_json(self) -> dict[str, str]:
        """Return the item of ``trades``."""
        return {
            "instrument": self.instrument,
            "quantity": decimal_text(self.quantity),
            "price": decimal_text(self.price),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """A number before and after the trades, in the quote currency."""

    before: Number
    after: Number

    @property
    def change(self) -> Number:
        """The difference."""
        # A table gives decimals on both sides, venue data floats.
        return self.after - self.before  # type: ignore[operator]

    def to_json(self) -> dict[str, str]:
        """Return the three numbers as decimal strings, floats with 6 decimals."""
        return {name: _text(getattr(self, name)) for name in ("before", "after", "change")}


@dataclass(frozen=True, slots=True, repr=False)
class WhatIf:
    """An account before and after trades at the marks of a snapshot.

    Attributes
    ----------
    trades : tuple of Trade
    amounts : mapping of str to Change
        Equity, cash, maintenance margin, the required equity, and the cushion over it: the attributes of
        `zkmargin.account.MarginReport` of these names.
    requirements : mapping of str to Change
        The maintenance margin of each underlying.
    greeks : mapping of str to Change
        The sums of delta, gamma, vega and theta as far as they are known: see `Greeks`.
    healthy : bool
        Whether the account is healthy after the trades.
    """

    trades: tuple[Trade, ...]
    amounts: Mapping[str, Change]
    requirements: Mapping[str, Change]
    greeks: Mapping[str, Change]
    healthy: bool

    @classmethod
    def of(
        cls,
        account: Account,
        snapshot: Snapshot,
        trades: Mapping[str, Decimal],
        requirement: AnyRequirement = Requirement.MAINTENANCE,
        venue_data: VenueData | None = None,
    ) -> Self:
        """Compare an account with itself after trades.

        Parameters
        ----------
        account : Account
        snapshot : Snapshot
        trades : mapping of str to Decimal
            Quantities by instrument: see `with_trades`.
        requirement : Requirement or int
            The claim, as for a proof.
        venue_data : VenueData, optional
            The venue data behind the snapshot, for all Greeks; without them the Greeks are those of the table.

        Raises
        ------
        InputError
            If the account or the trades do not fit the snapshot, or the venue data are not the snapshot's.
        """
        both = (account, with_trades(account, snapshot, trades))
        reports = [margin_report(one, snapshot, requirement) for one in both]
        required = [
            {one.underlying: one.risk + one.add_on for one in report.underlyings} for report in reports
        ]
        sums = [_greeks(one, snapshot, report, venue_data) for one, report in zip(both, reports, strict=True)]
        greeks = {name: (getattr(sums[0], name), getattr(sums[1], name)) for name in _GREEKS}
        return cls(
            trades=tuple(Trade(name, size, mark_of(snapshot, name)) for name, size in trades.items()),
            amounts={name: Change(*(getattr(one, name) for one in reports)) for name in _AMOUNTS},
            requirements={
                name: Change(*(one.get(name, Decimal(0)) for one in required))
                for name in dict.fromkeys([*required[0], *required[1]])
            },
            greeks={name: Change(*each) for name, each in greeks.items() if None not in each},
            healthy=reports[1].healthy,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of ``zkmargin report --json``; numbers are decimal strings."""
        return {
            "trades": [one.to_json() for one in self.trades],
            "healthy": self.healthy,
            **{name: one.to_json() for name, one in self.amounts.items()},
            "underlyings": {name: one.to_json() for name, one in self.requirements.items()},
            "greeks": {name: one.to_json() for name, one in self.greeks.items()},
        }


def _greeks(
    account: Account, snapshot: Snapshot, report: MarginReport, venue_data: VenueData | None
) -> Greeks:
    opening = account.opening(snapshot)
    if venue_data is not None:
        # The trades may be in instruments that the account does not hold.
        check_venue_data(opening, snapshot, venue_data)
    held = positions(opening, margin_of(opening, snapshot), snapshot, report, venue_data)
    return total([one.greeks for one in held])


def _text(number: Number) -> str:
    return decimal_text(number if isinstance(number, Decimal) else Decimal(f"{number:.6f}"))
