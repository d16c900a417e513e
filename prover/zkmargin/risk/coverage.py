"""Tests of the number and the independence of breaches: Kupiec, Christoffersen, Basel's traffic light."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

with needs_extra("risk"):
    import numpy as np
    from scipy.special import bdtr, xlog1py, xlogy  # type: ignore[import-untyped]
    from scipy.stats import chi2  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LikelihoodRatio", "TrafficLight", "Zone", "christoffersen", "joint", "kupiec", "traffic_light"]

TRAFFIC_DAYS = 250
"""The days of a traffic light."""

_YELLOW, _RED = 0.95, 0.9999


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A likelihood ratio test.

    Attributes
    ----------
    statistic : float
        Twice the logarithm of the ratio; not negative.
    p_value : float
        The probability of a statistic at least as large under the null hypothesis.
    """

    statistic: float
    p_value: float


class Zone(StrEnum):
    """The zone of a traffic light."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """A traffic light of the Basel Committee.

    Attributes
    ----------
    zone : Zone
    days, breaches : int
        The number of days that count, at most 250, and of the breaches among them.
    probability : float
        The probability of at most so many breaches, if each day is one with probability 1 - confidence.
    """

    zone: Zone
    days: int
    breaches: int
    probability: float


def kupiec(breaches: int, days: int, confidence: float) -> LikelihoodRatio:
    """Test whether each day is a breach with probability 1 - confidence: the proportion-of-failures test.

    P. Kupiec, "Techniques for verifying the accuracy of risk measurement models", Journal of Derivatives 3
    (1995). It rejects too few breaches as well as too many.

    Parameters
    ----------
    breaches, days : int
        The number of breaches and the number of days.
    confidence : float
        The confidence level, such as 0.99.

    Returns
    -------
    LikelihoodRatio

    Raises
    ------
    InputError
        If there is no day, the number of breaches is not from 0 to that of days, or the confidence is not between
        0 and 1.
    """
    if not 0 <= breaches <= days or days == 0:
        reason = "expected at least one day, and from 0 breaches to as many as there are days"
        raise InputError(reason, source="kupiec")
    if not 0 < confidence < 1:
        raise InputError("must be between 0 and 1", source="confidence")
    expected = _log_likelihood(breaches, days, 1 - confidence)
    return _ratio(expected, _log_likelihood(breaches, days, breaches / days))


def christoffersen(runs: Sequence[Sequence[bool]]) -> LikelihoodRatio:
    """Test whether a breach is as likely after a breach as after any other day: the test of independence.

    P. Christoffersen, "Evaluating interval forecasts", International Economic Review 39 (1998).

    Parameters
    ----------
    runs : sequence of sequences of bool
        Whether each day is a breach, in runs of consecutive days.

    Returns
    -------
    LikelihoodRatio
        The statistic is 0 if no day follows a breach.
    """
    after: dict[bool, list[bool]] = {False: [], True: []}
    for run in runs:
        for yesterday, today in pairwise(run):
            after[bool(yesterday)].append(bool(today))
    every = [*after[False], *after[True]]
    same = _log_likelihood(sum(every), len(every), float(np.mean(every)) if every else 0.0)
    apart = sum(
        _log_likelihood(sum(days), len(days), float(np.mean(days))) for days in after.values() if days
    )
    return _ratio(same, apart)


def joint(coverage: LikelihoodRatio, independence: LikelihoodRatio) -> LikelihoodRatio:
    """Test number and independence of breaches together: Christoffersen's test of conditional coverage.

    Its statistic is the sum of both, with two degrees of freedom (Christoffersen 1998). The first day of a
    run, which follows no other, counts in Kupiec's part only.

    Parameters
    ----------
    coverage, independence : LikelihoodRatio
        The results of `kupiec` and `christoffersen`.

    Returns
    -------
    LikelihoodRatio
    """
    statistic = coverage.statistic + independence.statistic
    return LikelihoodRatio(statistic, float(chi2.sf(statistic, 2)))


def traffic_light(breaches: Sequence[bool], confidence: float) -> TrafficLight:
    """Return the zone of the latest 250 days, or of all if there are fewer.

    Basel Committee on Banking Supervision, "Supervisory framework for the use of backtesting" (January 1996), table 2,
    now MAR32: yellow begins at the number of breaches where the probability of at most so many reaches 95 %, red
    at 99.99 %. For 250 days at 99 % these are 5 and 10. Without a breach the zone is green, however few the days.

    Parameters
    ----------
    breaches : sequence of bool
        Whether each day is a breach, in the order of the days.
    confidence : float
        The confidence level, such as 0.99.

    Returns
    -------
    TrafficLight
    """
    latest = breaches[-TRAFFIC_DAYS:]
    count = sum(map(bool, latest))
    probability = float(bdtr(count, len(latest), 1 - confidence))
    zone = Zone.GREEN
    if count and probability >= _YELLOW:
        zone = Zone.RED if probability >= _RED else Zone.YELLOW
    return TrafficLight(zone, len(latest), count, probability)


def _log_likelihood(breaches: int, days: int, probability: float) -> float:
    return float(xlogy(breaches, probability) + xlog1py(days - breaches, -probability))


def _ratio(restricted: float, free: float) -> LikelihoodRatio:
    statistic = max(0.0, 2 * (free - restricted))
    return LikelihoodRatio(statistic, float(chi2.sf(statistic, 1)))
