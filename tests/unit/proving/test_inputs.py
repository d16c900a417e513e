from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.errors import InputError
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.proving.inputs import Signal, flatten

SIGNALS = st.integers(0, SCALAR_MODULUS - 1)


def named(inputs):
    return {signal.name: signal.values for signal in flatten(inputs)}


def test_flattens_lists_and_buses():
    inputs = {
        "a": 1,
        "b": [[1, 2], (3, 4)],
        "bus": {"x": 5, "inner": {"y": [6, 7]}},
        "buses": [[{"x": 8}], [{"x": 9}]],
        "none": [],
    }
    assert named(inputs) == {
        "a": (1,),
        "b": (1, 2, 3, 4),
        "bus.x": (5,),
        "bus.inner.y": (6, 7),
        "buses[0][0].x": (8,),
        "buses[1][0].x": (9,),
        "none": (),
    }


@given(st.recursive(SIGNALS, lambda inner: st.lists(inner, max_size=4), max_leaves=20))
def test_keeps_every_value_in_order(value):
    def leaves(item):
        return [leaf for part in item for leaf in leaves(part)] if isinstance(item, list) else [item]

    assert named({"a": value})["a"] == tuple(leaves(value))


# Published FNV-1a test vectors (64 bit), landon curt noll's list.
@pytest.mark.parametrize(
    ("name", "expected"),
    [("a", 0xAF63DC4C8601EC8C), ("b", 0xAF63DF4C8601F1A5), ("foobar", 0x85944171F73967E8)],
)
def test_names_are_hashed_as_circom_does(name, expected):
    assert Signal(name, ()).hash_words == (expected >> 32, expected & 0xFFFFFFFF)


def test_records_are_hash_index_and_value():
    records = Signal("a", (7, SCALAR_MODULUS - 1)).records()
    assert len(records) == 88
    assert records[:12] == bytes.fromhex("4cdc63af 8cec0186 00000000")
    assert records[12:44] == (7).to_bytes(32, "little")
    assert records[52:56] == (1).to_bytes(4, "little")
    assert records[56:] == (SCALAR_MODULUS - 1).to_bytes(32, "little")


BAD = [-1, SCALAR_MODULUS, SCALAR_MODULUS + 4711, 2**256, -(2**300)]


@pytest.mark.parametrize("bad", BAD)
def test_a_value_out_of_range_is_refused_and_not_shown(bad):
    with pytest.raises(InputError) as caught:
        flatten({"a": [0, [1, bad]]})
    assert caught.value.key == "a[1][1]"
    assert str(bad) not in str(caught.value)


@pytest.mark.parametrize("bad", ["12", 1.0, None, True, b"\x01", "0x1", object()])
def test_values_other_than_integers_are_refused(bad):
    for inputs in ({"a": bad}, {"a": [0, bad]}, {"bus": {"a": bad}}):
        with pytest.raises(InputError, match="expected an integer"):
            flatten(inputs)


def test_lists_of_buses_are_not_mixed_with_values():
    with pytest.raises(InputError, match="expected an integer"):
        flatten({"a": [1, {"x": 2}]})


def test_names_are_text_and_given_once():
    with pytest.raises(InputError, match="names must be text"):
        flatten({1: 2})
    with pytest.raises(InputError, match="names must be text"):
        flatten({"": 2})
    with pytest.raises(InputError, match=r"bus\.x: duplicate input"):
        flatten({"bus": {"x": 1}, "bus.x": 1})


def test_endless_nesting_is_refused():
    endless: list = []
    endless.append(endless)
    with pytest.raises(InputError, match="nested too deeply"):
        flatten({"a": endless})
    bus: dict = {}
    bus["a"] = bus
    with pytest.raises(InputError, match="nested too deeply"):
        flatten(bus)


def test_a_signal_does_not_show_its_values():
    assert repr(Signal("a", (4711,))) == "Signal('a', 1 values)"
