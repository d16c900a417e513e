"""Layouts of rows, and limits on Greeks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.spec_values import TOP, account, snapshot
from zkmargin import spec

native = pytest.importorskip("zkmargin_native")

LIMITED = spec.Shape(2, 3, spec.WIDE, limited=True)


def wide(*, delta=0, gamma=0, scenario=0, mark=0):
    """Return a wide row in which only the last scenario is not 0."""
    return spec.Row((*[0] * 37, scenario, mark, delta, gamma, 0), 0, 0)


def laid_out(held, data, limits, shape=LIMITED):
    return spec.circuit_inputs(held, data, shape, 0, 99, limits=limits, hasher=native.poseidon)


@pytest.mark.parametrize("layout", spec.LAYOUTS)
def test_the_slots_of_a_layout(layout):
    assert layout.slots == 3 * layout.elements
    assert (layout.mark, layout.delta) == (layout.scenarios, layout.scenarios + 1)
    assert layout.elements + 2 <= 16
    assert spec.find_layout(layout.name) is layout
    row = spec.Row(tuple(range(layout.slots)), 0, 0)
    assert row.layout is layout
    assert len(spec.pack(row)) == layout.elements
    assert spec.unpack(spec.pack(row)) == row.slots


def test_the_greeks_of_a_layout():
    assert (spec.STANDARD.gamma, spec.STANDARD.vega) == (None, None)
    assert (spec.WIDE.gamma, spec.WIDE.vega) == (40, 41)


@pytest.mark.parametrize(
    ("scenarios", "layout"), [(0, "standard"), (16, "standard"), (17, "wide"), (38, "wide")]
)
def test_the_smallest_layout(scenarios, layout):
    assert spec.smallest_layout(scenarios).name == layout


def test_unknown_layouts_are_refused():
    with pytest.raises(spec.SpecError, match="scenarios: at most 38 fit a layout, got 39"):
        spec.smallest_layout(39)
    with pytest.raises(spec.SpecError, match="layout: expected one of standard, wide"):
        spec.find_layout("narrow")
    for slots in ((0,) * 17, (0,) * 19, (0,) * 21, (0,) * 43, [0] * 18):
        with pytest.raises(spec.SpecError, match="slots: expected a tuple of 18 or 42"):
            spec.Row(slots, 0, 0)


def test_a_table_has_one_layout():
    with pytest.raises(spec.SpecError, match=r"rows\[8\]: expected the layout standard"):
        spec.build_table({7: spec.Row((0,) * 18, 0, 0), 8: wide()}, native.poseidon)
    with pytest.raises(spec.SpecError, match=r"rows\[8\]: expected the layout standard"):
        spec.build_table({8: wide()}, native.poseidon, spec.STANDARD)
    assert spec.build_table({8: wide()}, native.poseidon).layout is spec.WIDE
    assert spec.build_table({}, native.poseidon, spec.WIDE).layout is spec.WIDE


def test_a_circuit_is_for_one_layout():
    with pytest.raises(spec.SpecError, match="layout: the snapshot has another layout than the circuit"):
        laid_out(account([(8, 1)]), snapshot({8: wide()}), None, spec.Shape(2, 3))


def test_the_last_scenario_of_a_wide_row_counts():
    margin = spec.margin(account([(8, 2)]), snapshot({8: wide(scenario=-50, mark=7)}))
    assert (margin.requirement, margin.equity) == (100, 14 * 10**6)


@given(
    st.lists(
        st.tuples(st.sampled_from([7, 8, 4096]), st.integers(-9, 9).filter(bool)),
        max_size=3,
        unique_by=lambda held: held[0],
    ),
    st.tuples(*[st.tuples(st.integers(-TOP, TOP), st.integers(-TOP, TOP))] * 3),
)
def test_limits_are_on_each_underlyings_net_greeks(positions, greeks):
    rows = {i: wide(delta=d, gamma=g) for i, (d, g) in zip((7, 8, 4096), greeks, strict=True)}
    margin = spec.margin(account(positions), snapshot(rows))
    net = [
        max(
            abs(sum(q * greeks[(7, 8, 4096).index(i)][k] for i, q in positions if i // 4096 == u))
            for u in (0, 1)
        )
        for k in (0, 1)
    ]
    assert spec.within_limits(margin, spec.Limits(*net))
    assert spec.within_limits(margin, spec.Limits())
    for k in (0, 1):
        if net[k]:
            assert not spec.within_limits(
                margin, spec.Limits()._replace(**{("delta", "gamma")[k]: net[k] - 1})
            )


def test_only_circuits_with_limits_take_limits():
    held, data = account([(8, -2)]), snapshot({8: wide(delta=5, gamma=-3)})
    inputs = laid_out(held, data, spec.Limits(10, 6))
    assert inputs.signals["limits"] == [10, 6]
    assert inputs.all_public == (*inputs.public, 10, 6)
    plain = laid_out(held, data, None, spec.Shape(2, 3, spec.WIDE))
    assert "limits" not in plain.signals
    assert plain.all_public == tuple(plain.public)
    with pytest.raises(spec.SpecError, match="limits: missing"):
        laid_out(held, data, None)
    with pytest.raises(spec.SpecError, match="limits: the circuit has none"):
        laid_out(held, data, spec.Limits(), spec.Shape(2, 3, spec.WIDE))
    for limits in (spec.Limits(9, 6), spec.Limits(10, 5)):
        with pytest.raises(spec.SpecError, match="limits: the account is not within them"):
            laid_out(held, data, limits)


@pytest.mark.parametrize("limits", [spec.Limits(-1, 0), spec.Limits(0, 2**83), spec.Limits(0, 0.5)])
def test_limits_are_in_range(limits):
    margin = spec.margin(account(), snapshot({8: wide()}))
    with pytest.raises(spec.SpecError, match=r"limits\.(delta|gamma)"):
        spec.within_limits(margin, limits)


def test_a_layout_without_gamma_has_no_limits():
    with pytest.raises(spec.SpecError, match="limited: the layout standard has no gamma"):
        spec.Shape(2, 3, limited=True)
    margin = spec.margin(account([(8, 1)]), snapshot({8: spec.Row((0,) * 18, 0, 0)}))
    with pytest.raises(spec.SpecError, match="limits: the layout standard has no gamma"):
        spec.within_limits(margin, spec.Limits())
