"""Published openings: the elements of an account, the account that they are read as, and their value at a point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.spec_values import CASH, EIGHT, FIELD_ELEMENTS, HELD, UINT64, account, row, snapshot, spread
from zkmargin import spec
from zkmargin.spec import constants as c

native = pytest.importorskip("zkmargin_native")

ENTRIES = st.builds(spec.OrderFill, st.integers(0, 2**40 - 1), st.integers(0, 2**31 - 1))
ACCOUNTS = st.builds(
    lambda held, empty, **values: account(spread(held, empty), **values),
    HELD,
    st.lists(st.booleans(), min_size=9, max_size=9),
    owner=st.integers(0, 2**160 - 1),
    number=st.integers(0, 2**40 - 1),
    key=st.builds(spec.TradingKey, FIELD_ELEMENTS, FIELD_ELEMENTS),
    view_key=st.integers(0, 2**248 - 1),
    nonce=UINT64,
    cash=CASH,
    amounts=EIGHT,
    orders=st.lists(ENTRIES, min_size=24, max_size=24).map(tuple),
)
EMPTY = sum(2**46 << 47 * j for j in range(5))


def test_the_elements_stand_in_the_order_of_the_statement():
    orders = tuple(spec.OrderFill(place + 1, place) for place in range(24))
    held = account([(7, 2), (0, 0), (4096, -1)], cash=-9, amounts=tuple(range(31, 39)), orders=orders)
    elements = spec.opening_elements(held, 13)
    assert elements[:7] == (1, 4, 5, 6, 7, 2, c.FIELD - 9)
    assert elements[7:15] == tuple(range(31, 39))
    assert elements[15] == 1 + (2 << 72) + (1 << 112) + (3 << 144) + (2 << 184)
    assert len(elements[15:23]) == 8
    first = 7 + (2**31 + 2 << 15)
    third = 4096 + (2**31 - 1 << 15)
    assert elements[23:] == (
        first + (2**46 << 47) + (third << 94) + (2**46 << 141) + (2**46 << 188),
        EMPTY,
        EMPTY,
    )


@pytest.mark.parametrize(("positions", "count"), [(1, 24), (5, 24), (6, 25), (13, 26), (30, 29), (128, 49)])
def test_a_circuit_of_n_positions_has_so_many_elements(positions, count):
    assert len(spec.opening_elements(account(), positions)) == count


@given(ACCOUNTS, st.sampled_from([18, 20, 21, 64, 128]))
def test_an_account_is_read_as_it_was(held, positions):
    assert spec.account_of(spec.opening_elements(held, positions)) == held


def test_the_largest_account_is_read_as_it_was():
    held = account([(i, 2**31 - 1) for i in range(128)])
    assert spec.account_of(spec.opening_elements(held, 128)) == held


def test_an_account_that_does_not_fit_has_no_elements():
    with pytest.raises(spec.SpecError, match="positions: more than the circuit's 2"):
        spec.opening_elements(account([(1, 1), (2, 1), (3, 1)]), 2)


GOOD = spec.opening_elements(account([(7, 2)], cash=-9), 7)
OTHERS = [
    (0, 2**160, "owner"),
    (1, 2**40, "number"),
    (2, c.FIELD, r"elements\[2\]"),
    (4, 2**248, "viewKey"),
    (5, 2**64, "nonce"),
    (6, 2**83, "cash"),
    (6, c.FIELD - 2**83 - 1, "cash"),
    (14, 2**64, r"amounts\[7\]"),
    (15, 2**216, r"elements\[15\]"),
    (22, 2**71, r"orders\[21\].filled"),
    (23, 2**235, r"elements\[23\]"),
    (23, GOOD[23] - (2**31 + 2 << 15), r"positions\[0\].lots"),  # -2^31 lots
    (24, 0, r"positions\[5\].lots"),
    (24, EMPTY + 1, r"positions\[5\].lots: must not be 0; an empty slot"),
    (24, -1, r"elements\[24\]"),
]


@pytest.mark.parametrize(("place", "value", "key"), OTHERS)
def test_values_out_of_range_are_refused_on_reading(place, value, key):
    with pytest.raises(spec.SpecError, match=f"^{key}"):
        spec.account_of((*GOOD[:place], value, *GOOD[place + 1 :]))


@pytest.mark.parametrize("elements", [(), GOOD[:23], (*GOOD, *[EMPTY] * 25), list(GOOD)])
def test_lists_of_another_length_are_refused(elements):
    with pytest.raises(spec.SpecError, match="elements: expected a tuple of 24 to 49"):
        spec.account_of(elements)


def test_slots_beyond_the_largest_account_are_refused():
    last = EMPTY + (2**15 << 47 * 3)
    with pytest.raises(spec.SpecError, match="positions: expected a tuple of at most 128"):
        spec.account_of((*GOOD[:23], *[EMPTY] * 25, last))


SNAPSHOT = snapshot({7: row([-3, 4], mark=2, short_floor=5, add_on=6)}, prices=(10**6,) * 8)
SHAPE = spec.Shape(2, 6, disclosed=True)


def test_a_disclosure_shows_both_sides_of_health_and_the_value_of_the_opening():
    held = account([(0, 0), (7, 2)], cash=-40, amounts=(5,) * 8)
    made = spec.disclosure_inputs(held, SNAPSHOT, SHAPE, 8, 9, hasher=native.poseidon)
    value = sum(element * 9**i for i, element in enumerate(spec.opening_elements(held, 6))) % c.FIELD
    equity = (-40 + 2 * 2) * 10**6 + 8 * 5 * 10**6
    commitment, root = spec.commitment(held, native.poseidon), spec.snapshot_root(SNAPSHOT, native.poseidon)
    assert made.public.disclosed == (equity, 6 + 12, value, 9)
    assert made.all_public == (commitment, root, equity, 18, value, 8, 9)
    assert made.signals["account"]["orders"] == native.poseidon(made.signals["orders"])
    assert "viewKey" not in repr(made)


def test_a_negative_equity_is_shown_modulo_r():
    made = spec.disclosure_inputs(account(cash=-1), SNAPSHOT, SHAPE, 8, 9, hasher=native.poseidon)
    assert made.all_public[2] == c.FIELD - 10**6


@given(st.integers(-(2**132), 2**132), st.integers(0, 2**87), st.integers(0, 2**20 - 1))
def test_health_follows_from_what_is_disclosed(equity, requirement, bps):
    shown = spec.Disclosed(equity, requirement, 0, 0)
    assert shown.healthy(bps) == spec.Margin((), requirement, equity).healthy(bps)


def test_a_claim_of_more_than_20_bits_has_no_health():
    with pytest.raises(spec.SpecError, match="requirementBps"):
        spec.Disclosed(0, 0, 0, 0).healthy(2**20)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ((SHAPE, c.FIELD, 9), "context"),
        ((SHAPE, 8, -1), "z"),
        ((spec.Shape(1, 6, spec.WIDE, disclosed=True), 8, 9), "layout"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, key):
    with pytest.raises(spec.SpecError, match=f"^{key}: "):
        spec.disclosure_inputs(account(), SNAPSHOT, *arguments, hasher=native.poseidon)


def test_a_disclosure_circuit_has_no_inputs_of_a_margin_proof():
    with pytest.raises(spec.SpecError, match="disclosed: a disclosure circuit has other inputs"):
        spec.circuit_inputs(account(), SNAPSHOT, SHAPE, 10_000, 8, hasher=native.poseidon)
