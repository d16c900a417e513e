"""Cases for the templates of the margin statement, at small parameters and with a stub for Poseidon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R

from .stub import EMPTY_ELEMENT, hashing, hashing_to_zero
from .suite import Case, Forgery, Inputs


def _elements(positions: list[tuple[int, int]]) -> list[int]:
    digits = [identifier + ((lots + 2**31) << 15) for identifier, lots in positions]
    digits += [2**46] * (-len(digits) % 5)
    return [sum(d << 47 * j for j, d in enumerate(digits[i : i + 5])) for i in range(0, len(digits), 5)]


def _chunks(positions: list[tuple[int, int]], used: int) -> list[int]:
    elements = _elements(positions)
    elements += [EMPTY_ELEMENT] * (4 * used - len(elements))
    hashed = [hashing(elements[i : i + 4]) for i in range(0, len(elements), 4)]
    return hashed + [hashing([EMPTY_ELEMENT] * 4)] * (7 - used)


def _position_list(positions: list[tuple[int, int]]) -> dict[str, list[int]]:
    return {"id": [i for i, _ in positions], "lots": [lots % R for _, lots in positions]}


def _chunks_case(size: int, used: int) -> Case:
    positions = [(4096 * (i % 8) + 7 * i, (-1) ** i * (2**31 - 1 - i)) for i in range(size)]
    return Case(
        file="account/commitment.circom",
        main=f"Chunks({size})",
        honest=[(_position_list(positions), _chunks(positions, used))],
    )


def _commitment() -> Case:
    names = ("owner", "account", "key", "viewKey", "nonce", "cash", "collateral", "orders", "chunks")
    values = (11, 12, [13, 14], 15, 16, R - 17, 18, 19, list(range(21, 28)))
    return Case(
        file="account/commitment.circom",
        main="Commitment()",
        honest=[
            (
                {"state": dict(zip(names, values, strict=True))},
                [hashing([11, 12, 13, 14, 15, 16, R - 17, 18, 19, *range(21, 28)])],
            )
        ],
    )


def _slots(*slots: tuple[int, int, int]) -> dict[str, list[int]]:
    """Return slots of instrument, lots and whether they are used."""
    ids, lots, used = zip(*slots, strict=True)
    return {"id": list(ids), "lots": [one % R for one in lots], "used": list(used)}


EMPTY = (0, 0, 0)
SLOTS = [
    _slots((5, 1, 1), (32767, -3, 1), (7, 2, 1)),
    _slots((0, 1, 1), EMPTY, EMPTY),
    _slots(EMPTY, EMPTY, (0, -1, 1)),
    _slots(EMPTY, (1, 4, 1), (2, 4, 1)),
    _slots(EMPTY, EMPTY, EMPTY),
]
TWICE = [
    _slots((5, 1, 1), (5, -1, 1), (7, 2, 1)),
    _slots((5, 1, 1), (7, 2, 1), (5, 1, 1)),
    _slots((7, 1, 1), (5, 2, 1), (5, 1, 1)),
    _slots((0, 1, 1), EMPTY, (0, 1, 1)),
]


def _unique() -> Case:
    def inputs(slots: dict[str, list[int]]) -> Inputs:
        return {name: slots[name] for name in ("id", "used")}

    return Case(
        file="account/unique.circom",
        main="Unique(3)",
        honest=[(inputs(slots), ()) for slots in SLOTS],
        refused=[inputs(slots) for slots in TWICE],
    )


def _unique_sorted() -> Case:
    # A slot without lots that says that it is used: the prover would choose its number.
    idle = [_slots(*((9, 0, 1) if i == place else EMPTY for i in range(3))) for place in range(3)]
    return Case(
        file="account/unique.circom",
        main="UniqueSorted(3)",
        honest=[({**slots, "commitment": 99}, ()) for slots in SLOTS],
        refused=[{**slots, "commitment": 99} for slots in (*TWICE, *idle)],
    )


def _healthy() -> Case:
    def inputs(equity: int, requirement: int, bps: int) -> Inputs:
        return {"equity": equity % R, "requirement": requirement, "requirementBps": bps}

    most = 2**20 - 1
    answers = [
        (100 * 10**6, 100, 10_000, 1),  # exactly enough
        (100 * 10**6 - 1, 100, 10_000, 0),  # a pico-quote short
        (0, 0, most, 1),
        (-1, 0, 0, 0),
        (0, 1, 1, 0),
        (2**132 - 1, 2**87 - 1, most, 1),
        (2**132 - 1, 0, 0, 1),
        (-(2**132) + 1, 2**87 - 1, most, 0),
    ]
    return Case(
        file="margin/health.circom",
        main="Healthy()",
        honest=[(inputs(*given), [healthy]) for *given, healthy in answers],
        refused=[inputs(0, 0, bps) for bps in (2**20, 2**21 - 1, R - 1)],
    )


def _lane_root() -> Case:
    children = list(range(31, 39))
    roots = [1, 2, 3, 4, 5, hashing(children), 7, 8]
    good = {"underlying": 5, "children": children, "underlyingRoots": roots}
    return Case(
        file="margin/snapshot.circom",
        main="LaneRoot()",
        honest=[(good, ())],
        refused=[
            {**good, "underlying": 4},
            {**good, "underlying": 13},
            {**good, "children": children[::-1]},
            {**good, "underlyingRoots": roots[::-1]},
        ],
    )


def _lane_risk(scenarios: int, elements: int) -> Case:
    slots = 3 * elements
    others = range(scenarios, slots)

    def inputs(totals: list[int], floor: int) -> Inputs:
        sums = [sum(t << 84 * j for j, t in enumerate(totals[k : k + 3])) % R for k in range(0, slots, 3)]
        return {"sums": sums, "floor": floor}

    def accepted(totals: list[int], floor: int) -> tuple[Inputs, list[int]]:
        risk = max(0, floor, *(-t for t in totals[:scenarios]))
        return inputs(totals, floor), [risk, *(total % R for total in totals[scenarios:])]

    def with_total(slot: int, total: int) -> list[int]:
        return [total if s == slot else 0 for s in range(slots)]

    mixed = [(-1) ** s * 7 * s for s in range(slots)]
    forbidden = [with_total(s, total) for s in range(scenarios) for total in (-256, 256)]
    forbidden += [with_total(s, total) for s in others for total in (128, -129)]
    moved = "slot[j] <-- ((shifted >> (84 * j)) & MASK) - HALF"
    return Case(
        file="margin/lane.circom",
        main=f"LaneRisk(8, {scenarios}, {elements})",
        honest=[
            accepted(mixed, 5),
            accepted(mixed, 111),
            accepted([9] * slots, 0),
            accepted([-127] * slots, 255),
            *(accepted(with_total(s, total), 3) for s in range(scenarios) for total in (-255, 252)),
            *(accepted(with_total(s, total), 0) for s in others for total in (127, -128)),
        ],
        refused=[inputs([0] * slots, 256), *(inputs(t, 0) for t in forbidden)],
        # Another split of the same sum: 2^84 more in a slot, and one less in the next.
        forgeries=[
            Forgery(
                "lib/slots.circom",
                moved,
                f"{moved} {sign} ((1 << 84) * (j == {low}) - (j == {low + 1}))",
                inputs(mixed, 5),
            )
            for low in (0, 1)
            for sign in "+-"
        ]
        + [
            Forgery("lib/maximum.circom", "maximum <-- best", f"maximum <-- best {change}", inputs(mixed, 5))
            for change in ("+ 1", "- 1", "+ 256")
        ],
    )


def _lane_sums() -> Case:
    weighted = [[R - 3, 5], [7, 11], [13, R - 17]]
    floor = [19, 23, 29]

    def accepted(*member: int) -> tuple[Inputs, list[int]]:
        chosen = [(*row, f) for bit, row, f in zip(member, weighted, floor, strict=True) if bit]
        sums = [sum(column) % R for column in zip(*chosen, strict=True)] or [0] * 3
        return {"member": list(member), "weighted": weighted, "floor": floor}, sums

    members = [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)]
    return Case(
        file="margin/lane.circom", main="LaneSums(3, 2)", honest=[accepted(*member) for member in members]
    )


def _snapshot_root() -> Case:
    roots, prices = list(range(31, 39)), list(range(41, 49))
    inputs = {"underlyingRoots": roots, "prices": prices, "paramsHash": 51, "timestamp": 52}
    return Case(
        file="margin/snapshot.circom",
        main="SnapshotRoot()",
        honest=[(inputs, [hashing([hashing(roots), hashing(prices), 51, 52])])],
    )


def _lots() -> Case:
    most = 2**31 - 1
    return Case(
        file="margin/position.circom",
        main="Lots()",
        honest=[({"lots": lots % R}, [max(0, -lots)]) for lots in (-5, 4, 1, -1, 0, most, -most)],
        refused=[{"lots": lots % R} for lots in (2**31, -(2**31), -(2**31) - 1, 2**32, R // 2)],
    )


UNDERLYINGS = [2, 6]


def _instrument_id() -> Case:
    def inputs(index: int, member: list[int]) -> dict[str, Any]:
        return {"index": index, "member": member, "laneUnderlying": UNDERLYINGS}

    def accepted(index: int, member: list[int]) -> tuple[Inputs, list[int]]:
        underlying = sum(bit * u for bit, u in zip(member, UNDERLYINGS, strict=True))
        return inputs(index, member), [4096 * underlying + index, *(index >> bit & 1 for bit in range(12))]

    return Case(
        file="margin/position.circom",
        main="InstrumentId(2)",
        honest=[
            accepted(0o2345, [0, 1]),
            accepted(0o7777, [1, 0]),
            accepted(0, [0, 1]),
            accepted(1, [1, 0]),
            accepted(0, [0, 0]),
        ],
        refused=[
            *(inputs(index, [0, 1]) for index in (4096, 4096 + 0o2345, R - 1)),
            *(inputs(0, member) for member in ([1, 1], [2, R - 1], [R - 1, 2], [R - 1, 1])),
        ],
    )


ROW = {"packed": [R - 3, 5, 7, 11, 13, 17], "shortFloor": 19, "addOn": 23}
LEAF = hashing([*ROW["packed"], ROW["shortFloor"], ROW["addOn"]])


def _leaf() -> Case:
    return Case(file="margin/row.circom", main="Leaf(6)", honest=[({"row": ROW}, [LEAF])])


def _contribution() -> Case:
    def accepted(lots: int) -> tuple[Inputs, list[int]]:
        short = max(0, -lots)
        weighted = [lots * value % R for value in ROW["packed"]]
        inputs = {"lots": lots % R, "shortLots": short, "row": ROW}
        return inputs, [*weighted, short * ROW["shortFloor"], abs(lots) * ROW["addOn"]]

    return Case(
        file="margin/row.circom",
        main="Contribution(6)",
        honest=[accepted(lots) for lots in (-5, 4, 0, 2**31 - 1, -(2**31) + 1)],
    )


def _path(index: int, leaf: int) -> tuple[list[list[int]], int]:
    """Return three levels of children around a leaf, and the node above them."""
    levels, node = [], leaf
    for level in range(3):
        place = index >> 3 * level & 7
        levels.append([node if j == place else 100 * level + j for j in range(8)])
        node = hashing(levels[-1])
    return levels, node


def _places(index: int) -> list[list[int]]:
    return [[index >> 3 * level + bit & 1 for bit in range(3)] for level in range(4)]


def _authentic_row(lots: int, index: int, member: list[int]) -> dict[str, Any]:
    children, node = _path(index, LEAF)
    top = index >> 9 & 7
    lanes = [[node if j == top else 1000 * (lane + 1) + j for j in range(8)] for lane in range(2)]
    return {
        "lots": lots % R,
        "member": member,
        "place": _places(index),
        "row": ROW,
        "children": children,
        "laneChildren": [lane if bit else list(range(8)) for lane, bit in zip(lanes, member, strict=True)],
    }


def _without_lane() -> dict[str, Any]:
    """Return lots in no lane, on a path to the node 0, to which no lane's path leads."""
    inputs = _authentic_row(5, 0, [0, 0])
    inputs["children"][2] = hashing_to_zero(hashing(inputs["children"][1]))
    return inputs


def _authentic_row_case() -> Case:
    good = _authentic_row(-5, 0o2345, [0, 1])
    honest = [
        good,
        _authentic_row(2**31 - 1, 0o7777, [1, 0]),
        _authentic_row(-(2**31) + 1, 0, [0, 1]),
        _authentic_row(4, 1, [1, 0]),
        _authentic_row(0, 0, [0, 0]),
        # Without lots any path is accepted.
        {**good, "lots": 0, "laneChildren": good["laneChildren"][::-1]},
    ]
    refused = [
        {**good, "row": {**ROW, "shortFloor": 18}},
        {**good, "row": {**ROW, "addOn": 22}},
        *(
            {**good, "row": {**ROW, "packed": [v + (i == k) for i, v in enumerate(ROW["packed"])]}}
            for k in range(6)
        ),
        *({**good, "place": _places(index)} for index in (0o2344, 0o2335, 0o2245, 0o3345)),
        {**good, "member": [1, 0]},
        {**good, "member": [0, 0]},
        {**good, "laneChildren": good["laneChildren"][::-1]},
        _without_lane(),
    ]
    return Case(
        file="margin/row.circom",
        main="AuthenticRow(2, 6)",
        honest=[(inputs, ()) for inputs in honest],
        refused=refused,
    )


def _row(seed: int, layout: spec.Layout) -> spec.Row:
    slots = tuple((-1) ** (s * seed) * (seed * s + 3) for s in range(layout.slots))
    # For a single short position the floor determines the risk.
    return spec.Row(slots, 16 * seed + 4, seed + 5)


INSTRUMENTS = (2 * 4096 + 0o1234, 2 * 4096 + 9, 6 * 4096 + 0o7070)
SHAPE = spec.Shape(lanes=2, positions=3)
LIMITED = spec.Shape(lanes=2, positions=3, layout=spec.WIDE, limited=True)
BPS = 12_500


def _snapshot(layout: spec.Layout, changed: int | None = None) -> spec.Snapshot:
    """Return a snapshot with better rows for an underlying."""
    rows = {i: _row(i % 97 + (i // 4096 == changed), layout) for i in INSTRUMENTS}
    return spec.Snapshot(spec.build_table(rows, hashing), tuple(range(41, 49)), 51, 52)


def _book(
    positions: tuple[tuple[int, int], ...],
    surplus: int | None = None,
    changed: int | None = None,
    plan: spec.Plan | None = None,
    limits: spec.Limits | None = None,
) -> spec.CircuitInputs:
    """Return inputs of an account whose cash is exactly enough with `surplus` 0, and one unit too little with -1."""
    shape = SHAPE if limits is None else LIMITED
    snapshot = _snapshot(shape.layout, changed)
    account = _account(positions, surplus, snapshot)
    return spec.circuit_inputs(account, snapshot, shape, BPS, 64, limits=limits, chosen=plan, hasher=hashing)


def _account(
    positions: tuple[tuple[int, int], ...], surplus: int | None, snapshot: spec.Snapshot
) -> spec.Account:
    """Return an account with collateral, or one without whose cash is just enough, and a surplus more."""
    account = spec.Account(
        owner=61,
        number=62,
        key=spec.TradingKey(63, 64),
        view_key=65,
        nonce=66,
        cash=0,
        amounts=(0,) * 8 if surplus is not None else tuple(range(71, 79)),
        positions=tuple(spec.Position(identifier, lots) for identifier, lots in positions),
        orders=(spec.OrderFill(67, 68), *spec.NO_ORDERS[1:]),
    )
    if surplus is None:
        return account
    missing = -(spec.margin(account, snapshot).surplus(BPS) // (10_000 * 10**6))
    return replace(account, cash=missing + surplus)


def _margin() -> Case:
    full = tuple(zip(INSTRUMENTS, (-800, 1200, 400), strict=True))
    full = (full[0], full[2], full[1])
    holes = ((full[0], (0, 0), full[1]), ((0, 0), full[2]))
    lists = (full, full[:1], full[:2], full[2:], full[::-1], *holes, ())
    books = [_book(full), *(_book(positions, surplus) for positions in lists for surplus in (0, -1))]
    honest = [(dict(book.signals), book.public[:3]) for book in books]
    good = honest[0][0]
    refused = [{**good, name: other} for name, other in _false_claims(good)]
    # Rows of another snapshot for one underlying, authenticated in their own subtree.
    for underlying in (2, 6):
        other = _book(full, changed=underlying).signals
        refused.append({**other, "underlyingRoots": good["underlyingRoots"]})
    # An instrument twice, in either lane.
    refused += [_repeated(good, source, 2) for source in (0, 1)]
    # Two lanes of one underlying, and lanes that descend.
    refused.append(_book((full[0], full[2]), plan=spec.Plan((2, 2), (0, 1))).signals)
    refused.append(_book((full[0], full[1]), plan=spec.Plan((6, 2), (1, 0))).signals)
    # A price that is too large, of an asset that the account does not hold.
    refused.append({**honest[1][0], "prices": [2**64, *good["prices"][1:]]})
    return Case(
        file="margin/margin.circom",
        main="Margin(standard(2, 3))",
        honest=honest,
        refused=refused,
    )


def _repeated(signals: dict[str, Any], source: int, target: int) -> dict[str, Any]:
    """Return inputs with one slot's instrument in another slot too, with its row and its own lots."""
    names = ("member", "index", "packed", "shortFloor", "addOn", "children")
    return {
        **signals,
        **{
            name: [signals[name][source] if i == target else value for i, value in enumerate(signals[name])]
            for name in names
        },
    }


def _limited_margin() -> Case:
    """Return cases with limits just wide enough for both lanes, and too narrow for one of them."""
    full = tuple(zip(INSTRUMENTS, (-800, 1200, 400), strict=True))
    table = _snapshot(spec.WIDE).table
    net = {underlying: [0, 0] for underlying in (2, 6)}
    for identifier, lots in full:
        for greek, slot in enumerate((spec.WIDE.delta, spec.WIDE.gamma)):
            net[identifier // 4096][greek] += lots * table.rows[identifier].slots[slot]
    just = [max(abs(totals[greek]) for totals in net.values()) for greek in (0, 1)]
    books = [
        _book(full, limits=spec.Limits(*just)),
        _book(full, limits=spec.Limits()),
        _book((), limits=spec.Limits(0, 0)),
    ]
    good = books[0].signals
    # Either lane is beyond the limits, and the other is empty.
    alone = [
        {**_book((held,), plan=spec.Plan((2, 6), (lane,)), limits=spec.Limits()).signals, "limits": [0, 0]}
        for lane, held in ((0, full[0]), (1, full[2]))
    ]
    others = [[just[0] - 1, just[1]], [just[0], just[1] - 1], [2**83, just[1]], [just[0], 2**83], [R - 1, 0]]
    return Case(
        file="margin/margin.circom",
        main="Margin(limited(wide(2, 3)))",
        honest=[(dict(book.signals), book.public[:3]) for book in books],
        refused=[*({**good, "limits": limits} for limits in others), *alone],
    )


def _opening_elements(size: int) -> Case:
    """Return cases with values that all differ, and a wrong hash of the order table."""
    names = ("owner", "account", "key", "viewKey", "nonce", "cash", "amounts")
    values = (11, 12, [13, 14], 15, 16, R - 17, list(range(21, 29)))
    orders = list(range(31, 39))
    positions = [(4096 * (i % 8) + 7 * i, (-1) ** i * (2**31 - 1 - i)) for i in range(size)]
    opening = {**dict(zip(names, values, strict=True)), "orders": hashing(orders)}
    good = {"opening": opening, "orders": orders, **_position_list(positions)}
    head = [11, 12, 13, 14, 15, 16, R - 17, *range(21, 29), *orders]
    return Case(
        file="account/elements.circom",
        main=f"OpeningElements({size})",
        honest=[(good, [*head, *_elements(positions)])],
        refused=[
            {**good, "orders": [orders[1], orders[0], *orders[2:]]},
            {**good, "opening": {**opening, "orders": hashing(orders) + 1}},
        ],
    )


def _disclosure() -> Case:
    """Return cases of healthy accounts and others, one of them with negative equity."""
    full = tuple(zip(INSTRUMENTS, (-800, 1200, 400), strict=True))
    full, shape = (full[0], full[2], full[1]), replace(SHAPE, disclosed=True)
    snapshot = _snapshot(spec.STANDARD)
    books = [
        _account(positions, surplus, snapshot)
        for positions in (full, full[:1], ())
        for surplus in (0, -1, -(10**9))
    ]
    books.append(_account((full[0], (0, 0), full[1]), None, snapshot))
    made = [spec.disclosure_inputs(book, snapshot, shape, 64, 65, hasher=hashing) for book in books]
    good = dict(made[-1].signals)
    opening = good["account"]
    return Case(
        file="margin/disclosure.circom",
        main="Disclosure(standard(2, 3))",
        honest=[(dict(one.signals), one.all_public[:5]) for one in reversed(made)],
        refused=[
            {**good, "underlyingRoots": list(range(8))},
            {**dict(made[-2].signals), "prices": [2**64, *snapshot.prices[1:]]},
            {**good, "account": {**opening, "cash": 2**83}},
            {**good, "orders": [good["orders"][0] + 1, *good["orders"][1:]]},
            {**good, "account": {**opening, "orders": opening["orders"] + 1}},
        ],
    )


def _within_limit() -> Case:
    def inputs(value: int, limit: int) -> Inputs:
        return {"value": value % R, "limit": limit}

    most, largest = 2**83 - 1, 2**82
    inside = [(0, 0), (5, 5), (-5, 5), (4, 5), (largest, most), (-largest, most), (largest, largest)]
    outside = [(1, 0), (-1, 0), (6, 5), (-6, 5), (largest, largest - 1), (-largest, largest - 1)]
    return Case(
        file="margin/limit.circom",
        main="WithinLimit()",
        honest=[(inputs(*given), ()) for given in inside],
        # A sum or difference one beyond 84 bits, which callers exclude.
        refused=[*(inputs(*given) for given in outside), inputs(-(2**83), 2**83), inputs(2**83, 2**83)],
    )


def _false_claims(good: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return inputs, each with a value that contradicts the others."""
    nodes = list(range(8))
    claims: list[tuple[str, Any]] = [
        ("underlyingRoots", nodes),
        ("laneUnderlying", good["laneUnderlying"][::-1]),
        ("member", [bits[::-1] for bits in good["member"]]),
        ("index", good["index"][::-1]),
        ("cash", 2**83),
        ("requirementBps", 2**20),
    ]
    for lane in range(2):
        claims.append(
            ("laneUnderlying", [5 if i == lane else u for i, u in enumerate(good["laneUnderlying"])])
        )
        claims.append(
            ("laneChildren", [nodes if i == lane else c for i, c in enumerate(good["laneChildren"])])
        )
    for i in range(3):
        for name in ("packed", "shortFloor", "addOn", "children"):
            changed = list(good[name])
            changed[i] = good[name][(i + 1) % 3]
            claims.append((name, changed))
    return claims


MARGIN_CASES = {
    # Without and with a second chunk.
    "Chunks": (_chunks_case(3, 1), _chunks_case(21, 2)),
    "Commitment": (_commitment(),),
    "Unique": (_unique(),),
    "UniqueSorted": (_unique_sorted(),),
    "Lots": (_lots(),),
    "InstrumentId": (_instrument_id(),),
    "SnapshotRoot": (_snapshot_root(),),
    "LaneRoot": (_lane_root(),),
    "Leaf": (_leaf(),),
    "AuthenticRow": (_authentic_row_case(),),
    "Contribution": (_contribution(),),
    "LaneSums": (_lane_sums(),),
    # As in the layout `standard`, and with Greeks besides the delta.
    "LaneRisk": (_lane_risk(16, 6), _lane_risk(5, 3)),
    "Healthy": (_healthy(),),
    "WithinLimit": (_within_limit(),),
    "Margin": (_margin(), _limited_margin()),
    # The positions fill their elements in part, and in two elements.
    "OpeningElements": (_opening_elements(3), _opening_elements(7)),
    "Disclosure": (_disclosure(),),
}
"""By the template that they are about."""
