"""Operations: fills of orders and of quote sheets, expiries, credits and new trading keys.

An operation takes the states of one or two accounts to the next ones. Its rules are here and in
`zkmargin.spec.changes`, one `SpecError` each. `zkmargin.spec.batch` has what a proof of a list of operations shows.
docs/operations.md states the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .account import EMPTY, Account, TradingKey
from .changes import Change, Credited, Expired, Filled, Rekeyed, advance, position_at
from .checks import SpecError, check_field, check_unsigned
from .constants import MAX_POSITIONS, SEQUENCE_BITS, SEQUENCES_PER_SECOND
from .eddsa import Signature, check_signature
from .orders import (
    Entry,
    Fill,
    Holder,
    Order,
    Sheet,
    Side,
    check_entry,
    fill_order,
    fill_sheet,
    order_message,
    sheet_message,
)
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from .snapshot import Snapshot

TIME_BITS: int = SEQUENCE_BITS - (SEQUENCES_PER_SECOND.bit_length() - 1)
"""The time of a batch has 32 bits, enough until 2106: the sequences that it allows then have 40."""

States: TypeAlias = Mapping[int, Account]
"""Openings by the accounts' numbers."""
SignatureCheck: TypeAlias = Callable[[TradingKey, int, Signature, Hasher], None]
"""A function as `zkmargin.spec.eddsa.check_signature`, which may be faster."""


class Setting(NamedTuple):
    """The circumstances of a proof's fills.

    ``domain`` is a field element of chain and house, ``time`` in Unix seconds, and ``reduce_only`` says that no fill
    opens or turns a position.
    """

    domain: int
    time: int
    reduce_only: bool = False


# Operations have no repr, as they are private to holders and venue.
@dataclass(frozen=True, slots=True, repr=False)
class OrderSide:
    """The side of a fill whose account has signed an order.

    Parameters
    ----------
    account : int
        The account's number.
    slot : int
        The slot that holds the instrument, or an empty one; see `find_slot`.
    rate : int
        The fee charged, in micro-quote per lot.
    order : Order
    signature : Signature
    """

    account: int
    slot: int
    rate: int
    order: Order
    signature: Signature

    @property
    def sequence(self) -> int:
        """The order's number."""
        return self.order.sequence


@dataclass(frozen=True, slots=True, repr=False)
class SheetSide:
    """The side of a fill whose account has signed a quote sheet.

    Parameters
    ----------
    account, slot, rate : int
        As in `OrderSide`.
    sheet : Sheet
    signature : Signature
    entry : Entry
    place : int
        The entry's place in the sheet, from 0 to 4095.
    path : tuple of tuple of int
        Its path, as `zkmargin.spec.tree.Tree.path` gives it.
    root : int
        The root of the sheet's tree.
    """

    account: int
    slot: int
    rate: int
    sheet: Sheet
    signature: Signature
    entry: Entry
    place: int
    path: tuple[tuple[int, ...], ...]
    root: int

    @property
    def sequence(self) -> int:
        """The sheet's number."""
        return self.sheet.sequence


@dataclass(frozen=True, slots=True, repr=False)
class Match:
    """A fill of two orders.

    Parameters
    ----------
    buyer, seller : OrderSide
    instrument : int
        The id, 15 bits.
    lots : int
        1 <= lots < 2^31.
    price : int
        The booked price, in micro-quote per lot; -2^44 <= price < 2^44.
    """

    buyer: OrderSide
    seller: OrderSide
    instrument: int
    lots: int
    price: int

    @property
    def sides(self) -> tuple[tuple[str, Side, OrderSide], ...]:
        """The sides with their names, in the circuit's order."""
        return ("buyer", Side.BUY, self.buyer), ("seller", Side.SELL, self.seller)


@dataclass(frozen=True, slots=True, repr=False)
class Quote:
    """A fill of an entry of a quote sheet and an order.

    Parameters
    ----------
    maker : SheetSide
    taker : OrderSide
    side : Side
        The maker's.
    instrument, lots, price : int
        As in `Match`.
    """

    maker: SheetSide
    taker: OrderSide
    side: Side
    instrument: int
    lots: int
    price: int

    @property
    def sides(self) -> tuple[tuple[str, Side, SheetSide | OrderSide], ...]:
        """The sides with their names, in the circuit's order."""
        return ("maker", self.side, self.maker), ("taker", Side(1 - self.side), self.taker)


@dataclass(frozen=True, slots=True, repr=False)
class Expire:
    """A position of a settled instrument becomes cash.

    Parameters
    ----------
    account : int
        The account's number.
    slot : int
    instrument : int
        The position's instrument.
    """

    account: int
    slot: int
    instrument: int


@dataclass(frozen=True, slots=True, repr=False)
class Credit:
    """A deposit that waits goes into the account.

    Parameters
    ----------
    account : int
        The account's number.
    asset : int
        0 to 7 for collateral, or `zkmargin.spec.changes.CASH`.
    amount : int
        64 bits, in 1e-6 of the asset.
    """

    account: int
    asset: int
    amount: int


@dataclass(frozen=True, slots=True, repr=False)
class Rekey:
    """The account gets the trading key that its owner requested.

    Parameters
    ----------
    account : int
        The account's number.
    key : TradingKey
        A point of the curve, or `zkmargin.spec.account.NO_KEY`.
    """

    account: int
    key: TradingKey


Trade: TypeAlias = Match | Quote
Upkeep: TypeAlias = Expire | Credit | Rekey


class Step(NamedTuple):
    """The step of one account in an operation: the states before and after, and what changed."""

    before: Account
    after: Account
    change: Change


def trade(
    operation: Trade,
    states: States,
    setting: Setting,
    *,
    hasher: Hasher = poseidon,
    check: SignatureCheck = check_signature,
) -> tuple[Step, Step]:
    """Check a fill by all rules, and apply it.

    Parameters
    ----------
    operation : Match or Quote
    states : mapping of int to Account
        The states before it, by number.
    setting : Setting
    hasher : Hasher
    check : SignatureCheck

    Returns
    -------
    (Step, Step)
        Of the buyer and the seller, or of the maker and the taker.

    Raises
    ------
    SpecError
        If the accounts are not two different ones, a value is out of range, or a rule does not hold for a side, whose
        name comes first in the key, such as ``seller.limit``.
    """
    _check_setting(setting)
    one, other = (side for _, _, side in operation.sides)
    if one.account == other.account:
        raise SpecError("account", "both sides have the same one")
    first, second = (
        _of_side(operation, one, states, setting, hasher=hasher, check=check) for one in operation.sides
    )
    return first, second


def upkeep(operation: Upkeep, states: States, snapshot: Snapshot) -> Step:
    """Check an operation without a counterparty, and apply it.

    That a credit waits and a key was requested is for the contract, which knows both; see `request`.

    Parameters
    ----------
    operation : Expire, Credit or Rekey
    states : mapping of int to Account
        The states before it, by number.
    snapshot : Snapshot
        Its rows have the marks of settled instruments.

    Returns
    -------
    Step

    Raises
    ------
    SpecError
        If there is no such account, the operation's rule does not hold, or a value is out of range.
    """
    before = _state(states, operation.account)
    key = operation.key if isinstance(operation, Rekey) else None
    change = _change(operation)
    return Step(before, advance(before, change, snapshot=snapshot, key=key), change)


def find_slot(account: Account, instrument: int) -> int:
    """Return the slot that holds an instrument, or the first empty one.

    Parameters
    ----------
    account : Account
    instrument : int

    Returns
    -------
    int

    Raises
    ------
    SpecError
        If the instrument is not held and all 128 slots are used.
    """
    for slot, position in enumerate(account.positions):
        if position != EMPTY and position.instrument == instrument:
            return slot
    free = [slot for slot, position in enumerate(account.positions) if position == EMPTY]
    slot = free[0] if free else len(account.positions)
    if slot == MAX_POSITIONS:
        raise SpecError("positions", f"all {MAX_POSITIONS} slots are used")
    return slot


def _check_setting(setting: Setting) -> None:
    check_field("domain", setting.domain)
    check_unsigned("time", setting.time, TIME_BITS)


def _of_side(  # noqa: PLR0913  # everything that a side depends on
    operation: Trade,
    named: tuple[str, Side, OrderSide | SheetSide],
    states: States,
    setting: Setting,
    *,
    hasher: Hasher,
    check: SignatureCheck,
) -> Step:
    name, way, side = named
    try:
        before = _state(states, side.account)
        fill = Fill(operation.instrument, way, operation.lots, operation.price, side.rate, setting.time)
        _check_consent(before, side, fill, setting, hasher=hasher, check=check)
        change = Filled(side.slot, fill.instrument, way, fill.lots, fill.price, fill.rate, side.sequence)
        after = advance(before, change)
        if setting.reduce_only:
            _check_reduced(position_at(after, side.slot).lots, way)
    except SpecError as error:
        raise error.within(name) from None
    return Step(before, after, change)


def _check_consent(  # noqa: PLR0913  # as above
    account: Account,
    side: OrderSide | SheetSide,
    fill: Fill,
    setting: Setting,
    *,
    hasher: Hasher,
    check: SignatureCheck,
) -> None:
    """Check that the account's key has signed for the fill."""
    holder = Holder(setting.domain, account.owner, account.number)
    if isinstance(side, OrderSide):
        fill_order(account.orders, side.order, fill)
        message = order_message(side.order, holder, hasher)
    else:
        fill_sheet(account.orders, side.sheet, side.entry, fill)
        check_entry(side.entry, side.place, side.path, side.root, hasher)
        message = sheet_message(side.sheet, side.root, holder, hasher)
    check(account.key, message, side.signature, hasher)


def _check_reduced(lots: int, side: Side) -> None:
    if (lots > 0) if side == Side.BUY else (lots < 0):
        raise SpecError("reduceOnly", "the fill opens or turns a position")


def _change(operation: Upkeep) -> Change:
    match operation:
        case Expire(_, slot, instrument):
            return Expired(slot, instrument)
        case Credit(_, asset, amount):
            return Credited(asset, amount)
        case _:
            return Rekeyed()


def _state(states: States, number: int) -> Account:
    account = states.get(number)
    if account is None or account.number != number:
        raise SpecError("account", "there is none with this number")
    return account
