"""Inputs of a circuit: shapes, values and public signals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.spec_values import HELD, TABLES, account, row, snapshot, spread
from zkmargin import spec
from zkmargin.spec import constants as c

native = pytest.importorskip("zkmargin_native")

SHAPE = spec.Shape(5, 12)
INSTANCES = json.loads(
    (Path(__file__).parents[3] / "circuits" / "instances.json").read_text(encoding="utf-8")
)
ROWS = {4096 + 9: row([-3, 4], mark=2, short_floor=5, add_on=6), 7: row([1])}


def inputs_of(held, data, shape=SHAPE, **rest):
    return spec.circuit_inputs(held, data, shape, 10_000, 99, hasher=native.poseidon, **rest)


def shape_of(value):
    return (len(value), *shape_of(value[0])) if isinstance(value, list) else ()


def flat(value):
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, list) else [value]


class TestSignals:
    @pytest.mark.parametrize("shape", [spec.Shape(1, 1), SHAPE, spec.Shape(8, 128)])
    def test_names_and_dimensions(self, shape):
        lanes, positions = shape.lanes, shape.positions
        signals = inputs_of(account([(7, 1)]), snapshot(ROWS), shape).signals
        assert {name: shape_of(value) for name, value in signals.items()} == {
            "requirementBps": (),
            "context": (),
            "owner": (),
            "account": (),
            "key": (2,),
            "viewKey": (),
            "nonce": (),
            "cash": (),
            "amounts": (8,),
            "orders": (),
            "prices": (8,),
            "paramsHash": (),
            "timestamp": (),
            "underlyingRoots": (8,),
            "laneUnderlying": (lanes,),
            "laneChildren": (lanes, 8),
            "member": (positions, lanes),
            "index": (positions,),
            "lots": (positions,),
            "packed": (positions, 6),
            "shortFloor": (positions,),
            "addOn": (positions,),
            "children": (positions, 3, 8),
        }

    @given(HELD, st.lists(st.booleans(), min_size=3, max_size=3), TABLES)
    def test_every_position_climbs_to_the_root(self, positions, empty, rows):
        positions = (*spread(positions, empty), *positions[3:])
        data = snapshot(rows)
        signals = inputs_of(account(positions), data).signals
        assert all(0 <= value < c.FIELD for item in signals.values() for value in flat(item))
        for i in range(SHAPE.positions):
            self.check_slot(signals, i, positions, data)

    @staticmethod
    def check_slot(signals, i, positions, data):
        """Check the circuit's requirements on a position's slot, and its values."""
        packed, floor, add_on = (signals[name][i] for name in ("packed", "shortFloor", "addOn"))
        path, index = [*signals["children"][i]], signals["index"][i]
        leaf = native.poseidon([*packed, floor, add_on])
        if i >= len(positions) or positions[i] == spec.EMPTY:
            assert (sum(signals["member"][i]), signals["lots"][i], index) == (0, 0, 0)
            assert (packed, floor, add_on) == ([0] * 6, 0, 0)
            for level in path:
                assert level == [leaf] + [0] * 7
                leaf = native.poseidon(level)
            return
        assert sorted(signals["member"][i]) == [0] * (SHAPE.lanes - 1) + [1]
        lane = signals["member"][i].index(1)
        instrument = 4096 * signals["laneUnderlying"][lane] + index
        path += [signals["laneChildren"][lane], signals["underlyingRoots"]]
        assert spec.is_path(leaf, instrument, path, data.table.tree.root, native.poseidon)
        lots = signals["lots"][i]
        assert (instrument, lots - c.FIELD * (lots > 2**31)) == (positions[i].instrument, positions[i].lots)

    def test_idle_lanes_are_on_other_underlyings(self):
        data = snapshot(ROWS)
        signals = inputs_of(account([(4096 + 9, 1)]), data).signals
        assert signals["laneUnderlying"] == [0, 1, 2, 3, 4]
        for underlying, children in zip(signals["laneUnderlying"], signals["laneChildren"], strict=True):
            assert native.poseidon(children) == signals["underlyingRoots"][underlying]

    def test_lists_are_not_shared(self):
        """A test that changes one signal must not change another."""
        signals = inputs_of(account([]), snapshot({})).signals
        signals["children"][0][0][0] = signals["packed"][0][0] = signals["member"][0][0] = -1
        signals["laneChildren"][0][0] = -1
        changed = (
            signals["children"][1][0],
            signals["packed"][1],
            signals["member"][1],
            signals["laneChildren"][1],
        )
        assert not any(-1 in values for values in changed)

    def test_it_has_no_repr(self):
        assert "viewKey" not in repr(inputs_of(account([(7, 1)]), snapshot(ROWS)))


class TestPublic:
    def test_order_and_values(self):
        held, data = account([(4096 + 9, -2)], cash=4 + 10 + 12), snapshot(ROWS)
        public = inputs_of(held, data).public
        assert public == (1, spec.commitment(held), spec.snapshot_root(data), 10_000, 99)
        names = {"account_commitment": "accountCommitment", "snapshot_root": "snapshotRoot"}
        names |= {"requirement_bps": "requirementBps"}
        assert [names.get(name, name) for name in public._fields] == INSTANCES["public"]
        assert [f"{name}Limit" for name in spec.Limits._fields] == INSTANCES["limits"]
        *outputs, z = spec.Disclosed._fields
        assert [*INSTANCES["public"][1:3], *outputs, INSTANCES["public"][4], z] == INSTANCES["disclosure"]
        worse = account([(4096 + 9, -2)], cash=4 + 10 + 12 - 1)
        assert inputs_of(worse, data).public.healthy == 0

    def test_two_lanes_of_one_underlying_raise_the_requirement(self):
        """The circuit requires ascending lanes, because a hedge in two lanes would require more than in one."""
        data = snapshot({0: row([-10]), 1: row([-10])})
        held = account([(0, 1), (1, -1)], cash=9)
        split = spec.Plan((0, 0, 0, 0, 0), (0, 1))
        assert inputs_of(held, data).public.healthy == 1
        assert inputs_of(held, data, chosen=split).public.healthy == 0
        with pytest.raises(spec.SpecError, match=r"^underlyings: expected one for each lane"):
            inputs_of(held, data, chosen=spec.Plan((0, 0), (0, 1)))

    def test_the_commitment_is_the_same_for_every_instance(self):
        held, data = account([(7, 1), (0, 0), (4096 + 9, -2)]), snapshot(ROWS)
        declared = INSTANCES["instances"].values()
        shapes = [
            spec.Shape(one["lanes"], one["positions"]) for one in declared if one["layout"] == "standard"
        ]
        assert len({inputs_of(held, data, shape).public for shape in shapes}) == 1

    @pytest.mark.parametrize(
        ("bps", "context", "key"),
        [
            (2**20, 0, "requirementBps"),
            (-1, 0, "requirementBps"),
            (0, c.FIELD, "context"),
            (0, -1, "context"),
        ],
    )
    def test_claims_are_bounded(self, bps, context, key):
        with pytest.raises(spec.SpecError) as caught:
            spec.circuit_inputs(account(), snapshot({}), SHAPE, bps, context, hasher=native.poseidon)
        assert caught.value.key == key
        spec.circuit_inputs(account(), snapshot({}), SHAPE, 2**20 - 1, c.FIELD - 1, hasher=native.poseidon)
