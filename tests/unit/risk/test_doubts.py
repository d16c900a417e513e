"""No estimate lowers a requirement: rows of estimates cover the true price wherever it lies in their range.

The reference is the row of the true price, without clamp or fill. For every position and portfolio, the requirement and
the cash needed for health must be at least those of the reference: within the scan ranges of the models, and under
models that scan 30 % of the price.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support import venues
from support.venues import CHAIN, LOT, NOW, market, option, table
from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.risk import Model, load_model
from zkmargin.risk.quotes import prices
from zkmargin.risk.scenarios import Scenario
from zkmargin.risk.table import risk_rows
from zkmargin.venue_data import Estimate, Option, Right, VenueData
from zkmargin.venues.smile import fill_from_smile
from zkmargin.venues.volatility import fill_volatilities

NAMES = ("span", "deribit", "paradex", "derive_standard", "derive_pmrm", "okx")


@cache
def _model(name: str) -> Model:
    """Return a bundled model; ``30 %`` after its name makes its price scan range 30 %."""
    bundled, _, wide = name.partition(" ")
    model = load_model(bundled)
    return model.with_range("ETH", Decimal("0.3")) if wide else model


MODELS = (*NAMES, "span 30 %", "deribit 30 %")


def _covers(estimated: VenueData, true: VenueData, model: Model) -> None:
    """Check that rows cover those of the true prices, for each side of each instrument.

    It is enough for every portfolio: a requirement is the largest loss over the scenarios or the sum of short floors,
    plus the sum of add-ons. So no loss of a portfolio may rise by more than the sum of its add-ons.
    """
    layout = spec.smallest_layout(len(model.scenarios))
    ours, theirs = (risk_rows(one, model, layout) for one in (estimated, true))
    assert ours.keys() == theirs.keys()
    for number, row in ours.items():
        other = theirs[number]
        doubt = row.add_on - other.add_on
        assert doubt >= 0
        assert row.short_floor >= other.short_floor
        shifts = [a - b for a, b in zip(row.slots, other.slots, strict=True)]
        mark, scenarios = shifts[layout.mark], shifts[: len(model.scenarios)]
        assert max(map(abs, (mark, *scenarios, *(mark + one for one in scenarios)))) <= doubt


def _true(days: float, moneyness: float, volatility: float, right: Right) -> Option:
    return option(round(2000 * moneyness), right, days=days, volatility=volatility)


OPTIONS = st.builds(
    _true, st.floats(0.05, 400), st.floats(0.3, 3.0), st.floats(0.1, 2.5), st.sampled_from(list(Right))
)


def _imported(quoted: Option, *others: Option) -> VenueData:
    """Return venue data of an option as quoted, with what the import makes of it."""
    found = fill_volatilities([quoted, *others], NOW)
    by_name = {one.name: one for one in (*found.valued, *found.at_intrinsic)}
    instruments = [by_name[one.name] for one in (quoted, *others)]
    return replace(market(*instruments), estimates=tuple(found.estimates))


@pytest.mark.parametrize("model", MODELS)
@given(OPTIONS, st.floats(0.05, 4.0))
@settings(max_examples=8)
def test_a_stale_volatility_never_lowers_a_requirement(model, true, published):
    """The mark is true and the volatility stale."""
    assume(true.mark > 0)
    estimated = _imported(replace(true, volatility=Decimal(repr(round(published, 4)))))
    if estimated.estimates:
        _covers(estimated, market(true), _model(model))


@pytest.mark.parametrize("model", MODELS)
@given(OPTIONS, st.floats(0.05, 4.0))
@settings(max_examples=8)
def test_a_stale_mark_never_lowers_a_requirement(model, true, stale):
    """The volatility is true, and the mark that of another one."""
    mark = _true((true.expiry - NOW) / 86400, float(true.strike) / 2000, stale, true.right).mark
    assume(mark > 0)
    estimated = _imported(replace(true, mark=mark))
    if estimated.estimates:
        _covers(estimated, market(true), _model(model))


@pytest.mark.parametrize("model", MODELS)
@given(OPTIONS, st.floats(0.9, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=8)
def test_a_mark_below_intrinsic_value_never_lowers_a_requirement(model, true, below, part):
    """The true volatility is the venue's, or any lower one."""
    intrinsic = max((2000 - true.strike) * (1 if true.right == "call" else -1), 0)
    assume(intrinsic > 0)
    estimated = _imported(replace(true, mark=intrinsic * Decimal(below)))
    if not estimated.estimates:
        return
    (estimate,) = estimated.estimates
    assert estimate.volatilities == (0, true.volatility)
    lower = replace(true, volatility=max(true.volatility * Decimal(part), Decimal("0.001")))
    lower = replace(lower, mark=Decimal(float(prices([lower], NOW)[0])))
    _covers(estimated, market(lower), _model(model))


SMILE = {1400: 0.95, 1600: 0.85, 1800: 0.77, 2000: 0.72, 2200: 0.7, 2400: 0.71, 2700: 0.75}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("right", list(Right))
@given(st.sampled_from([1600, 1800, 2000, 2200, 2400]), st.floats(0, 1), st.sampled_from([4, 30, 200]))
@settings(max_examples=8)
def test_a_fill_from_the_smile_never_lowers_a_requirement(model, right, strike, part, days):
    """The true volatility is any that allows no butterfly arbitrage."""
    chain = [option(one, Right.CALL, days=days, volatility=each) for one, each in SMILE.items()]
    hidden = option(strike, right, days=days, volatility=SMILE[strike])
    rest = [one for one in chain if one.strike != strike]
    ((filled, estimate),), _ = fill_from_smile([hidden], rest, NOW)
    low, high = estimate.volatilities
    true = replace(hidden, volatility=max(low + (high - low) * Decimal(part), Decimal("0.001")))
    true = replace(true, mark=Decimal(float(prices([true], NOW)[0])))
    _covers(replace(market(filled), estimates=(estimate,)), market(true), _model(model))


@pytest.mark.parametrize("model", NAMES)
@given(
    st.dictionaries(st.integers(0, 6), st.integers(-1000, 1000), max_size=7), st.sampled_from([0.4, 1.1, 1.8])
)
@settings(max_examples=10)
def test_a_portfolio_never_requires_less_with_estimates(model, lots, stale):
    """By the requirement of the specification: two stale volatilities and a mark below intrinsic value in a chain."""
    deep = option(3000, Right.PUT, days=40, forward=2020, volatility=0.6)
    true = market(*CHAIN, deep)
    quoted = [*CHAIN, replace(deep, mark=Decimal(979))]
    for place in (2, 5):
        quoted[place] = replace(quoted[place], volatility=Decimal(str(stale)))
    estimated = _imported(quoted[0], *quoted[1:])
    assert len(estimated.estimates) == 3
    ours, theirs = (venues.margin(table(one, _model(model)), lots) for one in (estimated, true))
    assert ours.requirement >= theirs.requirement
    for bps in (10_000, _model(model).initial_bps):
        assert ours.surplus(bps) <= theirs.surplus(bps)


def test_the_charge_by_hand():
    """A put far out of the money whose volatility is 60 % or 80 %, under one scenario without a move.

    Its price differs most today: the volatility falls by a quarter, and a day passes.
    """
    low, high = (option(1500, Right.PUT, volatility=one) for one in (0.6, 0.8))
    model = replace(_model("span"), scenarios=(load_model("span").scenarios[1],))
    estimate = Estimate(high.name, "", None, (low.volatility, high.volatility))
    rows = [
        risk_rows(one, model, spec.STANDARD)[0]
        for one in (market(high), replace(market(high), estimates=(estimate,)))
    ]
    assert rows[1].slots == rows[0].slots
    assert rows[1].short_floor == rows[0].short_floor
    doubt = float(high.mark - low.mark) * float(LOT) * 10**6
    assert 0 <= rows[1].add_on - rows[0].add_on - doubt <= 5
    # Of a long position at the lower end, the scenario's price counts.
    other = replace(market(low), estimates=(estimate,))
    assert risk_rows(other, model, spec.STANDARD)[0].add_on == pytest.approx(doubt, abs=6)


@pytest.mark.parametrize("own", [0.3, 1.5])
@pytest.mark.parametrize("move", [-1, 1])
def test_both_ends_of_the_range_are_covered_at_todays_delta(own, move):
    """Under a scenario of the delta alone: a difference either way is a loss of a long or of a short position."""
    one = option(2600, Right.CALL, volatility=own)
    scenario = Scenario(Fraction(move), Fraction(0), is_range=False, is_linear=True)
    linear = replace(_model("deribit"), scenarios=(scenario,))
    estimate = Estimate(one.name, "", None, (Decimal("0.3"), Decimal("1.5")))
    estimated = replace(market(one), estimates=(estimate,))
    for end in (0.3, 1.5):
        _covers(estimated, market(option(2600, Right.CALL, volatility=end)), linear)


def test_an_estimate_without_a_range_covers_the_difference_from_its_mark():
    quoted = replace(CHAIN[3], mark=CHAIN[3].mark + 10)
    with pytest.raises(InputError, match="its volatility does not give its mark"):
        risk_rows(market(quoted), _model("span"), spec.STANDARD)
    estimated = replace(market(quoted), estimates=(Estimate(quoted.name, "by hand"),))
    row = risk_rows(estimated, _model("span"), spec.STANDARD)[0]
    assert row.add_on == pytest.approx(10 * float(LOT) * 10**6, abs=6)
    assert row.slots[:16] == risk_rows(market(CHAIN[3]), _model("span"), spec.STANDARD)[0].slots[:16]


def test_other_rows_are_as_before():
    estimates = (Estimate(CHAIN[3].name, "", None, (Decimal("0.1"), Decimal(2))),)
    of = market(*CHAIN)
    before, after = (
        risk_rows(one, _model("span"), spec.STANDARD) for one in (of, replace(of, estimates=estimates))
    )
    assert [number for number in before if before[number] != after[number]] == [3]
    assert before[3].slots == after[3].slots
