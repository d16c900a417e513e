"""Volatilities from marks: an option whose quotes contradict each other is an estimate with a size."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.venues import DAY, NOW, market, option
from zkmargin.errors import InputError
from zkmargin.venue_data import Estimate, Option, Right, VenueData
from zkmargin.venues.quote import NO_MARK
from zkmargin.venues.volatility import NO_VOLATILITY, fill_volatilities

CALL = option(2000, Right.CALL)
PUT = option(2400, Right.PUT, volatility=0.7)
DEEP = option(4000, Right.PUT, days=2, volatility=0.9)


def _marked(of: Option, mark: float | str, volatility: float = 0) -> Option:
    return replace(of, mark=Decimal(str(mark)), volatility=Decimal(str(volatility)))


def test_quotes_that_agree_are_not_estimates():
    bare = replace(PUT, volatility=Decimal(0))
    found = fill_volatilities([CALL, bare], NOW)
    assert found.valued[0] is CALL
    assert isinstance(found.valued[1], Option)
    assert float(found.valued[1].volatility) == pytest.approx(0.7, abs=1e-9)
    assert (found.at_intrinsic, found.estimates, found.refused) == ([], [], [])


@pytest.mark.parametrize("published", ["0.55", "0.75"])
def test_a_volatility_that_does_not_give_the_mark_is_implied_from_it(published):
    """A vega of a volatility point is 2.74 on both, so five points are 11 to 12, and the tolerance is 2."""
    quoted = replace(PUT, volatility=Decimal(published))
    found = fill_volatilities([quoted], NOW)
    (valued,), (estimate,) = found.valued, found.estimates
    assert isinstance(valued, Option)
    assert valued.mark == PUT.mark
    assert float(valued.volatility) == pytest.approx(0.7, abs=1e-9)
    assert estimate.name == quoted.name
    other = option(2400, Right.PUT, volatility=float(published)).mark
    assert estimate.size == pytest.approx(other - PUT.mark, abs=Decimal("1e-6"))
    assert estimate.volatilities == tuple(sorted((Decimal(published), valued.volatility)))
    assert f"its volatility {float(published):.2%}".replace("%", " %") in estimate.reason
    assert f"{other:.2f}, not its mark {PUT.mark:.2f}: volatility 70.00 % from the mark" in estimate.reason


def test_a_difference_within_the_tolerance_is_no_estimate():
    assert fill_volatilities([replace(PUT, volatility=Decimal("0.703"))], NOW).estimates == []


@pytest.mark.parametrize(
    ("mark", "published", "others", "volatility", "source"),
    [
        (1990, 0.9, (), "0.9", "the venue's"),
        (2000, 0, (), "1", "assumed"),
        (2000, 0, (CALL, PUT), "0.7", "the highest of its underlying"),
        (1990, 0.5, (CALL,), "0.5", "the venue's"),
        (1990, 0.5, ((3600, 0.8), (4400, 1.1)), "1.1", "of the nearest strikes"),
        (1990, 1.3, ((3600, 0.8), (4400, 1.1)), "1.3", "the venue's"),
        (1990, 0.5, ((3600, 1.4), (4000, 0.8), (4400, 1.1)), "0.8", "of the nearest strikes"),
    ],
)
def test_a_mark_not_above_intrinsic_value_is_kept_with_the_highest_plausible_volatility(
    mark, published, others, volatility, source
):
    neighbours = [
        one if isinstance(one, Option) else option(one[0], Right.CALL, days=2, volatility=one[1])
        for one in others
    ]
    found = fill_volatilities([_marked(DEEP, mark, published), *neighbours], NOW)
    (valued,), (estimate,) = found.at_intrinsic, found.estimates
    assert (valued.mark, valued.volatility) == (mark, Decimal(volatility))
    assert estimate.volatilities == (0, Decimal(volatility))
    price = option(4000, Right.PUT, days=2, volatility=float(volatility)).mark
    assert estimate.size == pytest.approx(price - mark, abs=Decimal("1e-6"))
    where = "below" if mark < 2000 else "at"
    assert estimate.reason.startswith(f"mark {mark}.00 {where} intrinsic value 2000.00: volatility ")
    assert f", {source}, gives {price:.2f}" in estimate.reason
    assert len(found.valued) == len(neighbours)


FAR = option(4000, Right.CALL, days=2, volatility=0.9)


@pytest.mark.parametrize(
    ("of", "published", "neighbour", "listed"),
    [
        # Worth less than 1e-9, and 2 is the tolerance.
        (FAR, 0, None, "estimate"),
        (FAR, 0.9, None, "valued"),
        (FAR, 0, 1.5, "estimate"),
        (FAR, 9.0, None, "refused"),
        (FAR, 0, 9.0, "refused"),
        (CALL, 0.6, None, "refused"),
        (CALL, 0, None, "refused"),
        (DEEP, 0.9, None, "refused"),
        (option(1990, Right.CALL, days=2), 0, 0.01, "refused"),
    ],
)
def test_a_mark_of_zero_is_one_for_an_option_that_is_worth_nothing(of, published, neighbour, listed):
    """Venues write zero for none as well: then the option would be worth something at a plausible volatility."""
    others = [] if neighbour is None else [option(3800, Right.CALL, days=2, volatility=neighbour)]
    found = fill_volatilities([_marked(of, 0, published), *others], NOW)
    names = {
        "estimate": [one.name for one in found.at_intrinsic],
        "valued": [one.name for one in found.valued if one.name == of.name],
        "refused": [one.name for one, reason in found.refused if reason == NO_MARK],
    }
    assert {kind for kind, each in names.items() if each == [of.name]} == {listed}
    assert len(found.estimates) == (listed == "estimate")


@pytest.mark.parametrize(("of", "mark"), [(CALL, 2000), (CALL, 3000), (PUT, 2400), (PUT, 1e9)])
@pytest.mark.parametrize("published", [0, 0.6])
def test_a_mark_at_or_above_the_limit_of_the_price_is_refused(of, mark, published):
    found = fill_volatilities([_marked(of, mark, published)], NOW)
    assert [(one.name, reason) for one, reason in found.refused] == [(of.name, NO_VOLATILITY)]
    assert (found.valued, found.at_intrinsic, found.estimates) == ([], [], [])


@pytest.mark.parametrize("forward", ["1e-12", "1e20"])
def test_reasons_fit_into_a_file_whatever_the_prices(tmp_path, forward):
    scale = Decimal(forward) / 2000
    scaled = [
        replace(one, forward=one.forward * scale, strike=one.strike * scale, mark=one.mark * scale)
        for one in (replace(PUT, volatility=Decimal(10**12)), _marked(DEEP, 1990, 10**15))
    ]
    found = fill_volatilities(scaled, NOW)
    assert len(found.estimates) == 2
    first = found.estimates[0]
    venue_data = replace(market(replace(CALL, name=first.name)), estimates=(first,))
    venue_data.save(tmp_path / "venue.json")
    assert VenueData.load(tmp_path / "venue.json") == venue_data


def test_estimates_are_kept_in_files(tmp_path):
    for estimate in (
        Estimate(CALL.name, "from the smile"),
        Estimate(CALL.name, "from the mark", Decimal("-1.25"), (Decimal(0), Decimal("0.7"))),
    ):
        venue_data = replace(market(CALL), estimates=(estimate,))
        venue_data.save(tmp_path / "venue.json")
        assert VenueData.load(tmp_path / "venue.json").estimates == (estimate,)


@pytest.mark.parametrize("ends", [["0.7", "0.6"], ["-0.1", "0.6"], ["0.6"]])
def test_a_range_that_is_none_is_refused(tmp_path, ends):
    path = tmp_path / "venue.json"
    wide = (Decimal("0.5"), Decimal("0.6"))
    replace(market(CALL), estimates=(Estimate(CALL.name, "no mark", None, wide),)).save(path)
    text = path.read_text()
    old = text[text.index('"volatilities"') : text.index("]", text.index('"volatilities"')) + 1]
    path.write_text(text.replace(old, f'"volatilities": {ends}'.replace("'", '"')))
    with pytest.raises(InputError, match=r"estimates\[0\]\.volatilities"):
        VenueData.load(path)


def test_of_the_two_options_of_a_strike_the_higher_volatility_counts():
    pair = [
        replace(option(4000, right, days=2, volatility=volatility), name=f"{right}-{volatility}")
        for right, volatility in ((Right.CALL, 1.2), (Right.PUT, 0.8))
    ]
    for others in (pair, pair[::-1]):
        found = fill_volatilities([_marked(DEEP, 1990), *others], NOW)
        assert found.at_intrinsic[0].volatility == Decimal("1.2")


def test_the_time_value_of_a_day_is_enough_for_a_volatility():
    """At its intrinsic value plus a cent, an option has a low volatility, but one that gives its mark."""
    found = fill_volatilities([_marked(option(2100, Right.PUT, days=1), "100.01")], NOW)
    (valued,) = found.valued
    assert isinstance(valued, Option)
    assert 0 < valued.volatility < Decimal("0.5")
    assert valued.expiry == NOW + DAY
