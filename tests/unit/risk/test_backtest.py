"""Backtests: requirements equal to those of a proof, and breaches counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.histories import history_of, history_of_returns
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.risk.adjustment import FIXED, Buffer, load_adjustment
from zkmargin.risk.backtest import backtest
from zkmargin.risk.coverage import kupiec
from zkmargin.risk.unit_position import unit_requirements

SPAN = load_model("span")
_OURS = load_adjustment()
SHORT = replace(_OURS, default=replace(_OURS.default, warm_up=2), underlyings=MappingProxyType({}))
STEADY = [0.01, -0.01] * 20


def test_span_requires_its_range_of_a_unit():
    assert unit_requirements(SPAN, "BTC", Decimal("29412.84")) == pytest.approx((0.16, 0.16), abs=1e-10)
    assert unit_requirements(SPAN, "ETH", Decimal("0.00001234")) == pytest.approx((0.18, 0.18), abs=1e-10)
    assert unit_requirements(SPAN, "X", Decimal(10) ** 12) == pytest.approx((0.25, 0.25), abs=1e-10)


def test_extreme_moves_count_with_their_cover():
    extreme = [replace(one, cover=Fraction(1, 2)) for one in SPAN.scenarios[14:]]
    model = replace(SPAN, scenarios=(*SPAN.scenarios[:14], *extreme))
    # Half of three ranges is more than one.
    assert unit_requirements(model, "BTC", Decimal(100)) == pytest.approx((0.24, 0.24), abs=1e-10)


def test_each_side_has_its_own_worst_scenario():
    model = replace(SPAN, scenarios=tuple(one for one in SPAN.scenarios if one.price >= 0))
    long, short = unit_requirements(model, "BTC", Decimal(100))
    assert (long, short) == pytest.approx((0, 0.16), abs=1e-10)


def test_charges_count():
    # The model perp has no scenario: its requirement is the leverage tier of the position limit.
    perp = load_model("perp")
    rate = float(perp.ranges("ETH").charges.perpetual.tiers.rate)
    assert unit_requirements(perp, "ETH", Decimal(2000)) == pytest.approx((rate, rate), abs=1e-10)


@pytest.mark.parametrize("name", ["span", "deribit", "paradex", "derive_pmrm", "derive_standard", "perp"])
def test_every_model_can_be_tested(name):
    found = backtest(history_of_returns(STEADY), load_model(name), SHORT, Buffer.NONE)
    assert found.tested == 38
    assert 0 < found.mean_requirement < 1


@pytest.mark.parametrize(("part", "long"), [("0.5", 0.5), ("1.2", 0.99)])
def test_the_requirement_of_a_wide_range_is_limited_by_the_price(part, long):
    model = SPAN.with_range("BTC", Decimal(part))
    assert unit_requirements(model, "BTC", Decimal(100)) == pytest.approx((long, float(part)), abs=1e-10)


def test_breaches_are_counted_by_side():
    # 1 % a day is covered by three times its volatility; 10 % is not, and widens the range that follows.
    history = history_of_returns([*STEADY, -0.10, *STEADY, *STEADY, *STEADY, 0.10, 0.01])
    found = backtest(history, SPAN, SHORT, Buffer.NONE)
    fall, rise = history.dates[len(STEADY)], history.dates[4 * len(STEADY) + 1]
    assert [day for day, hit in zip(found.dates, found.long.breaches, strict=True) if hit] == [fall]
    assert [day for day, hit in zip(found.dates, found.short.breaches, strict=True) if hit] == [rise]
    assert found.long.kupiec == kupiec(1, found.tested, 0.99)
    assert found.long.largest_shortfall == pytest.approx(1 - np.exp(-0.10) - 0.0301, abs=2e-4)
    assert found.tested == len(found.dates) == len(history.dates) - 3
    assert found.expected == pytest.approx(found.tested * 0.01)


def test_a_requirement_is_set_at_the_close_of_its_day():
    history = history_of_returns(STEADY)
    found = backtest(history, SPAN, SHORT, None)
    assert found.dates == history.dates[2:-1]
    assert found.closes.tolist() == [float(close) for close in history.closes[2:-1]]
    moves = np.expm1(STEADY[2:])
    assert found.short.losses == pytest.approx(moves)
    assert found.long.losses == pytest.approx(-moves)


def test_a_loss_as_large_as_the_requirement_is_no_breach():
    side = backtest(history_of_returns(STEADY), SPAN, SHORT, None).long
    tied = replace(side, requirements=np.array([0.1, 0.1, 0.1]), losses=np.array([0.1, 0.1 + 1e-15, np.nan]))
    assert tied.breaches.tolist() == [False, True, False]
    assert replace(tied, losses=np.array([-0.1, 0.0, np.nan])).largest_shortfall == 0


def test_a_loss_within_the_range_is_no_breach():
    model = SPAN.with_range("BTC", Decimal("0.25"))
    history = history_of([100, 100, 100, 75, 75])
    parts = unit_requirements(model, "BTC", Decimal(100))
    assert parts[0] >= 0.25
    found = backtest(history, model, SHORT, None)
    assert not found.long.breaches.any()
    assert backtest(history, SPAN, SHORT, None).long.breaches.tolist() == [True, False]


def test_fixed_uses_the_ranges_of_the_model():
    found = backtest(history_of_returns(STEADY), SPAN, SHORT, None)
    assert found.buffer == FIXED
    assert set(found.ranges) == {0.16}
    assert found.procyclicality.peak_to_trough == pytest.approx(1)


def test_the_days_before_a_gap_are_not_tested():
    # Day 3 is missing, and the price halves over it.
    closes = [100, 101, 100, 50, 51, 50, 51]
    found = backtest(history_of(closes, missing={3}), SPAN, SHORT, None)
    assert found.tested == 3
    assert np.isnan(found.long.losses).tolist() == [True, False, False, False]
    assert not found.long.breaches.any()
    assert backtest(history_of(closes), SPAN, SHORT, None).long.breaches.sum() == 1


def test_a_close_out_of_two_days_loses_what_the_price_moves_in_two():
    closes = [100, 101, 100, 90, 80, 88, 90]
    found = backtest(history_of(closes), SPAN, SHORT, None, close_out=2)
    assert found.dates == history_of(closes).dates[2:-2]
    assert found.long.losses == pytest.approx([0.2, 1 - 88 / 90, 1 - 90 / 80])
    assert found.long.breach_dates == (history_of(closes).dates[4],)
    assert found.long.christoffersen is None
    # Day 3 is missing, but not the end of the close-outs around it.
    gap = backtest(history_of(closes, missing={3}), SPAN, SHORT, None, close_out=2)
    assert np.isnan(gap.long.losses).tolist() == [False, False, False]
    assert gap.long.losses[0] == pytest.approx(0.1)
    assert gap.long.ends == tuple(day + timedelta(days=2) for day in gap.dates)


def test_wide_ranges_are_accepted():
    # Three times a volatility of 50 % a day.
    found = backtest(history_of_returns([0.5, -0.5] * 5), SPAN, SHORT, Buffer.NONE)
    assert found.tested == 8
    assert found.ranges == pytest.approx([1.5] * 8, abs=2e-4)
    assert found.short.requirements == pytest.approx(found.ranges)
    assert found.long.requirements == pytest.approx([0.99] * 8)


def test_the_requirement_is_at_the_requested_claim():
    history = history_of_returns(STEADY)
    initial = backtest(history, SPAN, SHORT, None, requirement_bps=12_500)
    assert initial.mean_requirement == pytest.approx(0.2)


@given(st.lists(st.floats(-0.2, 0.2), min_size=5, max_size=30), st.sampled_from(list(Buffer)))
def test_a_wider_multiplier_never_has_more_breaches(moves, option):
    history = history_of_returns(moves)
    wider = replace(SHORT, default=replace(SHORT.default, multiplier=Decimal(4)))
    one, other = (backtest(history, SPAN, rules, option) for rules in (SHORT, wider))
    for side in ("long", "short"):
        assert (getattr(one, side).breaches >= getattr(other, side).breaches).all()


def test_untestable_histories_and_models_are_refused():
    with pytest.raises(
        InputError, match="BTC: the history must have at least 4 days, for a warm-up of 2 returns and a test"
    ):
        backtest(history_of([1, 2, 3]), SPAN, SHORT, Buffer.NONE)
    with pytest.raises(InputError, match="close_out: must be from 1 to 30 days"):
        backtest(history_of([1, 2, 3, 4]), SPAN, SHORT, None, close_out=0)
    with pytest.raises(InputError, match="BTC: expected at least 2 returns for the warm-up, got 1"):
        backtest(history_of([1, 2]), SPAN, SHORT, None)
    with pytest.raises(InputError, match="span: the model requires no margin for a perpetual"):
        backtest(history_of([1, 2, 3, 4]), SPAN, SHORT, None, requirement_bps=0)
