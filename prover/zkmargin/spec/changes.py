"""Changes of an account by operations: their encoding, their sealing by the view key, and the states they lead to.

A proof publishes one sealed element per account and operation. Who knows an account's opening, and so its view key,
reads in it what has changed, and computes the next opening.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from .account import EMPTY, NO_KEY, Account, OrderFill, Position, TradingKey
from .checks import SpecError, check_field, check_signed, check_unsigned
from .constants import (
    AMOUNT_BITS,
    COLLATERALS,
    FEE_BITS,
    FIELD,
    ID_BITS,
    LOT_BITS,
    MAX_POSITIONS,
    ORDER_PLACES,
    QUOTE_BITS,
    SEQUENCE_BITS,
)
from .eddsa import on_curve
from .orders import Side
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from .snapshot import Snapshot

CASH: int = COLLATERALS
"""The asset number of cash, after the collateral."""
SLOT_BITS = 8
KIND_BITS = 3
ASSET_BITS = 4
FILLED, EXPIRED, CREDITED, REKEYED = 1, 2, 3, 4
"""The kinds of changes."""

_QUOTE_HALF: int = 2**QUOTE_BITS


# The values of changes have no repr, as they are private to holder and venue.
@dataclass(frozen=True, slots=True, repr=False)
class Filled:
    """One side of a fill, of an order or of a sheet.

    Parameters
    ----------
    slot : int
        The slot that holds the instrument, or the empty one that it goes into; below 128.
    instrument : int
        The id, 15 bits.
    side : Side
    lots : int
        1 <= lots < 2^31.
    price : int
        -2^44 <= price < 2^44, in micro-quote per lot.
    rate : int
        The fee in micro-quote per lot, 44 bits.
    sequence : int
        That of the order or sheet, 40 bits.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    slot: int
    instrument: int
    side: Side
    lots: int
    price: int
    rate: int
    sequence: int

    def __post_init__(self) -> None:  # noqa: D105
        check_slot(self.slot)
        check_unsigned("instrument", self.instrument, ID_BITS)
        if type(self.side) is not Side:
            raise SpecError("side", "expected BUY or SELL")
        check_unsigned("lots", self.lots, LOT_BITS)
        if self.lots == 0:
            raise SpecError("lots", "must be at least 1")
        check_signed("price", self.price, QUOTE_BITS)
        check_unsigned("rate", self.rate, FEE_BITS)
        check_unsigned("sequence", self.sequence, SEQUENCE_BITS)


@dataclass(frozen=True, slots=True, repr=False)
class Expired:
    """A position that became cash at its instrument's final mark.

    Parameters
    ----------
    slot : int
        Its slot, below 128.
    instrument : int
        The id, 15 bits.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    slot: int
    instrument: int

    def __post_init__(self) -> None:  # noqa: D105
        check_slot(self.slot)
        check_unsigned("instrument", self.instrument, ID_BITS)


@dataclass(frozen=True, slots=True, repr=False)
class Credited:
    """A deposit that went into the account.

    Parameters
    ----------
    asset : int
        0 to 7 for collateral, or `CASH`.
    amount : int
        64 bits, in 1e-6 of the asset.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    asset: int
    amount: int

    def __post_init__(self) -> None:  # noqa: D105
        if type(self.asset) is not int or not 0 <= self.asset <= CASH:
            raise SpecError("asset", f"must be from 0 to {CASH}")
        check_unsigned("amount", self.amount, AMOUNT_BITS)


@dataclass(frozen=True, slots=True, repr=False)
class Rekeyed:
    """Another trading key, which is public in its request and not part of the change."""


Change: TypeAlias = Filled | Expired | Credited | Rekeyed
"""What an operation changes of one account."""


def check_slot(slot: int) -> None:
    """Check that a slot is below 128.

    Raises
    ------
    SpecError
        If it is not.
    """
    if type(slot) is not int or not 0 <= slot < MAX_POSITIONS:
        raise SpecError("slot", f"must be from 0 to {MAX_POSITIONS - 1}")


def pack_change(change: Change) -> int:
    """Encode a change: ``kind + 2^3 slot + 2^11 payload``, at most 187 bits.

    Parameters
    ----------
    change : Change

    Returns
    -------
    int
        The payload of a fill is ``instrument + 2^15 side + 2^16 lots + 2^47 (price + 2^44) + 2^92 rate + 2^136
        sequence``, of an expiry the instrument, of a credit ``asset + 2^4 amount``, of a new key 0. Only a fill and
        an expiry have a slot.
    """
    match change:
        case Filled():
            payload, shift = 0, 0
            for value, width in zip(_fill_values(change), _FILL, strict=True):
                payload, shift = payload + (value << shift), shift + width
            return _packed(FILLED, change.slot, payload)
        case Expired():
            return _packed(EXPIRED, change.slot, change.instrument)
        case Credited():
            return _packed(CREDITED, 0, change.asset + (change.amount << ASSET_BITS))
        case _:
            return _packed(REKEYED, 0, 0)


def unpack_change(packed: int) -> Change:
    """Return the change of a number: the inverse of `pack_change`.

    Parameters
    ----------
    packed : int

    Returns
    -------
    Change

    Raises
    ------
    SpecError
        If it is none.
    """
    check_field("change", packed)
    kind, slot = packed % 2**KIND_BITS, (packed >> KIND_BITS) % 2**SLOT_BITS
    payload = packed >> KIND_BITS + SLOT_BITS
    change: Change
    if kind == FILLED:
        values, rest = [], payload
        for width in _FILL:
            values.append(rest % 2**width)
            rest >>= width
        instrument, side, lots, price, rate, sequence = values
        change = Filled(slot, instrument, Side(side), lots, price - _QUOTE_HALF, rate, sequence)
    elif kind == EXPIRED:
        change = Expired(slot, payload)
    elif kind == CREDITED:
        change = Credited(payload % 2**ASSET_BITS, payload >> ASSET_BITS)
    else:
        change = Rekeyed()
    if pack_change(change) != packed:
        raise SpecError("change", "is of no known kind, or has a value that its kind does not use")
    return change


def pad(account: Account, digest: int, hasher: Hasher = poseidon) -> int:
    """Return the pad of the account's next change: ``Poseidon(viewKey, account, nonce, digest)``.

    Parameters
    ----------
    account : Account
        The state before the operation.
    digest : int
        The digest of the proof. It gives two attempts from one state two pads.
    hasher : Hasher

    Returns
    -------
    int
    """
    return hasher((account.view_key, account.number, account.nonce, digest))


def seal(change: Change, account: Account, digest: int, hasher: Hasher = poseidon) -> int:
    """Return the sealed element of a change: its encoding plus the `pad`, mod r.

    Parameters
    ----------
    change : Change
    account : Account
        The state before the operation.
    digest : int
        The digest of the proof.
    hasher : Hasher

    Returns
    -------
    int
        A field element.
    """
    return (pack_change(change) + pad(account, digest, hasher)) % FIELD


def unseal(element: int, account: Account, digest: int, hasher: Hasher = poseidon) -> Change:
    """Return the change of a sealed element: the inverse of `seal`.

    Parameters
    ----------
    element : int
        A field element.
    account : Account
        The state before the operation.
    digest : int
        The digest of the proof.
    hasher : Hasher

    Returns
    -------
    Change

    Raises
    ------
    SpecError
        If the element is none of this state and digest.
    """
    check_field("element", element)
    return unpack_change((element - pad(account, digest, hasher)) % FIELD)


def advance(
    account: Account, change: Change, *, snapshot: Snapshot | None = None, key: TradingKey | None = None
) -> Account:
    """Return the state after a change, which may come from an untrusted element.

    Parameters
    ----------
    account : Account
        The state before it.
    change : Change
    snapshot : Snapshot, optional
        Its rows have the mark of an expired instrument.
    key : TradingKey, optional
        The requested key, of a `Rekeyed`.

    Returns
    -------
    Account

    Raises
    ------
    SpecError
        If the state does not allow the change, a value leaves its range, or `snapshot` or `key` is missing.
    """
    nonce = account.nonce + 1
    match change:
        case Filled():
            return replace(
                account,
                nonce=nonce,
                cash=account.cash
                - _sign(change.side) * change.lots * change.price
                - change.lots * change.rate,
                positions=_filled(account.positions, change),
                orders=_booked(account.orders, change),
            )
        case Expired():
            held = position_at(account, change.slot)
            if held == EMPTY or held.instrument != change.instrument:
                raise SpecError("slot", "does not hold the instrument")
            cash = account.cash + held.lots * settled_mark(change.instrument, snapshot)
            positions = _with_position(account.positions, change.slot, EMPTY)
            return replace(account, nonce=nonce, cash=cash, positions=positions)
        case Credited(asset, amount):
            cash = account.cash + amount * (asset == CASH)
            amounts = tuple(held + amount * (asset == place) for place, held in enumerate(account.amounts))
            return replace(account, nonce=nonce, cash=cash, amounts=amounts)
        case _:
            return replace(account, nonce=nonce, key=_checked_key(key))


def follow(  # noqa: PLR0913  # everything that the next state depends on
    account: Account,
    element: int,
    digest: int,
    *,
    snapshot: Snapshot | None = None,
    key: TradingKey | None = None,
    hasher: Hasher = poseidon,
) -> Account:
    """Return the next opening, from the last one and public data.

    Parameters
    ----------
    account : Account
        The state before the operation.
    element : int
        The account's sealed element.
    digest : int
        The digest of the proof.
    snapshot : Snapshot, optional
        That of the batch, for an expired position.
    key : TradingKey, optional
        The requested key, for a new one.
    hasher : Hasher

    Returns
    -------
    Account
        Compare its commitment with the chain's after the account's last operation of a batch.

    Raises
    ------
    SpecError
        As `unseal` and `advance`.
    """
    return advance(account, unseal(element, account, digest, hasher), snapshot=snapshot, key=key)


def position_at(account: Account, slot: int) -> Position:
    """Return the position in a slot, `EMPTY` beyond the last one.

    Raises
    ------
    SpecError
        If the slot is not below 128.
    """
    check_slot(slot)
    return account.positions[slot] if slot < len(account.positions) else EMPTY


def settled_mark(instrument: int, snapshot: Snapshot | None) -> int:
    """Return the final mark of a settled instrument, in micro-quote per lot.

    Parameters
    ----------
    instrument : int
    snapshot : Snapshot or None

    Returns
    -------
    int

    Raises
    ------
    SpecError
        If there is no snapshot, or no row, or the row still has risk: a scenario, a Greek, a short floor or an add-on
        that is not 0.
    """
    if snapshot is None:
        raise SpecError("snapshot", "missing")
    row = snapshot.table.rows.get(instrument)
    if row is None:
        raise SpecError("instrument", "the snapshot has no row of it")
    if row.has_risk:
        raise SpecError("instrument", "is not settled: its row has risk")
    return row.slots[row.layout.mark]


_FILL = (ID_BITS, 1, LOT_BITS, QUOTE_BITS + 1, FEE_BITS, SEQUENCE_BITS)


def _fill_values(change: Filled) -> tuple[int, ...]:
    price = change.price + _QUOTE_HALF
    return change.instrument, change.side, change.lots, price, change.rate, change.sequence


def _packed(kind: int, slot: int, payload: int) -> int:
    return kind + (slot << KIND_BITS) + (payload << KIND_BITS + SLOT_BITS)


def _sign(side: Side) -> int:
    return 1 if side == Side.BUY else -1


def _filled(positions: tuple[Position, ...], change: Filled) -> tuple[Position, ...]:
    held = positions[change.slot] if change.slot < len(positions) else EMPTY
    if held not in (EMPTY, Position(change.instrument, held.lots or 1)):
        raise SpecError("slot", "holds another instrument")
    lots = held.lots + _sign(change.side) * change.lots
    after = Position(change.instrument, lots) if lots else EMPTY
    return _with_position(positions, change.slot, after)


def _with_position(positions: tuple[Position, ...], slot: int, position: Position) -> tuple[Position, ...]:
    slots = list(positions) + [EMPTY] * (slot + 1 - len(positions))
    slots[slot] = position
    while slots and slots[-1] == EMPTY:
        slots.pop()
    return tuple(slots)


def _booked(orders: tuple[OrderFill, ...], change: Filled) -> tuple[OrderFill, ...]:
    place = change.sequence % ORDER_PLACES
    newest = orders[place]
    if newest.sequence > change.sequence:
        raise SpecError("sequence", "a newer order has its place in the table")
    filled = change.lots + (newest.filled if newest.sequence == change.sequence else 0)
    return (*orders[:place], OrderFill(change.sequence, filled), *orders[place + 1 :])


def _checked_key(key: TradingKey | None) -> TradingKey:
    if key is None:
        raise SpecError("key", "missing")
    check_field("key.x", key.x)
    check_field("key.y", key.y)
    if key != NO_KEY and not on_curve(key):
        raise SpecError("key", "is not on the curve, and not (0, 0)")
    return key
