"""Accounts of openings: from the statement's integers back to quantities in people's units."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from zkmargin.account.account import Account
from zkmargin.account.opened import OpenedAccount
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.snapshot.missing import missing_instrument
from zkmargin.spec import EMPTY, commitment
from zkmargin.spec.constants import VIEW_KEY_BITS

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["account_of", "opened_of"]

# Wide enough for any quantity: the caller's own context might round.
_EXACT = Context(prec=80)
_LONG = 1 << VIEW_KEY_BITS - 1


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
        If the snapshot lacks an instrument or asset, an instrument is in two slots, the view key is too short, or an
        entry of the order table is not in its place. The message shows no value.
    """
    return Account(
        owner=opening.owner,
        number=opening.number,
        key=opening.key,
        view_key=opening.view_key,
        nonce=opening.nonce,
        cash=_units(opening.cash),
        collateral=_collateral(opening, snapshot),
        positions=_positions(opening, snapshot),
        slots=tuple(slot for slot, position in enumerate(opening.positions) if position != EMPTY),
        orders=opening.orders,
        source="opening",
    )


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
    positions: dict[str, Decimal] = {}
    for position in opening.held:
        listing = listings.get(position.instrument)
        if listing is None:
            reason = missing_instrument(snapshot.parts, position.instrument)
            raise InputError(reason, source="opening", key="positions")
        if listing.name in positions:
            raise InputError("an instrument is in two slots", source="opening", key="positions")
        positions[listing.name] = _EXACT.multiply(Decimal(position.lots), listing.lot)
    return positions


def opened_of(opening: spec.Account, snapshot: Snapshot) -> OpenedAccount:
    """Return anybody's opening for reports and proofs, whatever view key its owner has chosen.

    Account files refuse short view keys. The account of the result has another view key then: do not save it.

    Raises
    ------
    InputError
        As `account_of`, except for the view key.
    """
    shown = account_of(replace(opening, view_key=opening.view_key | _LONG), snapshot)
    return OpenedAccount(shown, opening, commitment(opening, fast_hasher()), snapshot.root)


def _units(micro: int) -> Decimal:
    return Decimal(f"{micro}E-6")
