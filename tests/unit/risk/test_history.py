"""Price histories: reading, gaps and errors."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.histories import csv_of, history_of
from support.market_data import market_data
from zkmargin.errors import InputError
from zkmargin.risk.history import load_history

DAY = "expected a date YYYY-MM-DD, or the Unix time of midnight UTC in milliseconds or microseconds"
GOOD = "Date,low,close\n2021-01-01,1,29412.84\n2021-01-02,1,32225.91\n2021-01-03,1,33080.66\n"


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "BTC.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_history_has_the_days_and_closes_of_its_file(written):
    history = load_history(written(GOOD))
    assert history.name == "BTC"
    assert history.dates == (date(2021, 1, 1), date(2021, 1, 2), date(2021, 1, 3))
    assert history.closes == (Decimal("29412.84"), Decimal("32225.91"), Decimal("33080.66"))
    assert (history.gaps, history.missing_days) == ((), 0)


def test_the_name_may_be_given(written):
    assert load_history(written(GOOD), name="XBT").name == "XBT"


def test_the_file_of_a_spreadsheet_is_read(written):
    text = b"\xef\xbb\xbf" + b'close,"DATE"\r\n"1.5",2021-01-01\r\n1.2e-05,"2021-01-02"\r\n'
    assert load_history(written(text)).closes == (Decimal("1.5"), Decimal("0.000012"))


def test_dates_may_be_shifted(written):
    assert load_history(written(GOOD), shift_days=1).dates[0] == date(2021, 1, 2)
    assert load_history(written(GOOD), shift_days=-1).dates[0] == date(2020, 12, 31)


YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2020-04-16,6640.4,7134.4,6555.5,7116.6,7116.6,46783242377\n"
    "2020-04-17,null,null,null,null,null,null\n"
    "2020-04-18,7092.2,7269.9,7089.2,7257.7,7257.7,32447188386\n"
)


def test_a_null_row_of_yahoo_is_a_missing_day(written):
    path = written(YAHOO)
    with pytest.raises(InputError, match=r"missing days: 2020-04-17 \(null\); --allow-gaps accepts them"):
        load_history(path)
    history = load_history(path, allow_gaps=True)
    assert history.dates == (date(2020, 4, 16), date(2020, 4, 18))
    assert history.closes == (Decimal("7116.6"), Decimal("7257.7"))


@pytest.mark.parametrize("title", ["", "https://www.CryptoDataDownload.com\n"])
@pytest.mark.parametrize("time", ["", " 00:00", " 00:00:00", "T00:00:00Z"])
def test_the_newest_day_may_be_first(written, title, time):
    text = f"{title}unix,date,symbol,open,Close\n1,2024-01-02{time},B,1,2150.5\n0,2024-01-01{time},B,1,2050\n"
    history = load_history(written(text))
    assert history.dates == (date(2024, 1, 1), date(2024, 1, 2))
    assert history.closes == (Decimal(2050), Decimal("2150.5"))


# github.com/binance/binance-public-data: klines; microseconds since 2025.
KLINE = "{},7195.24,7255.00,7175.15,{},16792.38,1577923199999,121214452.11,194010,8946.95,64597785.21,0\n"


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (("1577836800000", "1577923200000"), date(2020, 1, 1)),
        (("1735689600000000", "1735776000000000"), date(2025, 1, 1)),
        (("1735603200000", "1735689600000000"), date(2024, 12, 31)),
    ],
)
@pytest.mark.parametrize(
    "header", ["", "open_time,open,high,low,close,volume,close_time,q,count,b,t,ignore\n"]
)
def test_klines_of_binance(written, times, first, header):
    history = load_history(
        written(header + KLINE.format(times[0], "7200.85") + KLINE.format(times[1], "6965.71"))
    )
    assert history.dates == (first, first + timedelta(days=1))
    assert history.closes == (Decimal("7200.85"), Decimal("6965.71"))


def test_klines_of_an_hour_are_refused(written):
    text = KLINE.format("1577836800000", "1") + KLINE.format("1577840400000", "1")
    with pytest.raises(
        InputError, match=r"line 2\.date: expected a date YYYY-MM-DD, or the Unix time of midnight"
    ):
        load_history(written(text))


@given(st.lists(st.decimals("0.001", 10**9, places=3), min_size=2, max_size=40), st.data())
def test_written_histories_are_read_again(tmp_path_factory, closes, data):
    missing = data.draw(st.sets(st.integers(1, len(closes) - 1)))
    history = history_of(closes, missing=missing)
    path = tmp_path_factory.mktemp("histories") / "BTC.csv"
    path.write_text(csv_of(history))
    assert load_history(path, allow_gaps=True) == history
    assert history.missing_days == sum((last - first).days + 1 for first, last in history.gaps)
    if history.gaps:
        with pytest.raises(InputError, match=str(history.gaps[0][0])):
            load_history(path)


def test_missing_days_are_listed(written):
    text = "date,close\n" + "".join(f"2021-01-{day:02},1\n" for day in (1, 3, 7, 8))
    with pytest.raises(InputError) as caught:
        load_history(written(text))
    assert caught.value.reason == (
        "missing days: 2021-01-02, 2021-01-04 to 2021-01-06; --allow-gaps accepts them"
    )
    history = load_history(written(text), allow_gaps=True)
    gaps = ((2, 2), (4, 6))
    assert history.gaps == tuple((date(2021, 1, first), date(2021, 1, last)) for first, last in gaps)
    assert history.missing_days == 4


def test_a_long_list_of_missing_days_is_cut(written):
    days = [date(2021, 1, 1) + timedelta(days=2 * number) for number in range(12)]
    with pytest.raises(InputError, match=r"2021-01-16 and 3 more gaps; --allow-gaps"):
        load_history(written("date,close\n" + "".join(f"{day},1\n" for day in days)))


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        (("2021-01-03", "2021-01-02"), "line 4", "duplicate day 2021-01-02"),
        (("2021-01-03", "2020-12-31"), "line 4", "2020-12-31 is not in ascending order"),
        (("close", "open"), "line 1", "no column close"),
        (("close", "closing"), "line 1", "no column close; did you mean closing?"),
        (("Date", "day"), "line 1", "no column date"),
        (("low", "Close"), "line 1", "duplicate column close"),
        (("32225.91", "n/a"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "nan"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "inf"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "-1"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "1e999"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "\u0661"), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", ""), "line 3.close", "expected a number such as 28990.08"),
        (("32225.91", "0.00"), "line 3.close", "must be positive"),
        (("2021-01-02", "2021-02-30"), "line 3.date", DAY),
        (("2021-01-02", "20210102"), "line 3.date", DAY),
        (("2021-01-02", "02/01/2021"), "line 3.date", DAY),
        (("1,32225.91", "32225.91"), "line 3", "expected 3 values as in the header, got 2"),
        (("2021-01-02,1,", "\n2021-01-02,1,"), "line 3", "expected 3 values as in the header, got 0"),
        (("2021-01-02", '"2021-01-02'), "line 4", "not CSV: unexpected end of data"),
        (("2021-01-02,1,32225.91\n2021-01-03,1,33080.66\n", ""), "", "expected at least two days"),
        ((GOOD, ""), "line 1", "no column date"),
        (("2021-01-03", "2021-01-03 05:00"), "line 4.date", DAY),
        (("2021-01-03", "1609632000"), "line 4.date", DAY),
        (
            ("2021-01-02,1,32225.91\n2021-01-03", "2020-12-31,1,1\n2021-01-03"),
            "line 4",
            "2021-01-03 is not in descending order",
        ),
        (("32225.91\n2021-01-03,1,33080.66", "null\n2021-01-03,1,null"), "", "expected at least two days"),
    ],
)
def test_a_flaw_is_named_with_its_place(written, change, key, reason):
    path = written(GOOD.replace(*change, 1))
    with pytest.raises(InputError) as caught:
        load_history(path, allow_gaps=True)
    assert (caught.value.source, caught.value.key, caught.value.reason) == (str(path), key, reason)


def test_a_shift_beyond_the_calendar_is_no_date(written):
    with pytest.raises(InputError, match=r"line 2\.date: expected a date"):
        load_history(written("date,close\n9999-12-30,1\n9999-12-31,1\n"), shift_days=2)
    with pytest.raises(InputError, match="shift_days: must be from -366 to 366 days"):
        load_history(written(GOOD), shift_days=367)


def test_a_file_that_is_not_text_or_too_large_is_refused(written, tmp_path):
    with pytest.raises(InputError, match="not UTF-8 at byte 11"):
        load_history(written(b"date,close\n\xff"))
    with pytest.raises(InputError, match="larger than"):
        load_history(written(b"x" * ((16 << 20) + 1)))
    with pytest.raises(InputError, match="cannot be read: No such file"):
        load_history(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_history(tmp_path, name="BTC")


def test_an_invalid_name_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"BTC USD: expected the name of an underlying, as in BTC=prices\.csv"
    ):
        load_history(tmp_path / "BTC USD.csv")


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("histories") / "BTC.csv"
    path.write_bytes(b"date,close\n" + content)
    with pytest.raises(InputError):
        load_history(path)


@pytest.mark.parametrize("name", ["BTC", "ETH"])
def test_real_files_have_their_three_gaps(name):
    path = market_data(f"coinbase_{name}-USD.csv")
    history = load_history(path, name=name, allow_gaps=True, shift_days=1)
    assert [str(first) for first, _ in history.gaps] == ["2021-10-28", "2022-08-25", "2023-06-22"]
    assert (len(history.dates), history.missing_days) == (1091, 3)
