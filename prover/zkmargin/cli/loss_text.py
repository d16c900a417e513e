"""Tests of requirements against losses, as cells of a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import print_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkmargin.risk.coverage import LikelihoodRatio
    from zkmargin.risk.losses import LossTest

__all__ = ["HEADINGS", "as_number", "cells", "explain", "ratio_to_json", "test_to_json", "verdict"]

_SIGNIFICANCE = 0.05
_ABSENT = "-"
HEADINGS = (
    "mean\nrequirement",
    "\nbreaches",
    "\nKupiec p",
    "",
    "\nruns p",
    "\njoint p",
    "latest\n250 days",
    "worst\nloss",
    "\non",
    "largest\nshortfall",
    "\non",
    "mean\nshortfall",
    "loss\nES 97.5%",
    "of mean\nrequirement",
)
"""The headings of `cells`."""


def cells(test: LossTest, amount: Callable[[float], str] = "{:.2%}".format) -> tuple[str, ...]:
    """Return the cells of a test; `amount` writes a requirement or a loss."""
    light, day = test.traffic_light, test.shortfall_date
    breached = day is not None
    mean = test.mean_requirement
    return (
        amount(mean),
        str(test.breaches.sum()),
        f"{test.kupiec.p_value:.3f}",
        verdict(test.kupiec, int(test.breaches.sum()), test.expected),
        _p_value(test.christoffersen),
        _p_value(test.joint),
        f"{light.zone} {light.breaches}",
        amount(test.worst_loss),
        str(test.worst_date),
        amount(test.largest_shortfall) if breached else _ABSENT,
        str(day) if breached else "",
        amount(test.mean_shortfall) if breached else _ABSENT,
        amount(test.expected_shortfall),
        f"{test.expected_shortfall / mean:.0%}" if mean else _ABSENT,
    )


def verdict(kupiec: LikelihoodRatio, breaches: int, expected: float) -> str:
    """Mark what Kupiec's test rejects: + for too many breaches, - for too few."""
    if kupiec.p_value >= _SIGNIFICANCE:
        return ""
    return "+" if breaches > expected else "-"


def explain(*, overlap: bool) -> None:
    """Write the lines that explain the cells."""
    print_line("+ and -: significantly more, or fewer, breaches than expected, by Kupiec's test at 5 %")
    print_line("runs p and joint p: Christoffersen's tests of independence, and of number and independence")
    print_line("250 days: the Basel Committee's zone of the latest 250 days, and their breaches")
    if overlap:
        print_line(
            "losses over more than a day overlap: breaches then come in runs under any model, so independence is not "
            "tested, and Kupiec's test and the zone reject too often"
        )


def test_to_json(test: LossTest) -> dict[str, Any]:
    """Return a test as an object."""
    breaches, light = int(test.breaches.sum()), test.traffic_light
    return {
        "mean_requirement": as_number(test.mean_requirement),
        "breaches": breaches,
        "expected_breaches": as_number(test.expected),
        "coverage": as_number(1 - breaches / test.tested),
        "kupiec": ratio_to_json(test.kupiec),
        "christoffersen": ratio_to_json(test.christoffersen),
        "joint": ratio_to_json(test.joint),
        "traffic_light": {
            "zone": str(light.zone),
            "days": light.days,
            "breaches": light.breaches,
            "probability": as_number(light.probability),
        },
        "worst_loss": as_number(test.worst_loss),
        "worst_day": str(test.worst_date),
        "largest_shortfall": as_number(test.largest_shortfall),
        "largest_shortfall_day": None if test.shortfall_date is None else str(test.shortfall_date),
        "mean_shortfall": as_number(test.mean_shortfall),
        "expected_shortfall_97_5": as_number(test.expected_shortfall),
        "breach_days": [str(day) for day in test.breach_dates],
    }


def ratio_to_json(ratio: LikelihoodRatio | None) -> dict[str, float] | None:
    """Return a likelihood ratio test as an object; None if it does not apply."""
    if ratio is None:
        return None
    return {"statistic": as_number(ratio.statistic), "p_value": as_number(ratio.p_value)}


def as_number(value: float) -> float:
    """Round a number to six significant digits."""
    return float(f"{value:.6g}")


def _p_value(ratio: LikelihoodRatio | None) -> str:
    return _ABSENT if ratio is None else f"{ratio.p_value:.3f}"
