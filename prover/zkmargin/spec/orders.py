"""Signed orders and quote sheets, and the rules of their fills.

A holder signs an order once, and any number of fills take parts of it. A market maker signs a sheet once: a header
and the root of a tree of entries, each a bid and an ask for one instrument. The account's order table
(`zkmargin.spec.account`) remembers what was filled. Prices are in micro-quote per lot, and booked: of a perpetual,
the price less the accumulated funding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .account import OrderFill
from .checks import SpecError, check_field, check_length, check_signed, check_unsigned
from .constants import (
    ACCOUNT_BITS,
    CLOCK_BITS,
    FEE_BITS,
    ID_BITS,
    LOT_BITS,
    ORDER_PLACES,
    OWNER_BITS,
    QUOTE_BITS,
    SEQUENCE_BITS,
    SEQUENCES_PER_SECOND,
    SHEET_ENTRIES,
    SHEET_LEVELS,
)
from .poseidon import Hasher, poseidon
from .tree import Tree, build_tree, climb

if TYPE_CHECKING:
    from collections.abc import Sequence

OrderTable: TypeAlias = tuple[OrderFill, ...]
"""24 entries; an order's place is its sequence mod 24."""


class Side(IntEnum):
    """The side of an order or of a fill."""

    BUY = 0
    SELL = 1


# Orders have no repr, as they are private to holder and venue.
@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """An order to buy or sell one instrument.

    Parameters
    ----------
    instrument : int
        The id, 15 bits.
    side : Side
    most_lots : int
        The most lots that all fills together may take, 31 bits.
    limit : int
        The highest price of a buyer, the lowest of a seller; -2^44 <= limit < 2^44.
    sequence : int
        The order's number, 40 bits. An order kills those of lower sequences in its place of the table.
    expiry : int
        The last second in which a fill is valid, 40 bits.
    fee_rate : int
        The highest fee in micro-quote per lot, 44 bits.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    instrument: int
    side: Side
    most_lots: int
    limit: int
    sequence: int
    expiry: int
    fee_rate: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("instrument", self.instrument, ID_BITS)
        if type(self.side) is not Side:
            raise SpecError("side", "expected BUY or SELL")
        check_unsigned("mostLots", self.most_lots, LOT_BITS)
        check_signed("limit", self.limit, QUOTE_BITS)
        _check_validity(self.sequence, self.expiry, self.fee_rate)


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """The header of a quote sheet.

    Parameters
    ----------
    cap : int
        The most lots that all fills of all entries together may take, 31 bits.
    sequence, expiry, fee_rate : int
        As those of an `Order`, whose places of the table sheets share.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    cap: int
    sequence: int
    expiry: int
    fee_rate: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("cap", self.cap, LOT_BITS)
        _check_validity(self.sequence, self.expiry, self.fee_rate)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """An entry of a quote sheet.

    Parameters
    ----------
    instrument : int
        The id, 15 bits.
    bid, ask : int
        The highest price at which the maker buys, and the lowest at which it sells; from -2^44 to 2^44 - 1.
    size : int
        The most lots of one fill, 31 bits; 0 fills nothing.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    instrument: int
    bid: int
    ask: int
    size: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("instrument", self.instrument, ID_BITS)
        check_signed("bid", self.bid, QUOTE_BITS)
        check_signed("ask", self.ask, QUOTE_BITS)
        check_unsigned("size", self.size, LOT_BITS)


@dataclass(frozen=True, slots=True, repr=False)
class Fill:
    """One side of a trade.

    Parameters
    ----------
    instrument : int
        The id, 15 bits.
    side : Side
    lots : int
        1 <= lots < 2^31.
    price : int
        The booked price, -2^44 <= price < 2^44.
    rate : int
        The fee of this side in micro-quote per lot, 44 bits.
    time : int
        Unix time in seconds, 40 bits.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    instrument: int
    side: Side
    lots: int
    price: int
    rate: int
    time: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("instrument", self.instrument, ID_BITS)
        if type(self.side) is not Side:
            raise SpecError("side", "expected BUY or SELL")
        check_unsigned("lots", self.lots, LOT_BITS)
        if self.lots == 0:
            raise SpecError("lots", "must be at least 1")
        check_signed("price", self.price, QUOTE_BITS)
        check_unsigned("rate", self.rate, FEE_BITS)
        check_unsigned("time", self.time, CLOCK_BITS)


class Holder(NamedTuple):
    """The account that signs: its place in a signed message.

    ``domain`` is a field element of the chain and the house, ``owner`` an address, ``account`` the account's number.
    """

    domain: int
    owner: int
    account: int


def pack_order(order: Order) -> int:
    """Pack an order into a number of 216 bits.

    Parameters
    ----------
    order : Order

    Returns
    -------
    int
        ``instrument + 2^15 side + 2^16 mostLots + 2^47 (limit + 2^44) + 2^92 sequence + 2^132 expiry + 2^172 feeRate``
    """
    return _pack(
        _ORDER,
        (
            order.instrument,
            order.side,
            order.most_lots,
            order.limit + _HALF,
            order.sequence,
            order.expiry,
            order.fee_rate,
        ),
    )


def unpack_order(packed: int) -> Order:
    """Return the order of a number: the inverse of `pack_order`.

    Raises
    ------
    SpecError
        If it is none.
    """
    instrument, side, most_lots, limit, *rest = _unpack(_ORDER, packed)
    return Order(instrument, Side(side), most_lots, limit - _HALF, *rest)


def pack_sheet(sheet: Sheet) -> int:
    """Pack a sheet's header into a number of 155 bits.

    Parameters
    ----------
    sheet : Sheet

    Returns
    -------
    int
        ``cap + 2^31 sequence + 2^71 expiry + 2^111 feeRate``
    """
    return _pack(_SHEET, (sheet.cap, sheet.sequence, sheet.expiry, sheet.fee_rate))


def unpack_sheet(packed: int) -> Sheet:
    """Return the header of a number: the inverse of `pack_sheet`.

    Raises
    ------
    SpecError
        If it is none.
    """
    return Sheet(*_unpack(_SHEET, packed))


def pack_entry(entry: Entry) -> int:
    """Pack an entry of a sheet into a number of 136 bits, a leaf of the sheet's tree.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    int
        ``instrument + 2^15 (bid + 2^44) + 2^60 (ask + 2^44) + 2^105 size``. An absent entry is 0, of size 0.
    """
    return _pack(_ENTRY, (entry.instrument, entry.bid + _HALF, entry.ask + _HALF, entry.size))


def unpack_entry(packed: int) -> Entry:
    """Return the entry of a number: the inverse of `pack_entry`.

    Raises
    ------
    SpecError
        If it is none.
    """
    instrument, bid, ask, size = _unpack(_ENTRY, packed)
    return Entry(instrument, bid - _HALF, ask - _HALF, size)


def order_message(order: Order, holder: Holder, hasher: Hasher = poseidon) -> int:
    """Return what a holder signs: ``Poseidon(domain, owner, account, packed)``.

    Parameters
    ----------
    order : Order
    holder : Holder
    hasher : Hasher

    Returns
    -------
    int

    Raises
    ------
    SpecError
        If a value of `holder` is out of range.
    """
    return hasher((*_checked(holder), pack_order(order)))


def sheet_message(sheet: Sheet, root: int, holder: Holder, hasher: Hasher = poseidon) -> int:
    """Return what a market maker signs: ``Poseidon(domain, owner, account, packed, root)``.

    Parameters
    ----------
    sheet : Sheet
    root : int
        The root of `sheet_tree`.
    holder : Holder
    hasher : Hasher

    Returns
    -------
    int

    Raises
    ------
    SpecError
        If the root or a value of `holder` is out of range.
    """
    check_field("root", root)
    return hasher((*_checked(holder), pack_sheet(sheet), root))


def sheet_tree(entries: Sequence[Entry], hasher: Hasher = poseidon) -> Tree:
    """Hash the entries of a sheet. The leaves are the packed entries themselves; absent ones are 0.

    Parameters
    ----------
    entries : Sequence of Entry
        At most 4096.
    hasher : Hasher

    Returns
    -------
    Tree
        4 levels; `Tree.path` gives the path of an entry by its place.

    Raises
    ------
    SpecError
        If there are too many.
    """
    if len(entries) > SHEET_ENTRIES:
        raise SpecError("entries", f"expected at most {SHEET_ENTRIES}")
    return build_tree({i: pack_entry(entry) for i, entry in enumerate(entries)}, hasher, SHEET_LEVELS)


def check_entry(
    entry: Entry, place: int, path: Sequence[Sequence[int]], root: int, hasher: Hasher = poseidon
) -> None:
    """Check that an entry is at a place of a sheet.

    Parameters
    ----------
    entry : Entry
    place : int
        From 0 to 4095.
    path : Sequence of Sequence of int
        The eight children on each level, the level of the leaves first.
    root : int
    hasher : Hasher

    Raises
    ------
    SpecError
        If it is not.
    """
    if len(path) != SHEET_LEVELS or climb(pack_entry(entry), place, path, hasher) != root:
        raise SpecError("entry", "is not of the sheet")


def fill_order(orders: OrderTable, order: Order, fill: Fill) -> OrderTable:
    """Check that an order allows a fill, and book it.

    Parameters
    ----------
    orders : OrderTable
        The account's order table.
    order : Order
    fill : Fill

    Returns
    -------
    OrderTable
        The table after the fill.

    Raises
    ------
    SpecError
        If the order is for another instrument or side; if the price is beyond its limit; or as `fill_sheet`.
    """
    _check_same("instrument", fill.instrument, order.instrument)
    _check_same("side", fill.side, order.side)
    _check_price("limit", fill, order.limit)
    return _book(orders, order, order.most_lots, "mostLots", fill)


def fill_sheet(orders: OrderTable, sheet: Sheet, entry: Entry, fill: Fill) -> OrderTable:
    """Check that an entry of a sheet allows a fill, and book it. `check_entry` says that it is of the sheet.

    Parameters
    ----------
    orders : OrderTable
        The maker's order table.
    sheet : Sheet
    entry : Entry
    fill : Fill

    Returns
    -------
    OrderTable
        The table after the fill.

    Raises
    ------
    SpecError
        If the entry is for another instrument, of a smaller size or a worse price; if the sheet has expired, its
        sequence is above the clock's bound, its fee rate is exceeded, a newer sequence has its place, or its cap
        is exceeded.
    """
    _check_same("instrument", fill.instrument, entry.instrument)
    if fill.side == Side.BUY:
        _check_price("bid", fill, entry.bid)
    else:
        _check_price("ask", fill, entry.ask)
    if fill.lots > entry.size:
        raise SpecError("size", "the fill takes more lots than the entry has")
    return _book(orders, sheet, sheet.cap, "cap", fill)


_HALF: int = 2**QUOTE_BITS
_VALIDITY = (SEQUENCE_BITS, CLOCK_BITS, FEE_BITS)
_ORDER = (ID_BITS, 1, LOT_BITS, QUOTE_BITS + 1, *_VALIDITY)
_SHEET = (LOT_BITS, *_VALIDITY)
_ENTRY = (ID_BITS, QUOTE_BITS + 1, QUOTE_BITS + 1, LOT_BITS)


def _pack(widths: tuple[int, ...], values: tuple[int, ...]) -> int:
    """Put values beside each other, the first in the lowest bits."""
    packed = 0
    for width, value in zip(reversed(widths), reversed(values), strict=True):
        packed = (packed << width) + value
    return packed


def _unpack(widths: tuple[int, ...], packed: int) -> list[int]:
    check_unsigned("packed", packed, sum(widths))
    values = []
    for width in widths:
        values.append(packed % 2**width)
        packed >>= width
    return values


def _checked(holder: Holder) -> Holder:
    check_field("domain", holder.domain)
    check_unsigned("owner", holder.owner, OWNER_BITS)
    check_unsigned("account", holder.account, ACCOUNT_BITS)
    return holder


def _check_validity(sequence: int, expiry: int, fee_rate: int) -> None:
    check_unsigned("sequence", sequence, SEQUENCE_BITS)
    check_unsigned("expiry", expiry, CLOCK_BITS)
    check_unsigned("feeRate", fee_rate, FEE_BITS)


def _check_same(key: str, given: int, signed: int) -> None:
    if given != signed:
        raise SpecError(key, "the fill's differs from the signed one")


def _check_price(key: str, fill: Fill, limit: int) -> None:
    if fill.price > limit if fill.side == Side.BUY else fill.price < limit:
        raise SpecError(key, "the price is beyond it")


def _book(orders: OrderTable, signed: Order | Sheet, most: int, key: str, fill: Fill) -> OrderTable:
    """Check what orders and sheets have in common, and return the table after the fill."""
    check_length("orders", orders, ORDER_PLACES)
    if fill.time > signed.expiry:
        raise SpecError("expiry", "has passed")
    # Without this bound, a sequence near 2^40 in each place would end the account's trading for ever.
    if signed.sequence > SEQUENCES_PER_SECOND * fill.time:
        raise SpecError("sequence", f"must be at most {SEQUENCES_PER_SECOND} times the time of the fill")
    if fill.rate > signed.fee_rate:
        raise SpecError("feeRate", "the fill's is higher")
    place = signed.sequence % ORDER_PLACES
    newest = orders[place]
    if newest.sequence > signed.sequence:
        raise SpecError("sequence", "a newer order has its place in the table")
    filled = fill.lots + (newest.filled if newest.sequence == signed.sequence else 0)
    if filled > most:
        raise SpecError(key, "the fills take more lots")
    return (*orders[:place], OrderFill(signed.sequence, filled), *orders[place + 1 :])
