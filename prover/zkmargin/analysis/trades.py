"""An account after trades at the marks of a snapshot."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.account.account import Account
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["mark_of", "with_trades"]

_MICRO = Decimal(10**6)


def mark_of(snapshot: Snapshot, name: str) -> Decimal:
    """Return the mark of one unit of an instrument in the quote currency."""
    mark = snapshot.row(name).slots[snapshot.parts.layout.mark]
    return mark / _MICRO / snapshot.listing(name).lot


def with_trades(
    account: Account, snapshot: Snapshot, trades: Mapping[str, Decimal], source: str = "trades"
) -> Account:
    """Return an account after trades at the snapshot's marks, without fees and spreads: its equity is the same.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    trades : mapping of str to Decimal
        Quantities by instrument, in units of the underlying: bought if positive, sold if negative.
    source : str
        The name of the trades in errors.

    Raises
    ------
    InputError
        If an instrument is not in the snapshot, a quantity is 0 or no multiple of the instrument's lot, or the account
        would be out of range.
    """
    positions, cash = dict(account.positions), account.cash
    for name, quantity in trades.items():
        try:
            lot = snapshot.listing(name).lot
        except InputError as error:
            raise InputError(error.reason, source=source) from None
        if quantity == 0 or quantity % lot:
            raise InputError(f"expected a multiple of the lot {lot:f}, not 0", source=source, key=name)
        positions[name] = positions.get(name, Decimal(0)) + quantity
        # By lots, whose marks are whole micro-quote: a mark per unit may have no end.
        cash -= quantity / lot * snapshot.row(name).slots[snapshot.parts.layout.mark] / _MICRO
    held = {name: quantity for name, quantity in positions.items() if quantity}
    return replace(account.holding(held), cash=cash)
