"""Repricing: outside numbers, an independent recomputation, and what a risk table must satisfy."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmargin.errors import InputError
from zkmargin.market import Future, Market, Option, Perpetual, Right, Underlying
from zkmargin.risk import Model, Scenario, load_model
from zkmargin.risk.quotes import implied_volatilities, misprices
from zkmargin.risk.table import risk_rows, scenario_values

NOW = 1_704_712_781
DAY = 86_400
LOT = Decimal("0.01")
SPAN = load_model("span")


def _option(
    strike: str, right: Right, *, days: float = 30, forward: str = "2200", volatility: str = "0.7"
) -> Option:
    expiry = NOW + int(days * DAY)
    years = (expiry - NOW) / (365 * DAY)
    kind = QuantLib.Option.Call if right == "call" else QuantLib.Option.Put
    deviation = float(volatility) * math.sqrt(years)
    mark = QuantLib.blackFormula(kind, float(strike), float(forward), deviation)
    name = f"ETH-{days:g}-{strike}-{right}"
    return Option(
        name, 0, LOT, expiry, Decimal(strike), right, Decimal(forward),
        Decimal(mark).quantize(Decimal("1e-12")), Decimal(volatility),
    )  # fmt: skip


def _market(*instruments: Option | Future | Perpetual, name: str = "ETH", price: str = "2190") -> Market:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(instruments))
    return Market(NOW, "USD", (Underlying(name, Decimal(price), len(numbered), numbered),))


def _with_ranges(model: Model, **ranges: str) -> Model:
    numbers = {name: Decimal(number) for name, number in ranges.items()}
    return replace(model, default=replace(model.default, **numbers), underlyings=MappingProxyType({}))


def test_the_risk_array_of_mcmillan():
    # L. McMillan, Options as a Strategic Investment, ch. 34: an S&P 500 future, price scan range $10 000,
    # extreme moves of 1.4 ranges at 50 %, printed in multiples of $10. Here 500 units at 1000, range 2 %.
    extreme = [Scenario(Fraction(sign * 14, 10), Fraction(0), Fraction(1, 2)) for sign in (1, -1)]
    model = _with_ranges(replace(SPAN, scenarios=(*SPAN.scenarios[:14], *extreme)), price_scan_range="0.02")
    future = Future("SP500", 0, Decimal(500), NOW + 90 * DAY, Decimal(1000))
    row = risk_rows(_market(future, name="SP500", price="1000"), model)[0]
    dollars = [round(value / 10**6, -1) for value in row.slots[:16]]
    assert dollars == [
        0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000, -7000,
    ]  # fmt: skip
    assert max(0, *(-value for value in row.slots[:16])) == 10_000 * 10**6


def test_every_value_is_what_quantlib_and_the_definition_give():
    option = _option("2500", Right.CALL)
    row = risk_rows(_market(option), SPAN)[0]
    years = 30 / 365
    now = QuantLib.blackFormula(QuantLib.Option.Call, 2500.0, 2200.0, 0.7 * math.sqrt(years))
    for value, scenario in zip(row.slots[:16], SPAN.scenarios, strict=True):
        forward = 2200 * (1 + float(scenario.price) * 0.18)
        volatility = 0.7 + float(scenario.volatility) * max(0.25 * 0.7, 0.10)
        then = QuantLib.blackFormula(
            QuantLib.Option.Call, 2500.0, forward, volatility * math.sqrt(years - 1 / 365)
        )
        assert value == round((then - now) * float(scenario.cover) * 0.01 * 10**6)
    calculator = QuantLib.BlackCalculator(
        QuantLib.PlainVanillaPayoff(QuantLib.Option.Call, 2500.0), 2200.0, 0.7 * math.sqrt(years), 1.0
    )
    assert row.slots[16] == round(now * 0.01 * 10**6)
    assert row.slots[17] == round(calculator.deltaForward() * 2200 * 0.01 * 10**6)
    assert row.short_floor == 3 * 2190 * 100  # 3 % of 2190 for 0.01 units, in micro-quote
    assert row.add_on == 1


def test_the_volatility_range_has_a_minimum():
    values = scenario_values(_market(_option("2200", Right.CALL, volatility="0.2")).underlyings[0], NOW, SPAN)
    years = 29 / 365
    expected = [
        QuantLib.blackFormula(QuantLib.Option.Call, 2200.0, 2200.0, v * math.sqrt(years)) for v in (0.3, 0.1)
    ]
    assert values[0, 0] - values[0, 1] == pytest.approx(expected[0] - expected[1], rel=1e-9)


def test_a_volatility_does_not_fall_below_zero():
    values = scenario_values(_market(_option("2300", Right.PUT, volatility="0.05")).underlyings[0], NOW, SPAN)
    now = QuantLib.blackFormula(QuantLib.Option.Put, 2300.0, 2200.0, 0.05 * math.sqrt(30 / 365))
    assert values[0, 1] == pytest.approx(100 - now, rel=1e-9)


def test_an_option_of_the_last_day_is_worth_its_intrinsic_value_after_it():
    values = scenario_values(_market(_option("2300", Right.CALL, days=0.5)).underlyings[0], NOW, SPAN)
    now = QuantLib.blackFormula(QuantLib.Option.Call, 2300.0, 2200.0, 0.7 * math.sqrt(0.5 / 365))
    assert values[0, 10] == pytest.approx(2200 * 1.18 - 2300 - now, rel=1e-9)
    assert values[0, 12] == pytest.approx(-now, rel=1e-9)


def test_call_less_put_is_the_future_in_every_scenario():
    call, put = _option("2500", Right.CALL), _option("2500", Right.PUT)
    future = Future("ETH-F", 0, LOT, call.expiry, call.forward)
    values = scenario_values(_market(call, put, future).underlyings[0], NOW, SPAN)
    assert np.allclose(values[0] - values[1], values[2], rtol=0, atol=1e-9)


def test_futures_and_perpetuals_are_linear_and_have_no_short_minimum():
    future = Future("ETH-F", 0, LOT, NOW + DAY, Decimal("2200.5"))
    rows = risk_rows(_market(future, Perpetual("ETH-P", 0, LOT, Decimal("2200.5"))), SPAN)
    assert rows[0] == rows[1]
    assert rows[0].slots[10] == 3_960_900  # 2200.5 * 0.18 * 0.01
    assert rows[0].slots[12] == -3_960_900
    assert rows[0].slots[14] == 3_921_291  # times 3, at 33 %
    assert rows[0].slots[16] == rows[0].slots[17] == 22_005_000
    assert (rows[0].short_floor, rows[0].add_on) == (0, 1)


def test_ranges_are_the_underlyings_own():
    perpetual = Perpetual("P", 0, Decimal(1), Decimal(100))
    gains = {
        name: risk_rows(_market(perpetual, name=name, price="100"), SPAN)[0].slots[10] // 10**6
        for name in ("BTC", "ETH", "SOL")
    }
    assert gains == {"BTC": 16, "ETH": 18, "SOL": 25}


def test_an_add_on_is_rounded_up_and_raised_by_one():
    model = _with_ranges(SPAN, add_on="0.0000000001", short_option_minimum="0.0000000001")
    row = risk_rows(_market(_option("2200", Right.PUT)), model)[0]
    assert (row.short_floor, row.add_on) == (1, 2)


def test_ids_are_4096_times_the_underlying_and_the_index():
    perpetual = Perpetual("A-P", 7, Decimal(1), Decimal(100))
    other = replace(perpetual, name="B-P", index=4095)
    parts = (Underlying("A", Decimal(100), 8, (perpetual,)), Underlying("B", Decimal(100), 0, (other,)))
    assert set(risk_rows(Market(NOW, "USD", parts), SPAN)) == {7, 8191}


def test_a_value_beyond_its_slot_is_refused_by_name():
    largest = Decimal(2**44 - 1).scaleb(-6)
    row = risk_rows(_market(Perpetual("ETH-P", 0, Decimal(1), largest)), SPAN)[0]
    assert row.slots[16] == 2**44 - 1
    too_large = Perpetual("ETH-P", 0, Decimal(1), largest + Decimal("0.000001"))
    with pytest.raises(InputError, match=r"slots\[16\] of one lot.* smaller lot") as caught:
        risk_rows(_market(too_large), SPAN)
    assert caught.value.key == "ETH-P"


def test_a_volatility_that_does_not_give_the_mark_is_refused_by_name():
    option = replace(_option("2200", Right.CALL), volatility=Decimal(70))
    with pytest.raises(InputError, match="does not give its mark") as caught:
        risk_rows(_market(option), SPAN)
    assert caught.value.key == option.name


def test_volatilities_from_marks():
    options = [_option("2000", Right.PUT), _option("2400", Right.CALL, volatility="0.55")]
    assert implied_volatilities(options, NOW) == pytest.approx([0.7, 0.55], rel=1e-9)
    assert misprices(options, NOW) == [False, False]
    below = replace(_option("1000", Right.CALL), mark=Decimal(1199))
    assert implied_volatilities([below], NOW) == [None]
    assert implied_volatilities([], NOW) == []


EXACT = st.builds(
    _option,
    st.sampled_from(["1500", "2000", "2200", "2600", "4000"]),
    st.sampled_from(list(Right)),
    days=st.floats(0.2, 400),
    volatility=st.sampled_from(["0.2", "0.55", "0.7", "1.4"]),
)


@settings(max_examples=60, deadline=None)
@given(EXACT)
def test_rounding_is_never_for_the_holder(option):
    """The add-on covers what rounding the mark and a scenario may lose, for a long and for a short."""
    market = _market(option)
    row = risk_rows(market, SPAN)[0]
    exact = scenario_values(market.underlyings[0], NOW, SPAN)[0]
    scale = Fraction(LOT) * 10**6
    for side in (1, -1):
        for value, true in zip(row.slots[:16], exact, strict=True):
            ours = side * (row.slots[16] + value) - row.add_on
            assert ours <= side * (Fraction(option.mark) + Fraction(float(true))) * scale


@settings(max_examples=40, deadline=None)
@given(EXACT, st.integers(1, 30), st.integers(1, 30))
def test_a_long_options_scan_rises_with_the_price_range(option, one, more):
    losses = []
    without_extremes = replace(SPAN, scenarios=SPAN.scenarios[:14] + SPAN.scenarios[:2])
    for percent in (one, one + more):
        model = _with_ranges(without_extremes, price_scan_range=f"0.{percent:02}")
        row = risk_rows(_market(option), model)[0]
        losses.append(max(0, *(-value for value in row.slots[:16])))
    assert losses[0] <= losses[1] + 1


@settings(max_examples=40, deadline=None)
@given(EXACT)
def test_a_long_option_cannot_lose_more_than_its_mark(option):
    row = risk_rows(_market(option), SPAN)[0]
    assert all(row.slots[16] + value >= -1 for value in row.slots[:16])


def test_no_instruments_no_rows():
    assert risk_rows(Market(NOW, "USD", (Underlying("ETH", Decimal(1), 0, ()),)), SPAN) == {}
