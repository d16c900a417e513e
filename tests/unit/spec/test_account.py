"""Accounts, their bounds and their commitment."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.circuits import ROOT
from support.spec_values import HELD, MOST, POSITIONS, account
from zkmargin import spec
from zkmargin.spec import constants as c
from zkmargin.spec.account import chunk, element

native = pytest.importorskip("zkmargin_native")

SLOTS = st.lists(POSITIONS | st.just(spec.EMPTY), min_size=5, max_size=5)


def slots_of(packed):
    """Undo `element`."""
    digits = [(packed >> 47 * j) % 2**47 for j in range(5)]
    return [(digit % 2**15, (digit >> 15) - 2**31) for digit in digits]


class TestElement:
    @given(SLOTS)
    def test_round_trip(self, slots):
        assert slots_of(element(slots)) == [(slot.instrument, slot.lots) for slot in slots]

    @pytest.mark.parametrize("lots", [MOST, -MOST])
    def test_round_trip_of_the_extremes(self, lots):
        slots = [spec.Position(32767, lots)] * 5
        assert slots_of(element(slots)) == [(32767, lots)] * 5
        assert element(slots) < 2**235

    def test_by_hand(self):
        empty = sum(2**46 << 47 * j for j in range(5))
        assert element([spec.EMPTY] * 5) == empty
        assert element([spec.Position(3, -2)] + [spec.EMPTY] * 4) == empty + 3 - 2 * 2**15


class TestCommitment:
    def test_the_empty_lists_are_constants(self):
        assert chunk((), native.poseidon) == c.EMPTY_CHUNK
        assert spec.orders_hash(spec.NO_ORDERS, native.poseidon) == c.EMPTY_ORDERS
        source = (ROOT / "circuits" / "account" / "commitment.circom").read_text(encoding="utf-8")
        assert all(source.count(f"return {constant};") == 1 for constant in (c.EMPTY_CHUNK, c.EMPTY_ORDERS))

    def test_the_layout_by_hand(self):
        orders = tuple(spec.OrderFill(sequence, 100 + sequence) for sequence in range(24, 48))
        held = account([(5, 1)], cash=-1, orders=orders)
        elements = [
            sum((24 + 3 * e + j + (124 + 3 * e + j << 40)) << 72 * j for j in range(3)) for e in range(8)
        ]
        first = chunk((spec.Position(5, 1),), native.poseidon)
        assert spec.commitment(held, native.poseidon) == native.poseidon(
            [
                *(1, 4, 5, 6, 7, 2, c.FIELD - 1),
                native.poseidon([0] * 8),
                native.poseidon(elements),
                *(first, *[c.EMPTY_CHUNK] * 6),
            ]
        )

    @given(st.lists(POSITIONS, max_size=45), st.integers(0, 95))
    def test_does_not_depend_on_the_circuit(self, positions, room):
        """A circuit of N positions hashes ceil(N / 20) chunks and takes the constant for the others."""
        held = account(positions)
        used = -(-(len(positions) + room) // 20)
        lots = [(p.instrument, p.lots) for p in held.positions]
        lots += [(0, 0)] * (20 * used - len(lots))
        slots = [spec.Position(*one) for one in lots]
        elements = [element(slots[i : i + 5]) for i in range(0, 20 * used, 5)]
        chunks = [native.poseidon(elements[i : i + 4]) for i in range(0, 4 * used, 4)]
        chunks += [c.EMPTY_CHUNK] * (7 - used)
        assert spec.chunks(held.positions, native.poseidon) == tuple(chunks)

    @settings(deadline=None, max_examples=10)  # the plain hash is slow
    @given(HELD)
    def test_the_plain_hash_and_the_native_one_agree(self, positions):
        held = account(positions, cash=-7)
        assert spec.commitment(held) == spec.commitment(held, native.poseidon)

    @pytest.mark.parametrize(
        "other",
        [
            account([(5, 1), (6, 2)], cash=-1, owner=2),
            account([(5, 1), (6, 2)], cash=-1, nonce=3),
            account([(5, 1), (0, 0), (6, 2)], cash=-1),
            account([(0, 0), (5, 1), (6, 2)], cash=-1),
            account([(5, 1), (6, 2)], cash=-2),
            account([(5, 1), (6, 2)], cash=-1, amounts=(0, 1) + (0,) * 6),
            account([(5, -1), (6, 2)], cash=-1),
            account([(4101, 1), (6, 2)], cash=-1),
            account([(6, 2), (5, 1)], cash=-1),
            account([(5, 1)], cash=-1),
            account([(5, 1), (6, 2), (0, 1)], cash=-1),
        ],
    )
    def test_another_account_has_another_commitment(self, other):
        held = account([(5, 1), (6, 2)], cash=-1)
        assert spec.commitment(held, native.poseidon) != spec.commitment(other, native.poseidon)

    @pytest.mark.parametrize(
        "other",
        [
            {"number": 5},
            {"key": spec.TradingKey(5, 7)},
            {"key": spec.TradingKey(6, 5)},
            {"key": spec.NO_KEY},
            {"view_key": 8},
            {"orders": spec.NO_ORDERS},
            {"orders": (spec.OrderFill(24, 4), *spec.NO_ORDERS[1:])},
            {"orders": (spec.OrderFill(48, 3), *spec.NO_ORDERS[1:])},
            {"orders": (spec.NO_ORDERS[0], spec.OrderFill(24, 3), *spec.NO_ORDERS[2:])},
        ],
    )
    def test_clearing_attack_another_number_key_or_order_table_is_another_account(self, other):
        held = account([(5, 1)])
        changed = account([(5, 1)], **other)
        assert spec.commitment(held, native.poseidon) != spec.commitment(changed, native.poseidon)


class TestBounds:
    GOOD = {  # noqa: RUF012
        "owner": 2**160 - 1,
        "number": 2**40 - 1,
        "key": spec.TradingKey(c.FIELD - 1, c.FIELD - 1),
        "view_key": 2**248 - 1,
        "nonce": 2**64 - 1,
        "cash": 2**83 - 1,
        "amounts": (2**64 - 1,) * 8,
        "positions": (spec.Position(32767, MOST), spec.EMPTY, *[spec.Position(0, -MOST)] * 126),
        "orders": (spec.OrderFill(2**40 - 1, MOST),) * 24,
    }

    def test_the_largest_account(self):
        spec.Account(**self.GOOD)
        spec.Account(**{**self.GOOD, "cash": -(2**83), "number": 0, "view_key": 0, "nonce": 0})

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"owner": 2**160}, "owner"),
            ({"number": 2**40}, "number"),
            ({"number": -1}, "number"),
            ({"key": spec.TradingKey(c.FIELD, 1)}, "key.x"),
            ({"key": spec.TradingKey(1, -1)}, "key.y"),
            ({"view_key": 2**248}, "viewKey"),
            ({"view_key": 1.0}, "viewKey"),
            ({"nonce": -1}, "nonce"),
            ({"nonce": 2**64}, "nonce"),
            ({"cash": 2**83}, "cash"),
            ({"cash": -(2**83) - 1}, "cash"),
            ({"cash": True}, "cash"),
            ({"amounts": (0,) * 9}, "amounts"),
            ({"amounts": [0] * 8}, "amounts"),
            ({"amounts": (0, 0, 2**64) + (0,) * 5}, "amounts[2]"),
            ({"amounts": (-1,) + (0,) * 7}, "amounts[0]"),
            ({"positions": (spec.Position(1, 1),) * 129}, "positions"),
            ({"positions": [spec.Position(1, 1)]}, "positions"),
            ({"positions": (spec.Position(1, 1), spec.EMPTY)}, "positions"),
            ({"orders": spec.NO_ORDERS[1:]}, "orders"),
            ({"orders": (spec.OrderFill(2**40, 0), *spec.NO_ORDERS[1:])}, "orders[0].sequence"),
            ({"orders": (*spec.NO_ORDERS[1:], spec.OrderFill(0, 2**31))}, "orders[23].filled"),
        ],
    )
    def test_one_beyond(self, change, key):
        with pytest.raises(spec.SpecError) as caught:
            spec.Account(**{**self.GOOD, **change})
        assert caught.value.key == key

    @pytest.mark.parametrize("lots", [0, MOST + 1, -MOST - 1, 1.0, True])
    def test_lots(self, lots):
        with pytest.raises(spec.SpecError, match=r"^lots: "):
            spec.Position(1, lots)

    def test_an_empty_slot_is_instrument_0_without_lots(self):
        assert spec.Position(0, 0) == spec.EMPTY
        held = account([(0, 0), (0, 3), (0, 0), (5, 1)])
        assert held.held == (spec.Position(0, 3), spec.Position(5, 1))

    @pytest.mark.parametrize("instrument", [-1, 32768, 0.0])
    def test_instruments(self, instrument):
        with pytest.raises(spec.SpecError, match=r"^instrument: "):
            spec.Position(instrument, 1)

    def test_an_id_is_underlying_and_index(self):
        position = spec.Position(3 * 4096 + 17, 1)
        assert (position.underlying, position.index) == (3, 17)


class TestSecrecy:
    def test_errors_carry_no_value(self):
        secret = 2**83 + 123_456_789
        with pytest.raises(spec.SpecError) as caught:
            account(cash=secret)
        assert not re.search(r"\d{6}", str(caught.value))

    def test_nothing_secret_has_a_repr(self):
        held = account([(7, 123_456)], cash=987_654, view_key=555_555)
        for value in (held, held.positions[0]):
            assert not re.search(r"123456|987654|555555", repr(value))

    def test_an_error_seen_from_outside_has_the_longer_key(self):
        with pytest.raises(spec.SpecError) as caught:
            spec.Position(1, 0)
        outer = caught.value.within("positions[3]")
        assert (outer.key, outer.reason) == ("positions[3].lots", caught.value.reason)
        assert str(outer) == f"positions[3].lots: {caught.value.reason}"
