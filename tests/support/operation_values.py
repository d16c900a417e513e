"""Random accounts and lists of operations that the rules allow, for the tests of operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import zkmargin_native as native
from support.order_values import forge
from zkmargin.spec import constants as c
from zkmargin.spec.account import EMPTY, NO_KEY, Account, OrderFill, Position, TradingKey, commitment
from zkmargin.spec.checks import SpecError
from zkmargin.spec.eddsa import BASE8, Signature, multiply
from zkmargin.spec.layout import Layout
from zkmargin.spec.operations import (
    Credit,
    Expire,
    Match,
    OrderSide,
    Quote,
    Rekey,
    Setting,
    SheetSide,
    find_slot,
    trade,
    upkeep,
)
from zkmargin.spec.orders import Entry, Holder, Order, Sheet, Side, order_message, sheet_message, sheet_tree
from zkmargin.spec.poseidon import Hasher
from zkmargin.spec.snapshot import Snapshot
from zkmargin.spec.table import Row, build_table

HASH = native.poseidon
NOW = 1_800_000_000
MOST = 2**c.LOT_BITS - 1
TOP = 2**c.QUOTE_BITS
INSTRUMENTS = (0, 1, 7, 4095, 4096, 20_000, 2**15 - 1)
SETTLED = {3: 5 * 10**6, 4097: -7, 2**15 - 2: 0}
"""Final marks of instruments that are settled."""


@dataclass(frozen=True)
class Listed:
    """Operations, and the states before them."""

    operations: tuple
    states: dict[int, Account]


def scalar(number: int) -> int:
    """Return the scalar of an account's key."""
    return 10**9 + number


@cache
def key(number: int) -> TradingKey:
    """Return the trading key of an account."""
    return TradingKey(*multiply(BASE8, scalar(number)))


def signed(number: int, message: int) -> Signature:
    """Return a signature by an account's key, with a nonce that is public, so that it costs one hash."""
    return forge(scalar(number), key(number), message)


def unchecked(*_: object) -> None:
    """Check no signature: circuits do, where this stands."""


def account(rng: random.Random, number: int, **changes) -> Account:
    """Return an account that holds some instruments, with values at their bounds now and then."""
    slots = [EMPTY] * rng.choice([3, 7, 21, 128])
    for instrument in rng.sample([*INSTRUMENTS, *SETTLED], rng.randrange(3, 9)):
        lots = rng.choice([1, -1, MOST, -MOST, rng.randrange(1, 10**6), -rng.randrange(1, 10**6)])
        slots[rng.randrange(len(slots))] = Position(instrument, lots)
    while slots and slots[-1] == EMPTY:
        slots.pop()
    values = {
        "owner": rng.randrange(2**160),
        "number": number,
        "key": key(number),
        "view_key": rng.randrange(2**248),
        "nonce": rng.choice([0, 2**64 - 100, rng.randrange(2**40)]),
        "cash": rng.choice([0, rng.randrange(-(10**15), 10**15)]),
        "amounts": tuple(rng.choice([0, rng.randrange(2**63)]) for _ in range(8)),
        "positions": tuple(slots),
        "orders": tuple(
            OrderFill(rng.choice([0, place, 24 * rng.randrange(10**7) + place]), rng.choice([0, 5, MOST]))
            for place in range(24)
        ),
    }
    return Account(**{**values, **changes})


def signed_order(rng: random.Random, held: Account, setting: Setting, terms: tuple) -> OrderSide:
    """Return a side whose order allows a fill, often just so; terms are instrument, side, lots and price."""
    instrument, side, lots, price = terms
    sequence = rng.choice([0, 23, 24, 256 * setting.time, rng.randrange(256 * setting.time)])
    newest = held.orders[sequence % 24]
    if newest.sequence > sequence or newest.filled + lots > MOST:
        sequence = newest.sequence + 24
    filled = newest.filled if newest.sequence == sequence else 0
    better = rng.choice([0, 1, 10**6])
    rate = rng.choice([0, 1, rng.randrange(10**6), 2**44 - 1])
    order = Order(
        instrument,
        side,
        min(MOST, filled + lots + rng.choice([0, 1, 1000])),
        max(-TOP, min(TOP - 1, price + better if side == Side.BUY else price - better)),
        sequence,
        setting.time + rng.choice([0, 1, 10**6]),
        min(2**44 - 1, rate + rng.choice([0, 1, 10**6])),
    )
    return sign_order(held, order, setting, rate, find_slot(held, instrument))


def sign_order(held: Account, order: Order, setting: Setting, rate: int = 0, slot: int = 0) -> OrderSide:
    """Return a side with an account's signature of an order."""
    message = order_message(order, Holder(setting.domain, held.owner, held.number), HASH)
    return OrderSide(held.number, slot, rate, order, signed(held.number, message))


def signed_sheet(rng: random.Random, held: Account, setting: Setting, terms: tuple) -> SheetSide:
    """Return a side whose sheet allows a fill, often just so; terms are instrument, side, lots and price."""
    instrument, side, lots, _ = terms
    like = signed_order(rng, held, setting, terms)
    entries = [Entry(rng.choice(INSTRUMENTS), 1, 2, 3) for _ in range(rng.choice([1, 9, 70]))]
    place = rng.randrange(len(entries))
    other = rng.choice([TOP - 1, -TOP])
    bid, ask = (like.order.limit, other) if side == Side.BUY else (other, like.order.limit)
    entries[place] = Entry(instrument, bid, ask, min(MOST, lots + rng.choice([0, 1, 1000])))
    sheet = Sheet(like.order.most_lots, like.order.sequence, like.order.expiry, like.order.fee_rate)
    return sign_sheet(held, sheet, entries, place, setting, like.rate, like.slot)


def sign_sheet(  # noqa: PLR0917  # everything that a side depends on
    held: Account,
    sheet: Sheet,
    entries: list[Entry],
    place: int,
    setting: Setting,
    rate: int = 0,
    slot: int = 0,
) -> SheetSide:
    """Return a side with an account's signature of a sheet."""
    tree = sheet_tree(entries, HASH)
    message = sheet_message(sheet, tree.root, Holder(setting.domain, held.owner, held.number), HASH)
    signature = signed(held.number, message)
    return SheetSide(
        held.number, slot, rate, sheet, signature, entries[place], place, tree.path(place), tree.root
    )


def _trade(rng: random.Random, states: dict[int, Account], setting: Setting, kind: type) -> Match | Quote:
    first, second = (states[number] for number in rng.sample(sorted(states), 2))
    held = rng.choice([*first.held, *second.held, Position(rng.choice(INSTRUMENTS), 1)])
    lots = rng.choice([1, abs(held.lots), rng.randrange(1, 10**6), MOST])
    price = rng.choice([0, -TOP, TOP - 1, rng.randrange(-(10**9), 10**9)])
    side = Side.BUY if kind is Match else rng.choice(list(Side))
    terms = [(held.instrument, way, lots, price) for way in (side, Side(1 - side))]
    taker = signed_order(rng, second, setting, terms[1])
    if kind is Match:
        return Match(signed_order(rng, first, setting, terms[0]), taker, held.instrument, lots, price)
    return Quote(signed_sheet(rng, first, setting, terms[0]), taker, side, held.instrument, lots, price)


def trades(rng: random.Random, count: int, setting: Setting, kind: type = Match) -> Listed:
    """Return random matches or quotes of four accounts in turn."""
    first = {number: account(rng, number) for number in rng.sample(range(1, 40), 4)}
    states, operations = dict(first), []
    for _ in range(200 * count):
        if len(operations) == count:
            break
        try:
            operation = _trade(rng, states, setting, kind)
            steps = trade(operation, states, setting, hasher=HASH, check=unchecked)
        except SpecError:
            continue  # out of range, or not a reduction
        operations.append(operation)
        states.update({step.after.number: step.after for step in steps})
    if not operations:
        return trades(rng, count, setting, kind)
    return Listed(tuple(operations), first)


def snapshot(layout: Layout, *, hasher: Hasher = HASH) -> Snapshot:
    """Return a snapshot with the settled instruments and some live ones."""
    none = (0,) * layout.slots
    marked = {
        instrument: Row((*none[: layout.mark], mark, *none[layout.mark + 1 :]), 0, 0)
        for instrument, mark in SETTLED.items()
    }
    live = {instrument: Row(none, 0, 1) for instrument in INSTRUMENTS}
    return Snapshot(build_table({**live, **marked}, hasher), tuple(range(8)), 5, NOW)


def _upkeep(rng: random.Random, held: Account) -> Expire | Credit | Rekey:
    settled = [slot for slot, position in enumerate(held.positions) if position.instrument in SETTLED]
    kind = rng.randrange(4)
    if kind < 2 and settled:  # half of them
        slot = rng.choice(settled)
        return Expire(held.number, slot, held.positions[slot].instrument)
    if kind == 3:
        return Rekey(held.number, rng.choice([NO_KEY, key(rng.randrange(50))]))
    asset = rng.randrange(9)
    room = 2**64 - 1 - (held.amounts[asset] if asset < 8 else 0)
    return Credit(held.number, asset, rng.choice([0, room, rng.randrange(room + 1)]))


def upkeeps(rng: random.Random, count: int, shown: Snapshot) -> Listed:
    """Return random expiries, credits and new keys of three accounts in turn."""
    first = {number: account(rng, number) for number in rng.sample(range(1, 40), 3)}
    states, operations = dict(first), []
    while len(operations) < count:
        operation = _upkeep(rng, states[rng.choice(sorted(states))])
        operations.append(operation)
        after = upkeep(operation, states, shown).after
        states[after.number] = after
    return Listed(tuple(operations), first)


def committed(held: Account) -> int:
    """Return the commitment to an account."""
    return commitment(held, HASH)


def with_slot(held: Account, slot: int, position: Position) -> Account:
    """Return an account with another position in a slot."""
    slots = [*held.positions, *[EMPTY] * (slot + 1 - len(held.positions))]
    slots[slot] = position
    return replace(held, positions=tuple(slots))


def signed_anew(
    signals: dict[str, Any], sign: Callable[[list[int], int], dict[str, Any]], hasher: Hasher
) -> dict[str, Any]:
    """Return the inputs of Match or Quote with a signature of what they say for each side."""
    told = deepcopy(signals)
    quotes = "sheet" in told
    for i, pair in enumerate(told["holder"]):
        for s, one in enumerate(pair):
            state = one["state"]
            signer = [told["domain"], state["owner"], state["account"]]
            if quotes and s == 0:
                sheet = told["sheet"][i]
                packed = sheet["cap"] + 2**31 * sheet["sequence"]
                message = [*signer, packed + _validity(sheet, 71), hasher(sheet["children"][3])]
            else:
                order = told["order"][i] if quotes else told["order"][i][s]
                side = 1 - told["side"][i] if quotes else s
                packed = told["instrument"][i] + 2**15 * side + 2**16 * order["most"]
                packed += 2**47 * (order["limit"] + TOP) + 2**92 * order["sequence"]
                message = [*signer, (packed + _validity(order, 132)) % c.FIELD]
            one["signature"] = sign(state["key"], hasher(message))
    return told


def _validity(signed_terms: dict[str, int], at: int) -> int:
    return 2**at * signed_terms["expiry"] + 2 ** (at + 40) * signed_terms["feeRate"]
