"""The rebalancing of one account as a problem in the integers of the statement."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from zkmargin.account.funds import CASH
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.proofs.instances import instances
from zkmargin.snapshot.missing import missing_instrument
from zkmargin.spec.constants import (
    AMOUNT_BITS,
    CASH_BITS,
    INSTRUMENTS,
    LOT_BITS,
    MAX_POSITIONS,
    PICO_PER_MICRO,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from zkmargin import spec
    from zkmargin.account.account import Account
    from zkmargin.snapshot.parts import Listing
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec.table import Row

    from .terms import Terms

__all__ = ["Fund", "Problem", "Tradable", "funds", "room_for", "tradables"]

_MICRO = 10**6
_BPS = 10_000
_MOST_LOTS = 2**LOT_BITS - 1


@dataclass(frozen=True, slots=True, repr=False)
class Tradable:
    """An instrument that may be bought or sold.

    Attributes
    ----------
    listing : Listing
    row : Row
    held : int
        Lots before any trade.
    lowest, highest : int
        The largest sale as a number of lots at most 0, and the largest purchase, at least 0.
    least : int
        The smallest trade in lots; one that closes the position may be smaller.
    cost : int
        The cost of trading a lot, in micro-quote; at least 1.
    fee : int
        The cost of any trade in addition, in micro-quote.
    """

    listing: Listing
    row: Row
    held: int
    lowest: int
    highest: int
    least: int
    cost: int
    fee: int

    @property
    def underlying(self) -> int:
        """The number of the underlying."""
        return self.listing.id // INSTRUMENTS

    def permits(self, lots: int) -> bool:
        """Return whether a trade of so many lots is within the limits; 0 is no trade."""
        is_large = abs(lots) >= self.least or lots in {0, -self.held}
        return is_large and self.lowest <= lots <= self.highest

    def price(self, lots: int) -> int:
        """Return the cost of a trade in micro-quote."""
        return self.cost * abs(lots) + self.fee * bool(lots)


@dataclass(frozen=True, slots=True, repr=False)
class Fund:
    """An asset that may be deposited.

    Attributes
    ----------
    asset : str
        `zkmargin.account.funds.CASH`, or a collateral asset of the snapshot.
    counts : int
        The equity from 1e-6 of the asset, in pico-quote.
    most : int
        The largest deposit, in 1e-6 of the asset.
    cost : Fraction
        The cost of 1e-6 of the asset, in micro-quote.
    """

    asset: str
    counts: int
    most: int
    cost: Fraction


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """An account, a target, and the permitted deposits and trades.

    Attributes
    ----------
    margin : Margin
        The margin of the account before any plan.
    target_bps : int
        The minimum equity, in 1/10000 of the requirement.
    tradables : tuple of Tradable
        Instruments of underlyings in which the account has positions.
    funds : tuple of Fund
        In ascending order of cost per unit of equity.
    """

    margin: spec.Margin
    target_bps: int
    tradables: tuple[Tradable, ...]
    funds: tuple[Fund, ...]


def tradables(opening: spec.Account, snapshot: Snapshot, terms: Terms) -> tuple[Tradable, ...]:
    """Return the instruments that may be traded.

    By default these are positions towards zero, and futures and perpetuals of the same underlyings both ways, held or
    not. Instruments of other underlyings are never among them: the statement gives no credit between
    underlyings, so they lower no requirement. Settled instruments are never among them either: they have no
    risk, and become cash without a trade.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    terms : Terms

    Returns
    -------
    tuple of Tradable
        In the order of their ids.

    Raises
    ------
    InputError
        If a term names an instrument that the snapshot does not have.
    """
    _check_names(snapshot, terms)
    held = {position.instrument: position.lots for position in opening.held}
    underlyings = {position.underlying for position in opening.held}
    found = []
    for listing in snapshot.parts.listings:
        row = snapshot.parts.rows[listing.id]
        if listing.id // INSTRUMENTS not in underlyings or not row.has_risk:
            continue
        lots = held.get(listing.id, 0)
        lowest, highest = _range(listing, lots, snapshot, terms)
        if lowest < highest:
            cost = _trade_cost(listing, snapshot, terms.trade_cost_bps)
            fee = ceil(terms.trade_fee * _MICRO)
            found.append(Tradable(listing, row, lots, lowest, highest, terms.min_lots, cost, fee))
    return tuple(found)


def funds(account: Account, snapshot: Snapshot, terms: Terms) -> tuple[Fund, ...]:
    """Return the assets that may be deposited: cash, and each asset that counts, up to its collateral limit.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    terms : Terms

    Returns
    -------
    tuple of Fund
        In ascending order of cost per unit of equity; cash first among equals.

    Raises
    ------
    InputError
        If a term names something that cannot be deposited.
    """
    cash_room = 2**CASH_BITS - 1 - ceil(account.cash * _MICRO)
    found = [Fund(CASH, PICO_PER_MICRO, cash_room, Fraction(terms.cost_of(CASH)))]
    for asset, price, counts in zip(
        snapshot.parts.collateral, snapshot.parts.prices, snapshot.spec.prices, strict=False
    ):
        if price is None or not counts:
            continue
        has = Fraction(account.collateral.get(asset.asset, Decimal(0)))
        limit = Fraction(2**AMOUNT_BITS - 1, _MICRO) if asset.limit is None else Fraction(asset.limit)
        cost = Fraction(price) * Fraction(terms.cost_of(asset.asset))
        found.append(Fund(asset.asset, counts, max(0, int((limit - has) * _MICRO)), cost))
    _check_assets({one.asset for one in found}, terms)
    if terms.deposits is not None:
        found = [_capped(one, terms.deposits[one.asset]) for one in found if one.asset in terms.deposits]
    return tuple(sorted((one for one in found if one.most), key=lambda one: one.cost / one.counts))


def room_for(opening: spec.Account, snapshot: Snapshot) -> int:
    """Return the number of positions that an account can still open within the largest circuit."""
    shapes = [one.shape for one in instances() if one.shape.layout == snapshot.parts.layout]
    largest = max((shape.positions for shape in shapes if not shape.limited), default=MAX_POSITIONS)
    return max(0, min(largest, MAX_POSITIONS) - len(opening.held))


def _range(listing: Listing, held: int, snapshot: Snapshot, terms: Terms) -> tuple[int, int]:
    """Return the most lots that may be sold, as a negative number, and bought."""
    most = terms.trades.get(listing.name)
    both_ways = _is_future(listing, snapshot) or any(
        fnmatchcase(listing.name, pattern) for pattern in terms.allow
    )
    if most is None and not both_ways:
        return min(0, -held), max(0, -held)
    lots = 2 * _MOST_LOTS if most is None else int(Fraction(most) / Fraction(listing.lot))
    return max(-lots, -_MOST_LOTS - held), min(lots, _MOST_LOTS - held)


def _is_future(listing: Listing, snapshot: Snapshot) -> bool:
    """Return whether a row is a future's or a perpetual's: its quoted price is its gain when the price doubles.

    Rows have no kind, and each venue has its own names. An option's delta exceeds its mark, and it has no funding.
    """
    if snapshot.parts.is_spot(listing):
        return False  # a short position in it is a debt of coins
    layout, row = snapshot.parts.layout, snapshot.parts.rows[listing.id]
    quoted = row.slots[layout.mark] if not listing.funding else row.slots[layout.delta]
    return quoted == row.slots[layout.delta] > 0 and not row.short_floor


def _trade_cost(listing: Listing, snapshot: Snapshot, bps: Decimal) -> int:
    """Return the cost of a lot in micro-quote, rounded up; at least 1, so that no trade is free."""
    layout, row = snapshot.parts.layout, snapshot.parts.rows[listing.id]
    index = snapshot.parts.index_prices[listing.id // INSTRUMENTS]
    by_index = Fraction(index) * Fraction(listing.lot) * _MICRO
    by_row = Fraction(max(abs(row.slots[layout.mark]), abs(row.slots[layout.delta])))
    notional = max(by_index, by_row)
    return max(1, ceil(notional * Fraction(bps) / _BPS))


def _capped(fund: Fund, most: Decimal) -> Fund:
    return Fund(fund.asset, fund.counts, min(fund.most, int(Fraction(most) * _MICRO)), fund.cost)


def _check_names(snapshot: Snapshot, terms: Terms) -> None:
    names = [one.name for one in snapshot.parts.listings]
    # No name and no candidate: either could show a position.
    for name in terms.trades:
        if name not in names:
            raise InputError(missing_instrument(snapshot.parts, name), source="trade")
    if not all(any(fnmatchcase(name, pattern) for name in names) for pattern in terms.allow):
        raise InputError("pattern matches no instrument of the snapshot", source="allow")


def _check_assets(assets: Collection[str], terms: Terms) -> None:
    for source, names in (("cost", terms.deposit_costs), ("deposit", terms.deposits or {})):
        for name in names:
            if name not in assets:
                reason = f"expected cash or an asset that counts in this snapshot{did_you_mean(name, assets)}"
                raise InputError(reason, source=source)
