"""Accounts of openings: from the statement's integers back to quantities in people's units."""

from __future__ import annotations

import secrets
from dataclasses import replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from zkmargin.account.account import SALT_BITS, Account
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["account_of", "traded"]

# Wide enough for any quantity: the caller's own context might round.
_EXACT = Context(prec=80)


def account_of(opening: spec.Account, snapshot: Snapshot) -> Account:
    """Return the account of an opening: the inverse of `Account.opening`.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
        Gives instruments their names and lots, and places their assets.

    Raises
    ------
    InputError
        If the snapshot lacks an instrument or asset, positions are not in ascending order of ids, or the salt
        is too short. The message shows no value.
    """
    account = Account(
        owner=opening.owner,
        nonce=opening.nonce,
        salt=opening.salt,
        cash=_units(opening.cash),
        collateral=_collateral(opening, snapshot),
        positions=_positions(opening, snapshot),
        source="opening",
    )
    # Account files have no order of positions: the commitment of another order could not be opened again.
    if account.opening(snapshot) != opening:
        raise InputError("expected ascending ids without duplicates", source="opening", key="positions")
    return account


def traded(account: Account, fills: Mapping[str, Decimal], cash: Decimal) -> Account:
    """Return an account after a trade, with a new random salt.

    Parameters
    ----------
    account : Account
    fills : mapping of str to Decimal
        The bought quantity of each instrument, negative if it is sold, in units of the underlying.
    cash : Decimal
        The cash that is received for all fills; negative if it is paid.
    """
    positions = dict(account.positions)
    for name, quantity in fills.items():
        positions[name] = positions.get(name, Decimal(0)) + quantity
    held = {name: quantity for name, quantity in positions.items() if quantity != 0}
    salt = secrets.randbits(SALT_BITS)
    return replace(account, nonce=account.nonce + 1, salt=salt, cash=account.cash + cash, positions=held)


def _collateral(opening: spec.Account, snapshot: Snapshot) -> dict[str, Decimal]:
    return {
        _asset(place, snapshot): _units(micro) for place, micro in enumerate(opening.amounts) if micro != 0
    }


def _asset(place: int, snapshot: Snapshot) -> str:
    if place >= len(snapshot.parts.collateral):
        raise InputError("the snapshot has no such asset", source="opening", key="collateral")
    return snapshot.parts.collateral[place].asset


def _positions(opening: spec.Account, snapshot: Snapshot) -> dict[str, Decimal]:
    listings = {one.id: one for one in snapshot.parts.listings}
    positions = {}
    for position in opening.positions:
        listing = listings.get(position.instrument)
        if listing is None:
            raise InputError("the snapshot has no such instrument", source="opening", key="positions")
        positions[listing.name] = _EXACT.multiply(Decimal(position.lots), listing.lot)
    return positions


def _units(micro: int) -> Decimal:
    return Decimal(f"{micro}E-6")
