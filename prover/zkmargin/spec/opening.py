"""The opening of an account as a list of field elements, as disclosures publish it.

In order: owner, account, key.x, key.y, viewKey, nonce, cash, 8 amounts, 8 elements of the order table, and the elements
of the positions, five slots each. A circuit of N positions has ``23 + ceil(N / 5)`` elements.
``docs/statement.md`` states the same in words.
"""

from __future__ import annotations

from itertools import chain

from .account import (
    EMPTY,
    Account,
    OrderFill,
    Position,
    TradingKey,
    element,
    order_elements,
)
from .checks import SpecError, check_field, check_unsigned
from .constants import (
    COLLATERALS,
    FIELD,
    FILLED_BITS,
    ID_BITS,
    LOT_BITS,
    MAX_POSITIONS,
    ORDER_PLACES,
    PLACES_PER_ELEMENT,
    POSITION_BITS,
    POSITIONS_PER_ELEMENT,
    SEQUENCE_BITS,
)

_HEAD = 7
_AMOUNTS = _HEAD + COLLATERALS
_ORDERS = _AMOUNTS + ORDER_PLACES // PLACES_PER_ELEMENT
_ENTRY_BITS = SEQUENCE_BITS + FILLED_BITS


def opening_elements(account: Account, positions: int) -> tuple[int, ...]:
    """Return the elements of an account's opening.

    Parameters
    ----------
    account : Account
    positions : int
        N, the number of positions of the circuit.

    Returns
    -------
    tuple of int
        ``23 + ceil(N / 5)`` field elements; secret until they are published.

    Raises
    ------
    SpecError
        If the account has more slots than the circuit.
    """
    if len(account.positions) > positions:
        raise SpecError("positions", f"more than the circuit's {positions}")
    head = (
        account.owner,
        account.number,
        *account.key,
        account.view_key,
        account.nonce,
        account.cash % FIELD,
    )
    beyond = -positions % POSITIONS_PER_ELEMENT + positions - len(account.positions)
    slots = account.positions + (EMPTY,) * beyond
    starts = range(0, len(slots), POSITIONS_PER_ELEMENT)
    held = (element(slots[i : i + POSITIONS_PER_ELEMENT]) for i in starts)
    return (*head, *account.amounts, *order_elements(account.orders), *held)


def account_of(elements: tuple[int, ...]) -> Account:
    """Read an account from the elements of its opening: the inverse of `opening_elements`.

    Parameters
    ----------
    elements : tuple of int
        As published, for a circuit of 1 to 128 positions.

    Returns
    -------
    Account
        Its `commitment` is that of the disclosure, if the list is its opening.

    Raises
    ------
    SpecError
        If the list has another length, or an element is not made of values in their ranges.
    """
    most = -(-MAX_POSITIONS // POSITIONS_PER_ELEMENT)
    if type(elements) is not tuple or not 1 <= len(elements) - _ORDERS <= most:
        raise SpecError("elements", f"expected a tuple of {_ORDERS + 1} to {_ORDERS + most}")
    for i, value in enumerate(elements):
        check_field(f"elements[{i}]", value)
    owner, number, x, y, view_key, nonce, cash = elements[:_HEAD]
    digits = _digits(elements, _AMOUNTS, _ORDERS, PLACES_PER_ELEMENT, _ENTRY_BITS)
    orders = (OrderFill(one % 2**SEQUENCE_BITS, one >> SEQUENCE_BITS) for one in digits)
    slots = _digits(elements, _ORDERS, len(elements), POSITIONS_PER_ELEMENT, POSITION_BITS)
    positions = [_position(i, digit) for i, digit in enumerate(slots)]
    while positions and positions[-1] == EMPTY:
        positions.pop()
    return Account(
        owner=owner,
        number=number,
        key=TradingKey(x, y),
        view_key=view_key,
        nonce=nonce,
        cash=cash - FIELD if cash > FIELD // 2 else cash,
        amounts=elements[_HEAD:_AMOUNTS],
        positions=tuple(positions),
        orders=tuple(orders),
    )


def _digits(elements: tuple[int, ...], start: int, end: int, count: int, bits: int) -> list[int]:
    """Split elements into their digits, as many of so many bits in each."""
    for i in range(start, end):
        check_unsigned(f"elements[{i}]", elements[i], count * bits)
    return list(
        chain.from_iterable(
            [value >> bits * j & 2**bits - 1 for j in range(count)] for value in elements[start:end]
        )
    )


def _position(place: int, digit: int) -> Position:
    """Return the position of a digit, ``id + 2^15 (lots + 2^31)``."""
    try:
        return Position(digit % 2**ID_BITS, (digit >> ID_BITS) - 2**LOT_BITS)
    except SpecError as error:
        raise error.within(f"positions[{place}]") from None
