"""Rows, their packing, and the tree over them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.spec_values import FIELD_ELEMENTS, ROWS, TOP, VALUES, row, snapshot
from zkmargin import spec
from zkmargin.spec import constants as c

native = pytest.importorskip("zkmargin_native")

LEAVES = st.dictionaries(st.integers(0, 2**c.ID_BITS - 1), FIELD_ELEMENTS, max_size=12)


class TestPacking:
    @given(ROWS)
    def test_round_trip(self, line):
        assert spec.unpack(spec.pack(line)) == line.slots

    @pytest.mark.parametrize("value", [TOP, -TOP, 0, 1, -1])
    def test_round_trip_of_the_extremes(self, value):
        for slots in ((value,) * 18, (value, -value) * 9, (0, 0, value) * 6, (value, -value) * 21):
            assert spec.unpack(spec.pack(spec.Row(slots, 0, 0))) == slots

    def test_by_hand(self):
        first, second, *rest = spec.pack(row([1, 2, 3, -1]))
        assert first == 1 + 2 * 2**84 + 3 * 2**168
        assert second == c.FIELD - 1
        assert rest == [0] * 4

    @given(ROWS, ROWS, st.integers(-(2**31) + 1, 2**31 - 1), st.integers(-(2**31) + 1, 2**31 - 1))
    def test_is_linear_up_to_the_width_of_a_slot(self, a, b, x, y):
        """A weighted sum of packed rows is the packed weighted sum, on which the circuit relies."""
        sums = [(x * p + y * q) % c.FIELD for p, q in zip(spec.pack(a), spec.pack(b), strict=True)]
        totals = [x * v + y * w for v, w in zip(a.slots, b.slots, strict=True)]
        for k, element in enumerate(sums):
            group = totals[3 * k : 3 * k + 3]
            assert sum(total << 84 * j for j, total in enumerate(group)) % c.FIELD == element

    @given(st.lists(st.tuples(VALUES, VALUES), min_size=3, max_size=3))
    def test_two_splits_never_meet(self, pairs):
        """Two splits of the same sum are equal, even for the widest totals of 83 bits and a sign."""
        a, b = ([value << 39 for value in side] for side in zip(*pairs, strict=True))
        same = sum(x << 84 * j for j, x in enumerate(a)) % c.FIELD == (
            sum(x << 84 * j for j, x in enumerate(b)) % c.FIELD
        )
        assert same == (a == b)

    @given(FIELD_ELEMENTS)
    def test_unpack_accepts_only_packed_values(self, element):
        packed = (element, 0, 0, 0, 0, 0)
        try:
            slots = spec.unpack(packed)
        except spec.SpecError:
            return
        assert spec.pack(spec.Row(slots, 0, 0)) == packed

    @pytest.mark.parametrize(
        ("packed", "key"),
        [
            ((TOP + 1, 0, 0, 0, 0, 0), "slots[0]"),
            ((0, (TOP + 1) << 84, 0, 0, 0, 0), "slots[4]"),
            ((0, 0, 0, 0, 0, c.FIELD - ((TOP + 1) << 168)), "slots[17]"),
            ((1 << 251, 0, 0, 0, 0, 0), "packed[0]"),
            ((0, c.FIELD, 0, 0, 0, 0), "packed[1]"),
            ((0,) * 5, "packed"),
        ],
    )
    def test_unpack_names_the_malformed_element(self, packed, key):
        with pytest.raises(spec.SpecError) as caught:
            spec.unpack(packed)
        assert caught.value.key == key


class TestRow:
    def test_bounds(self):
        spec.Row((TOP,) * 18, TOP, TOP)
        spec.Row((-TOP,) * 18, 0, 0)

    @pytest.mark.parametrize("slot", range(spec.STANDARD.slots))
    @pytest.mark.parametrize("value", [TOP + 1, -TOP - 1, 0.0, None])
    def test_every_slot_is_checked(self, slot, value):
        slots = tuple(value if s == slot else 0 for s in range(spec.STANDARD.slots))
        with pytest.raises(spec.SpecError, match=rf"^slots\[{slot}\]: (must|expected) "):
            spec.Row(slots, 0, 0)

    @pytest.mark.parametrize("value", [TOP + 1, -1, 0.5])
    def test_charges_are_checked(self, value):
        with pytest.raises(spec.SpecError, match=r"^shortFloor: (must|expected) "):
            spec.Row((0,) * 18, value, 0)
        with pytest.raises(spec.SpecError, match=r"^addOn: (must|expected) "):
            spec.Row((0,) * 18, 0, value)

    @pytest.mark.parametrize("slots", [(0,) * 17, (0,) * 19, [0] * 18])
    def test_has_18_slots(self, slots):
        with pytest.raises(spec.SpecError, match=r"^slots: expected a tuple of 18"):
            spec.Row(slots, 0, 0)


class TestTree:
    @given(LEAVES)
    def test_the_root_is_the_native_cores(self, leaves):
        full = [leaves.get(i, 0) for i in range(max(leaves, default=-1) + 1)]
        assert spec.build_tree(leaves, native.poseidon).root == native.merkle8_root(full, c.TREE_LEVELS)

    @settings(deadline=None)
    @given(LEAVES, st.integers(0, 2**c.ID_BITS - 1))
    def test_paths_lead_to_the_root_at_their_position_only(self, leaves, position):
        tree = spec.build_tree(leaves, native.poseidon)
        path = [tree.children(level, position // 8**level) for level in range(1, c.TREE_LEVELS + 1)]
        leaf = leaves.get(position, 0)
        assert spec.is_path(leaf, position, path, tree.root, native.poseidon)
        assert not spec.is_path((leaf + 1) % c.FIELD, position, path, tree.root, native.poseidon)
        assert not spec.is_path(leaf, position, path, (tree.root + 1) % c.FIELD, native.poseidon)
        # An inner node does not pose as a leaf: its path is too short, or has to be made longer.
        assert not spec.is_path(
            path[1][position // 8 % 8], position // 8, path[1:], tree.root, native.poseidon
        )

    @given(st.sets(st.integers(0, 2**c.ID_BITS - 1), min_size=2, max_size=8), st.data())
    def test_a_row_is_not_found_under_another_id(self, instruments, data):
        tree = spec.build_tree({i: i + 1 for i in instruments}, native.poseidon)
        own, other = data.draw(st.permutations(sorted(instruments)))[:2]
        path = [tree.children(level, own // 8**level) for level in range(1, c.TREE_LEVELS + 1)]
        assert not spec.is_path(own + 1, other, path, tree.root, native.poseidon)

    def test_hashes_only_what_is_not_empty(self):
        count = 0

        def counting(inputs):
            nonlocal count
            count += 1
            return native.poseidon(inputs)

        spec.build_table({0: row([1]), 32767: row([2])}, counting)
        assert count == 2 + 9 + 5, "two leaves, nine nodes above them, five empty subtrees"

    @pytest.mark.parametrize("instrument", [-1, 2**c.ID_BITS, 1.0])
    def test_ids_have_15_bits(self, instrument):
        with pytest.raises(spec.SpecError, match=r"^instrument: (must|expected) "):
            spec.build_table({instrument: row([])}, native.poseidon)
        with pytest.raises(spec.SpecError, match=r"^position: (must|expected) "):
            spec.build_tree({instrument: 0}, native.poseidon)

    def test_leaves_are_field_elements(self):
        with pytest.raises(spec.SpecError, match=r"^leaf: expected a field element"):
            spec.build_tree({0: c.FIELD}, native.poseidon)

    def test_a_table_keeps_its_own_rows(self):
        rows = {3: row([1])}
        table = spec.build_table(rows, native.poseidon)
        rows.clear()
        assert table.rows == {3: row([1])}


class TestSnapshot:
    def test_root_by_its_formula(self):
        rows, prices = {9: row([5], add_on=2)}, tuple(range(8))
        line = native.poseidon([5, 0, 0, 0, 0, 0, 0, 2])
        table = native.merkle8_root([0] * 9 + [line], 5)
        root = native.poseidon([table, native.poseidon(prices), 5, 1_700_000_000])
        assert spec.snapshot_root(snapshot(rows, prices)) == root

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"prices": (0,) * 7}, "prices"),
            ({"prices": (0,) * 7 + (2**64,)}, "prices[7]"),
            ({"prices": (-1,) + (0,) * 7}, "prices[0]"),
            ({"params_hash": c.FIELD}, "paramsHash"),
            ({"params_hash": -1}, "paramsHash"),
            ({"timestamp": 2**64}, "timestamp"),
            ({"timestamp": -1}, "timestamp"),
        ],
    )
    def test_bounds(self, change, key):
        table = spec.build_table({}, native.poseidon)
        good = {"prices": (2**64 - 1,) * 8, "params_hash": c.FIELD - 1, "timestamp": 2**64 - 1}
        spec.Snapshot(table, **good)
        with pytest.raises(spec.SpecError) as caught:
            spec.Snapshot(table, **{**good, **change})
        assert caught.value.key == key
