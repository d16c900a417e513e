"""Accounts of an imaginary venue, for demonstrations and tests: healthy, and with lots that add up to 0."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.account import Account
from zkmargin.errors import InputError
from zkmargin.spec.constants import ARITY, INSTRUMENTS, PICO_PER_MICRO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.snapshot.snapshot import Listing, Snapshot

__all__ = ["generate_accounts"]

_MICRO = 10**6
_MOST_LOTS = 20
_LEAST_BUFFER, _MOST_BUFFER = 11, 30
"""Equity in tenths of the requirement."""


def generate_accounts(
    snapshot: Snapshot, count: int, *, positions: int = 13, octets: int = 7, seed: int = 1
) -> Iterator[Account]:
    """Yield the accounts of an imaginary venue.

    Parameters
    ----------
    snapshot : Snapshot
    count : int
        The number of accounts, at least 2.
    positions : int
        The most positions of an account.
    octets : int
        The groups of eight neighbouring instruments that are traded, in at most three underlyings.
    seed : int
        Chooses holdings. View keys are always new.

    Yields
    ------
    Account
        Its number is its place, from 1.

    Raises
    ------
    InputError
        If there are fewer than two accounts.
    """
    if count < 2:
        raise InputError(
            "must be at least 2: lots of one account alone cannot add up to 0", source="accounts"
        )
    rng = random.Random(seed)  # noqa: S311  # holdings of nobody
    traded = _traded(snapshot, octets)
    holdings: list[dict[str, int]] = [{} for _ in range(count)]
    for _ in range(count * positions):
        instrument = rng.choice(traded)
        pair = rng.sample(holdings, 2)
        if all(instrument.name in held or len(held) < positions for held in pair):
            lots = rng.randint(1, _MOST_LOTS)
            for held, signed in zip(pair, (lots, -lots), strict=True):
                held[instrument.name] = held.get(instrument.name, 0) + signed
    lot = {instrument.name: instrument.lot for instrument in traded}
    for number, held in enumerate(holdings, 1):
        quantities = {name: lots * lot[name] for name, lots in held.items() if lots}
        yield _healthy(number, quantities, snapshot, rng)


def _traded(snapshot: Snapshot, octets: int) -> list[Listing]:
    """Return the instruments of the octets with the most of them, in three underlyings."""
    groups: dict[int, list[Listing]] = {}
    for listing in snapshot.parts.listings:
        groups.setdefault(listing.id // ARITY, []).append(listing)
    underlyings = sorted({listing.id // INSTRUMENTS for listing in snapshot.parts.listings})[:3]
    inside = [group for group in groups.values() if group[0].id // INSTRUMENTS in underlyings]
    inside.sort(key=lambda group: (-len(group), group[0].id))
    return [listing for group in inside[:octets] for listing in group]


def _healthy(number: int, positions: dict[str, Decimal], snapshot: Snapshot, rng: random.Random) -> Account:
    """Return an account with some collateral, and the cash that makes it healthy."""
    assets = [
        one.asset
        for one, price in zip(snapshot.parts.collateral, snapshot.spec.prices, strict=False)
        if price
    ]
    asset = rng.choice(assets) if assets else None
    collateral = {asset: Decimal(rng.randint(1, 1000)) / 1000} if asset else {}
    # An owner off chain is any number that the customer knows as its own.
    poor = Account.new(owner=10_000 + number, number=number, collateral=collateral, positions=positions)
    result = spec.margin(poor.opening(snapshot), snapshot.spec)
    wanted = result.requirement * rng.randint(_LEAST_BUFFER, _MOST_BUFFER) // 10 + rng.randint(
        0, 100 * _MICRO
    )
    cash = max(-(-(wanted * PICO_PER_MICRO - result.equity) // PICO_PER_MICRO), 0)
    return Account(
        owner=poor.owner,
        view_key=poor.view_key,
        number=number,
        cash=Decimal(cash) / _MICRO,
        collateral=collateral,
        positions=positions,
    )
