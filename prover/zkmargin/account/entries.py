"""Cash that follows from entry prices.

The statement's cash is the running balance after fills: a position that was entered at a price has changed it by the
opposite of price times quantity. A venue's balance has paid for options, but not for futures and perpetuals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from zkmargin.errors import InputError, MissingInstrumentError
from zkmargin.snapshot.missing import missing_instrument

from .members import less, price_paid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from zkmargin.snapshot.parts import Listing, Parts
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venues.positions import VenuePosition

    from .account import Account

__all__ = ["Imported", "cash_warning", "import_positions"]

_MICRO = 10**6


# No repr: holdings are secret.
@dataclass(frozen=True, slots=True, repr=False)
class Imported:
    """An account with the positions of a venue.

    Attributes
    ----------
    account : Account
    paid : Decimal
        The cash that the entries took: price times quantity of all positions with an entry price, in the quote
        currency, rounded up to whole micro-quote; negative if they gave cash.
    priced : int
        The number of positions with an entry price.
    rounded : tuple of str
        The places of positions that were rounded down to whole lots, toward the short side.
    """

    account: Account
    paid: Decimal
    priced: int
    rounded: tuple[str, ...]


def import_positions(
    positions: Iterable[VenuePosition], snapshot: Snapshot, funds: Account, source: str = "positions"
) -> Imported:
    """Return an account with positions of a venue; cash follows from their entry prices.

    A quantity that is not a multiple of the instrument's lot is rounded down, so that a long position is smaller and a
    short one larger; cash is that of the whole position. Entry prices of perpetuals are the venue's quoted ones, and
    the funding that the snapshot has accumulated is taken off, as in a fill.

    Parameters
    ----------
    positions : iterable of VenuePosition
        Several of one instrument are added up.
    snapshot : Snapshot
        The source of lots and funding.
    funds : Account
        An account without positions. Its cash and collateral are the venue's balance: what was paid in, realised
        profit and option premiums, without the unrealised profit of futures and perpetuals.
    source : str
        The name of the positions' file, for errors.

    Raises
    ------
    InputError
        If the account has positions, an instrument is not in the snapshot, or a value is out of range.
    """
    if funds.positions:
        reason = "has positions already; import into an account without, so that none is counted twice"
        raise InputError(reason, source=funds.source, key="positions")
    listings = {one.name: one for one in snapshot.parts.listings}
    held: dict[str, Fraction] = {}
    entries: list[tuple[Fraction, Fraction]] = []
    places: dict[str, str] = {}
    for one in positions:
        listing = _listing(one, listings, snapshot.parts, source)
        held[listing.name] = held.get(listing.name, Fraction(0)) + one.quantity
        places.setdefault(listing.name, one.place)
        if one.entry is not None:
            entries.append((one.quantity, one.entry - Fraction(listing.funding)))
    whole = {name: _whole_lots(quantity, listings[name]) for name, quantity in held.items()}
    paid = price_paid(entries)
    account = replace(
        funds.holding({name: quantity for name, quantity in whole.items() if quantity}),
        cash=less(funds.cash, paid),
    )
    rounded = tuple(places[name] for name, quantity in held.items() if Fraction(whole[name]) != quantity)
    return Imported(account, paid, len(entries), rounded)


def cash_warning(account: Account, snapshot: Snapshot) -> str | None:
    """Return a warning if the cash cannot be the running balance after the fills of futures and perpetuals.

    A long position has taken its price from the cash, and a short one has added it. Cash of 0 or more beside positions
    that are long on balance means that they were paid in full; less cash than their value beside short ones means that
    there was less than nothing before. Neither is impossible, so this is no error. The text shows no value.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot

    Returns
    -------
    str or None
        A sentence that names the file.
    """
    listings = {one.name: one for one in snapshot.parts.listings}
    known = [(listings[name], quantity) for name, quantity in account.positions.items() if name in listings]
    value = sum(
        (Fraction(quantity) / Fraction(one.lot) * _mark(one, snapshot) for one, quantity in known),
        Fraction(0),
    )
    cash = Fraction(account.cash)
    if (value > 0 and cash >= 0) or (value < 0 and cash < -value):
        return (
            f"{account.source}: cash: is the running balance after fills, and looks as if positions in futures and "
            "perpetuals had not been paid from it; give their entryPrice, or use zkmargin account import"
        )
    return None


def _listing(one: VenuePosition, listings: Mapping[str, Listing], parts: Parts, source: str) -> Listing:
    for name in one.names:
        if name in listings:
            return listings[name]
    excluded = {each.name for each in parts.exclusions}
    name = next((name for name in one.names if name in excluded), one.names[0])
    reason = missing_instrument(parts, name)
    raise MissingInstrumentError(reason, source=source, key=one.place, instrument=name)


def _whole_lots(quantity: Fraction, listing: Listing) -> Decimal:
    return floor(quantity / Fraction(listing.lot)) * listing.lot


def _mark(listing: Listing, snapshot: Snapshot) -> Fraction:
    """Return the mark of a lot of a future or perpetual in the quote currency; 0 for an option or spot.

    A row says which it is: the delta of a future or perpetual is its mark and its accumulated funding, each rounded.
    """
    if snapshot.parts.is_spot(listing):
        return Fraction(0)  # coins may have been paid in
    row = snapshot.parts.rows[listing.id]
    mark, delta = row.slots[row.layout.mark], row.slots[row.layout.delta]
    accrued = Fraction(listing.funding) * Fraction(listing.lot) * _MICRO
    linear = delta != 0 and abs(delta - mark - accrued) <= 1
    return Fraction(mark, _MICRO) if linear else Fraction(0)
