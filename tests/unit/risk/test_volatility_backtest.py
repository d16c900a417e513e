"""Backtests of volatility ranges: moves by tenor against those that the rows of options contain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from support.market_days import DAY, FIRST, market_on
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.risk.adjustment import Buffer, load_adjustment
from zkmargin.risk.history import History
from zkmargin.risk.ranges import Ranges
from zkmargin.risk.scan_range import scan_range_now
from zkmargin.risk.volatility_backtest import VolatilityMoves, adjust_volatility, backtest_volatility
from zkmargin.risk.volatility_history import load_volatilities
from zkmargin.risk.volatility_surfaces import Surface, moves_of_surfaces, surface
from zkmargin.venue_data import Estimate

_RANGES = Ranges(Decimal("0.1"), Decimal("0.3"), Decimal("0.2"), Decimal("0.05"))
SPAN = load_model("span")
MODEL = replace(SPAN, default=_RANGES, underlyings={})
CSV = "date,3d,30d\n2024-01-01,80,60\n2024-01-02,110,61\n2024-01-03,70,\n2024-01-05,70,62\n2024-01-06,60,62\n"


def moves(before, after, tenor=30):
    ends = tuple(date(2024, 1, 2 + number) for number in range(len(before)))
    days = np.full(len(before), float(tenor))
    return VolatilityMoves("ETH", tenor, ends, days, np.array(before), np.array(after))


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "ETH.csv"
    path.write_text(CSV)
    return path


def test_a_move_beyond_the_range_is_a_breach():
    found = backtest_volatility(moves([0.6, 0.6, 0.6, 0.1], [0.79, 0.77, 0.47, 0.04]), MODEL)
    # Up 30 %, down 20 %, and at least five points.
    assert found.up.requirements == pytest.approx([0.18, 0.18, 0.18, 0.05])
    assert found.down.requirements == pytest.approx([0.12, 0.12, 0.12, 0.05])
    assert found.up.breach_dates == (date(2024, 1, 2),)
    assert found.down.breach_dates == (date(2024, 1, 4), date(2024, 1, 5))
    assert (found.tenor, found.model, found.up.worst_date) == (30, "span", date(2024, 1, 2))


def test_steps_and_the_floor_of_the_model_count():
    half = tuple(replace(one, volatility=one.volatility * Fraction(1, 2)) for one in MODEL.scenarios)
    floor = replace(MODEL, scenarios=half, default=replace(_RANGES, volatility_floor=Decimal("0.75")))
    found = backtest_volatility(moves([0.6, 0.8], [0.6, 0.8]), floor)
    assert found.up.requirements == pytest.approx([0.15, 0.12])
    assert found.down.requirements == pytest.approx([0.06, 0.08])
    up = replace(MODEL, scenarios=tuple(one for one in MODEL.scenarios if one.volatility > 0))
    assert backtest_volatility(moves([0.6], [0.5]), up).down.requirements.tolist() == [0]
    with pytest.raises(InputError, match="span: no scenario moves the volatility"):
        backtest_volatility(moves([0.6], [0.6]), replace(MODEL, scenarios=()))
    with pytest.raises(InputError, match="ETH: no volatilities 1 day apart at 30 days"):
        backtest_volatility(moves([0.6], [np.nan]), MODEL)


def test_the_range_is_that_of_the_days_to_expiry():
    found = backtest_volatility(moves([0.6], [0.6], tenor=3), SPAN)
    up, down = SPAN.ranges("ETH").volatility_range(3)
    assert found.up.requirements == pytest.approx([0.6 * up])
    assert found.down.requirements == pytest.approx([0.6 * down])


def test_a_history_has_a_move_for_each_tenor(history):
    found = load_volatilities(history)
    short, long = found.moves(1)
    assert (short.underlying, short.tenor, long.tenor) == ("ETH", 3, 30)
    assert short.before == pytest.approx([0.8, 1.1, 0.7, 0.7])
    assert short.after == pytest.approx([1.1, 0.7, np.nan, 0.6], nan_ok=True)
    assert short.ends == tuple(date(2024, 1, day) for day in (2, 3, 4, 6))
    assert long.after == pytest.approx([0.61, np.nan, np.nan, 0.62], nan_ok=True)
    assert found.moves(2)[0].after == pytest.approx([0.7, np.nan, 0.7], nan_ok=True)


def test_adjusted_ranges_follow_from_the_volatility_at_30_days(history):
    index = load_volatilities(history).index()
    assert [(str(day), float(close)) for day, close in zip(index.dates, index.closes, strict=True)] == [
        ("2024-01-01", 60.0),
        ("2024-01-02", 61.0),
        ("2024-01-05", 62.0),
        ("2024-01-06", 62.0),
    ]
    rules = load_adjustment()
    rules = replace(rules, default=replace(rules.default, warm_up=2), underlyings={}, option=Buffer.NONE)
    adjusted = adjust_volatility(index, SPAN, rules)
    range_ = scan_range_now(History("ETH", index.dates[:3], index.closes[:3]), rules)
    assert set(adjusted.ranges) == set(index.dates[2:])
    short, long = load_volatilities(history).moves(1)
    found = backtest_volatility(short, SPAN, adjusted)
    # Only the fifth has a range and a next day; at 3 days it is wider by the model's term.
    assert (found.buffer, found.up.tested, found.up.worst_date) == ("none", 1, date(2024, 1, 6))
    wider = SPAN.with_volatility_range("ETH", range_).ranges("ETH")
    expected = max(0.7 * wider.volatility_range(3)[0], float(wider.volatility_scan_minimum))
    assert found.up.requirements[-1] == pytest.approx(expected)
    assert backtest_volatility(long, SPAN).buffer == "fixed"
    history.write_text("date,7d\n2024-01-01,50\n2024-01-02,50\n")
    with pytest.raises(
        InputError, match="ETH: ranges follow from a volatility at 30 days, which is not known"
    ):
        load_volatilities(history).index()


def test_an_index_is_at_30_days(history):
    history.write_text("Date,open,Close\n2024-01-01 00:00:00,1,55.5\n2024-01-02,1,50\n")
    (found,) = load_volatilities(history, name="BTC").moves(1)
    assert (found.underlying, found.tenor, found.before.tolist()) == ("BTC", 30, [0.555])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "date,price\n2024-01-01,1\n",
            "line 1: expected columns of tenors, such as 30d, or one of close, dvol",
        ),
        ("day,3d\n2024-01-01,50\n", "line 1: expected one column date"),
        ("date,3d\n2024-01-02,50\n2024-01-02,50\n", "line 3: not in ascending order"),
        ("date,3d\n2024-01-02,-5\n", "line 2: expected a positive number such as 55.2"),
        ("date,3d\n2024-13-02,50\n", "line 2.date: expected a date YYYY-MM-DD"),
        ("date,3d\n2024-01-02\n", "line 2: expected 2 values as in the header, got 1"),
        (
            "date,3d\n2024-01-01,0.55\n2024-01-02,0.6\n",
            "expected percent, such as 55.2; all values are below 5",
        ),
        ("date,3d\n2024-01-01,\n", "no volatilities"),
    ],
)
def test_malformed_histories_are_refused_with_their_place(history, text, message):
    history.write_text(text)
    with pytest.raises(InputError, match=message):
        load_volatilities(history)


def test_a_surface_is_at_the_money():
    # The forward is halfway between the strikes of put and call, and both expiries have their own volatility.
    market = market_on(0, 2000)
    found = surface(market, "a.json").underlyings["ETH"]
    assert found == {
        one.expiry: pytest.approx(0.7) for _, _, one in market.instruments() if one.name != "PERP"
    }
    wings = {"CALL": Decimal("0.8"), "PUT": Decimal("0.6")}
    (own,) = market.underlyings
    smile = tuple(
        replace(one, volatility=wings[one.name]) if one.name in wings else one for one in own.instruments
    )
    skewed = replace(market, underlyings=(replace(own, instruments=smile, price=Decimal(2000)),))
    assert sorted(surface(skewed, "a.json").underlyings["ETH"].values()) == pytest.approx([0.7, 0.7])
    estimated = replace(skewed, estimates=(Estimate("CALL", "no mark"),))
    assert sorted(surface(estimated, "a.json").underlyings["ETH"].values()) == pytest.approx([0.6, 0.7])


def test_an_expiry_within_the_close_out_does_not_count():
    soon, later = FIRST + 5 * DAY // 2, FIRST + 4 * DAY
    surfaces = [
        Surface("0.json", FIRST, {"ETH": {soon: 0.5, later: 0.6}}),
        Surface("3.json", FIRST + 3 * DAY, {"ETH": {later: 0.7}}),
    ]
    (found,) = moves_of_surfaces(surfaces, 3)
    assert (found.tenor, found.before.tolist(), found.after.tolist()) == (3, [0.6], [0.7])


def test_surfaces_follow_an_expiry():
    surfaces = [surface(market_on(day, 2000, 0.5 + 0.1 * day), f"{day}.json") for day in range(5)]
    found = {one.tenor: one for one in moves_of_surfaces(surfaces, 1)}
    # The expiry of 5 days is near 7 on the first day, and near 3 from the second to the fourth; the other is near 90
    # while it has 60 days.
    assert found[7].days.tolist() == [5, 7, 7, 7]
    assert found[7].after == pytest.approx([0.6, np.nan, np.nan, np.nan], nan_ok=True)
    assert found[3].days.tolist() == [3, 4, 3, 2]
    assert found[3].before == pytest.approx([np.nan, 0.6, 0.7, 0.8], nan_ok=True)
    assert found[3].after == pytest.approx([np.nan, 0.7, 0.8, 0.9], nan_ok=True)
    assert found[90].days.tolist() == [60, 90, 90, 90]
    assert 30 not in found
    with pytest.raises(InputError, match=r"0.json: of the same day as 0\.json, 2024-01-08"):
        list(moves_of_surfaces([surfaces[0], surfaces[0]], 1))
