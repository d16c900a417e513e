"""Days of a book from folders of venue data and snapshots."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.market_days import BOOK, DAY, EXPIRY, market_on
from zkmargin import Account, Snapshot
from zkmargin.account.market_days import check_book, days_of_files, venue_data_of_files
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.risk.book_backtest import backtest_book
from zkmargin.risk.closing import HalfSpread
from zkmargin.venue_data import expire

SPAN = load_model("span")
PRICES = (2000, 2300, 1900)


@pytest.fixture
def folder(tmp_path):
    for day, price in enumerate(PRICES):
        market_on(day, price).save(tmp_path / f"{9 - day}.json")
    (tmp_path / ".hidden").write_text("not JSON")
    return tmp_path


def test_files_are_ordered_by_their_times(folder):
    days = days_of_files(folder, BOOK, [SPAN])
    assert [str(day.date) for day in days] == ["2024-01-08", "2024-01-09", "2024-01-10"]
    assert [one.time for _, one in venue_data_of_files(folder)] == [day.time for day in reversed(days)]
    assert set(days[0].held) == set(BOOK)
    assert list(days_of_files(folder, BOOK, [])[0].models) == ["span"]


def test_snapshots_give_the_same_backtest_as_their_venue_data(folder, tmp_path_factory):
    snapshots = tmp_path_factory.mktemp("snapshots")
    for day, price in enumerate(PRICES):
        Snapshot.build(market_on(day, price), SPAN).save(snapshots / f"{day}.json")
    one, other = (
        backtest_book(BOOK, days_of_files(path, BOOK, models), "span", assumed=HalfSpread(0, 0))
        for path, models in ((folder, [SPAN]), (snapshots, []))
    )
    assert str(other.closings).endswith("at the mark, because snapshots have no bid and ask")
    for name in ("losses", "requirements"):
        assert getattr(one.maintenance, name).tolist() == getattr(other.maintenance, name).tolist()
    with pytest.raises(InputError, match="a snapshot of the model span; other models need venue data"):
        days_of_files(snapshots, BOOK, [SPAN])
    with pytest.raises(InputError, match="a snapshot, which has no volatilities"):
        list(venue_data_of_files(snapshots))


def test_a_settled_row_ends_a_position(tmp_path):
    before, after = market_on(4, 1700), market_on(5, 1650)
    settled = expire(before, after, {("ETH", EXPIRY): Decimal(1600)})
    later = expire(settled, market_on(6, 1650), {})
    book = {"PUT": Decimal(-1)}
    for folder in ("data", "snapshots"):
        (tmp_path / folder).mkdir()
        for number, one in enumerate((before, settled, later)):
            made = one if folder == "data" else Snapshot.build(one, SPAN)
            made.save(tmp_path / folder / f"{number}.json")
        found = backtest_book(book, days_of_files(tmp_path / folder, book, []), "span")
        (mark,) = (one.mark for _, _, one in before.instruments() if one.name == "PUT")
        # The put pays 200.
        assert found.maintenance.losses == pytest.approx([200 - float(mark)], abs=1e-3)
        assert [str(day) for day in found.dates] == ["2024-01-12"]
        assert found.settlements == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": market_on(2, 2000).time + DAY // 2}, "of the same day as .*7.json, 2024-01-10"),
        ({"time": market_on(3, 2000).time, "quote": "EUR"}, "another quote currency than"),
    ],
)
def test_days_that_do_not_fit_each_other_are_refused(folder, change, message):
    replace(market_on(3, 2000), **change).save(folder / "more.json")
    with pytest.raises(InputError, match=message):
        days_of_files(folder, BOOK, [SPAN])


def test_other_files_and_folders_are_refused(folder, tmp_path):
    with pytest.raises(InputError, match="none: cannot be listed"):
        days_of_files(tmp_path / "none", BOOK, [SPAN])
    (folder / "z.json").write_text('{"format": "zkmargin-signatures/1"}')
    with pytest.raises(InputError, match=r"z\.json: neither a snapshot nor venue data"):
        days_of_files(folder, BOOK, [SPAN])
    (folder / "z.json").write_text('{"format": "zkmargin-venue-data/1"}')
    with pytest.raises(InputError, match=r"z\.json: time: missing"):
        days_of_files(folder, BOOK, [SPAN])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="empty: no files"):
        days_of_files(empty, BOOK, [SPAN])


@pytest.mark.parametrize(
    ("position", "message"),
    [
        ({"CALL": "1.001"}, r"positions\[0\].quantity: not a multiple of the instrument's lot"),
        ({"PERP": "1", "NONE": "1"}, r"positions\[1\].instrument: no file has this instrument"),
    ],
)
def test_positions_are_checked_without_their_names(folder, position, message):
    days = days_of_files(folder, [*position], [SPAN])
    positions = {name: Decimal(quantity) for name, quantity in position.items()}
    with pytest.raises(InputError, match=message) as caught:
        check_book(Account.new(positions=positions), days)
    assert not any(name in str(caught.value) for name in position)
