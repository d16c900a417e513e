"""Rows, accounts and snapshots for the tests of the specification: fixed ones and Hypothesis strategies."""

from __future__ import annotations

from hypothesis import strategies as st

from zkmargin import spec
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import constants as c

TOP = 2**c.VALUE_BITS - 1
MOST = 2**c.LOT_BITS - 1
NO_AMOUNTS = (0,) * c.COLLATERALS

FIELD_ELEMENTS = st.integers(0, c.FIELD - 1)
VALUES = st.integers(-TOP, TOP) | st.sampled_from([-TOP, -1, 0, 1, TOP])
UNSIGNED_VALUES = st.integers(0, TOP) | st.sampled_from([0, 1, TOP])
LOTS = (st.integers(-MOST, MOST) | st.sampled_from([-MOST, -1, 1, MOST])).filter(bool)
ROWS = st.builds(
    spec.Row,
    st.lists(VALUES, min_size=spec.STANDARD.slots, max_size=spec.STANDARD.slots).map(tuple),
    UNSIGNED_VALUES,
    UNSIGNED_VALUES,
)
LISTED = (0, 1, 7, 8, 4095, 4096, 8191, 12288, 32767)
"""Instruments of the tables below, over five underlyings."""
POSITIONS = st.builds(spec.Position, st.sampled_from(LISTED), LOTS)
HELD = st.lists(POSITIONS, max_size=len(LISTED), unique_by=lambda position: position.instrument)
"""Positions of an account: no instrument twice."""
KEY, VIEW_KEY, ORDERS = spec.TradingKey(5, 6), 7, (spec.OrderFill(24, 3), *spec.NO_ORDERS[1:])
ONE_UNDERLYING = st.builds(spec.Position, st.sampled_from(LISTED[:5]), LOTS)
TABLES = st.fixed_dictionaries(dict.fromkeys(LISTED, ROWS))
CASH = st.integers(-(2**c.CASH_BITS), 2**c.CASH_BITS - 1)
UINT64 = st.integers(0, 2**64 - 1)
EIGHT = st.lists(UINT64, min_size=8, max_size=8).map(tuple)


def row(scenarios, *, mark=0, delta=0, short_floor=0, add_on=0):
    """Return a row with the given first scenarios; the others are 0."""
    scenarios = (*scenarios, *[0] * (spec.STANDARD.scenarios - len(scenarios)))
    return spec.Row((*scenarios, mark, delta), short_floor, add_on)


def account(positions=(), **others):
    """Return an account of positions, or of pairs of instrument and lots."""
    held = tuple(p if isinstance(p, spec.Position) else spec.Position(*p) for p in positions)
    values = {
        "owner": 1,
        "number": 4,
        "key": KEY,
        "view_key": VIEW_KEY,
        "nonce": 2,
        "cash": 0,
        "amounts": NO_AMOUNTS,
        "orders": ORDERS,
    }
    return spec.Account(**{**values, **others}, positions=held)


def spread(positions, empty):
    """Return positions with empty slots before some of them: one for each True."""
    return tuple(
        slot for one, hole in zip(positions, empty, strict=False) for slot in ([spec.EMPTY] * hole + [one])
    )


def snapshot(rows, prices=NO_AMOUNTS):
    """Return a snapshot over rows, hashed by the native core."""
    return spec.Snapshot(spec.build_table(rows, fast_hasher()), prices, 5, 1_700_000_000)


def margin_of(positions, rows, **rest):
    """Return the margin of positions under a table."""
    return spec.margin(account(positions, **rest), snapshot(rows))
