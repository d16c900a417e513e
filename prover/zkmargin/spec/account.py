"""The account and its commitment, format 2.

Step 1 of the statement. The commitment depends only on the account, not on the circuit that opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .checks import SpecError, check_field, check_length, check_magnitude, check_signed, check_unsigned
from .constants import (
    ACCOUNT_BITS,
    AMOUNT_BITS,
    CASH_BITS,
    CHUNKS,
    COLLATERALS,
    FIELD,
    FILLED_BITS,
    ID_BITS,
    INSTRUMENTS,
    LOT_BITS,
    MAX_POSITIONS,
    NONCE_BITS,
    ORDER_PLACES,
    OWNER_BITS,
    PLACES_PER_ELEMENT,
    POSITION_BITS,
    POSITIONS_PER_CHUNK,
    POSITIONS_PER_ELEMENT,
    SEQUENCE_BITS,
    VIEW_KEY_BITS,
)
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from collections.abc import Iterable


# The values of an account have no repr, so that secrets stay out of logs and tracebacks.
@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """A slot of the positions list: lots of one instrument, or `EMPTY`.

    Parameters
    ----------
    instrument : int
        The id, 4096 underlying + index; 15 bits.
    lots : int
        Long if positive, short if negative; below 2^31 in magnitude, and 0 only in an empty slot.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    instrument: int
    lots: int

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("instrument", self.instrument, ID_BITS)
        check_magnitude("lots", self.lots, LOT_BITS)
        if self.lots == 0 and self.instrument != 0:
            raise SpecError("lots", "must not be 0; an empty slot has instrument 0")

    @property
    def underlying(self) -> int:
        """The underlying's number, 0 to 7."""
        return self.instrument // INSTRUMENTS

    @property
    def index(self) -> int:
        """The instrument's number within its underlying, 0 to 4095."""
        return self.instrument % INSTRUMENTS


EMPTY = Position(0, 0)
"""An empty slot."""


class TradingKey(NamedTuple):
    """The BabyJubJub key that signs an account's orders; the affine coordinates of a point."""

    x: int
    y: int


NO_KEY = TradingKey(0, 0)
"""Not a point of the curve: the account takes no orders."""


class OrderFill(NamedTuple):
    """An entry of the order table: the newest order of its place, and the lots filled of it."""

    sequence: int
    filled: int


NO_ORDERS: tuple[OrderFill, ...] = (OrderFill(0, 0),) * ORDER_PLACES
"""The order table of a new account."""

NO_AMOUNTS: tuple[int, ...] = (0,) * COLLATERALS


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """The opening of an account commitment.

    Parameters
    ----------
    owner : int
        The owner's address, 160 bits.
    number : int
        The account's number in its house, 40 bits; 0 outside of one. The circuits' `account`.
    key : TradingKey
        The key that signs its orders, or `NO_KEY`; not checked to be on the curve.
    view_key : int
        248 random bits, known to holder and venue, that keep every state from being guessed.
    nonce : int
        The number of the account's state, 64 bits; one more with every operation.
    cash : int
        The running balance in micro-quote; -2^83 <= cash < 2^83.
    amounts : tuple of int
        8 collateral amounts in 1e-6 of the asset, each below 2^64.
    positions : tuple of Position
        The slots, at most 128, the last one not empty; the commitment depends on their order.
    orders : tuple of OrderFill
        The order table, 24 entries.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    owner: int
    number: int
    key: TradingKey
    view_key: int
    nonce: int
    cash: int
    amounts: tuple[int, ...]
    positions: tuple[Position, ...]
    orders: tuple[OrderFill, ...] = NO_ORDERS

    def __post_init__(self) -> None:  # noqa: D105
        check_unsigned("owner", self.owner, OWNER_BITS)
        check_unsigned("number", self.number, ACCOUNT_BITS)
        check_field("key.x", self.key.x)
        check_field("key.y", self.key.y)
        check_unsigned("viewKey", self.view_key, VIEW_KEY_BITS)
        check_unsigned("nonce", self.nonce, NONCE_BITS)
        check_signed("cash", self.cash, CASH_BITS)
        check_length("amounts", self.amounts, COLLATERALS)
        for i, amount in enumerate(self.amounts):
            check_unsigned(f"amounts[{i}]", amount, AMOUNT_BITS)
        if type(self.positions) is not tuple or len(self.positions) > MAX_POSITIONS:
            raise SpecError("positions", f"expected a tuple of at most {MAX_POSITIONS}")
        if self.positions and self.positions[-1] == EMPTY:
            raise SpecError("positions", "must not end with an empty slot")
        check_length("orders", self.orders, ORDER_PLACES)
        for place, entry in enumerate(self.orders):
            check_unsigned(f"orders[{place}].sequence", entry.sequence, SEQUENCE_BITS)
            check_unsigned(f"orders[{place}].filled", entry.filled, LOT_BITS)

    @property
    def held(self) -> tuple[Position, ...]:
        """The positions without empty slots, in order."""
        return tuple(position for position in self.positions if position != EMPTY)


def element(slots: Iterable[Position]) -> int:
    """Pack five slots into a field element: ``sum_j (id_j + 2^15 (lots_j + 2^31)) 2^(47 j)``.

    Parameters
    ----------
    slots : Iterable of Position
        Five slots.

    Returns
    -------
    int
        A number of 235 bits.
    """
    digits = (slot.instrument + ((slot.lots + 2**LOT_BITS) << ID_BITS) for slot in slots)
    return sum(digit << POSITION_BITS * j for j, digit in enumerate(digits))


def chunk_elements(slots: tuple[Position, ...]) -> tuple[int, ...]:
    """Pack at most 20 slots, padded with empty ones, into 4 elements.

    Parameters
    ----------
    slots : tuple of Position

    Returns
    -------
    tuple of int
    """
    padded = slots + (EMPTY,) * (POSITIONS_PER_CHUNK - len(slots))
    starts = range(0, POSITIONS_PER_CHUNK, POSITIONS_PER_ELEMENT)
    return tuple(element(padded[i : i + POSITIONS_PER_ELEMENT]) for i in starts)


def chunk(slots: tuple[Position, ...], hasher: Hasher = poseidon) -> int:
    """Hash at most 20 slots, padded with empty ones: ``Poseidon`` of 4 elements.

    Parameters
    ----------
    slots : tuple of Position
    hasher : Hasher

    Returns
    -------
    int
    """
    return hasher(chunk_elements(slots))


def chunks(positions: tuple[Position, ...], hasher: Hasher = poseidon) -> tuple[int, ...]:
    """Hash the list of positions: its 7 chunks.

    Parameters
    ----------
    positions : tuple of Position
    hasher : Hasher

    Returns
    -------
    tuple of int
    """
    starts = range(0, CHUNKS * POSITIONS_PER_CHUNK, POSITIONS_PER_CHUNK)
    return tuple(chunk(positions[i : i + POSITIONS_PER_CHUNK], hasher) for i in starts)


def order_elements(orders: tuple[OrderFill, ...]) -> tuple[int, ...]:
    """Pack the order table into 8 elements of three entries.

    Parameters
    ----------
    orders : tuple of OrderFill

    Returns
    -------
    tuple of int
        ``element[e] = sum_j (sequence + 2^40 filled) 2^(72 j)`` over the entries 3 e + j.
    """
    width = SEQUENCE_BITS + FILLED_BITS
    digits = [entry.sequence + (entry.filled << SEQUENCE_BITS) for entry in orders]
    groups = (digits[i : i + PLACES_PER_ELEMENT] for i in range(0, ORDER_PLACES, PLACES_PER_ELEMENT))
    return tuple(sum(digit << width * j for j, digit in enumerate(group)) for group in groups)


def orders_hash(orders: tuple[OrderFill, ...], hasher: Hasher = poseidon) -> int:
    """Hash the order table: ``Poseidon`` of its `order_elements`.

    Parameters
    ----------
    orders : tuple of OrderFill
    hasher : Hasher

    Returns
    -------
    int
    """
    return hasher(order_elements(orders))


def commitment(account: Account, hasher: Hasher = poseidon) -> int:
    """Commit to an account.

    Parameters
    ----------
    account : Account
    hasher : Hasher

    Returns
    -------
    int
        ``Poseidon(owner, account, Ax, Ay, viewKey, nonce, cash mod r, Poseidon(amounts), ordersHash, chunks)``
    """
    head = (account.owner, account.number, *account.key, account.view_key, account.nonce)
    held = (account.cash % FIELD, hasher(account.amounts), orders_hash(account.orders, hasher))
    return hasher((*head, *held, *chunks(account.positions, hasher)))
