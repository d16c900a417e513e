"""Cases for the templates in ``circuits/clearing`` and what they use of ``circuits/lib``, with stubs for hashes.

The larger templates are compared with the specification, which computes with the same stub.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from support.operation_values import key, signed_anew, snapshot, unchecked
from support.order_values import LOW_ORDER
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.spec.account import (
    EMPTY,
    NO_KEY,
    NO_ORDERS,
    Account,
    OrderFill,
    Position,
    chunk_elements,
    chunks,
    commitment,
    order_elements,
    orders_hash,
)
from zkmargin.spec.batch import (
    factor,
    power,
    request,
    state_signals,
    trade_batch,
    upkeep_batch,
)
from zkmargin.spec.changes import Filled, pack_change
from zkmargin.spec.digest import digest, horner
from zkmargin.spec.eddsa import BASE8, Signature
from zkmargin.spec.layout import STANDARD, WIDE
from zkmargin.spec.operations import (
    Credit,
    Expire,
    Match,
    OrderSide,
    Quote,
    Rekey,
    Setting,
    SheetSide,
    trade,
    upkeep,
)
from zkmargin.spec.orders import (
    Entry,
    Holder,
    Order,
    Sheet,
    Side,
    order_message,
    pack_entry,
    sheet_message,
    sheet_tree,
)

from .stub import hashing, signing
from .suite import Case, Forgery, Inputs

TIME, DOMAIN, Z = 1000, 71, 2**200 + 3
MOST, TOP = 2**31 - 1, 2**44


def one_hot(place: int, count: int) -> list[int]:
    return [int(i == place) for i in range(count)]


def _bits(value: int, count: int) -> list[int]:
    return [value >> bit & 1 for bit in range(count)]


# lib/select.circom and lib/division.circom


def _one_hot() -> Case:
    return Case(
        file="lib/select.circom",
        main="OneHot(3)",
        honest=[({"index": i}, one_hot(i, 3)) for i in (1, 0, 2)],
        refused=[{"index": 3}, {"index": R - 1}],
        forgeries=[
            Forgery(
                "lib/select.circom", "chosen[i] <-- index == i", f"chosen[i] <-- {forged}", {"index": index}
            )
            for index, forged in (
                (1, "0"),
                (1, "i != 1"),
                (0, "0"),
                (2, "i == 1"),
                (2, "i == 1 ? 2 : (i == 0 ? -1 : 0)"),
            )
        ],
    )


def _pick() -> Case:
    values = [11, R - 22, 33]
    return Case(
        file="lib/select.circom",
        main="Pick(3)",
        honest=[
            *(({"chosen": one_hot(i, 3), "values": values}, [values[i]]) for i in (1, 0, 2)),
            ({"chosen": [0, 0, 0], "values": values}, [0]),
        ],
    )


def _change() -> Case:
    values = [11, R - 22, 33]
    after = [[v + 5 * (i == place) for i, v in enumerate(values)] for place in range(3)]
    return Case(
        file="lib/select.circom",
        main="Change(3)",
        honest=[({"chosen": one_hot(i, 3), "values": values, "change": 5}, after[i]) for i in (1, 0, 2)],
    )


def _rows(template: str, bits: int) -> Case:
    numbers = range(2**bits)
    return Case(
        file="lib/select.circom",
        main=f"{template}()",
        honest=[({"bits": _bits(i, bits)}, one_hot(i, 2**bits)) for i in reversed(numbers)],
    )


def _division() -> Case:
    def accepted(value: int) -> tuple[Inputs, list[int]]:
        return {"value": value}, [*_bits(value // 3, 2), *one_hot(value % 3, 3)]

    hint = "rest <-- value % DIVISOR"
    return Case(
        file="lib/division.circom",
        main="Division(3, 2)",
        honest=[accepted(value) for value in (7, 0, 5, 11, 1, 9)],
        refused=[{"value": 12}, {"value": R - 1}, {"value": 15}],
        forgeries=[
            Forgery("lib/division.circom", hint, f"rest <-- {forged}", {"value": 7})
            for forged in ("0", "2", "value", "value - 3")
        ],
    )


# clearing/signature.circom


def _signed_by() -> Case:
    owner, r8 = key(3), BASE8
    off = (owner.x, owner.y + 1)

    def inputs(key: tuple[int, int], r8: tuple[int, int], message: int) -> Inputs:
        s = signing(key, r8, message)
        return {"key": list(key), "message": message, "signature": {"r8": list(r8), "s": s}}

    good = inputs(owner, r8, 8)
    return Case(
        file="clearing/signature.circom",
        main="SignedBy()",
        honest=[(good, ()), (inputs(LOW_ORDER[1], LOW_ORDER[2], 0), ())],
        refused=[
            {**good, "message": 9},
            {**good, "key": list(key(4))},
            {**good, "signature": {"r8": list(key(5)), "s": good["signature"]["s"]}},
            {**good, "signature": {"r8": list(r8), "s": 7}},
            inputs(off, r8, 8),
            inputs(owner, off, 8),
            inputs(NO_KEY, r8, 8),
            inputs((owner.y, owner.x), r8, 8),
            inputs(owner, (r8[1], r8[0]), 8),
        ],
    )


# clearing/table.circom

ENTRIES = tuple(OrderFill(24 * (7 * place + 1) + place, 3 * place + 1) for place in range(24))


def _order_table() -> Case:
    def inputs(sequence: int, lots: int, most: int, latest: int, **changed: OrderFill) -> Inputs:
        table = list(ENTRIES)
        for entry in changed.values():
            table[entry.sequence % 24] = entry
        return {
            "table": list(order_elements(tuple(table))),
            "sequence": sequence,
            "lots": lots,
            "most": most,
            "latest": latest,
        }

    def accepted(
        sequence: int, lots: int, most: int, latest: int, **changed: OrderFill
    ) -> tuple[Inputs, list[int]]:
        place = sequence % 24
        before = list(ENTRIES)
        for entry in changed.values():
            before[entry.sequence % 24] = entry
        s, filled = before[place]
        after = list(before)
        after[place] = OrderFill(sequence, lots + filled * (s == sequence))
        outputs = [orders_hash(tuple(table), hashing) for table in (before, after)]
        return inputs(sequence, lots, most, latest, **changed), outputs

    newer = [ENTRIES[place].sequence + 24 for place in range(24)]
    largest = 2**40 - 1
    full = OrderFill(0, 2**32 - 1)
    wide = inputs(24 * 9, 1, 5, largest)
    elements = wide["table"]
    zero = order_elements((OrderFill(0, 0),) * 24)
    return Case(
        file="clearing/table.circom",
        main="OrderTable()",
        honest=[
            accepted(newer[10], 5, 5, newer[10]),
            *(accepted(one.sequence, 5, 5 + one.filled, largest) for one in ENTRIES[::5]),
            *(accepted(sequence, MOST, MOST, largest) for sequence in newer[::7]),
            accepted(largest, 1, 1, largest, one=OrderFill(largest - 24, 2**32 - 1)),
            accepted(largest, 1, 4, largest, one=OrderFill(largest, 3)),
        ],
        refused=[
            # A newer order has the place.
            *(inputs(one.sequence - 24, 1, MOST, largest) for one in ENTRIES[::3]),
            # More than its most lots, or above the clock.
            inputs(newer[10], 6, 5, newer[10]),
            inputs(newer[10], 5, 5, newer[10] - 1),
            inputs(ENTRIES[4].sequence, 5, 4 + ENTRIES[4].filled, largest),
            inputs(newer[10], 5, R - 1, newer[10]),
            inputs(newer[10], 1, 2**31 + 1, newer[10]),
            # A sequence of 41 bits, a clock of as many, and an entry that is older than all of 40.
            inputs(newer[0], 1, 1, newer[0] + 2**40),
            {**inputs(2**40, 1, 1, 2**40), "table": list(zero)},
            {**inputs(2**40 + 16, 1, 1, 2**40 + 16), "table": list(zero)},
            # An element of more than 216 bits.
            {**wide, "table": [elements[0] + 2**216, *elements[1:]]},
            {**wide, "sequence": 24 * 9 + 2, "table": [elements[0] + 2**216, *elements[1:]]},
            # Lots that wrap below what is filled.
            inputs(0, R - 1, 5, largest, one=full),
        ],
    )


# clearing/slot.circom

HELD = tuple(Position(2**14 + 100 + i, (-1) ** i * (i + 1)) if i % 3 else EMPTY for i in range(1, 128))


def _place(slot: int) -> dict[str, list[int]]:
    return {
        "chunk": one_hot(slot // 20, 7),
        "element": one_hot(slot // 5 % 4, 4),
        "digit": one_hot(slot % 5, 5),
    }


def _slot_place() -> Case:
    def flat(slot: int) -> list[int]:
        return [bit for bits in _place(slot).values() for bit in bits]

    return Case(
        file="clearing/slot.circom",
        main="SlotPlace()",
        honest=[({"slot": slot}, flat(slot)) for slot in (64, 0, 127, 19, 20, 38, 53, 83, 106)],
        refused=[{"slot": slot} for slot in (128, 139, 159, 160, R - 1)],
        forgeries=[Forgery("lib/division.circom", "rest <-- value % DIVISOR", "rest <-- 3", {"slot": 64})],
    )


def _opened(slot: int) -> Inputs:
    chunk = HELD[slot // 20 * 20 : slot // 20 * 20 + 20]
    return {
        "place": _place(slot),
        "chunks": list(chunks(HELD, hashing)),
        "elements": list(chunk_elements(chunk)),
    }


def _open_slot() -> Case:
    good = _opened(44)
    large = [2**235, *good["elements"][1:]]
    bound = {**_opened(40), "elements": large, "chunks": [hashing(large) if i == 2 else 7 for i in range(7)]}
    return Case(
        file="clearing/slot.circom",
        main="OpenSlot()",
        honest=[
            (_opened(slot), [HELD[slot].instrument, HELD[slot].lots % R] if slot < len(HELD) else [0, 0])
            for slot in (49, 44, 1, 21, 63, 85, 103, 126, 127)
        ],
        refused=[
            {**good, "elements": good["elements"][::-1]},
            {**good, "chunks": good["chunks"][::-1]},
            bound,
        ],
    )


def _write_slot() -> Case:
    def accepted(slot: int) -> tuple[Inputs, list[int]]:
        old, new = HELD[slot], Position(2**15 - 1, -MOST)
        change = new.instrument - old.instrument + 2**15 * (new.lots - old.lots)
        after = (*HELD[:slot], new, *HELD[slot + 1 :])
        return {**_opened(slot), "change": change % R}, list(chunks(after, hashing))

    return Case(
        file="clearing/slot.circom",
        main="WriteSlot()",
        honest=[accepted(slot) for slot in (44, 1, 21, 63, 85, 103, 126)],
    )


# clearing/terms.circom

SETTING = {"domain": DOMAIN, "time": TIME, "reduceOnly": 0}


def _circumstances() -> Case:
    def inputs(time: int, reduce_only: int) -> Inputs:
        clock = (time + 2**40 * reduce_only) % R
        return {"clock": clock, "domain": DOMAIN, "reduceOnly": reduce_only}

    times = (TIME, 0, 2**32 - 1)
    return Case(
        file="clearing/terms.circom",
        main="Circumstances()",
        honest=[(inputs(time, bit), [DOMAIN, time, bit]) for bit in (1, 0) for time in times],
        refused=[
            *(inputs(time, bit) for bit in (0, 1) for time in (2**32, 2**33 - 1, 2**40, -1)),
            inputs(TIME, 2),
            {**inputs(TIME, 0), "reduceOnly": 1},
            {**inputs(TIME, 1), "reduceOnly": 0},
        ],
    )


def _both_terms() -> Case:
    def inputs(side: int, instrument: int, lots: int, price: int) -> Inputs:
        values = {"side": side, "instrument": instrument, "lots": lots % R, "price": price % R}
        return {"setting": SETTING, **values}

    def accepted(side: int, instrument: int, lots: int, price: int) -> tuple[Inputs, list[int]]:
        both = [
            [*SETTING.values(), instrument, way, lots, price % R, lots * price % R]
            for way in (side, 1 - side)
        ]
        return inputs(side, instrument, lots, price), both[0] + both[1]

    return Case(
        file="clearing/terms.circom",
        main="BothTerms()",
        honest=[
            accepted(1, 7, 5, -3),
            accepted(0, 2**15 - 1, 2**31, TOP - 1),
            accepted(0, 0, 1, -TOP),
        ],
        refused=[
            inputs(2, 7, 5, 3),
            inputs(0, 2**15, 5, 3),
            *(inputs(0, 7, lots, 3) for lots in (0, 2**31 + 1, -1)),
            *(inputs(0, 7, 5, price) for price in (TOP, -TOP - 1)),
        ],
    )


def terms(side: Side, lots: int, price: int, instrument: int = 7, *, reduce_only: int = 0) -> Inputs:
    """Return the bus Terms."""
    return {
        "setting": {**SETTING, "reduceOnly": reduce_only},
        "instrument": instrument,
        "side": int(side),
        "lots": lots % R,
        "price": price % R,
        "value": lots * price % R,
    }


STATE = ("owner", "account", "key", "viewKey", "nonce", "cash", "collateral", "orders", "chunks")


def unread_terms(*read: str) -> list[str]:
    """Return the fields of the bus Terms but those that a template reads."""
    fields = {name: f"terms.setting.{name}" for name in ("domain", "time", "reduceOnly")}
    fields |= {name: f"terms.{name}" for name in ("instrument", "side", "lots", "price", "value")}
    return [path for name, path in fields.items() if name not in read]


def unread_holder(*read: str) -> list[str]:
    """Return the fields of the bus Holder but those that a template reads."""
    sizes = {"key": 2, "chunks": 7, "table": 8, "elements": 4}
    fields = {name: f"holder.state.{name}" for name in STATE}
    fields |= {name: f"holder.{name}" for name in ("table", "slot", "elements", "rate")}
    unread = {name: path for name, path in fields.items() if name not in read}
    listed = [
        [f"{path}[{i}]" for i in range(sizes[name])] if name in sizes else [path]
        for name, path in unread.items()
    ]
    signature = ["holder.signature.r8[0]", "holder.signature.r8[1]", "holder.signature.s"]
    return [path for paths in listed for path in paths] + signature


# clearing/order.circom and clearing/sheet.circom


def _allowed() -> Case:
    def inputs(side: Side, price: int, limit: int, **others: int) -> Inputs:
        given = {"rate": 5, "limit": limit % R, "expiry": TIME, "feeRate": 5}
        return {"terms": terms(side, 1, price), **given, **{name: v % R for name, v in others.items()}}

    buy, sell = Side.BUY, Side.SELL
    return Case(
        file="clearing/order.circom",
        main="Allowed()",
        unread=unread_terms("side", "price", "time"),
        honest=[
            (inputs(*given), ())
            for given in (
                (buy, 3, 4),
                (sell, 3, 2),
                (buy, 3, 3),
                (sell, 3, 3),
                (buy, -TOP, TOP - 1),
                (sell, TOP - 1, -TOP),
            )
        ]
        + [
            (inputs(buy, 3, 3, expiry=2**40 - 1), ()),
            (inputs(buy, 3, 3, rate=0, feeRate=2**44 - 1), ()),
            (inputs(buy, 3, 3, rate=2**44 - 1, feeRate=2**45 - 2), ()),
        ],
        refused=[
            inputs(buy, 4, 3),
            inputs(sell, 2, 3),
            inputs(buy, -TOP, TOP),
            inputs(sell, TOP, -TOP),
            inputs(buy, 3, 3, expiry=TIME - 1),
            inputs(buy, 3, 3, expiry=TIME + 2**40),
            inputs(buy, 3, 3, rate=6),
            inputs(buy, 3, 3, rate=-1),
            inputs(buy, 3, 3, rate=2**44, feeRate=2**44),
            inputs(buy, 3, 3, rate=0, feeRate=2**44),
        ],
    )


ALICE = Account(
    owner=11,
    number=5,
    key=key(5),
    view_key=13,
    nonce=14,
    cash=-1500,
    amounts=tuple(range(21, 29)),
    positions=(Position(3, 4), EMPTY, Position(5000, -6), *[EMPTY] * 20, Position(7, -9), Position(8, 2)),
    orders=ENTRIES,
)
BOB = replace(
    ALICE,
    owner=12,
    number=2**40 - 1,
    key=key(6),
    view_key=2**248 - 1,
    positions=(Position(7, 9),),
    orders=NO_ORDERS,
)
ORDER = Order(7, Side.BUY, 6, 40, ENTRIES[10].sequence + 24, TIME + 9, 8)


def holder(account: Account, message: int, slot: int, rate: int) -> dict[str, Any]:
    """Return the bus Holder, with the stub's signature of a message."""
    start = slot // 20 * 20
    return {
        "state": state_signals(account, hashing),
        "table": list(order_elements(account.orders)),
        "slot": slot,
        "elements": list(chunk_elements(account.positions[start : start + 20])),
        "rate": rate % R,
        "signature": {"r8": list(BASE8), "s": signing(account.key, BASE8, message)},
    }


def order_signals(order: Order, **changed: int) -> dict[str, int]:
    """Return the bus Order."""
    signals = {
        "most": order.most_lots,
        "limit": order.limit % R,
        "sequence": order.sequence,
        "expiry": order.expiry,
        "feeRate": order.fee_rate,
    }
    return {**signals, **{name: value % R for name, value in changed.items()}}


def _order_message() -> Case:
    def inputs(order: Order, price: int = 40, rate: int = 8, **changed: int) -> Inputs:
        return {
            "holder": holder(ALICE, 1, 23, rate),
            "terms": terms(order.side, 2, price, order.instrument),
            "order": order_signals(order, **changed),
        }

    orders = [ORDER, Order(2**15 - 1, Side.SELL, MOST, -TOP, 2**40 - 1, 2**40 - 1, 2**44 - 1)]
    signer = Holder(DOMAIN, ALICE.owner, ALICE.number)
    honest = [(inputs(order), [order_message(order, signer, hashing)]) for order in orders]
    return Case(
        file="clearing/order.circom",
        main="OrderMessage()",
        unread=unread_holder("owner", "account", "rate"),
        honest=honest,
        refused=[
            inputs(ORDER, most=2**31),
            inputs(ORDER, most=-1),
            inputs(ORDER, limit=TOP, price=TOP - 1),
            inputs(replace(ORDER, side=Side.SELL), limit=-TOP - 1),
            inputs(ORDER, expiry=2**40),
            inputs(ORDER, price=41),
            inputs(ORDER, rate=9),
        ],
    )


SHEET = Sheet(6, ENTRIES[10].sequence + 24, TIME + 9, 8)
SHEET_ENTRIES = [Entry(i, i, 2 * i, 5) for i in range(600)]
SHEET_PLACE = 0o1107
SHEET_ENTRIES[SHEET_PLACE] = Entry(7, 40, 45, 4)
TREE = sheet_tree(SHEET_ENTRIES, hashing)


def sheet_signals(entry: Entry, **changed: Any) -> dict[str, Any]:
    """Return the bus Sheet for an entry at the place of one of the sheet."""
    path = [list(level) for level in TREE.path(SHEET_PLACE)]
    path[0] = [pack_entry(entry) if i == SHEET_PLACE % 8 else node for i, node in enumerate(path[0])]
    for level in range(1, 4):
        place = SHEET_PLACE >> 3 * level & 7
        path[level][place] = hashing(path[level - 1])
    signals = {
        "cap": SHEET.cap,
        "sequence": SHEET.sequence,
        "expiry": SHEET.expiry,
        "feeRate": SHEET.fee_rate,
        "bid": entry.bid % R,
        "ask": entry.ask % R,
        "size": entry.size,
        "index": SHEET_PLACE,
        "children": path,
    }
    return {**signals, **changed}


def _sheet_message() -> Case:
    entry = SHEET_ENTRIES[SHEET_PLACE]

    def inputs(
        side: Side, price: int, lots: int, entry: Entry = entry, rate: int = 8, **changed: Any
    ) -> Inputs:
        return {
            "holder": holder(ALICE, 1, 23, rate),
            "terms": terms(side, lots, price, entry.instrument),
            "sheet": sheet_signals(entry, **changed),
        }

    def accepted(side: Side, price: int, lots: int, entry: Entry = entry) -> tuple[Inputs, list[int]]:
        given = inputs(side, price, lots, entry)
        root = hashing(given["sheet"]["children"][3])
        signer = Holder(DOMAIN, ALICE.owner, ALICE.number)
        return given, [sheet_message(SHEET, root, signer, hashing)]

    buy, sell = Side.BUY, Side.SELL
    wide = Entry(7, -TOP, TOP - 1, MOST)

    def raw(name: str, value: int, at: int) -> Inputs:
        """Return a path to an entry with a field out of range, packed all the same."""
        given = deepcopy(dict(inputs(buy, 40, 4)))
        sheet = given["sheet"]
        packed = (pack_entry(entry) + ((value - getattr(entry, name)) << at)) % R
        sheet[name] = value % R
        sheet["children"][0][SHEET_PLACE % 8] = packed
        for level in range(1, 4):
            sheet["children"][level][SHEET_PLACE >> 3 * level & 7] = hashing(sheet["children"][level - 1])
        return given

    return Case(
        file="clearing/sheet.circom",
        main="SheetMessage()",
        unread=unread_holder("owner", "account", "rate"),
        honest=[
            accepted(buy, 40, 4),
            accepted(buy, 39, 1),
            accepted(sell, 45, 4),
            accepted(sell, TOP - 1, 1, wide),
            accepted(buy, -TOP, MOST, wide),
        ],
        refused=[
            inputs(buy, 41, 4),
            inputs(sell, 44, 4),
            inputs(buy, 40, 5),
            inputs(buy, 40, 4, rate=9),
            inputs(buy, 40, 4, cap=2**31),
            inputs(buy, 40, 4, expiry=2**40),
            inputs(buy, 40, 4, index=SHEET_PLACE + 1),
            inputs(buy, 40, 4, index=SHEET_PLACE + 4096),
            inputs(buy, 40, 4, bid=41),
            inputs(buy, 40, 4, size=5),
            inputs(buy, 40, 4, children=[list(level) for level in TREE.path(0)]),
            raw("bid", TOP, 15),
            raw("ask", TOP, 60),
            raw("ask", -TOP - 1, 60),
            raw("size", 2**31 + 4, 105),
        ],
    )


# clearing/fill.circom


def _filled_position() -> Case:
    def inputs(held: Position, side: Side, lots: int, *, reduce_only: int = 0, instrument: int = 7) -> Inputs:
        given = terms(side, lots, 1, instrument, reduce_only=reduce_only)
        return {"id": held.instrument, "lots": held.lots % R, "terms": given}

    def accepted(held: Position, side: Side, lots: int, *, reduce_only: int = 0) -> tuple[Inputs, list[int]]:
        after = held.lots + (lots if side == Side.BUY else -lots)
        new = Position(7, after) if after else EMPTY
        change = new.instrument - held.instrument + 2**15 * (new.lots - held.lots)
        return inputs(held, side, lots, reduce_only=reduce_only), [change % R]

    buy, sell = Side.BUY, Side.SELL
    long, short = Position(7, 5), Position(7, -5)
    return Case(
        file="clearing/fill.circom",
        main="FilledPosition()",
        unread=unread_terms("side", "lots", "instrument", "reduceOnly"),
        honest=[
            accepted(long, buy, 3),
            accepted(long, sell, 3),
            accepted(long, sell, 8),
            accepted(short, buy, 8),
            accepted(short, buy, 5),
            accepted(long, sell, 5),
            accepted(EMPTY, buy, MOST),
            accepted(EMPTY, sell, MOST),
            *(accepted(short, buy, lots, reduce_only=1) for lots in (4, 5)),
            *(accepted(long, sell, lots, reduce_only=1) for lots in (4, 5)),
        ],
        refused=[
            inputs(Position(8, 5), buy, 1),
            inputs(long, buy, 1, instrument=8),
            inputs(Position(7, MOST), buy, 1),
            inputs(Position(7, 2), buy, 2**31),
            inputs(Position(7, -MOST), sell, 1),
            inputs(Position(7, -MOST), sell, 2),
            *(inputs(held, buy, lots, reduce_only=1) for held, lots in ((short, 6), (long, 1), (EMPTY, 1))),
            *(inputs(held, sell, lots, reduce_only=1) for held, lots in ((long, 6), (short, 1), (EMPTY, 1))),
        ],
    )


def _flat_state(account: Account) -> list[int]:
    """Return the bus State of an account as a list, in the order of the bus."""
    state = state_signals(account, hashing)
    names = ("owner", "account", "key", "viewKey", "nonce", "cash", "collateral", "orders", "chunks")
    return [one for name in names for one in (state[name] if name in {"key", "chunks"} else [state[name]])]


def _side(account: Account, order: Order, slot: int, rate: int, *, domain: int = DOMAIN) -> OrderSide:
    return OrderSide(account.number, slot, rate, order, Signature(BASE8, 0))


def matched(lots: int = 6, price: int = 40, rates: tuple[int, int] = (8, 3), *, at: int = 23) -> Match:
    """Return a match of Alice, who buys, and Bob."""
    sells = replace(ORDER, side=Side.SELL, limit=-7, sequence=25)
    return Match(_side(ALICE, ORDER, at, rates[0]), _side(BOB, sells, 0, rates[1]), 7, lots, price)


STATES = {one.number: one for one in (ALICE, BOB)}


def _filled() -> Case:
    def inputs(account: Account, terms: Inputs, slot: int, rate: int, **changed: Any) -> Inputs:
        return {
            "holder": holder(account, 81, slot, rate),
            "terms": terms,
            "message": 81,
            "sequence": ORDER.sequence,
            "most": ORDER.most_lots,
            **changed,
        }

    def accepted(account: Account, side: Side, price: int, slot: int, rate: int) -> tuple[Inputs, list[int]]:
        sign = 1 if side == Side.BUY else -1
        lots = account.positions[slot].lots + sign * 6 if slot < len(account.positions) else sign * 6
        positions = [*account.positions, *[EMPTY] * (slot + 1 - len(account.positions))]
        positions[slot] = Position(7, lots)
        orders = list(account.orders)
        orders[10] = OrderFill(ORDER.sequence, 6)
        after = replace(
            account,
            nonce=account.nonce + 1,
            cash=account.cash - sign * 6 * price - 6 * rate,
            positions=tuple(positions),
            orders=tuple(orders),
        )
        return inputs(account, terms(side, 6, price), slot, rate), [*_flat_state(after), 6 * rate]

    buys = terms(Side.BUY, 6, 40)
    good = inputs(ALICE, buys, 23, 8)
    rich = replace(ALICE, cash=2**83 - 1)
    poor = replace(ALICE, cash=-(2**83))
    bound = good["holder"]
    return Case(
        file="clearing/fill.circom",
        main="Filled()",
        honest=[
            accepted(ALICE, Side.BUY, 40, 23, 8),
            accepted(ALICE, Side.SELL, 40, 23, 0),
            accepted(ALICE, Side.BUY, -40, 127, 8),
            accepted(BOB, Side.SELL, -40, 0, 8),
        ],
        refused=[
            {**good, "message": 82},
            {**good, "most": 5},
            {**good, "sequence": 256 * TIME + 10},
            {**good, "holder": {**bound, "slot": 24}},
            {**good, "holder": {**bound, "table": [0] * 8}},
            {**good, "holder": {**bound, "table": bound["table"][::-1]}},
            inputs(rich, terms(Side.BUY, 6, -1), 23, 0),
            inputs(rich, terms(Side.SELL, 6, 1), 23, 0),
            inputs(poor, terms(Side.SELL, 6, -1), 23, 0),
            inputs(poor, terms(Side.SELL, 6, 0), 23, 1),
            inputs(ALICE, terms(Side.BUY, 6, 40, reduce_only=1), 127, 8),
        ],
    )


def _flat_step(account: Account, after: Account, change: Any, enabled: int = 1) -> list[int]:
    commitments = [commitment(one, hashing) for one in (account, after)]
    return [enabled, account.number, account.view_key, account.nonce, *commitments, pack_change(change)]


def _fill_step() -> Case:
    def accepted(side: Side, *numbers: int) -> Any:
        sequence, slot, lots, price, rate = numbers
        given = {
            "enabled": int(side == Side.BUY),
            "holder": holder(ALICE, 1, slot, rate),
            "next": state_signals(BOB, hashing),
            "terms": terms(side, lots, price),
            "sequence": sequence,
        }
        change = Filled(slot, 7, side, lots, price, rate, sequence)
        return given, _flat_step(ALICE, BOB, change, given["enabled"])

    return Case(
        file="clearing/fill.circom",
        main="FillStep()",
        unread=[*unread_terms("side", "lots", "instrument", "price"), *unread_holder(*STATE, "rate", "slot")],
        honest=[
            accepted(Side.BUY, 5, 23, 6, 40, 8),
            accepted(Side.SELL, 2**40 - 1, 127, MOST, TOP - 1, 2**44 - 1),
            accepted(Side.SELL, 0, 0, 1, -TOP, 0),
        ],
    )


# clearing/batch.circom


def _account_power() -> Case:
    return Case(
        file="clearing/batch.circom",
        main="AccountPower()",
        honest=[({"z": z}, [power(z)]) for z in (Z, 2, 1)],
    )


def _masked() -> Case:
    return Case(
        file="clearing/batch.circom",
        main="Masked()",
        honest=[({"enabled": bit, "factor": 77}, [77 if bit else 1]) for bit in (1, 0)],
    )


def _product() -> Case:
    return Case(
        file="clearing/batch.circom",
        main="Product(3)",
        honest=[({"factors": [3, R - 5, 7]}, [R - 105]), ({"factors": [2, 3, 4]}, [24])],
    )


def _batch() -> Case:
    names = ("account", "viewKey", "nonce", "before", "after", "changed")
    rows = [(5, 100, 3, 2**230, 2**231, 2**186), (2**40 - 1, 7, 8, 9, 10, 11), (5, 12, 13, 14, 15, 16)]

    def inputs(*enabled: int, z: int = Z, rows: list[tuple[int, ...]] = rows) -> dict[str, Any]:
        steps = [
            dict(zip(names, row, strict=True)) | {"enabled": bit}
            for row, bit in zip(rows, enabled, strict=True)
        ]
        return {"steps": steps, "z": z}

    def accepted(*enabled: int) -> tuple[Inputs, list[int]]:
        used = [row for row, bit in zip(rows, enabled, strict=True) if bit]
        states = [one for row in used for one in row[3:5]]
        digested = digest([*states, *[0] * (6 - len(states))], hashing)
        top = bottom = 1
        for number, _, _, before, after, _ in used:
            top = top * factor(before, number, Z) % R
            bottom = bottom * factor(after, number, Z) % R
        pads = [hashing([view, number, nonce, digested]) for number, view, nonce, *_ in used]
        sealed = horner([row[5] + one for row, one in zip(used, pads, strict=True)], Z)
        return inputs(*enabled), [digested, top * pow(bottom, -1, R) % R, sealed]

    root = (Z - power(Z) * 5) % R
    lost = [(*rows[0][:4], root, 1), *rows[1:]]
    void = [(*rows[0][:3], root, root, 1), *rows[1:]]
    return Case(
        file="clearing/batch.circom",
        main="Batch(3)",
        honest=[accepted(*enabled) for enabled in ((1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0))],
        refused=[
            *(inputs(*enabled) for enabled in ((0, 1, 0), (1, 0, 1), (0, 1, 1), (0, 0, 1))),
            *(inputs(*enabled) for enabled in ((2, 0, 0), (1, 2, 0), (1, 1, 2), (R - 1, 0, 0))),
            # The state after is a root of the product, or both are: 0 / 0 would be any ratio.
            inputs(1, 1, 1, rows=lost),
            inputs(1, 1, 1, rows=void),
        ],
    )


# clearing/match.circom and clearing/quote.circom


def resigned(signals: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of Match or Quote with the stub's signatures of what they say."""

    def sign(key: list[int], message: int) -> dict[str, Any]:
        return {"r8": list(BASE8), "s": signing(key, BASE8, message)}

    return signed_anew(signals, sign, hashing)


def _order_side() -> Case:
    operation = matched()
    steps = trade(operation, STATES, Setting(DOMAIN, TIME), hasher=hashing, check=unchecked)
    cases = []
    for (_, way, side), step in zip(operation.sides, steps, strict=True):
        message = order_message(side.order, Holder(DOMAIN, step.before.owner, step.before.number), hashing)
        given = {
            "enabled": int(way == Side.BUY),
            "holder": holder(step.before, message, side.slot, side.rate),
            "terms": terms(way, 6, 40),
            "order": order_signals(side.order),
        }
        cases.append((given, [*_flat_step(*step, given["enabled"]), 6 * side.rate]))
    good = cases[0][0]
    return Case(
        file="clearing/match.circom",
        main="OrderSide()",
        honest=cases,
        refused=[
            {**good, "terms": terms(Side.SELL, 6, 40)},
            {**good, "terms": terms(Side.BUY, 7, 40)},
            {**good, "order": cases[1][0]["order"]},
            {**good, "terms": terms(Side.BUY, 6, 40, 8)},
            *(
                {**good, "order": {**good["order"], name: good["order"][name] + 1}}
                for name in ("most", "limit", "sequence", "expiry", "feeRate")
            ),
        ],
    )


def _traded(operations: list[Any], size: int, *, reduce_only: bool = False) -> tuple[Inputs, list[int]]:
    setting = Setting(DOMAIN, TIME, reduce_only)
    made = trade_batch(operations, STATES, setting, size, hasher=hashing, check=unchecked).inputs(Z)
    return resigned(made.signals), list(made.public[:4])


def _match() -> Case:
    later = (
        replace(ORDER, sequence=ORDER.sequence + 24),
        replace(ORDER, side=Side.SELL, limit=-7, sequence=26),
    )
    again = replace(matched(3), buyer=_side(ALICE, later[0], 23, 1), seller=_side(BOB, later[1], 0, 1))
    honest = [
        _traded([matched(2), again], 2),
        _traded([matched()], 2),
        _traded([matched(2), matched(3)], 2),
        _traded([matched(6, -7, (0, 8))], 2, reduce_only=True),
    ]
    good = honest[1][0]
    alone = deepcopy(dict(good))
    for one in alone["holder"][0]:
        one["state"]["account"] = 9
    return Case(
        file="clearing/match.circom",
        main="Match(2)",
        honest=honest,
        refused=[
            resigned(alone),
            {**good, "enabled": [0, 1]},
            {**good, "enabled": [2, 0]},
            {**good, "domain": DOMAIN + 1},
            {**good, "clock": good["clock"] + 2**40},
            {**good, "reduceOnly": 1},
            *(
                resigned({**good, name: [value, good[name][1]]})
                for name, value in (
                    ("lots", 0),
                    ("lots", 7),
                    ("price", 41),
                    ("price", R - 8),
                    ("instrument", 8),
                )
            ),
            {**good, "order": [good["order"][0][::-1], good["order"][1]]},
        ],
    )


def quoted(side: Side, lots: int = 4, *, at: int = 23) -> Quote:
    """Return a quote of Alice's sheet, and Bob's order."""
    price = 40 if side == Side.BUY else 45
    maker = SheetSide(
        ALICE.number, at, 8, SHEET, Signature(BASE8, 0), SHEET_ENTRIES[SHEET_PLACE], SHEET_PLACE,
        TREE.path(SHEET_PLACE), TREE.root,
    )  # fmt: skip
    taker = _side(BOB, replace(ORDER, side=Side(1 - side), limit=price, sequence=25), 0, 3)
    return Quote(maker, taker, side, 7, lots, price)


def _sheet_side() -> Case:
    cases = []
    for side in Side:
        operation = quoted(side)
        step = trade(operation, STATES, Setting(DOMAIN, TIME), hasher=hashing, check=unchecked)[0]
        message = sheet_message(SHEET, TREE.root, Holder(DOMAIN, ALICE.owner, ALICE.number), hashing)
        given = {
            "enabled": int(side),
            "holder": holder(ALICE, message, 23, 8),
            "terms": terms(side, 4, operation.price),
            "sheet": sheet_signals(SHEET_ENTRIES[SHEET_PLACE]),
        }
        cases.append((given, [*_flat_step(*step, int(side)), 32]))
    good = cases[0][0]
    return Case(
        file="clearing/quote.circom",
        main="SheetSide()",
        honest=cases,
        refused=[
            {**good, "terms": terms(Side.BUY, 4, 45)},
            {**good, "terms": terms(Side.SELL, 4, 40)},
            {**good, "terms": terms(Side.BUY, 5, 40)},
            {**good, "terms": terms(Side.BUY, 4, 40, 8)},
            *(
                {**good, "sheet": {**good["sheet"], name: good["sheet"][name] + 1}}
                for name in ("cap", "sequence", "expiry", "feeRate")
            ),
            {**good, "sheet": sheet_signals(SHEET_ENTRIES[SHEET_PLACE], cap=3)},
        ],
    )


def _quote() -> Case:
    second = quoted(Side.SELL, 2)
    later = replace(second.maker, sheet=replace(SHEET, sequence=SHEET.sequence + 24))
    second = replace(second, maker=later, taker=_side(BOB, replace(ORDER, limit=45, sequence=26), 0, 1))
    honest = [_traded([quoted(Side.BUY), second], 2), _traded([quoted(Side.SELL)], 2)]
    good = honest[1][0]
    alone = deepcopy(dict(good))
    for one in alone["holder"][0]:
        one["state"]["account"] = 9
    return Case(
        file="clearing/quote.circom",
        main="Quote(2)",
        honest=honest,
        refused=[
            resigned(alone),
            {**good, "enabled": [0, 1]},
            {**good, "domain": DOMAIN + 1},
            {**good, "clock": good["clock"] + 2**40},
            resigned({**good, "side": [0, good["side"][1]]}),
            resigned({**good, "side": [2, good["side"][1]]}),
            *(
                resigned({**good, name: [value, good[name][1]]})
                for name, value in (("lots", 0), ("lots", 5), ("price", 44), ("instrument", 8))
            ),
        ],
    )


# clearing/request.circom, settled.circom, credit.circom and upkeep.circom


def _request_factor() -> Case:
    operations = [Credit(5, 3, 2**64 - 1), Rekey(2**40 - 1, key(4)), Credit(7, 8, 0), Expire(5, 0, 3)]

    def accepted(operation: Any) -> tuple[Inputs, list[int]]:
        asked = request(operation, hashing)
        credited, rekeys = isinstance(operation, Credit), isinstance(operation, Rekey)
        given = {
            "credits": int(credited),
            "rekeys": int(rekeys),
            "account": operation.account,
            "credit": asked.value if credited else 0,
            "key": list(operation.key if rekeys else key(9)),
            "z": Z,
            "y": power(Z),
        }
        return given, [asked.factor(Z) if asked else 1]

    return Case(
        file="clearing/request.circom",
        main="RequestFactor()",
        honest=[accepted(operation) for operation in operations],
    )


def _settled_row(layout: Any) -> Case:
    shown = snapshot(layout, hasher=hashing)
    tree = shown.table.tree

    def inputs(instrument: int, mark: int, enabled: int = 1, at: int | None = None) -> Inputs:
        at = instrument if at is None else at
        return {
            "enabled": enabled,
            "instrument": instrument,
            "mark": mark % R,
            "children": [list(tree.children(level, at // 8**level)) for level in range(1, 5)],
            "underlyingRoots": list(tree.children(5, 0)),
        }

    settled = {one: row.slots[layout.mark] for one, row in shown.table.rows.items() if not row.add_on}
    good = inputs(4097, settled[4097])
    other = [1, 2, 3, 4, 5, 6, 7, 8]
    risky = {one: row.slots[layout.mark] for one, row in shown.table.rows.items() if row.add_on}
    leaf = hashing([*([0] * (layout.elements + 2))])
    path = [[leaf, *other[1:]]]
    for _ in range(3):
        path.append([hashing(path[-1]), *other[1:]])
    return Case(
        file="clearing/settled.circom",
        main=f"SettledRow({layout.elements})",
        honest=[
            (good, ()),
            *((inputs(one, mark), ()) for one, mark in settled.items()),
            ({**inputs(0, 0, 0), "children": path}, ()),
        ],
        refused=[
            {**good, "mark": good["mark"] + 1},
            {**good, "underlyingRoots": other},
            {**inputs(0, 0, 1), "children": path},
            {**good, "instrument": 4096},
            {**good, "instrument": 4097 + 2**15},
            inputs(4097, -7, at=3),
            *(inputs(one, mark) for one, mark in risky.items()),
            *(_path_to(layout, row, mark, good) for row, mark in _rows_with_risk(layout)),
            _path_to(
                layout,
                {layout.elements - 1 if layout is STANDARD else 12: 2**44 << layout_shift(layout)},
                2**44,
                good,
            ),
        ],
    )


def layout_shift(layout: Any) -> int:
    """Return the place of the mark in its element."""
    return 84 * (layout.mark % 3)


def _rows_with_risk(layout: Any) -> list[tuple[dict[int, int], int]]:
    """Return rows by packed element, or -2 and -1 for floor and add-on, each with a mark that they do not allow."""
    at, shift = layout.mark // 3, layout_shift(layout)
    rows = [{at: 5 << shift, k: 1} for k in [*range(layout.elements), -2, -1] if k != at]
    # In the mark's own element, the mark read with its neighbours.
    both = {at: (5 << shift) + 1}
    return [*((row, 5) for row in rows), (both, ((5 << shift) + 1) * pow(2**shift, -1, R) % R)]


def _path_to(layout: Any, row: dict[int, int], mark: int, good: Inputs) -> Inputs:
    """Return inputs for a table with a row of any content at instrument 4097."""
    packed = [0] * (layout.elements + 2)
    for place, value in row.items():
        packed[place] = value % R
    children = [list(level) for level in good["children"]]
    roots = list(good["underlyingRoots"])
    node = hashing(packed)
    for level in range(4):
        children[level][4097 >> 3 * level & 7] = node
        node = hashing(children[level])
    roots[1] = node
    return {**good, "mark": mark % R, "children": children, "underlyingRoots": roots}


def _credited() -> Case:
    amounts = list(range(21, 29))

    def inputs(asset: int, amount: int, enabled: int = 1, amounts: list[int] = amounts) -> Inputs:
        return {"enabled": enabled, "asset": asset, "amount": amount % R, "amounts": amounts}

    def accepted(asset: int, amount: int, enabled: int = 1) -> tuple[Inputs, list[int]]:
        after = [held + enabled * amount * (i == asset) for i, held in enumerate(amounts)]
        return inputs(asset, amount, enabled), [*after, enabled * amount * (asset == 8)]

    top = 2**64 - 1
    return Case(
        file="clearing/credit.circom",
        main="Credited()",
        honest=[
            accepted(2, 5),
            *(accepted(asset, top - 28) for asset in range(9)),
            accepted(8, top),
            accepted(3, top, 0),
            accepted(8, top, 0),
        ],
        refused=[
            *(inputs(asset, top - 20) for asset in range(8)),
            inputs(8, 2**64),
            inputs(2, -1),
            inputs(2, 2**64, 0),
            inputs(9, 5),
            inputs(2, 2**64 - 23 + 2**64),
        ],
    )


def _curve_key() -> Case:
    def inputs(*key: int) -> Inputs:
        return {"key": list(key)}

    return Case(
        file="clearing/upkeep.circom",
        main="CurveKey()",
        honest=[(inputs(*point), ()) for point in (key(3), NO_KEY, *LOW_ORDER)],
        refused=[
            inputs(0, 2),
            inputs(3, 0),
            inputs(1, 1),
            inputs(key(3).x, key(3).y + 1),
            inputs(key(3).y, key(3).x),
        ],
    )


SNAPSHOT = snapshot(STANDARD, hasher=hashing)
OLD = replace(ALICE, positions=(*ALICE.positions[:23], Position(4097, -5), Position(3, 5)))
UPKEEP_STATES = {one.number: one for one in (OLD, replace(BOB, number=6))}


def _maintained(
    operations: list[Any], size: int, states: Any = UPKEEP_STATES
) -> tuple[dict[str, Any], list[int]]:
    made = upkeep_batch(operations, states, SNAPSHOT, size, hasher=hashing).inputs(Z)
    return made.signals, list(made.public[:5])


UNREAD_BY_EXPIRY = [
    *(f"operation.{name}" for name in ("asset", "amount", "key[0]", "key[1]")),
    *(f"operation.state.{name}" for name in STATE if name not in {"key", "chunks"}),
    *(f"operation.state.key[{i}]" for i in range(2)),
    *(f"operation.amounts[{i}]" for i in range(8)),
]


def _expired_position() -> Case:
    def inputs(operation: Any, **changed: Any) -> dict[str, Any]:
        signals = _maintained([operation], 1)[0]
        return {
            "enabled": int(isinstance(operation, Expire)),
            "operation": {**signals["operation"][0], **changed},
            "underlyingRoots": signals["underlyingRoots"],
        }

    def accepted(operation: Any) -> tuple[Inputs, list[int]]:
        step = upkeep(operation, UPKEEP_STATES, SNAPSHOT)
        expires = isinstance(operation, Expire)
        cash = step.after.cash - step.before.cash if expires else 0
        instrument = operation.instrument if expires else 0
        return inputs(operation), [*chunks(step.after.positions, hashing), cash % R, instrument]

    good = inputs(Expire(5, 23, 4097))
    empty = inputs(Expire(5, 24, 3))
    # A path that would serve two instruments, which nothing forbids where no position expires.
    idle = accepted(Credit(5, 1, 2))
    path = deepcopy(idle[0]["operation"]["children"])
    path[0][1] = path[0][0]
    for level in range(1, 4):
        path[level][0] = hashing(path[level - 1])
    double = {**idle[0], "operation": {**idle[0]["operation"], "children": path}}, idle[1]
    return Case(
        file="clearing/upkeep.circom",
        main="ExpiredPosition(6)",
        unread=UNREAD_BY_EXPIRY,
        honest=[
            accepted(Expire(5, 23, 4097)),
            accepted(Expire(5, 24, 3)),
            double,
            accepted(Rekey(6, key(2))),
        ],
        refused=[
            {**good, "operation": {**good["operation"], "slot": 24}},
            {**good, "operation": {**good["operation"], "mark": 1}},
            {**good, "operation": {**good["operation"], "elements": [0] * 4}},
            {**good, "underlyingRoots": [0] * 8},
            {**inputs(Credit(5, 1, 2)), "enabled": 1},
            # An empty slot, with the row of instrument 0 settled.
            _of_nothing(empty),
        ],
    )


def _of_nothing(given: dict[str, Any]) -> dict[str, Any]:
    """Return the expiry of an empty slot, where instrument 0 is settled."""
    told = deepcopy(given)
    table = [0] * 8
    children = []
    node = hashing(table)
    for _ in range(4):
        children.append([node, *[0] * 7])
        node = hashing(children[-1])
    told["operation"] |= {"slot": 22, "mark": 0, "children": children}
    told["underlyingRoots"] = [node, *[0] * 7]
    return told


def _upkeep_step() -> Case:
    def inputs(operation: Any, states: Any = UPKEEP_STATES, **changed: Any) -> dict[str, Any]:
        signals = _maintained([operation], 1, states)[0]
        kind = changed.pop("kind", signals["kind"][0])
        return {
            "kind": kind,
            "operation": {**signals["operation"][0], **changed},
            "underlyingRoots": signals["underlyingRoots"],
            "z": Z,
            "y": power(Z),
        }

    def accepted(operation: Any) -> tuple[Inputs, list[int]]:
        step = upkeep(operation, UPKEEP_STATES, SNAPSHOT)
        asked = request(operation, hashing)
        return inputs(operation), [*_flat_step(*step), asked.factor(Z) if asked else 1]

    operations = [
        Credit(5, 1, 2),
        Expire(5, 23, 4097),
        Rekey(6, key(2)),
        Credit(6, 8, 9),
        Rekey(5, NO_KEY),
        Credit(5, 0, 0),
    ]
    listed = _maintained([operations[0]], 2)[0]
    padding = {name: listed[name][1] for name in ("kind", "operation")}
    nobody = Account(0, 0, NO_KEY, 0, 0, 0, (0,) * 8, ())
    after = replace(nobody, nonce=1)
    idle = [0, 0, 0, 0, commitment(nobody, hashing), commitment(after, hashing), 0, 1]
    rich, poor = (replace(OLD, cash=cash) for cash in (2**83 - 1, -(2**83)))
    good = inputs(operations[0])
    bits = {"expires": 0, "credits": 0, "rekeys": 0}
    half = replace(OLD, positions=(Position(2**14 - 1, 5),))
    last = replace(OLD, positions=(Position(2**15 - 2, 5),))
    doubled = inputs(Expire(5, 0, 2**15 - 2), {5: last}, kind={**bits, "expires": 2})
    halved = {"state": state_signals(half, hashing), "elements": list(chunk_elements(half.positions))}
    doubled["operation"] |= halved
    return Case(
        file="clearing/upkeep.circom",
        main="UpkeepStep(6)",
        honest=[
            *map(accepted, operations),
            ({**good, **padding}, idle),
        ],
        refused=[
            inputs(operations[0], amounts=[1] * 8),
            inputs(operations[2], key=[1, 1]),
            *(
                {**inputs(operations[i], kind={**bits, name: 2})}
                for i, name in ((1, "expires"), (0, "credits"), (2, "rekeys"))
            ),
            *(
                {**inputs(operations[i], kind={**bits, name: R - 1})}
                for i, name in ((1, "expires"), (0, "credits"), (2, "rekeys"))
            ),
            # Twice a position, valued by the row of twice its id.
            doubled,
            _with_cash(inputs(Credit(5, 8, 1)), rich),
            _with_cash(inputs(Expire(5, 23, 4097)), rich),
            _with_cash(inputs(Expire(5, 23, 4097)), poor, mark=1),
        ],
    )


def _with_cash(given: dict[str, Any], account: Account, **changed: Any) -> dict[str, Any]:
    return {**given, "operation": {**given["operation"], "state": state_signals(account, hashing), **changed}}


def _upkeep() -> Case:
    operations = [Credit(5, 1, 2), Expire(5, 23, 4097), Rekey(6, key(2))]
    honest = [_maintained(operations, 3), _maintained(operations[1:2], 3), _maintained(operations[2:], 3)]
    good = honest[0][0]
    bits = {"expires": 0, "credits": 0, "rekeys": 0}
    return Case(
        file="clearing/upkeep.circom",
        main="Upkeep(3, 6)",
        honest=honest,
        refused=[
            {**good, "underlyingRoots": [0] * 8},
            {**good, "kind": [bits, *good["kind"][1:]]},
            {**good, "kind": [{"expires": 0, "credits": 1, "rekeys": 1}, *good["kind"][1:]]},
        ],
    )


CLEARING_CASES = {
    "OneHot": (_one_hot(),),
    "Pick": (_pick(),),
    "Change": (_change(),),
    "OneOfFour": (_rows("OneOfFour", 2),),
    "OneOfEight": (_rows("OneOfEight", 3),),
    "Division": (_division(),),
    "SignedBy": (_signed_by(),),
    "OrderTable": (_order_table(),),
    "SlotPlace": (_slot_place(),),
    "OpenSlot": (_open_slot(),),
    "WriteSlot": (_write_slot(),),
    "Circumstances": (_circumstances(),),
    "BothTerms": (_both_terms(),),
    "Allowed": (_allowed(),),
    "OrderMessage": (_order_message(),),
    "SheetMessage": (_sheet_message(),),
    "FilledPosition": (_filled_position(),),
    "Filled": (_filled(),),
    "FillStep": (_fill_step(),),
    "AccountPower": (_account_power(),),
    "Masked": (_masked(),),
    "Product": (_product(),),
    "Batch": (_batch(),),
    "OrderSide": (_order_side(),),
    "Match": (_match(),),
    "SheetSide": (_sheet_side(),),
    "Quote": (_quote(),),
    "RequestFactor": (_request_factor(),),
    "SettledRow": (_settled_row(STANDARD), _settled_row(WIDE)),
    "Credited": (_credited(),),
    "CurveKey": (_curve_key(),),
    "ExpiredPosition": (_expired_position(),),
    "UpkeepStep": (_upkeep_step(),),
    "Upkeep": (_upkeep(),),
}
"""By the template that they are about."""
