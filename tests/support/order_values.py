"""Secrets, signed orders and sheets for tests: fixed ones and Hypothesis strategies."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from hypothesis import strategies as st

from zkmargin.native_hash import fast_hasher
from zkmargin.spec import constants as c
from zkmargin.spec.eddsa import BASE8, IDENTITY, SUBGROUP_ORDER, Point, Signature, add, multiply
from zkmargin.spec.orders import Entry, Fill, Holder, Order, Sheet, Side

NOW = 1_700_000_000
HOLDER = Holder(domain=77, owner=0xABCD, account=3)
ORDER = Order(4097, Side.BUY, most_lots=10, limit=500, sequence=25, expiry=NOW + 60, fee_rate=7)
SHEET = Sheet(cap=12, sequence=49, expiry=NOW + 60, fee_rate=7)
ENTRY = Entry(4097, bid=490, ask=510, size=10)
FILL = Fill(4097, Side.BUY, lots=4, price=480, rate=5, time=NOW)

GENERATOR: Point = (
    995203441582195749578291179787384436505546430278305826713579947235728471134,
    5472060717959818805561601436314318772137091100104008585924551046643952123905,
)
"""circomlib's generator of the whole curve, whose order is eight times that of the subgroup."""
TORSION: Point = multiply(GENERATOR, SUBGROUP_ORDER)
"""A point of order 8."""
LOW_ORDER = [multiply(TORSION, i) for i in range(8)]
"""All points of low order."""


def secret(label):
    """Return 32 bytes for a label."""
    return hashlib.sha256(label.encode()).digest()


def sells(order=ORDER, **changes):
    """Return an order to sell."""
    return replace(order, side=Side.SELL, **changes)


def forge(scalar, key, message, nonce=5, r8=None):
    """Sign with a key that need not be the scalar's: S = nonce + h scalar, whatever the key is."""
    r8 = multiply(BASE8, nonce) if r8 is None else r8
    challenge = fast_hasher()((*r8, *key, message))
    return Signature(r8, (nonce + challenge * 8 * scalar) % SUBGROUP_ORDER)


def shifted(point, by=TORSION):
    """Return a point moved by one of low order."""
    assert by != IDENTITY
    return add(point, by)


IDS = st.integers(0, 2**c.ID_BITS - 1)
SIDES = st.sampled_from(Side)
SIZES = st.integers(0, 2**c.LOT_BITS - 1) | st.sampled_from([0, 1, 2**c.LOT_BITS - 1])
_EDGE = 2**c.QUOTE_BITS
PRICES = st.integers(-_EDGE, _EDGE - 1) | st.sampled_from([-_EDGE, -1, 0, 1, _EDGE - 1])
FEES = st.integers(0, 2**c.FEE_BITS - 1)
SEQUENCES = st.integers(0, 2**c.SEQUENCE_BITS - 1)
TIMES = st.integers(0, 2**c.CLOCK_BITS - 1)
ORDERS = st.builds(Order, IDS, SIDES, SIZES, PRICES, SEQUENCES, TIMES, FEES)
SHEETS = st.builds(Sheet, SIZES, SEQUENCES, TIMES, FEES)
ENTRIES = st.builds(Entry, IDS, PRICES, PRICES, SIZES)
FILLS = st.builds(Fill, IDS, SIDES, SIZES.filter(bool), PRICES, FEES, TIMES)
HOLDERS = st.builds(
    Holder,
    st.integers(0, c.FIELD - 1),
    st.integers(0, 2**c.OWNER_BITS - 1),
    st.integers(0, 2**c.ACCOUNT_BITS - 1),
)
