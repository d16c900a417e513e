"""Backtests of a book: losses from marks, expiries and missing positions, and requirements as in a proof."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
import QuantLib

from support.market_days import BOOK, DAY, EXPIRY, FIRST, market_on
from zkmargin import Account, Snapshot, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.risk.book_backtest import backtest_book
from zkmargin.risk.closing import HalfSpread
from zkmargin.risk.market_day import market_day
from zkmargin.venue_data import Estimate, Exclusion

PRICES = (2000, 2050, 2300, 1900, 1700, 1650, 1660, 1700)
SPAN, DERIBIT = load_model("span"), load_model("deribit")


def by_marks(*arguments, **options):
    """Close at the marks, where there is no bid or ask."""
    return backtest_book(*arguments, assumed=HalfSpread(0, 0), **options)


def days_of(markets):
    return [market_day(one, BOOK, [SPAN, DERIBIT], f"{number}.json") for number, one in enumerate(markets)]


@pytest.fixture(scope="module")
def markets():
    return [market_on(day, price) for day, price in enumerate(PRICES)]


@pytest.fixture(scope="module")
def days(markets):
    return days_of(markets)


def marks_of(market):
    return {one.name: one.mark for _, _, one in market.instruments()}


def change(one, other, names=BOOK):
    return float(sum(BOOK[name] * (one[name] - other[name]) for name in names))


def test_losses_are_the_changes_of_marks(markets, days):
    found = by_marks(BOOK, days, "span")
    marks = [marks_of(one) for one in markets]
    # Rows have marks of a lot in whole micro-quote. On the sixth day call and put have expired: at 1650 the put pays
    # 150, the call nothing.
    marks[5] |= {"CALL": Decimal(0), "PUT": Decimal(150)}
    losses = [change(marks[number], marks[number + 1]) for number in range(5)]
    rest = [change(marks[number], marks[number + 1], ("LATE", "PERP")) for number in (5, 6)]
    assert found.maintenance.losses == pytest.approx([*losses, *rest], abs=1e-3)
    assert found.maintenance.ends[0] == date(2024, 1, 9)
    assert found.maintenance.worst_date == date(2024, 1, 9 + int(np.argmax([*losses, *rest])))
    assert (found.quote, found.left_out, found.estimated) == ("USD", (), 0)


@pytest.mark.parametrize("model", [SPAN, DERIBIT], ids=lambda one: one.name)
def test_requirements_are_those_of_a_margin_report(markets, days, model):
    found = by_marks(BOOK, days, model.name)
    account = Account(owner=1, view_key=2**247, positions=BOOK)
    report = margin_report(account, Snapshot.build(markets[0], model), Requirement.INITIAL)
    assert found.maintenance.requirements[0] == pytest.approx(float(report.maintenance))
    assert found.initial.requirements[0] == pytest.approx(float(report.required))


def test_charges_of_estimates_count(markets):
    doubted = Estimate("LATE", "no mark", volatilities=(Decimal("0.5"), Decimal(1)))
    market = replace(markets[0], estimates=(doubted,))
    found = by_marks(BOOK, days_of([market, *markets[1:]]), "span")
    account = Account(owner=1, view_key=2**247, positions=BOOK)
    report = margin_report(account, Snapshot.build(market, SPAN, max_estimated=Decimal(1)))
    assert found.maintenance.requirements[0] == pytest.approx(float(report.maintenance))
    assert (
        found.maintenance.requirements[0]
        > by_marks(BOOK, days_of(markets), "span").maintenance.requirements[0]
    )
    assert found.estimated == 1


def test_breaches_of_initial_margin_are_fewer(days):
    found = by_marks({"CALL": Decimal(-20)}, days, "span", close_out=2)
    assert found.maintenance.losses.tolist() == found.initial.losses.tolist()
    assert (found.initial.requirements > found.maintenance.requirements).all()
    assert found.maintenance.christoffersen is None
    assert found.dates == tuple(date(2024, 1, day) for day in range(8, 13))
    assert found.procyclicality.peak_to_trough > 1


def test_a_position_without_a_value_is_left_out_of_its_day_and_named(markets, days):
    gone = market_on(2, PRICES[2], without=("LATE", "PUT"))
    gone = replace(gone, exclusions=(Exclusion("LATE", "no mark", "ETH"),))
    found = by_marks(BOOK, days_of([*markets[:2], gone, *markets[3:]]), "span")
    assert [(str(one.day), one.instrument, one.reason) for one in found.left_out] == [
        ("2024-01-09", "PUT", "2.json: not listed"),
        ("2024-01-09", "LATE", "2.json: no mark"),
    ]
    marks = [marks_of(one) for one in markets]
    assert found.maintenance.losses[1] == pytest.approx(
        change(marks[1], marks[2], ("CALL", "PERP")), abs=1e-4
    )
    only = by_marks({name: BOOK[name] for name in ("CALL", "PERP")}, days, "span")
    assert found.maintenance.requirements[1] == only.maintenance.requirements[1]
    # The third day has no row of them: they are not in its book at all.
    assert found.maintenance.requirements[2] == only.maintenance.requirements[2]


def test_a_missing_day_is_not_tested(days):
    found = by_marks(BOOK, [*days[:3], *days[4:]], "span")
    assert np.isnan(found.maintenance.losses).tolist() == [False, False, True, False, False, False]
    assert found.maintenance.tested == 5


def test_expired_positions_are_settled_at_the_given_price_or_the_nearest_index_price(days):
    nearest = by_marks(BOOK, days, "span")
    assert {(one.instrument, one.price, one.source, one.seconds) for one in nearest.settlements} == {
        (name, Decimal(1650), "5.json", 0) for name in ("CALL", "PUT")
    }
    prices = {("ETH", EXPIRY): Decimal(1600), ("CALL", EXPIRY): Decimal(2210)}
    given = by_marks(BOOK, days, "span", delivery=prices)
    # The short put pays 50 more, and the short call 10.
    more = given.maintenance.losses - nearest.maintenance.losses
    assert more == pytest.approx([0, 0, 0, 0, 1.5 * 50 + 2 * 10, 0, 0], abs=1e-4)
    assert {one.source for one in given.settlements} == {None}


def test_a_missing_file_at_the_expiry_takes_the_nearest(days):
    later = [replace(one, time=one.time + 3600) for one in days]
    found = by_marks(BOOK, [*later[:5], *later[6:]], "span", close_out=2)
    assert {(one.price, one.source, one.seconds) for one in found.settlements} == {
        (Decimal(1700), "4.json", DAY - 3600)
    }


def test_unused_delivery_prices_and_untestable_books_are_refused(days):
    with pytest.raises(
        InputError, match=r"prices: ETH@2024-01-09T08:00:00Z: no position of the book expired"
    ):
        by_marks(BOOK, days, "span", delivery={("ETH", FIRST + DAY): Decimal(1)})
    with pytest.raises(InputError, match="book: no two files a day apart have positions of the book"):
        by_marks(BOOK, [days[0], days[2]], "span")
    with pytest.raises(InputError, match="book: a quantity is not a multiple of the instrument's lot"):
        by_marks({"PERP": Decimal("0.001")}, days, "span")
    with pytest.raises(InputError, match="no two files 9 days apart"):
        by_marks(BOOK, days, "span", close_out=9)


def test_results_do_not_show_themselves(days):
    found = by_marks(BOOK, days, "span")
    assert "array" not in repr(found) + repr(found.maintenance)


def test_closing_at_bid_ask_or_an_assumed_half_spread_is_part_of_the_loss(markets):
    prices = {"LATE": {"bid": Decimal(-4)}, "CALL": {"bid": Decimal(-9), "ask": Decimal(2)}}
    later = markets[1].underlyings[0]
    sides = [
        {side: one.mark + off for side, off in prices.get(one.name, {}).items()} for one in later.instruments
    ]
    quoted = tuple(replace(one, **each) for one, each in zip(later.instruments, sides, strict=True))
    days = days_of([markets[0], replace(markets[1], underlyings=(replace(later, instruments=quoted),))])
    found, free = (run(BOOK, days, "span") for run in (backtest_book, by_marks))
    # Three LATE are sold at the bid, two CALL bought at the ask.
    assert free.closings.costs == pytest.approx([3 * 4 + 2 * 2])
    years = (EXPIRY - FIRST - DAY) / (365 * DAY)
    low, high = (
        QuantLib.blackFormula(QuantLib.Option.Put, 1800, 2050, volatility * math.sqrt(years))
        for volatility in (0.6999, 0.7001)
    )
    vega = (high - low) / 0.02
    assumed = 1.5 * 2 * vega + 0.5 * 2050 * 0.001
    assert found.closings.costs == pytest.approx([16 + assumed])
    assert found.maintenance.losses == pytest.approx(free.maintenance.losses + assumed)
    assert found.maintenance.losses[0] == pytest.approx(
        change(marks_of(markets[0]), marks_of(markets[1])) + 16 + assumed, abs=1e-3
    )
    assert str(found.closings) == (
        "2 at bid or ask; 2 at an assumed half spread of 0.001 of the mark, for options of 2 points of volatility"
    )


def test_a_settled_position_is_closed_without_a_cost(days):
    put = backtest_book({"PUT": Decimal(-1)}, days[4:6], "span")
    assert (put.closings.costs, str(put.closings)) == ((0.0,), "none, all expired")


@pytest.mark.parametrize("values", [(-0.1, 2), (1.1, 2), (0.001, float("nan")), (0.001, 1001)])
def test_half_spreads_out_of_range_are_refused(values):
    with pytest.raises(InputError, match="must be from 0 to"):
        HalfSpread(*values)
