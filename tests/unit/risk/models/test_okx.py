"""OKX's portfolio margin: the venue's example answer, and an independent computation of its stress."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support import okx
from support.venues import CHAIN, MICRO, NOW, margin, market, option, perpetual, table
from zkmargin.risk import load_model
from zkmargin.venue_data import Right

OKX = load_model("okx")
CALL, PUT = Right.CALL, Right.PUT

# OKX API v5, the example answer of POST /api/v5/account/position-builder: 10 contracts of BTC-USDT-SWAP sold and of
# LTC-USDT-SWAP bought. The profits in mr1Scenarios are those of the prices below; deltas are worth 0.015 % and 0.005 %
# more there. LTC is in one class with SOL.
EXAMPLES = {
    "BTC": {
        "units": -10 * Decimal("0.01"),
        "price": "97034.2437",
        "moves": (0.12, 0.08, 0.04, 0, -0.04, -0.08, -0.12),
        "profits": (
            -1164.4109244719994,
            -776.2739496480004,
            -388.1369748240002,
            0,
            388.1369748240002,
            776.2739496480004,
            1164.4109244719994,
        ),
        "mr4": 19.4098073796,
        "mr6": 1164.4109244720003,
        "mr7": 43.67206660410001,
        "mmr": 1183.8207318516002,
        "imr": 1538.9669514070802,
    },
    "SOL": {
        "units": Decimal(10),
        "price": "101.948182254",
        "moves": (0.18, 0.12, 0.06, 0, -0.06, -0.12, -0.18),
        "profits": (
            183.50672805719995,
            122.33781870480001,
            61.168909352399936,
            0,
            -61.168909352399936,
            -122.33781870480001,
            -183.50672805719995,
        ),
        "mr4": 8.1562464,
        "mr6": 183.5067280572,
        "mr7": 7.1367156,
        "mmr": 191.6629744572,
        "imr": 249.16186679436,
    },
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_venues_example(name):
    one = EXAMPLES[name]
    price = Decimal(one["price"])
    swap = replace(perpetual(), mark=price)
    rows = table(market(swap, name=name, price=float(price)), OKX)
    result = margin(rows, {0: int(one["units"] / swap.lot)})
    (lane,) = result.lanes
    ranges = OKX.ranges(name)
    assert [float(scenario.move(ranges)) for scenario in OKX.scenarios[:35:5]] == pytest.approx(one["moves"])
    profits = [total / MICRO for total in lane.totals[:35]]
    assert profits == pytest.approx([profit for profit in one["profits"] for _ in range(5)], abs=1e-3)
    assert max(-total for total in lane.totals[35:37]) / MICRO == pytest.approx(one["mr6"], abs=1e-3)
    # The larger of MR4 and MR7 is charged, so that a hedged book pays its minimum charge; both are of the delta.
    charge = max(one["mr4"], one["mr7"])
    assert lane.add_on / MICRO == pytest.approx(charge, rel=2e-4)
    requirement = result.requirement / MICRO
    assert requirement == pytest.approx(one["mmr"] - one["mr4"] + charge, rel=1e-5)
    assert one["mmr"] <= requirement <= 1.021 * one["mmr"]
    assert one["mmr"] * OKX.initial_bps / 10_000 == pytest.approx(one["imr"])


@pytest.mark.parametrize(
    ("days", "percent", "points"),
    [
        (0, 0.50, 0.30),
        (15, 0.425, 0.275),
        (30, 0.35, 0.25),
        (45, 0.30, 0.225),
        (60, 0.25, 0.20),
        (400, 0.25, 0.20),
    ],
)
def test_volatility_moves_by_days_to_expiry(days, percent, points):
    for name in ("BTC", "SOL", "XYZ"):
        ranges = OKX.ranges(name)
        assert ranges.volatility_range(days) == pytest.approx((percent, percent))
        assert ranges.points(days) == pytest.approx(points)


def test_the_classes_of_the_notice():
    for name, largest in (("BTC", "0.12"), ("ETH", "0.12"), ("SOL", "0.18"), ("XYZ", "0.25")):
        extremes = [one.move(OKX.ranges(name)) for one in OKX.scenarios[35:]]
        assert extremes == [2 * Fraction(largest), -2 * Fraction(largest)]
        assert OKX.ranges(name).price_scan_range == Decimal(largest)


# By 5, 20 and 90 days, below and above the volatility from which the percentage is larger.
HELD = (
    *CHAIN[:2],
    option(1900, PUT, days=5, volatility=0.4),
    option(2100, CALL, days=20, volatility=0.9),
    option(2300, CALL, days=90, volatility=0.5),
)
ROWS = table(market(*HELD), OKX)


@given(st.lists(st.integers(-500, 500), min_size=len(HELD), max_size=len(HELD)))
@example([0, 0, 0, -400, 400])  # short and long volatility: by a percentage and in points differ
def test_the_scan_is_the_larger_of_mr1_and_mr6(lots):
    held = {one: number / 100 for one, number in zip(HELD, lots, strict=True) if number}
    lanes = margin(ROWS, dict(enumerate(lots))).lanes
    scan = lanes[0].scan / MICRO if lanes else 0
    venue = okx.stress(held, NOW, 0.12)
    assert scan == pytest.approx(max(0.0, venue), rel=1e-6, abs=1e-6 * sum(map(abs, lots)) + 1e-9)
