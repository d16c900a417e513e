"""The constants of the statement: field, bit widths, counts. ``docs/statement.md`` justifies them."""

from __future__ import annotations

FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""r, the order of BN254's scalar field. A negative number x is represented as r + x."""

# The risk table.
SLOTS_PER_ELEMENT = 3
SLOT_BITS = 84
"""The width of a slot in a packed element; three slots stay below 253 bits."""
VALUE_BITS = 44
"""Table values are below 2^44 in magnitude: signed in slots, unsigned as shortFloor and addOn."""

# The tree over the table.
ARITY = 8
INSTRUMENT_LEVELS = 4
INSTRUMENTS: int = ARITY**INSTRUMENT_LEVELS
"""The instruments of one underlying: 4096, the leaves of one subtree."""
UNDERLYINGS = ARITY
TREE_LEVELS = INSTRUMENT_LEVELS + 1
ID_BITS = 15

# The account.
OWNER_BITS = 160
"""An owner is an address."""
ACCOUNT_BITS = 40
"""An account's number in its house; 0 outside of one."""
VIEW_KEY_BITS = 248
NONCE_BITS = 64
LOT_BITS = 31
"""Lots are below 2^31 in magnitude."""
CASH_BITS = 83
"""-2^83 <= cash < 2^83."""
AMOUNT_BITS = 64
PRICE_BITS = 64
COLLATERALS = 8
MAX_POSITIONS = 128
POSITION_BITS = ID_BITS + LOT_BITS + 1
POSITIONS_PER_ELEMENT = 5
ELEMENTS_PER_CHUNK = 4
POSITIONS_PER_CHUNK = POSITIONS_PER_ELEMENT * ELEMENTS_PER_CHUNK
CHUNKS = 7
"""The chunks of a commitment: 140 slots, of which the first 128 are used."""
EMPTY_CHUNK = 5499919516371622625539305049310110536860339886070542086856822260815147503572
"""The chunk of 20 empty slots, which a circuit uses for positions beyond its size."""

# The order table of an account.
ORDER_PLACES = 24
"""An order's place is its sequence mod 24."""
SEQUENCE_BITS = 40
FILLED_BITS = 32
"""Filled lots are below 2^31; their field in an element has 32 bits."""
PLACES_PER_ELEMENT = 3
EMPTY_ORDERS = 1524321216038799095937469147836866648978083754965002674906449126183454401066
"""The hash of a table without orders, which a circuit gives a new account."""

# Orders, quote sheets and their fills.
QUOTE_BITS = 44
"""Limits and prices of fills: -2^44 <= price < 2^44, in micro-quote per lot."""
FEE_BITS = 44
"""Fee rates are below 2^44 micro-quote per lot."""
CLOCK_BITS = 40
"""Times of orders and fills are Unix times in seconds, below 2^40."""
SEQUENCES_PER_SECOND = 256
"""A sequence is at most this many times the time of the fill."""
SHEET_LEVELS = 4
SHEET_ENTRIES: int = ARITY**SHEET_LEVELS
"""The entries of a quote sheet: 4096."""

# The claim.
TIMESTAMP_BITS = 64
BPS_BITS = 20
BPS_UNIT = 10_000
"""The requirementBps of maintenance margin."""
PICO_PER_MICRO = 10**6
