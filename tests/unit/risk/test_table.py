"""Repricing: published numbers, an independent recomputation, and invariants of a risk table."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
import QuantLib
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.errors import InputError
from zkmargin.risk import Charge, Charges, Model, Scenario, Term, load_model
from zkmargin.risk.quotes import implied_volatilities, misprices
from zkmargin.risk.table import risk_rows, scenario_values
from zkmargin.spec import STANDARD, WIDE
from zkmargin.venue_data import Future, Option, Perpetual, Right, Underlying, VenueData

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


def _market(*instruments: Option | Future | Perpetual, name: str = "ETH", price: str = "2190") -> VenueData:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(instruments))
    return VenueData(NOW, "USD", (Underlying(name, Decimal(price), len(numbered), numbered),))


def _with_ranges(model: Model, **ranges: str) -> Model:
    numbers = {name: Decimal(number) for name, number in ranges.items()}
    return replace(model, default=replace(model.default, **numbers), underlyings=MappingProxyType({}))


def test_the_risk_array_of_mcmillan():
    # L. McMillan, Options as a Strategic Investment, ch. 34: an S&P 500 future, price scan range $10 000,
    # extreme moves of 1.4 ranges at 50 %, printed in multiples of $10. Here 500 units at 1000, range 2 %.
    extreme = [Scenario(Fraction(sign * 14, 10), Fraction(0), Fraction(1, 2)) for sign in (1, -1)]
    model = _with_ranges(replace(SPAN, scenarios=(*SPAN.scenarios[:14], *extreme)), price_scan_range="0.02")
    future = Future("SP500", 0, Decimal(500), NOW + 90 * DAY, Decimal(1000))
    row = risk_rows(_market(future, name="SP500", price="1000"), model, STANDARD)[0]
    dollars = [round(value / 10**6, -1) for value in row.slots[:16]]
    assert dollars == [
        0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000, -7000,
    ]  # fmt: skip
    assert max(0, *(-value for value in row.slots[:16])) == 10_000 * 10**6


def test_every_value_is_what_quantlib_and_the_definition_give():
    option = _option("2500", Right.CALL)
    row = risk_rows(_market(option), SPAN, STANDARD)[0]
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


@pytest.mark.parametrize(("part", "one_range"), [("0.5", 0.5), ("1.2", 0.99)])
def test_the_widest_range_leaves_a_hundredth_of_the_price(part, one_range):
    put, future = _option("2000", Right.PUT), Future("ETH-F", 0, LOT, NOW + DAY, Decimal(2200))
    model, market = _with_ranges(SPAN, price_scan_range=part), _market(put, future)
    assert np.isfinite(scenario_values(market.underlyings[0], NOW, model)).all()
    assert min(one.move(model.default) for one in model.scenarios) == Fraction("-0.99")
    rows = risk_rows(market, model, STANDARD)
    now = QuantLib.blackFormula(QuantLib.Option.Put, 2000.0, 2200.0, 0.7 * math.sqrt(30 / 365))
    # Down by one range with the volatility up, at its whole, and by three: 2200 falls to 22, at 33 %.
    for slot, fall, volatility, cover in ((12, one_range, 0.875, 1), (15, 0.99, 0.7, 0.33)):
        deviation = volatility * math.sqrt(29 / 365)
        then = QuantLib.blackFormula(QuantLib.Option.Put, 2000.0, 2200.0 * (1 - fall), deviation)
        assert rows[0].slots[slot] == round((then - now) * cover * 0.01 * 10**6)
        assert rows[1].slots[slot] == round(-2200 * fall * cover * 0.01 * 10**6)
    assert rows[1].slots[15] == -7_187_400  # 2178 * 0.33 * 0.01


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
    rows = risk_rows(_market(future, Perpetual("ETH-P", 0, LOT, Decimal("2200.5"))), SPAN, STANDARD)
    assert rows[0] == rows[1]
    assert rows[0].slots[10] == 3_960_900  # 2200.5 * 0.18 * 0.01
    assert rows[0].slots[12] == -3_960_900
    assert rows[0].slots[14] == 3_921_291  # times 3, at 33 %
    assert rows[0].slots[16] == rows[0].slots[17] == 22_005_000
    assert (rows[0].short_floor, rows[0].add_on) == (0, 1)


def test_a_wide_row_has_the_same_values_and_two_more_greeks():
    option, future = _option("2500", Right.CALL), Future("ETH-F", 1, LOT, NOW + DAY, Decimal("2200.5"))
    market = _market(option, future)
    narrow, wide = (risk_rows(market, SPAN, layout) for layout in (STANDARD, WIDE))
    for number in (0, 1):
        assert wide[number].slots[:16] == narrow[number].slots[:16]
        assert wide[number].slots[16:38] == (0,) * 22
        assert wide[number].slots[38:40] == narrow[number].slots[16:18]
        assert wide[number].short_floor == narrow[number].short_floor
        assert wide[number].add_on == narrow[number].add_on
    years = 30 / 365
    payoff = QuantLib.PlainVanillaPayoff(QuantLib.Option.Call, 2500.0)
    theirs = QuantLib.BlackCalculator(payoff, 2200.0, 0.7 * math.sqrt(years), 1.0)
    assert wide[0].slots[WIDE.gamma] == round(theirs.gammaForward() * 2200**2 / 100 * 0.01 * 10**6)
    assert wide[0].slots[WIDE.vega] == round(theirs.vega(years) / 100 * 0.01 * 10**6)
    assert (wide[1].slots[WIDE.gamma], wide[1].slots[WIDE.vega]) == (0, 0)


def test_more_scenarios_than_the_layout_holds_are_refused():
    model = replace(SPAN, scenarios=(*SPAN.scenarios, SPAN.scenarios[0]))
    market = _market(Perpetual("P", 0, Decimal(1), Decimal(100)))
    assert risk_rows(market, model, WIDE)[0].slots[16:18] == (0, 0)
    with pytest.raises(InputError, match="17 scenarios, but layout standard has room for 16") as caught:
        risk_rows(market, model, STANDARD)
    assert (caught.value.source, caught.value.key) == ("span", "scenarios")


def test_a_model_of_charges_alone_has_rows_without_scenarios():
    row = risk_rows(_market(_option("2500", Right.CALL)), replace(SPAN, scenarios=()), STANDARD)[0]
    assert row.slots[:16] == (0,) * 16
    assert row.slots[16] > 0


SHOCKS = replace(
    SPAN.default,
    volatility_scan_range=Decimal("0.5"),
    volatility_scan_range_down=Decimal("0.25"),
    volatility_scan_minimum=Decimal(0),
    volatility_floor=Decimal("0.6"),
    volatility_term_powers=(Decimal("0.3"), Decimal("0.13")),
)


@pytest.mark.parametrize(
    ("days", "volatility", "up", "down"),
    [
        # 0.7 * 0.5 = 0.35 up and 0.7 * 0.25 = 0.175 down, times (30 / days)^p.
        (30, "0.7", 1.05, 0.525),
        (7.5, "0.7", 0.7 + 0.35 * 4**0.3, 0.7 - 0.175 * 4**0.3),
        (120, "0.7", 0.7 + 0.35 * 0.25**0.13, 0.7 - 0.175 * 0.25**0.13),
        (0.5, "0.7", 0.7 + 0.35 * 30**0.3, 0.7 - 0.175 * 30**0.3),
        (20, "0.7", 0.7 + 0.35 * 1.5**0.3, 0.7 - 0.175 * 1.5**0.3),
        (60, "0.7", 0.7 + 0.35 * 0.5**0.13, 0.7 - 0.175 * 0.5**0.13),
        (30, "0.2", 0.6, 0.15),
    ],
)
def test_a_volatility_moves_by_its_range_for_its_term(days, volatility, up, down):
    scenarios = tuple(Scenario(Fraction(0), Fraction(step)) for step in (1, -1, 0))
    model = replace(SPAN, look_ahead_days=Decimal(0), scenarios=scenarios, default=SHOCKS, underlyings={})
    option = _option("2300", Right.PUT, days=days, volatility=volatility)
    values = scenario_values(_market(option).underlyings[0], NOW, model)
    prices = [
        QuantLib.blackFormula(QuantLib.Option.Put, 2300.0, 2200.0, one * math.sqrt(days / 365))
        for one in (up, down, float(volatility))
    ]
    assert values[0] == pytest.approx([one - prices[2] for one in prices], rel=1e-9, abs=1e-9)


def test_an_option_near_expiry_moves_by_a_wider_range_under_span():
    option = _option("2200", Right.CALL, days=3, volatility="0.7")
    row = risk_rows(_market(option), SPAN, STANDARD)[0]
    # Half of the volatility at three days, 25 % * 10^0.3; the scenarios look one day ahead.
    for slot, sign in ((0, 1), (1, -1)):
        volatility = 0.7 * (1 + sign * 0.25 * 10**0.3)
        after, now = (
            QuantLib.blackFormula(QuantLib.Option.Call, 2200.0, 2200.0, one * math.sqrt(days / 365))
            for one, days in ((volatility, 2), (0.7, 3))
        )
        assert row.slots[slot] == pytest.approx((after - now) * 10**6 * float(LOT), abs=1)


def test_a_move_of_the_price_counts_by_the_range_over_its_size():
    moves = [Fraction(-66, 100), Fraction(5), Fraction(1, 10)]
    scenarios = tuple(Scenario(one, Fraction(0), is_range=False, is_damped=True) for one in moves)
    scenarios += (replace(scenarios[0], cover=Fraction(8, 10)),)
    market = _market(Perpetual("P", 0, Decimal(1), Decimal(100)), name="BTC", price="100")
    row = risk_rows(market, replace(SPAN, scenarios=scenarios), STANDARD)[0]
    assert row.slots[:4] == (-16 * 10**6, 16 * 10**6, 10 * 10**6, -12_800_000)


def test_a_linear_scenario_reprices_nothing():
    scenarios = tuple(
        Scenario(Fraction(sign * 15, 1000), Fraction(0), is_range=False, is_linear=True) for sign in (1, -1)
    )
    market = _market(_option("2500", Right.PUT), Perpetual("P", 0, LOT, Decimal("2200.5")))
    rows = risk_rows(market, replace(SPAN, scenarios=scenarios), STANDARD)
    for row in rows.values():
        assert row.slots[0] == pytest.approx(0.015 * row.slots[17], abs=0.6)
        assert row.slots[1] == -row.slots[0]
    assert rows[0].slots[0] < 0 < rows[1].slots[0]


def test_ranges_are_the_underlyings_own():
    perpetual = Perpetual("P", 0, Decimal(1), Decimal(100))
    gains = {
        name: risk_rows(_market(perpetual, name=name, price="100"), SPAN, STANDARD)[0].slots[10] // 10**6
        for name in ("BTC", "ETH", "SOL")
    }
    assert gains == {"BTC": 16, "ETH": 18, "SOL": 25}


def test_an_add_on_is_rounded_up_and_raised_by_one():
    least = (Term(index=Decimal("0.0000000001")),)
    charges = Charges(put=Charge(short=least, add_on=least))
    model = replace(SPAN, default=replace(SPAN.default, charges=charges), underlyings={})
    row = risk_rows(_market(_option("2200", Right.PUT)), model, STANDARD)[0]
    assert (row.short_floor, row.add_on) == (1, 2)


def test_charges_are_parts_of_index_mark_delta_and_distance():
    short = (Term(index=Decimal("0.15"), out_of_the_money=Decimal(-1)), Term(index=Decimal("0.13")))
    charges = Charges(
        call=Charge(short=short, add_on=(Term(delta=Decimal("0.01")),)),
        put=Charge(short=short, add_on=(Term(mark=Decimal(4)), Term(delta=Decimal("0.8")))),
        future=Charge(add_on=(Term(mark=Decimal("0.004")),)),
        perpetual=Charge(add_on=(Term(delta=Decimal("0.005")),)),
    )
    model = replace(SPAN, default=replace(SPAN.default, charges=charges), underlyings={})
    options = [_option("2200", Right.CALL), _option("2500", Right.CALL), _option("2180", Right.PUT)]
    rest = [_option("2500", Right.PUT), Future("F", 0, LOT, NOW + DAY, Decimal("2200.5"))]
    market = _market(*options, *rest, Perpetual("P", 0, LOT, Decimal("2200.5")))
    rows = risk_rows(market, model, STANDARD)
    # 15 % of the index price of 2190 is 328.5 less 10; 13 % is 284.7; per lot of 0.01, in micro-quote.
    floors = [3_185_000, 2_847_000, 3_185_000, 3_285_000, 0, 0]
    assert [row.short_floor for row in rows.values()] == floors
    assert rows[0].add_on == pytest.approx(rows[0].slots[17] / 100, abs=2)
    # The largest term: 0.8 of the delta near the money, four marks in the money.
    assert rows[2].add_on == pytest.approx(-rows[2].slots[17] * 0.8, abs=2)
    assert rows[3].add_on == math.ceil(Fraction(4 * rest[0].mark) * 10_000) + 1
    assert rows[4].add_on == 88_021
    assert [rows[number].add_on - 1 for number in (4, 5)] == [88_020, 110_025]


def test_a_charge_per_year_counts_the_time_to_expiry():
    terms = (Term(delta=Decimal("0.01")), Term(delta_years=Decimal("0.1")))
    charges = Charges(*[Charge(add_on=terms)] * 4)
    model = replace(SPAN, default=replace(SPAN.default, charges=charges), underlyings={})
    futures = [Future(f"F{days}", 0, LOT, NOW + days * DAY, Decimal(2200)) for days in (1, 73, 365)]
    rows = [
        risk_rows(_market(one), model, STANDARD)[0]
        for one in (*futures, _option("2200", Right.CALL, days=73), Perpetual("P", 0, LOT, Decimal(2200)))
    ]
    # 1 % of 22 USD per lot; 10 % a year is 2 % for a fifth of a year; 10 % for a whole one.
    assert [row.add_on - 1 for row in rows[:3]] == [220_000, 440_000, 2_200_000]
    assert rows[3].add_on == pytest.approx(0.02 * rows[3].slots[17], abs=2)
    assert rows[4].add_on - 1 == 220_000


def test_ids_are_4096_times_the_underlying_and_the_index():
    perpetual = Perpetual("A-P", 7, Decimal(1), Decimal(100))
    other = replace(perpetual, name="B-P", index=4095)
    parts = (Underlying("A", Decimal(100), 8, (perpetual,)), Underlying("B", Decimal(100), 0, (other,)))
    assert set(risk_rows(VenueData(NOW, "USD", parts), SPAN, STANDARD)) == {7, 8191}


def test_a_value_beyond_its_slot_is_refused_by_name():
    largest = Decimal(2**44 - 1).scaleb(-6)
    row = risk_rows(_market(Perpetual("ETH-P", 0, Decimal(1), largest)), SPAN, STANDARD)[0]
    assert row.slots[16] == 2**44 - 1
    too_large = Perpetual("ETH-P", 0, Decimal(1), largest + Decimal("0.000001"))
    with pytest.raises(InputError, match=r"slots\[16\] of one lot.* smaller lot") as caught:
        risk_rows(_market(too_large), SPAN, STANDARD)
    assert caught.value.key == "ETH-P"


@pytest.mark.parametrize(("charge", "key"), [("short", "shortFloor"), ("add_on", "addOn")])
def test_a_charge_beyond_its_slot_is_refused_by_name(charge, key):
    charges = Charges(call=Charge(**{charge: (Term(index=Decimal(10**18)),)}))
    model = replace(SPAN, default=replace(SPAN.default, charges=charges), underlyings={})
    with pytest.raises(InputError, match=f"{key} of one lot.* smaller lot") as caught:
        risk_rows(_market(_option("2500", Right.CALL)), model, STANDARD)
    assert caught.value.key == "ETH-30-2500-call"


def test_a_volatility_that_does_not_give_the_mark_is_refused_by_name():
    option = replace(_option("2200", Right.CALL), volatility=Decimal(70))
    with pytest.raises(InputError, match="does not give its mark") as caught:
        risk_rows(_market(option), SPAN, STANDARD)
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


@given(EXACT)
def test_rounding_never_favours_the_holder(option):
    """The add-on covers the rounding of the mark and of a scenario, for long and short positions."""
    market = _market(option)
    row = risk_rows(market, SPAN, STANDARD)[0]
    exact = scenario_values(market.underlyings[0], NOW, SPAN)[0]
    scale = Fraction(LOT) * 10**6
    for side in (1, -1):
        for value, true in zip(row.slots[:16], exact, strict=True):
            ours = side * (row.slots[16] + value) - row.add_on
            assert ours <= side * (Fraction(option.mark) + Fraction(float(true))) * scale


@given(EXACT, st.integers(1, 30), st.integers(1, 30))
def test_a_long_options_scan_rises_with_the_price_range(option, one, more):
    losses = []
    without_extremes = replace(SPAN, scenarios=SPAN.scenarios[:14] + SPAN.scenarios[:2])
    for percent in (one, one + more):
        model = _with_ranges(without_extremes, price_scan_range=f"0.{percent:02}")
        row = risk_rows(_market(option), model, STANDARD)[0]
        losses.append(max(0, *(-value for value in row.slots[:16])))
    assert losses[0] <= losses[1] + 1


@given(EXACT)
def test_a_long_option_cannot_lose_more_than_its_mark(option):
    row = risk_rows(_market(option), SPAN, STANDARD)[0]
    assert all(row.slots[16] + value >= -1 for value in row.slots[:16])


def test_without_instruments_there_are_no_rows():
    assert risk_rows(VenueData(NOW, "USD", (Underlying("ETH", Decimal(1), 0, ()),)), SPAN, WIDE) == {}


def test_no_row_depends_on_bid_and_ask():
    future, perpetual = Future("F", 0, LOT, NOW + DAY, Decimal(2210)), Perpetual("P", 0, LOT, Decimal(2200))
    every = (perpetual, future, _option("2200", Right.CALL))
    quoted = (replace(one, bid=one.mark * Decimal("0.9"), ask=one.mark * 2) for one in every)
    assert risk_rows(_market(*every), SPAN, WIDE) == risk_rows(_market(*quoted), SPAN, WIDE)
