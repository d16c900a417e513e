"""The statistics of a backtest against published tables and SciPy's tests of contingency tables."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2_contingency, power_divergence

from zkmargin.errors import InputError
from zkmargin.risk.coverage import christoffersen, joint, kupiec, traffic_light
from zkmargin.risk.losses import compare_losses, expected_shortfall
from zkmargin.risk.procyclicality import procyclicality

# P. Kupiec (1995), as P. Jorion, "Value at Risk", prints it: between which numbers N of failures, both
# exclusive, the test does not reject at 5 %, by probability of a failure and days.
NOT_REJECTED = {
    (0.01, 255): (None, 7),
    (0.01, 510): (1, 11),
    (0.01, 1000): (4, 17),
    (0.025, 255): (2, 12),
    (0.025, 510): (6, 21),
    (0.025, 1000): (15, 36),
    (0.05, 255): (6, 21),
    (0.05, 510): (16, 36),
    (0.05, 1000): (37, 65),
    (0.075, 255): (11, 28),
    (0.075, 510): (27, 51),
    (0.075, 1000): (59, 92),
    (0.10, 255): (16, 36),
    (0.10, 510): (38, 65),
    (0.10, 1000): (81, 120),
}


@pytest.mark.parametrize(("probability", "days"), NOT_REJECTED)
def test_kupiecs_table(probability, days):
    low, high = NOT_REJECTED[probability, days]
    found = [number for number in range(days + 1) if kupiec(number, days, 1 - probability).p_value > 0.05]
    # The table prints no lower bound for the first entry; the statistic of N = 0 is 5.13, beyond 3.84.
    assert found == list(range(1 if low is None else low + 1, high))


def test_kupiecs_statistic_of_hulls_exercise():
    # J. Hull, "Risk Management and Financial Institutions", 9.14: 15 exceptions in 1000 days at 99 %.
    assert kupiec(15, 1000, 0.99).statistic == pytest.approx(2.19, abs=0.005)


@given(st.integers(1, 2000), st.floats(0.5, 0.999), st.data())
def test_kupiecs_test_is_a_g_test_of_fit(days, confidence, data):
    breaches = data.draw(st.integers(0, days))
    found = kupiec(breaches, days, confidence)
    expected = [days * (1 - confidence), days * confidence]
    known = power_divergence([breaches, days - breaches], expected, lambda_="log-likelihood")
    assert found.statistic == pytest.approx(known.statistic, abs=1e-8)
    assert found.p_value == pytest.approx(known.pvalue, abs=1e-6)


@pytest.mark.parametrize(("breaches", "days", "confidence"), [(0, 0, 0.99), (3, 2, 0.99), (-1, 2, 0.99)])
def test_kupiec_takes_breaches_among_days_only(breaches, days, confidence):
    with pytest.raises(InputError, match="kupiec: expected at least one day, and from 0 breaches"):
        kupiec(breaches, days, confidence)


@pytest.mark.parametrize("confidence", [0, 1, 1.5, float("nan")])
def test_kupiec_takes_a_confidence_between_0_and_1(confidence):
    with pytest.raises(InputError, match="confidence: must be between 0 and 1"):
        kupiec(1, 10, confidence)


@given(st.lists(st.lists(st.booleans(), max_size=60), max_size=4))
def test_christoffersens_test_is_a_g_test_of_independence(runs):
    table = np.zeros((2, 2))
    for run in runs:
        for yesterday, today in pairwise(run):
            table[int(yesterday), int(today)] += 1
    found = christoffersen(runs)
    if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
        known = chi2_contingency(table, correction=False, lambda_="log-likelihood")
        assert found.statistic == pytest.approx(known.statistic, abs=1e-8)
        assert found.p_value == pytest.approx(known.pvalue, abs=1e-6)
    else:
        assert found.statistic == pytest.approx(0, abs=1e-8)


def test_a_run_ends_where_days_are_missing():
    assert christoffersen([[True, True], [False] * 20]).p_value < 0.01
    assert christoffersen([[True], [True], [False] * 20]).p_value == 1


def test_the_joint_test_of_mathworks_example():
    # The first example of varbacktest.cc in MATLAB's Risk Management Toolbox: 57 failures in 1043 days at 95 %, of
    # which 4 follow another one.
    days = [False, *[True, True, False] * 4, *[True, *[False] * 5] * 49]
    days += [False] * (1043 - len(days))
    found = (
        kupiec(57, 1043, 0.95),
        christoffersen([days]),
        joint(kupiec(57, 1043, 0.95), christoffersen([days])),
    )
    assert sum(days) == 57
    assert sum(one and other for one, other in pairwise(days)) == 4
    assert [one.statistic for one in found] == pytest.approx([0.46147, 0.25866, 0.72013], abs=5e-6)
    assert [one.p_value for one in found] == pytest.approx([0.49694, 0.61104, 0.69763], abs=5e-6)


# Basel Committee on Banking Supervision, "Supervisory framework for the use of backtesting" (1996), table 2.
ZONES = ["green"] * 5 + ["yellow"] * 5 + ["red"] * 3


@pytest.mark.parametrize(("breaches", "zone"), list(enumerate(ZONES)))
def test_the_zones_of_the_basel_committee(breaches, zone):
    found = traffic_light([True] * 7 + [False] * (250 - breaches) + [True] * breaches, 0.99)
    assert (found.zone, found.days, found.breaches) == (zone, 250, breaches)
    assert found.probability == pytest.approx(binom.cdf(breaches, 250, 0.01))


def test_a_short_history_has_zones_of_its_own():
    assert traffic_light([True, True, *[False] * 8], 0.99).zone == "yellow"
    none = traffic_light([False] * 4, 0.99)
    assert (none.zone, none.days, none.probability) == ("green", 4, pytest.approx(0.99**4))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=120), st.sampled_from([0.5, 0.9, 0.975, 0.99]))
def test_expected_shortfall_is_the_least_of_rockafellar_and_uryasev(losses, level):
    # R. T. Rockafellar and S. Uryasev (2000): the minimum over x of x + E[max(L - x, 0)] / (1 - level), which one of
    # the losses attains.
    losses = np.array(losses)
    known = min(x + np.maximum(losses - x, 0).mean() / (1 - level) for x in losses)
    assert expected_shortfall(losses, level) == pytest.approx(known, abs=1e-9)


def test_losses_are_dated_by_the_end_of_their_close_out():
    ends = tuple(date(2024, 1, 2) + timedelta(days=number) for number in range(5))
    losses = np.array([0.01, 0.3, np.nan, 0.2, -0.1])
    found = compare_losses(np.array([0.1, 0.25, 0.1, 0.05, 0.1]), losses, ends, 0.99)
    assert (found.tested, found.breaches.sum()) == (4, 2)
    assert (found.traffic_light.days, found.traffic_light.breaches) == (4, 2)
    assert found.breach_dates == (date(2024, 1, 3), date(2024, 1, 5))
    assert (found.worst_loss, found.worst_date) == (0.3, date(2024, 1, 3))
    assert found.largest_shortfall == pytest.approx(0.15)
    assert found.shortfall_date == date(2024, 1, 5)
    assert found.mean_shortfall == pytest.approx(0.1)
    assert found.mean_requirement == pytest.approx(0.125)
    assert found.expected_shortfall == pytest.approx(0.3)
    assert found.joint == joint(found.kupiec, found.christoffersen)


def test_overlapping_losses_are_not_tested_for_independence():
    ends = tuple(date(2024, 1, 3) + timedelta(days=number) for number in range(3))
    found = compare_losses(np.full(3, 0.1), np.array([0.0, 0.2, 0.2]), ends, 0.99, overlap=True)
    assert (found.christoffersen, found.joint) == (None, None)
    calm = compare_losses(np.full(3, 0.1), np.full(3, -0.1), ends, 0.99)
    assert (calm.worst_loss, calm.shortfall_date, calm.mean_shortfall) == (-0.1, None, 0)


def test_procyclicality_by_hand():
    found = procyclicality(np.array([0.10, 0.20, 0.05, 0.05, 0.05, 0.15, 0.30]))
    assert found.peak_to_trough == pytest.approx(6)
    assert found.one_day == pytest.approx(2)
    # From 0.10 to 0.15 and from 0.20 to 0.30.
    assert found.five_days == pytest.approx(0.5)


def test_a_requirement_that_never_rises_has_no_rise():
    found = procyclicality(np.array([0.3, 0.2, 0.1]))
    assert (found.one_day, found.five_days) == (0, 0)
