"""The model `deribit` against the example answer in Deribit's API documentation."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.risk import load_model
from zkmargin.risk.table import risk_rows
from zkmargin.spec import WIDE
from zkmargin.spec.margin import LaneRisk, requirement
from zkmargin.venue_data import Future, Perpetual, Underlying, VenueData

MODEL = load_model("deribit")

# docs.deribit.com, private/pme/simulate, "Response example", of 2024-06-17: all in BTC.
NOW = 1_718_619_740
INDEX = Decimal("65666.19")
MARKS = (Decimal("65910.57"), Decimal("67371.75"))
SIZES = (Fraction("0.314538364"), Fraction("-0.001187534"))
# The vectors "standard", each three times in a row there, one for each move of the volatility.
PERPETUAL = (
    *(-0.05991206933333334, -0.04289159509090909, -0.027351162086956524, -0.013105765166666668, 0),
    *(0.012097629384615385, 0.023299138074074074, 0.033700538999999995, 0.043384601931034494),
)
FUTURE = (
    *(0.0002261969523809524, 0.00016193645454545456, 0.00010326382608695652, 0.00004948058333333334, 0),
    *(-0.00004567438461538462, -0.00008796548148148148, -0.0001272357857142857, -0.00016379779310344832),
)
EXTENDED = ((PERPETUAL[0],) * 2 + (PERPETUAL[8],) * 6, (FUTURE[0],) * 2 + (FUTURE[8],) * 6)
WORST, ROLL, INITIAL, MAINTENANCE = 0.05968587238095239, 0.00315725898, 0.06284313098, 0.050274504784


def _rows():
    instruments = (
        Perpetual("BTC-PERPETUAL", 0, Decimal(1), MARKS[0]),
        Future("BTC-28JUN24", 1, Decimal(1), 1_719_561_600, MARKS[1]),
    )
    market = VenueData(NOW, "USD", (Underlying("BTC", INDEX, 2, instruments),))
    return risk_rows(market, MODEL, WIDE)


def _coins(slots: tuple[int, ...], number: int) -> list[float]:
    """Return the gains of the position in BTC at the price of each scenario, before mm_factor."""
    # An extended move is valued at the end of the price range there.
    ends = [
        min(max(one.move(MODEL.ranges("BTC")), Fraction(-16, 100)), Fraction(16, 100))
        for one in MODEL.scenarios
    ]
    unit = Fraction(MARKS[number]) * 10**6 * Fraction(8, 10)
    return [float(SIZES[number] * slot / unit / (1 + end)) for slot, end in zip(slots, ends, strict=False)]


@pytest.mark.parametrize(("number", "standard"), [(0, PERPETUAL), (1, FUTURE)])
def test_the_risk_vectors_of_deribits_documentation(number, standard):
    vector = _coins(_rows()[number].slots[: len(MODEL.scenarios)], number)
    assert vector[:27] == pytest.approx([one for one in standard for _ in range(3)], rel=1e-9)
    assert vector[27:] == pytest.approx(EXTENDED[number], rel=1e-9)


def test_the_margins_of_deribits_documentation():
    rows = _rows()
    vectors = [_coins(rows[number].slots[: len(MODEL.scenarios)], number) for number in (0, 1)]
    worst = max(-sum(both) for both in zip(*vectors, strict=True))
    units = [Fraction(mark) * 10**6 * Fraction(8, 10) for mark in MARKS]
    roll = sum(float(abs(SIZES[n]) * rows[n].add_on / units[n]) for n in (0, 1))
    assert worst == pytest.approx(WORST, rel=1e-9)
    # The future expires in 10.9 days: 7.5 % a year times the time is 0.22 %, so the minimum of 1 % counts, as in the
    # answer. Times the root of the time it would be 1.3 %, and the sum 0.1 % more.
    assert roll == pytest.approx(ROLL, rel=1e-7)
    assert worst + roll == pytest.approx(INITIAL, rel=1e-7)
    assert pytest.approx(INITIAL) == MAINTENANCE * MODEL.initial_bps / 10_000


# A December future, a February future and a perpetual at 15:51 UTC of 5 February 2026.
THEN = 1_770_306_692
DEC, FEB, PERP = range(3)
YEARS = {
    DEC: Fraction(1_798_185_600 - THEN, 31_536_000),
    FEB: Fraction(1_772_179_200 - THEN, 31_536_000),
    PERP: 0,
}
PRICES = {DEC: Decimal(70_100), FEB: Decimal(68_150), PERP: Decimal(67_951)}


@pytest.mark.parametrize(
    ("near", "minimum_alone", "whole"),
    # With the minimum alone 1 % of both sides; with the annual rate 6.63 % of December: 3.3 times as much.
    [(PERP, "13_794.80", "45_369.29"), (FEB, "13_556.00", "45_130.49")],
)
def test_a_calendar_spread_pays_the_roll_shock_of_its_time_to_expiry(near, minimum_alone, whole):
    lot = Decimal("0.001")
    instruments = (
        Future("BTC-25DEC26", DEC, lot, 1_798_185_600, PRICES[DEC]),
        Future("BTC-27FEB26", FEB, lot, 1_772_179_200, PRICES[FEB]),
        Perpetual("BTC-PERPETUAL", PERP, lot, PRICES[PERP]),
    )
    rows = risk_rows(VenueData(THEN, "USD", (Underlying("BTC", PRICES[PERP], 0, instruments),)), MODEL, WIDE)
    lots = {DEC: 10_000, near: -10_000}
    totals = tuple(sum(lots[one] * rows[one].slots[place] for one in lots) for place in range(WIDE.slots))
    add_on = sum(abs(count) * rows[one].add_on for one, count in lots.items())
    found = requirement([LaneRisk(0, WIDE, totals, 0, add_on)])
    # The venue's formula: each instrument is an expiry of its own, so charges per instrument and per expiry agree.
    deltas = {one: 10 * Fraction(PRICES[one]) for one in lots}
    scan = Fraction(16, 100) * (deltas[DEC] - deltas[near])
    shocks = {one: max(Fraction(1, 100), Fraction(75, 1000) * YEARS[one]) for one in lots}
    venue = Fraction(8, 10) * (scan + sum(deltas[one] * shocks[one] for one in lots))
    # 20 000 lots round up by at most two micro-quote each.
    assert venue <= Fraction(found, 10**6) <= venue + Fraction(4, 100)
    assert float(venue) == pytest.approx(float(whole), abs=0.01)
    before = Fraction(8, 10) * (scan + sum(deltas.values()) / 100)
    assert float(before) == pytest.approx(float(minimum_alone), abs=0.01)


@given(
    st.integers(1, 4000),
    st.integers(1, 4000),
    st.integers(-1000, 1000),
    st.sampled_from(["BTC", "ETH", "SOL"]),
)
def test_a_requirement_never_falls_with_the_time_to_expiry_nor_below_the_minimum(one, other, lots, name):
    mark, lot = Decimal(70_000), Decimal("0.001")
    near, far = (NOW + days * 86_400 for days in sorted((one, other)))
    # The perpetual is charged the minimum move alone.
    instruments = (
        Perpetual("P", 0, lot, mark),
        Future("N", 1, lot, near, mark),
        Future("F", 2, lot, far, mark),
    )
    rows = risk_rows(VenueData(NOW, "USD", (Underlying(name, mark, 0, instruments),)), MODEL, WIDE)
    required = [
        requirement([LaneRisk(0, WIDE, tuple(lots * slot for slot in row.slots), 0, abs(lots) * row.add_on)])
        for row in rows.values()
    ]
    assert required == sorted(required)


def test_the_numbers_of_deribits_documentation():
    btc, eth = MODEL.ranges("BTC"), MODEL.ranges("ETH")
    assert (btc.price_scan_range, eth.price_scan_range) == (Decimal("0.16"), Decimal("0.18"))
    assert (btc.volatility_scan_range, eth.volatility_scan_range) == (Decimal("0.5"), Decimal("0.4"))
    for ranges in (btc, eth):
        assert ranges.volatility_scan_range_down == Decimal("0.25")
        assert ranges.volatility_floor == Decimal("0.5")
        assert ranges.volatility_term_powers == (Decimal("0.3"), Decimal("0.13"))
    assert len(MODEL.scenarios) == 35
    # Paradex prints these weights for a price range of 16 %.
    printed = ["0.24", "0.48", "0.32", "0.16", "0.08", "0.0533", "0.04", "0.032"]
    weights = [one.weight(btc) / Fraction(8, 10) for one in MODEL.scenarios[27:]]
    assert [float(one) for one in weights] == pytest.approx([float(one) for one in printed], rel=1.1e-2)
