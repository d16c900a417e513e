"""Accounts, their bounds and their commitment."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.spec_values import MOST, POSITIONS, account
from zkmargin import spec
from zkmargin.spec import constants as c
from zkmargin.spec.account import chunk, element

native = pytest.importorskip("zkmargin_native")

SLOTS = st.lists(st.tuples(st.integers(0, 2**15 - 1), st.integers(-MOST, MOST)), min_size=5, max_size=5)


def slots_of(packed):
    """Undo `element`."""
    digits = [(packed >> 47 * j) % 2**47 for j in range(5)]
    return [(digit % 2**15, (digit >> 15) - 2**31) for digit in digits]


class TestElement:
    @given(SLOTS)
    def test_round_trip(self, slots):
        assert slots_of(element(slots)) == slots

    @pytest.mark.parametrize("lots", [MOST, -MOST, 0])
    def test_round_trip_of_the_extremes(self, lots):
        slots = [(32767, lots)] * 5
        assert slots_of(element(slots)) == slots
        assert element(slots) < 2**235

    def test_by_hand(self):
        empty = sum(2**46 << 47 * j for j in range(5))
        assert element([(0, 0)] * 5) == empty
        assert element([(3, -2)] + [(0, 0)] * 4) == empty + 3 - 2 * 2**15


class TestCommitment:
    def test_the_empty_chunk_is_a_constant(self):
        assert chunk((), native.poseidon) == c.EMPTY_CHUNK

    @given(st.lists(POSITIONS, max_size=45), st.integers(0, 95))
    def test_does_not_depend_on_the_circuit(self, positions, room):
        """A circuit of N positions hashes ceil(N / 20) chunks and takes the constant for the others."""
        held = account(positions)
        used = -(-(len(positions) + room) // 20)
        lots = [(p.instrument, p.lots) for p in held.positions]
        lots += [(0, 0)] * (20 * used - len(lots))
        elements = [element(lots[i : i + 5]) for i in range(0, 20 * used, 5)]
        chunks = [native.poseidon(elements[i : i + 4]) for i in range(0, 4 * used, 4)]
        chunks += [c.EMPTY_CHUNK] * (7 - used)
        assert spec.positions_hash(held.positions, native.poseidon) == native.poseidon(chunks)

    @settings(deadline=None, max_examples=10)  # the plain hash is slow
    @given(st.lists(POSITIONS, max_size=4))
    def test_the_plain_hash_and_the_native_one_agree(self, positions):
        held = account(positions, cash=-7)
        assert spec.commitment(held) == spec.commitment(held, native.poseidon)

    @pytest.mark.parametrize(
        "other",
        [
            account([(5, 1), (6, 2)], cash=-1, salt=4),
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


class TestBounds:
    GOOD = {  # noqa: RUF012
        "owner": c.FIELD - 1,
        "nonce": 0,
        "salt": 1,
        "cash": 2**83 - 1,
        "amounts": (2**64 - 1,) * 8,
        "positions": (spec.Position(32767, MOST), spec.Position(0, -MOST)) * 64,
    }

    def test_the_largest_account(self):
        spec.Account(**self.GOOD)
        spec.Account(**{**self.GOOD, "cash": -(2**83)})

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"owner": c.FIELD}, "owner"),
            ({"nonce": -1}, "nonce"),
            ({"salt": c.FIELD}, "salt"),
            ({"salt": 1.0}, "salt"),
            ({"cash": 2**83}, "cash"),
            ({"cash": -(2**83) - 1}, "cash"),
            ({"cash": True}, "cash"),
            ({"amounts": (0,) * 9}, "amounts"),
            ({"amounts": [0] * 8}, "amounts"),
            ({"amounts": (0, 0, 2**64) + (0,) * 5}, "amounts[2]"),
            ({"amounts": (-1,) + (0,) * 7}, "amounts[0]"),
            ({"positions": (spec.Position(1, 1),) * 129}, "positions"),
            ({"positions": [spec.Position(1, 1)]}, "positions"),
        ],
    )
    def test_one_beyond(self, change, key):
        with pytest.raises(spec.SpecError) as caught:
            spec.Account(**{**self.GOOD, **change})
        assert caught.value.key == key

    @pytest.mark.parametrize("lots", [0, MOST + 1, -MOST - 1, 1.0, True])
    def test_lots(self, lots):
        with pytest.raises(spec.SpecError, match=r"^lots: "):
            spec.Position(0, lots)

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
        held = account([(7, 123_456)], cash=987_654, salt=555_555)
        for value in (held, held.positions[0]):
            assert not re.search(r"123456|987654|555555", repr(value))

    def test_an_error_seen_from_outside_has_the_longer_key(self):
        with pytest.raises(spec.SpecError) as caught:
            spec.Position(0, 0)
        outer = caught.value.within("positions[3]")
        assert (outer.key, outer.reason) == ("positions[3].lots", caught.value.reason)
        assert str(outer) == f"positions[3].lots: {caught.value.reason}"
