"""Ranges from prices: known answers and properties of all histories."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.histories import history_of, history_of_returns
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.risk.adjustment import Adjustment, Buffer, Rule, load_adjustment
from zkmargin.risk.history import History
from zkmargin.risk.scan_range import range_days, round_range, scan_range_now, scan_ranges

# The range is the plain standard deviation: nothing but the recursion.
PLAIN = Rule(
    multiplier=Decimal(1),
    decay=Decimal("0.94"),
    warm_up=1,
    long_run=365,
    long_run_part=Decimal(0),
    minimum=Decimal(0),
    buffer=Decimal("0.25"),
    buffer_daily_rise=Decimal("0.01"),
    stressed_weight=Decimal("0.25"),
    stressed=2,
    look_back=4,
)

# J. P. Morgan/Reuters, "RiskMetrics - Technical Document", 4th edition (1996), table 5.3: daily returns of
# USD/DEM from 28 March to 24 April 1996 in percent, and their recursive variance with decay 0.94.
RETURNS = (
    *(0.633, 0.115, -0.459, 0.093, 0.176, -0.087, -0.142, 0.324, -0.943, -0.528),
    *(-0.107, -0.159, -0.445, 0.053, 0.152, -0.318, 0.424, -0.708, -0.105, -0.257),
)
VARIANCES = (
    *(0.401, 0.378, 0.368, 0.346, 0.327, 0.308, 0.291, 0.280, 0.316, 0.314),
    *(0.296, 0.280, 0.275, 0.258, 0.244, 0.236, 0.232, 0.248, 0.234, 0.224),
)

returns = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60)
options = st.sampled_from(list(Buffer))


def ranges_of(history, option=Buffer.NONE, days=1, **changes):
    adjustment = Adjustment("test", option, replace(PLAIN, **changes), {})
    return scan_ranges(history, adjustment, Decimal(days))


def test_the_recursion_is_that_of_riskmetrics():
    variances = ranges_of(history_of_returns([one / 100 for one in RETURNS]))[1:] ** 2
    assert variances * 10_000 == pytest.approx(VARIANCES, abs=0.001)


def test_the_recursion_by_hand():
    assert ranges_of(history_of_returns([0.01, -0.02]))[1:] ** 2 == pytest.approx(
        [1e-4, 0.94 * 1e-4 + 0.06 * 4e-4]
    )


def test_a_range_is_multiplier_times_volatility_times_the_root_of_the_days():
    history = history_of_returns([0.02, -0.02, 0.02])
    assert ranges_of(history, days=4, multiplier=Decimal(3))[1:] == pytest.approx([0.12] * 3)


def test_a_range_is_at_least_the_minimum_and_the_part_of_the_long_run():
    history = history_of_returns([0.03, 0.0, 0.0])
    floor = ranges_of(history, long_run_part=Decimal("0.9"), long_run=2)[1:]
    assert floor[:2] == pytest.approx([0.03, math.sqrt(0.94 * 9e-4)])
    assert floor[2] == pytest.approx(math.sqrt(0.94**2 * 9e-4))
    assert ranges_of(history, long_run_part=Decimal(1), long_run=3)[3] == pytest.approx(0.03 * 3**-0.5, rel=1)
    assert ranges_of(history, minimum=Decimal("0.5"))[1:].tolist() == [0.5] * 3


def test_the_long_run_supports_the_range_in_a_calm_market():
    history = history_of_returns([0.1] + [0.0] * 20)
    held = ranges_of(history, decay=Decimal("0.1"), long_run_part=Decimal("0.5"), long_run=100)
    assert held[-1] == pytest.approx(0.5 * 0.1 / math.sqrt(21))


def test_a_buffer_is_used_up_by_a_sharp_rise_and_comes_back_by_one_percent_a_day():
    decay = Decimal("0.000000001")
    moves = [0.10, 0.11, 0.14, 0.14, 0.14, 0.08]
    ranges = ranges_of(history_of_returns(moves), Buffer.BUFFER, decay=decay)[1:]
    # 1.25 x 0.10; 1 % more covers 0.11; 0.14 uses it up; then 1 % a day; at most 1.25 x 0.08.
    expected = [0.125, 0.12625, 0.14, 0.1414, 0.142814, 0.10]
    assert ranges == pytest.approx(expected, rel=1e-6)


def test_a_used_up_buffer_is_whole_after_23_days():
    moves = [0.10] * 3 + [0.20] * 30
    ranges = ranges_of(history_of_returns(moves), Buffer.BUFFER, decay=Decimal("0.000000001"))[1:]
    assert ranges[3] == pytest.approx(0.2)
    assert ranges[3 + 22] < 0.2499 < ranges[3 + 23] == pytest.approx(0.25)


def test_stressed_observations_weigh_a_quarter():
    moves = [0.01, 0.05, 0.05, 0.01, 0.01, 0.01, 0.01]
    ranges = ranges_of(history_of_returns(moves), Buffer.STRESSED, decay=Decimal("0.000000001"))[1:]
    mixed = [0.75 * 1e-4 + 0.25 * worst for worst in (25e-4, 25e-4, 13e-4, 1e-4)]
    # Two returns are a period of stress, four are looked back on.
    assert ranges[3:] ** 2 == pytest.approx([mixed[0], mixed[1], mixed[2], mixed[3]], rel=1e-5)
    assert ranges[:3] == pytest.approx([0.01, 0.05, 0.05], rel=1e-5)


def test_the_floor_is_the_volatility_of_the_look_back():
    moves = [0.04, 0.0, 0.0, 0.0, 0.0]
    ranges = ranges_of(history_of_returns(moves), Buffer.FLOOR, decay=Decimal("0.000000001"))[1:]
    means = [16e-4, 8e-4, 16e-4 / 3, 4e-4, 0.0]
    assert ranges**2 == pytest.approx(means, abs=1e-11)


@given(returns, options, st.integers(1, 59), st.floats(0.01, 100))
def test_later_prices_never_change_an_earlier_range(moves, option, cut, factor):
    history = history_of_returns(moves)
    cut = min(cut, len(moves) - 1)
    later = tuple(close * Decimal(factor) for close in history.closes[cut + 1 :])
    other = replace(history, closes=history.closes[: cut + 1] + later)
    before, after = ranges_of(history, option), ranges_of(other, option)
    assert np.array_equal(before[: cut + 1], after[: cut + 1], equal_nan=True)
    shorter = replace(history, dates=history.dates[: cut + 1], closes=history.closes[: cut + 1])
    assert np.array_equal(ranges_of(shorter, option), before[: cut + 1], equal_nan=True)


@given(returns, options)
def test_an_option_never_lowers_a_range(moves, option):
    history = history_of_returns(moves)
    calculated, raised = ranges_of(history)[1:], ranges_of(history, option)[1:]
    assert (raised >= calculated * (1 - 1e-12)).all()
    if option is Buffer.BUFFER:
        assert (raised <= 1.25 * calculated * (1 + 1e-12)).all()


@given(returns, options)
def test_a_wider_multiplier_gives_a_wider_range(moves, option):
    history = history_of_returns(moves)
    assert 3 * ranges_of(history, option)[1:] == pytest.approx(
        ranges_of(history, option, multiplier=Decimal(3))[1:]
    )


def test_a_return_over_a_gap_counts_as_one_of_its_daily_part():
    closes = [100, 101, 110]
    with_gap = ranges_of(history_of(closes, missing={2, 3, 4}))
    day, gap = math.log(101 / 100) ** 2, math.log(110 / 101) ** 2 / 4
    assert with_gap[-1] ** 2 == pytest.approx(0.94 * day + 0.06 * gap)


def test_the_warm_up_has_no_ranges():
    ranges = ranges_of(history_of_returns([0.01] * 5), warm_up=4)
    assert np.isnan(ranges).tolist() == [True] * 4 + [False] * 2
    with pytest.raises(InputError, match="BTC: expected at least 6 returns for the warm-up, got 5"):
        ranges_of(history_of_returns([0.01] * 5), warm_up=6)


def test_the_rule_is_that_of_the_underlying():
    own = {"ETH": replace(PLAIN, multiplier=Decimal(2))}
    adjustment = Adjustment("test", Buffer.NONE, PLAIN, own)
    btc, eth = (history_of_returns([0.01, 0.01], name=name) for name in ("BTC", "ETH"))
    assert scan_range_now(btc, adjustment) == Decimal("0.0100")
    assert scan_range_now(eth, adjustment) == Decimal("0.0200")


@given(st.floats(0, 10))
def test_a_range_is_rounded_up_to_four_decimals(value):
    rounded = round_range(value)
    assert rounded.as_tuple().exponent == -4
    assert 0 <= Fraction(rounded) - Fraction(value) < Fraction(1, 10**4)


@pytest.mark.parametrize("changed", [{"multiplier": Decimal(10) ** 29}, {"minimum": Decimal(10) ** 29}])
def test_a_range_beyond_any_price_is_refused(changed):
    adjustment = Adjustment("test", Buffer.NONE, replace(PLAIN, **changed), {})
    with pytest.raises(InputError, match="price scan range: must be below 1000000000"):
        scan_range_now(history_of_returns([0.01, 0.01]), adjustment)


def test_the_range_now_is_the_last_one_rounded_up():
    history = history_of_returns([0.0123456, 0.01], name="ETH")
    adjustment = replace(load_adjustment(), default=PLAIN, option=Buffer.NONE)
    last = math.sqrt(0.94 * 0.0123456**2 + 0.06 * 1e-4)
    assert scan_range_now(history, adjustment) == Decimal(math.ceil(last * 10**4)).scaleb(-4)
    assert scan_range_now(history, adjustment, Decimal(4)) == Decimal(math.ceil(2 * last * 10**4)).scaleb(-4)


def test_ten_years_take_little_time():
    days = [date.fromordinal(730_000 + number) for number in range(3_700)]
    history = History("BTC", tuple(days), tuple(Decimal(100 + number % 7) for number in range(3_700)))
    for option in Buffer:
        assert scan_ranges(history, replace(load_adjustment(), option=option))[-1] > 0


def test_a_range_is_for_a_day_at_least():
    assert range_days(load_model("deribit")) == range_days(load_model("span")) == 1
    assert range_days(replace(load_model("span"), look_ahead_days=Decimal(2))) == 2
