"""The plain CSV: imports, exclusions with reasons, and refusals."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.venue_data import Future, Option, Perpetual, Right, VenueData
from zkmargin.venues import import_csv, import_csv_days
from zkmargin.venues.parsing import parse_time
from zkmargin.venues.plain_csv import COLUMNS

NOW = 1_704_712_781
EXPIRY = 1_706_256_000
CALL = {
    "underlying": "ETH",
    "index_price": "2222.19",
    "kind": "option",
    "name": "eth-call-2200",
    "lot": "0.01",
    "quote": "USD",
    "mark": "161.3988",
    "expiry": "2024-01-26T08:00:00Z",
    "strike": "2200",
    "right": "call",
    "forward": "2241.65",
    "volatility": "",
    "bid": "160",
    "ask": "163",
    "time": "",
}
PUT = CALL | {"name": "eth-put-2200", "right": "put", "mark": "119.7488", "bid": "", "ask": ""}
OTHER = dict.fromkeys(("strike", "right", "forward", "bid", "ask"), "")
FUTURE = CALL | OTHER | {"kind": "future", "name": "eth-jan", "mark": "2241.65"}
PERPETUAL = CALL | OTHER | {"kind": "perpetual", "name": "eth-perp", "mark": "2222.9", "expiry": ""}


def _text(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _import(folder: Path, *rows: dict[str, str], **options: Any) -> VenueData:
    path = folder / "venue.csv"
    path.write_text(_text(*rows), newline="")
    return import_csv(path, **{"time": NOW, **options})


def test_instruments_from_their_rows(tmp_path):
    venue_data = _import(tmp_path, CALL, PUT, FUTURE, PERPETUAL)
    (ether,) = venue_data.underlyings
    perpetual, future, call, put = ether.instruments
    lot = Decimal("0.01")
    assert perpetual == Perpetual("eth-perp", 0, lot, Decimal("2222.9"))
    assert future == Future("eth-jan", 1, lot, EXPIRY, Decimal("2241.65"))
    assert isinstance(call, Option)
    assert isinstance(put, Option)
    assert (call.name, call.index, call.expiry, call.right) == ("eth-call-2200", 2, EXPIRY, Right.CALL)
    assert (call.strike, call.forward, call.mark) == (2200, Decimal("2241.65"), Decimal("161.3988"))
    # By put-call parity: 161.3988 - 119.7488 = 2241.65 - 2200.
    assert float(call.volatility) == pytest.approx(float(put.volatility), abs=1e-9)
    assert float(call.volatility) == pytest.approx(0.71, abs=0.01)
    assert (venue_data.time, venue_data.quote, ether.price) == (NOW, "USD", Decimal("2222.19"))
    assert venue_data.exclusions == venue_data.estimates == ()


def test_seven_columns_are_enough_and_their_order_is_free(tmp_path):
    path = tmp_path / "perpetuals.csv"
    path.write_text(
        "\ufeffname,kind,mark,lot,quote,index_price,underlying\r\nP,perpetual,2e3,1,USD,1999,ETH\r\n"
    )
    assert import_csv(str(path), time=NOW).underlyings[0].instruments == (
        Perpetual("P", 0, Decimal(1), Decimal(2000)),
    )


def test_a_given_volatility_is_taken(tmp_path):
    (call,) = _import(tmp_path, CALL).underlyings[0].instruments
    assert isinstance(call, Option)
    rounded = str(round(call.volatility, 3))
    (given_one,) = _import(tmp_path, CALL | {"volatility": rounded}).underlyings[0].instruments
    assert isinstance(given_one, Option)
    assert given_one.volatility == Decimal(rounded)


def test_the_time_and_the_index_price_are_those_of_the_newest_row(tmp_path):
    later = PUT | {"time": str(NOW + 5), "index_price": "2223"}
    venue_data = _import(tmp_path, CALL | {"time": "2024-01-08T11:19:41Z"}, later, time=None)
    assert (venue_data.time, venue_data.underlyings[0].price) == (NOW + 5, 2223)


def test_one_row_with_the_index_price_is_enough(tmp_path):
    assert _import(tmp_path, CALL, PUT | {"index_price": ""}).underlyings[0].price == Decimal("2222.19")


def test_ids_are_kept_from_import_to_import(tmp_path):
    first = _import(tmp_path, CALL, PUT, FUTURE)
    second = _import(tmp_path, PERPETUAL, PUT, CALL | {"mark": ""}, previous=first)
    assert [(one.index, one.name) for one in second.underlyings[0].instruments] == [
        (2, "eth-put-2200"),
        (3, "eth-perp"),
    ]
    assert [(one.index, one.expiry, one.name, one.reason) for one in second.exclusions] == [
        (0, EXPIRY, "eth-jan", "not in the files, but listed before"),
        (1, EXPIRY, "eth-call-2200", "no mark"),
    ]
    second.save(tmp_path / "second.json")
    third = _import(tmp_path, PERPETUAL, previous=VenueData.load(tmp_path / "second.json"), time=EXPIRY)
    assert [(one.index, one.expiry, one.name, one.reason) for one in third.exclusions] == [
        (1, EXPIRY, "eth-call-2200", "expired"),
        (0, EXPIRY, "eth-jan", "expired"),
        (2, EXPIRY, "eth-put-2200", "expired"),
    ]
    assert _import(tmp_path, PERPETUAL, previous=third, time=EXPIRY + 7 * 86_400).exclusions == ()
    assert third.underlyings[0].next_index == 4


FLAWS = [
    (CALL, {"mark": ""}, "no mark"),
    (CALL, {"mark": "0"}, "no mark"),
    (CALL, {"mark": "1e-20"}, "no mark"),
    (CALL, {"mark": "-1"}, "negative mark"),
    (CALL, {"forward": ""}, "no forward"),
    (CALL, {"forward": "-2241.65"}, "no forward"),
    (CALL, {"bid": "-1"}, "negative bid or ask"),
    (CALL, {"ask": "-1", "bid": ""}, "negative bid or ask"),
    (CALL, {"bid": "163.5"}, "bid above ask"),
    (CALL, {"mark": "2241.65"}, "no volatility gives its mark"),
    (CALL, {"volatility": "0"}, "volatility not positive"),
    (CALL, {"volatility": "-0.7"}, "volatility not positive"),
    (CALL, {"expiry": str(NOW)}, "expired"),
    (CALL, {"time": str(NOW - 301)}, "older than 300 s"),
    (CALL, {"time": str(NOW + 301)}, "newer than the venue data by 300 s"),
    (FUTURE, {"mark": ""}, "no mark"),
    (FUTURE, {"mark": "-1"}, "negative mark"),
    (FUTURE, {"expiry": "2024-01-08T11:19:41Z"}, "expired"),
    (PERPETUAL | {"name": "eth-perp-2"}, {"bid": "2", "ask": "1"}, "bid above ask"),
]


@pytest.mark.parametrize(("row", "change", "reason"), FLAWS)
def test_instruments_without_a_value_are_excluded_with_the_reason(tmp_path, row, change, reason):
    venue_data = _import(tmp_path, PERPETUAL, row | change)
    assert [one.name for one in venue_data.underlyings[0].instruments] == ["eth-perp"]
    (exclusion,) = venue_data.exclusions
    assert (exclusion.name, exclusion.underlying, exclusion.reason) == (row["name"], "ETH", reason)
    assert (exclusion.index is not None) == (reason != "expired")


def test_the_documentation_lists_all_reasons():
    text = (ROOT / "docs" / "venue-data.md").read_text()
    assert [reason for _, _, reason in FLAWS if reason not in text] == []


def test_the_documentation_has_an_example(tmp_path):
    text = (ROOT / "docs" / "formats" / "venue-csv.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []
    path = tmp_path / "example.csv"
    path.write_text(text.split("```")[1].lstrip())
    venue_data = import_csv(path, time=NOW)
    assert (len(venue_data.underlyings[0].instruments), venue_data.exclusions) == (3, ())


def test_an_empty_book_is_no_flaw(tmp_path):
    assert not _import(tmp_path, CALL | {"bid": "0", "ask": "0"}).exclusions
    assert not _import(tmp_path, CALL | {"ask": "0"}).exclusions


@pytest.mark.parametrize(
    ("row", "change", "key", "reason"),
    [
        (CALL, {"kind": "swap"}, "line 3.kind", 'expected "option", "future" or "perpetual"'),
        (CALL, {"kind": ""}, "line 3.kind", 'expected "option"'),
        (CALL, {"name": "a name"}, "line 3.name", "expected a name"),
        (CALL, {"name": ""}, "line 3.name", "expected a name"),
        (CALL, {"name": "eth-perp"}, "line 3.name", "duplicate of the name in line 2"),
        (CALL, {"underlying": ""}, "line 3.underlying", "expected a name"),
        (CALL, {"quote": "EUR"}, "line 3.quote", "differs from the quote currency of line 2"),
        (CALL, {"quote": ""}, "line 3.quote", "expected a name"),
        (
            CALL,
            {"index_price": "2222.2"},
            "line 3.index_price",
            "differs from the index price of ETH at the same time",
        ),
        (CALL, {"index_price": "0"}, "line 3.index_price", "expected a positive number"),
        (CALL, {"lot": ""}, "line 3.lot", "expected a positive number"),
        (CALL, {"lot": "0"}, "line 3.lot", "expected a positive number"),
        (CALL, {"lot": "1e-19"}, "line 3.lot", "expected a positive number"),
        (CALL, {"strike": ""}, "line 3.strike", "expected a positive number"),
        (CALL, {"strike": "-2200"}, "line 3.strike", "expected a positive number"),
        (CALL, {"right": "C"}, "line 3.right", 'expected "call" or "put"'),
        (CALL, {"right": ""}, "line 3.right", 'expected "call" or "put"'),
        (CALL, {"expiry": ""}, "line 3.expiry", "missing"),
        (CALL, {"expiry": "2024-01-26"}, "line 3.expiry", "expected a time"),
        (CALL, {"mark": "n/a"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": "NaN"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": "1,5"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": "1_5"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": "\u0661"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": " 1"}, "line 3.mark", "expected a number"),
        (CALL, {"mark": "1e13"}, "line 3.mark", r"must be below 10\^13"),
        (CALL, {"mark": "1e999999999"}, "line 3.mark", r"must be below 10\^13"),
        (CALL, {"forward": "-"}, "line 3.forward", "expected a number"),
        (CALL, {"bid": "."}, "line 3.bid", "expected a number"),
        (CALL, {"ask": "+"}, "line 3.ask", "expected a number"),
        (CALL, {"volatility": "71%"}, "line 3.volatility", "expected a number"),
        (CALL, {"time": "now"}, "line 3.time", "expected a time"),
        (FUTURE, {"expiry": ""}, "line 3.expiry", "missing"),
        (FUTURE, {"strike": "1"}, "line 3.strike", "must be empty for a future"),
        (FUTURE, {"forward": "1"}, "line 3.forward", "must be empty for a future"),
        (PERPETUAL, {"name": "p2", "expiry": str(EXPIRY)}, "line 3.expiry", "must be empty for a perpetual"),
        (
            PERPETUAL,
            {"name": "p2", "volatility": "0.7"},
            "line 3.volatility",
            "must be empty for a perpetual",
        ),
    ],
)
def test_malformed_values_are_refused_with_line_and_column(tmp_path, row, change, key, reason):
    with pytest.raises(InputError, match=reason) as caught:
        _import(tmp_path, PERPETUAL, row | change)
    assert (caught.value.source, caught.value.key) == (str(tmp_path / "venue.csv"), key)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column underlying"),
        (_text(), "no instruments"),
        (_text(CALL).replace("bid", "bids", 1), r"bids: unknown column; did you mean bid\?"),
        (_text(CALL).replace("bid", "ask", 1), "ask: duplicate column"),
        (_text(CALL).replace("quote", "Quote", 1), r"Quote: unknown column; did you mean quote\?"),
        (_text(CALL) + "1,2\n", "line 3: expected as many values as columns"),
        (_text(CALL) + '"ETH', "not CSV"),
        (_text(CALL | {"index_price": ""}), "no index price of ETH"),
        (_text(CALL | {"index_price": "0.99"}), "line 2.lot: a lot of 0.01 ETH is worth less than 0.01"),
        (_text(*(CALL | {"name": f"n{n}", "underlying": f"U{n}"} for n in range(9))), "9 underlyings"),
        ("\ud800", "not UTF-8"),
    ],
)
def test_broken_files_are_refused(tmp_path, text, reason):
    path = tmp_path / "venue.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=reason) as caught:
        import_csv(path, time=NOW)
    assert caught.value.source == str(path)


def test_a_missing_file_and_a_missing_time_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        import_csv(tmp_path / "none.csv", time=NOW)
    with pytest.raises(InputError, match="no value in the column time: set the time of the venue data"):
        _import(tmp_path, CALL, time=None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lot": "0.1"}, "another lot"),
        ({"strike": "2300"}, "another strike"),
        ({"right": "put", "mark": "119.7488"}, "another right"),
        ({"expiry": "2024-02-26T08:00:00Z"}, "another expiry"),
        (OTHER | {"kind": "future"}, "another strike"),
        ({"underlying": "BTC"}, "another underlying"),
    ],
)
def test_an_instrument_with_other_terms_is_refused(tmp_path, change, reason):
    first = _import(tmp_path, CALL, PERPETUAL)
    with pytest.raises(InputError, match=f"{reason} than in the previous venue data") as caught:
        _import(tmp_path, CALL | change, PERPETUAL, previous=first)
    assert caught.value.key == "eth-call-2200"


def test_venue_data_earlier_than_the_previous_ones_are_refused(tmp_path):
    first = _import(tmp_path, CALL)
    with pytest.raises(InputError, match="before the time of the previous venue data"):
        _import(tmp_path, CALL, previous=first, time=NOW - 1)
    assert replace(_import(tmp_path, CALL, previous=first)) == first


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1704712781", NOW),
        ("2024-01-08T11:19:41Z", NOW),
        ("2024-01-08T11:19:41+00:00", NOW),
        ("2024-01-08T11:19Z", NOW - 41),
    ],
)
def test_times(text, time):
    assert parse_time(text, "--time") == time


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "1704712781414", "1.5", "2024-01-08", "2024-01-08T11:19:41", "2024-01-08T11:19:41+01:00",
     "2024-01-08 11:19:41Z", "2024-02-30T11:19:41Z", "2024-01-08T11:19:60Z", "1970-01-01T00:00:00Z", "now",
     "0001-01-01T00:00:00Z", "\u0661"],
)  # fmt: skip
def test_malformed_times_are_refused(text):
    with pytest.raises(InputError, match="--time: expected a time"):
        parse_time(text, "--time")


ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(COLUMNS), st.text(max_size=8) | st.sampled_from(["1", "-1", "put", "P2"])
    ).map(lambda change: CALL | change)
)


@given(ROWS)
def test_any_rows_are_imported_or_refused(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    path = folder / "venue.csv"
    path.write_text(_text(*rows), newline="", encoding="utf-8", errors="surrogatepass")
    error = None
    try:
        venue_data = import_csv(path, time=NOW)
    except InputError as caught:
        error = caught
    if error is None:
        venue_data.save(folder / "venue.json")
        assert VenueData.load(folder / "venue.json") == venue_data
    else:
        assert error.source == str(path)


def test_days_of_one_file_come_in_their_order(tmp_path):
    rows = [PERPETUAL | {"time": f"2024-01-{day:02}T07:00:00Z", "mark": str(2000 + day)} for day in (9, 8)]
    late = FUTURE | {"time": "2024-01-08T23:59:59Z"}
    (tmp_path / "venue.csv").write_text(_text(*rows, late), newline="")
    first, second = import_csv_days(tmp_path / "venue.csv")
    assert (first.time, second.time) == (
        parse_time("2024-01-08T23:59:59Z", ""),
        parse_time("2024-01-09T07:00:00Z", ""),
    )
    assert [one.mark for _, _, one in second.instruments()] == [Decimal(2009)]
    (tmp_path / "venue.csv").write_text(_text(*rows, PUT), newline="")
    with pytest.raises(InputError, match=r"line 4\.time: missing"):
        list(import_csv_days(tmp_path / "venue.csv"))
