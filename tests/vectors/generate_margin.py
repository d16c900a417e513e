"""Writes margin.json: small accounts and snapshots, and what the statement says of them, from zkmargin.spec.

python tests/vectors/generate_margin.py            write the file
python tests/vectors/generate_margin.py --check    exit 1 when the file differs from what would be written
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zkmargin import spec
from zkmargin.spec import constants as c

TARGET = Path(__file__).with_name("margin.json")
BPS = (0, 8000, 10000, 12500, 2**20 - 1)
TOP, MOST = 2**c.VALUE_BITS - 1, 2**c.LOT_BITS - 1

Rows = Mapping[int, spec.Row]


def scattered(label: str, bits: int = 253) -> int:
    """Return a fixed number without structure."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest(), "big") >> 256 - bits


def row(scenarios: Mapping[int, int], mark: int = 0, short_floor: int = 0, add_on: int = 0) -> spec.Row:
    """Return a row with the given scenarios, the others being 0, and a delta of 1."""
    slots = (scenarios.get(s, 0) for s in range(spec.STANDARD.scenarios))
    return spec.Row((*slots, mark, 1), short_floor, add_on)


def scattered_row(label: str) -> spec.Row:
    slots = tuple(scattered(f"{label} slot {s}", 41) - 2**40 for s in range(spec.STANDARD.slots))
    return spec.Row(slots, scattered(f"{label} floor", 36), scattered(f"{label} add-on", 30))


def scattered_rows(instruments: tuple[int, ...]) -> Rows:
    return {i: scattered_row(f"row {i}") for i in instruments}


def snapshot(rows: Rows, prices: tuple[int, ...] = (0,) * 8) -> spec.Snapshot:
    return spec.Snapshot(spec.build_table(rows), prices, scattered("params"), 1_700_000_000)


def account(
    positions: list[tuple[int, int]], cash: int = 0, amounts: tuple[int, ...] = (0,) * 8, name: str = ""
) -> spec.Account:
    return spec.Account(
        owner=scattered(f"owner {name}", 160),
        number=scattered(f"number {name}", 40),
        key=spec.TradingKey(scattered(f"key x {name}"), scattered(f"key y {name}")),
        view_key=scattered(f"view key {name}", 248),
        nonce=7,
        cash=cash,
        amounts=amounts,
        positions=tuple(spec.Position(*position) for position in positions),
        orders=tuple(
            spec.OrderFill(24 * scattered(f"sequence {place}", 30) + place, scattered(f"filled {place}", 31))
            for place in range(c.ORDER_PLACES)
        ),
    )


def blank() -> spec.Account:
    """Return the account of which everything is 0."""
    return spec.Account(0, 0, spec.NO_KEY, 0, 0, 0, (0,) * 8, ())


EXAMPLE_ROWS = {
    1: row({0: 100, 1: -120}, mark=500, add_on=2),
    2: row({0: 80, 1: -30}, mark=40, short_floor=25, add_on=1),
    4096: row({0: -50, 1: 60}, mark=10, short_floor=5, add_on=3),
}
"""The table of the example in docs/statement.md."""

MCMILLAN = (
    0,
    0,
    3330,
    3330,
    -3330,
    -3330,
    6670,
    6670,
    -6670,
    -6670,
    10000,
    10000,
    -10000,
    -10000,
    7000,
    -7000,
)
"""S&P 500 future, in dollars: L. McMillan, Options as a Strategic Investment, chapter 34."""


def one(asset: int, value: int) -> tuple[int, ...]:
    """Return eight numbers of which one is not 0."""
    return tuple(value if i == asset else 0 for i in range(c.COLLATERALS))


def cases() -> dict[str, tuple[spec.Snapshot, spec.Account]]:
    """Return snapshot and account by name."""
    example = snapshot(EXAMPLE_ROWS, one(0, 80_000_000))
    future = snapshot({5: row(dict(enumerate(1_000_000 * value for value in MCMILLAN)))})
    edges = {
        **{i: spec.Row((TOP, -TOP) * 9, TOP, TOP) for i in range(6)},
        **{32767 - i: spec.Row((-TOP,) * 18, TOP, TOP) for i in range(13)},
    }
    extreme = snapshot(edges, (2**64 - 1,) * 8)
    spread = (0, 1, 7, 8, 63, 64, 511, 512, 4095, 4096, 8191, 12288, 16384, 20480, 24576, 32767)
    prices = tuple(scattered(f"price {i}", 60) for i in range(8))
    wide = snapshot(scattered_rows((*spread, 4669)), prices)
    local = range(4100, 4121)
    full = {
        4096 * (i % 8) + i // 8: row({i % 16: -i}, mark=i - 64, short_floor=i, add_on=1) for i in range(128)
    }
    amounts = tuple(scattered(f"amount {i}", 55) for i in range(8))

    def lots(i: int) -> int:
        return (scattered(f"lots {i}", 16) + 1) * (-1) ** (scattered(f"side {i}", 1))

    return {
        "nothing at all": (snapshot({}), blank()),
        "no positions": (snapshot({}), account([])),
        "one micro-quote of debt": (snapshot({}), account([], cash=-1)),
        "collateral only": (wide, account([], cash=-5, amounts=amounts)),
        "the documented example": (example, account([(1, 2), (2, -3), (4096, 4)], -700, one(0, 2))),
        "a future, long": (future, account([(5, 1)], 10_000_000_000)),
        "a future, short, one unit missing": (future, account([(5, -1)], 9_999_999_999)),
        "a hedge, long and short": (wide, account([(7, 12), (8, -12)], 10**18)),
        "empty slots between positions": (
            wide,
            account([(0, 0), (7, 12), *[(0, 0)] * 19, (0, -5), (0, 0), (8191, 4)], 10**17, amounts),
        ),
        "short options, the floor binds": (example, account([(2, -5)], 300)),
        "largest values, long": (
            extreme,
            account([(i, MOST) for i in range(6)], -(2**83), (2**64 - 1,) * 8),
        ),
        "largest values, short": (
            extreme,
            account([(one, -MOST) for i in range(6) for one in (i, 32767 - i)], 2**83 - 1),
        ),
        "largest values, all lost": (
            extreme,
            account([(32767 - i, MOST) for i in range(13)], -(2**83)),
        ),
        "thirteen positions, three underlyings": (
            wide,
            account([(i, lots(i)) for i in (*spread[:11], 4669, 32767)], 2**59, amounts),
        ),
        "twenty-one positions, one underlying": (
            snapshot(scattered_rows(tuple(local)), prices),
            account([(one, lots(i)) for i, one in enumerate(local)], 2**60, amounts),
        ),
        "128 positions, eight underlyings": (
            snapshot(full),
            account([(one, lots(i)) for i, one in enumerate(full)], 10**9),
        ),
    }


def digits(value: Any) -> Any:
    """Write integers as decimal strings, at any depth."""
    if isinstance(value, dict):
        return {key: digits(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [digits(item) for item in value]
    return str(value) if isinstance(value, int) else value


def snapshot_vector(given: spec.Snapshot) -> dict[str, Any]:
    rows = [
        {
            "instrument": instrument,
            "slots": line.slots,
            "shortFloor": line.short_floor,
            "addOn": line.add_on,
            "packed": spec.pack(line),
            "leaf": spec.leaf(line),
        }
        for instrument, line in sorted(given.table.rows.items())
    ]
    return {
        "rows": rows,
        "prices": given.prices,
        "paramsHash": given.params_hash,
        "timestamp": given.timestamp,
        "tableRoot": given.table.tree.root,
        "snapshotRoot": spec.snapshot_root(given),
    }


def account_vector(given: spec.Account) -> dict[str, Any]:
    return {
        "owner": given.owner,
        "number": given.number,
        "key": given.key,
        "viewKey": given.view_key,
        "nonce": given.nonce,
        "cash": given.cash,
        "amounts": given.amounts,
        "positions": [
            {"instrument": position.instrument, "lots": position.lots} for position in given.positions
        ],
        "orders": [{"sequence": entry.sequence, "filled": entry.filled} for entry in given.orders],
        "chunks": spec.chunks(given.positions),
        "ordersHash": spec.orders_hash(given.orders),
        "commitment": spec.commitment(given),
    }


def margin_vector(given: spec.Margin) -> dict[str, Any]:
    edge = given.equity * c.BPS_UNIT // (given.requirement * c.PICO_PER_MICRO) if given.requirement else -1
    claims = {*BPS, *(bps for bps in (edge, edge + 1) if 0 <= bps < 2**c.BPS_BITS)}
    lanes = [
        {
            "underlying": lane.underlying,
            "totals": lane.totals,
            "scan": lane.scan,
            "floor": lane.floor,
            "risk": lane.risk,
            "addOn": lane.add_on,
        }
        for lane in given.lanes
    ]
    return {
        "lanes": lanes,
        "requirement": given.requirement,
        "equity": given.equity,
        "healthy": [{"requirementBps": bps, "healthy": int(given.healthy(bps))} for bps in sorted(claims)],
    }


def vectors() -> str:
    """Return the content of the file."""
    listed = [
        {
            "name": name,
            "snapshot": snapshot_vector(data),
            "account": account_vector(held),
            "margin": margin_vector(spec.margin(held, data)),
        }
        for name, (data, held) in cases().items()
    ]
    constants = {"emptyChunk": c.EMPTY_CHUNK, "emptyOrders": c.EMPTY_ORDERS}
    content = {"source": "zkmargin.spec", **constants, "cases": listed}
    return json.dumps(digits(content), indent=1) + "\n"


def main() -> None:
    """Write or check the file."""
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text(encoding="utf-8") != vectors():
            sys.exit(f"{TARGET} differs from what the specification says; see tests/vectors/README.md")
        return
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(vectors(), encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
