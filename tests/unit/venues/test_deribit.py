"""Deribit's book summaries: imports, exclusions with reasons, and refusals."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from support.market_data import market_data
from zkmargin.errors import InputError
from zkmargin.venue_data import Future, Option, Perpetual, Right, VenueData
from zkmargin.venues import import_deribit
from zkmargin.venues.names import parse_name

CHAIN = ROOT / "examples" / "chain"
FILES = (CHAIN / "BTC.json", CHAIN / "ETH.json", CHAIN / "USDC.json")

NOW = 1_704_712_781
CALL = {
    "instrument_name": "ETH-26JAN24-2200-C",
    "quote_currency": "ETH",
    "base_currency": "ETH",
    "creation_timestamp": NOW * 1000 + 414,
    "estimated_delivery_price": 2222.19,
    "underlying_price": 2241.65,
    "underlying_index": "ETH-26JAN24",
    "mark_price": 0.072,
    "mark_iv": None,
    "bid_price": 0.0715,
    "ask_price": 0.0725,
}
PUT = CALL | {"instrument_name": "ETH-26JAN24-2200-P", "mark_price": 0.0534204}
FUTURE = {
    "instrument_name": "ETH-26JAN24",
    "quote_currency": "USD",
    "creation_timestamp": NOW * 1000,
    "estimated_delivery_price": 2222.19,
    "mark_price": 2241.65,
}
PERPETUAL = FUTURE | {"instrument_name": "ETH-PERPETUAL", "mark_price": 2222.9}


def _write(folder: Path, rows: Any, name: str = "book.json") -> Path:
    path = folder / name
    path.write_text(rows if isinstance(rows, str) else json.dumps({"jsonrpc": "2.0", "result": rows}))
    return path


def _import(folder: Path, *rows: dict[str, Any], **options: Any) -> VenueData:
    return import_deribit(_write(folder, list(rows)), **options)


def test_an_option_from_its_row(tmp_path):
    venue_data = _import(tmp_path, CALL)
    (option,) = venue_data.underlyings[0].instruments
    assert isinstance(option, Option)
    assert (option.name, option.index, option.lot) == ("ETH-26JAN24-2200-C", 0, Decimal("0.01"))
    assert (option.strike, option.right, option.forward) == (2200, Right.CALL, Decimal("2241.65"))
    assert option.expiry == 1_706_256_000  # 2024-01-26 08:00 UTC
    assert option.mark == Decimal("161.3988")  # 0.072 * 2241.65
    assert (option.bid, option.ask) == (Decimal("160.277975"), Decimal("162.519625"))
    assert float(option.volatility) == pytest.approx(0.71, abs=0.01)
    assert (venue_data.time, venue_data.quote) == (NOW, "USD")
    assert (venue_data.underlyings[0].name, venue_data.underlyings[0].price) == ("ETH", Decimal("2222.19"))


def test_a_given_volatility_is_taken(tmp_path):
    inverted = _import(tmp_path, CALL).underlyings[0].instruments[0]
    assert isinstance(inverted, Option)
    given_one = _import(tmp_path, CALL | {"mark_iv": float(round(inverted.volatility * 100, 2))})
    option = given_one.underlyings[0].instruments[0]
    assert isinstance(option, Option)
    assert option.volatility == round(inverted.volatility, 4)


def test_futures_and_perpetuals(tmp_path):
    perpetual, future = _import(tmp_path, FUTURE, PERPETUAL).underlyings[0].instruments
    assert perpetual == Perpetual("ETH-PERPETUAL", 0, Decimal("0.01"), Decimal("2222.9"))
    assert future == Future("ETH-26JAN24", 1, Decimal("0.01"), 1_706_256_000, Decimal("2241.65"))


def test_options_settled_in_dollars_are_quoted_in_dollars(tmp_path):
    row = CALL | {
        "instrument_name": "ETH_USDC-26JAN24-2200-C",
        "quote_currency": "USDC",
        "mark_price": 161.3988,
    }
    (option,) = _import(tmp_path, row).underlyings[0].instruments
    assert option.mark == Decimal("161.3988")


def test_new_instruments_are_numbered_perpetual_futures_options(tmp_path):
    far = PUT | {"instrument_name": "ETH-29MAR24-2200-P", "mark_price": 0.1}
    venue_data = _import(tmp_path, far, PUT, CALL, FUTURE, PERPETUAL)
    assert [(one.index, one.name) for one in venue_data.underlyings[0].instruments] == [
        (0, "ETH-PERPETUAL"),
        (1, "ETH-26JAN24"),
        (2, "ETH-26JAN24-2200-C"),
        (3, "ETH-26JAN24-2200-P"),
        (4, "ETH-29MAR24-2200-P"),
    ]
    assert venue_data == _import(tmp_path, PERPETUAL, FUTURE, CALL, PUT, far)


def test_ids_are_kept_from_import_to_import(tmp_path):
    first = _import(tmp_path, CALL, PUT, FUTURE)
    second = _import(tmp_path, PERPETUAL, PUT, CALL | {"mark_price": None}, previous=first)
    assert [(one.index, one.name) for one in second.underlyings[0].instruments] == [
        (2, "ETH-26JAN24-2200-P"),
        (3, "ETH-PERPETUAL"),
    ]
    assert [(one.index, one.name, one.reason) for one in second.exclusions] == [
        (0, "ETH-26JAN24", "not in the files, but listed before"),
        (1, "ETH-26JAN24-2200-C", "no mark"),
    ]
    third = _import(tmp_path, CALL, PUT, FUTURE, PERPETUAL, previous=second)
    assert {one.name: one.index for one in third.underlyings[0].instruments} == {
        "ETH-26JAN24": 0,
        "ETH-26JAN24-2200-C": 1,
        "ETH-26JAN24-2200-P": 2,
        "ETH-PERPETUAL": 3,
    }


def test_an_instrument_that_is_missing_once_does_not_lose_its_number_to_a_new_one(tmp_path):
    first = _import(tmp_path, CALL, PUT)
    round_trip = replace(first, underlyings=(replace(first.underlyings[0], next_index=0),))
    second = _import(tmp_path, PUT, PERPETUAL, previous=round_trip)
    assert {one.name: one.index for one in second.underlyings[0].instruments} == {
        "ETH-26JAN24-2200-P": 1,
        "ETH-PERPETUAL": 2,
    }


def test_an_index_is_free_a_week_after_the_expiry_and_an_underlying_keeps_its_number(tmp_path):
    first = _import(tmp_path, CALL)
    bitcoin = PERPETUAL | {"instrument_name": "BTC-PERPETUAL", "creation_timestamp": None}
    second = _import(tmp_path, bitcoin, previous=first, time=1_706_256_000)
    assert [(one.name, len(one.instruments)) for one in second.underlyings] == [("ETH", 0), ("BTC", 1)]
    assert [(one.index, one.expiry, one.reason) for one in second.exclusions] == [
        (0, 1_706_256_000, "expired")
    ]
    assert second.underlyings[0].next_index == 1
    third = _import(tmp_path, bitcoin, previous=second, time=1_706_256_000 + 7 * 86_400 - 1)
    assert third.exclusions == second.exclusions
    assert _import(tmp_path, bitcoin, previous=third, time=1_706_256_000 + 7 * 86_400).exclusions == ()


@pytest.mark.parametrize(
    ("row", "change", "reason"),
    [
        (CALL, {"mark_price": None}, "no mark"),
        (CALL, {"mark_price": 0.0}, "no mark"),
        (CALL, {"mark_price": -0.01}, "negative mark"),
        (CALL, {"underlying_price": None}, "no forward"),
        (CALL, {"underlying_price": 0}, "no forward"),
        (CALL, {"bid_price": 0.08}, "bid above ask"),
        (CALL, {"bid_price": -0.01}, "negative bid or ask"),
        (CALL, {"ask_price": -0.01}, "negative bid or ask"),
        (CALL, {"mark_iv": -71}, "volatility not positive"),
        (CALL, {"mark_price": 1.0}, "no volatility gives its mark"),
        (PUT, {"mark_price": 0.99}, "no volatility gives its mark"),
        (CALL, {"mark_iv": 0}, "volatility not positive"),
        (CALL, {"mark_price": 1.0, "mark_iv": 71}, "no volatility gives its mark"),
        (CALL, {"quote_currency": "BTC"}, "quoted in another currency than its name says"),
        (CALL, {"instrument_name": "ETH-8JAN24-2200-C"}, "expired"),
        (CALL, {"creation_timestamp": (NOW - 301) * 1000}, "older than 300 s"),
        (FUTURE, {"mark_price": 0}, "no mark"),
        (FUTURE, {"quote_currency": "ETH"}, "quoted in another currency than its name says"),
        (FUTURE, {"instrument_name": "ETH-8JAN24"}, "expired"),
        (FUTURE, {"instrument_name": "ETH-FS-26JAN24_PERP"}, "not an option, a future or a perpetual"),
        (
            FUTURE,
            {"instrument_name": "ETH-CBUT-26JAN24-2000_2200_2400"},
            "not an option, a future or a perpetual",
        ),
        (FUTURE, {"instrument_name": "ETH_USDC"}, "not an option, a future or a perpetual"),
        (FUTURE, {"instrument_name": "ETH-31FEB24"}, "not an option, a future or a perpetual"),
    ],
)
def test_instruments_without_a_value_are_excluded_with_the_reason(tmp_path, row, change, reason):
    venue_data = _import(tmp_path, PERPETUAL, row | change)
    assert [one.name for one in venue_data.underlyings[0].instruments] == ["ETH-PERPETUAL"]
    (exclusion,) = venue_data.exclusions
    assert (exclusion.name, exclusion.reason) == ((row | change)["instrument_name"], reason)
    is_alive = reason != "expired" and not reason.startswith("not an")
    assert (exclusion.index is not None) == is_alive


def test_the_time_may_be_given(tmp_path):
    rows = [{key: value for key, value in row.items() if key != "creation_timestamp"} for row in (CALL, PUT)]
    assert _import(tmp_path, *rows, time=NOW - 60).time == NOW - 60
    with pytest.raises(InputError, match="set the time of the venue data"):
        _import(tmp_path, *rows)
    early = _import(tmp_path, CALL, time=NOW - 301)
    assert [one.reason for one in early.exclusions] == ["newer than the venue data by 300 s"]


def test_lots_may_be_given(tmp_path):
    other = PERPETUAL | {"instrument_name": "XRP_USDC-PERPETUAL", "quote_currency": "USDC"}
    venue_data = _import(tmp_path, CALL, other, lots={"ETH": Decimal(1)})
    assert [one.lot for _, _, one in venue_data.instruments()] == [1, 1]


def test_another_lot_is_refused(tmp_path):
    first = _import(tmp_path, CALL)
    with pytest.raises(InputError, match="another lot than in the previous venue data") as caught:
        _import(tmp_path, CALL, previous=first, lots={"ETH": Decimal(1)})
    assert caught.value.key == CALL["instrument_name"]


def test_venue_data_earlier_than_the_previous_ones_are_refused(tmp_path):
    first = _import(tmp_path, CALL)
    with pytest.raises(InputError, match="time: must not be before the time of the previous venue data"):
        _import(tmp_path, CALL, previous=first, time=NOW - 1)


def test_only_selected_underlyings_are_imported(tmp_path):
    rows = [PERPETUAL | {"instrument_name": f"{name}-PERPETUAL"} for name in ("BTC", "SOL")]
    venue_data = _import(tmp_path, PERPETUAL, *rows, underlyings=["SOL", "BTC"])
    assert [one.name for one in venue_data.underlyings] == ["BTC", "SOL"]
    assert venue_data.exclusions == ()
    with pytest.raises(InputError, match=r"no instruments of XRP$"):
        _import(tmp_path, PERPETUAL, *rows, underlyings=["XRP", "BTC"])
    with pytest.raises(InputError, match=r"no instruments of sol; did you mean SOL\?"):
        _import(tmp_path, PERPETUAL, *rows, underlyings=["sol"])
    with pytest.raises(InputError, match=r"lot: no instruments of BCT; did you mean BTC\?"):
        _import(tmp_path, PERPETUAL, *rows, lots={"BCT": Decimal(1)})


def test_an_excluded_instruments_index_is_free_a_week_after_the_expiry(tmp_path):
    first = _import(tmp_path, CALL | {"mark_price": None}, PERPETUAL)
    assert [(one.index, one.expiry) for one in first.exclusions] == [(1, 1_706_256_000)]
    first.save(tmp_path / "first.json")
    loaded = VenueData.load(tmp_path / "first.json")
    still = _import(tmp_path, PERPETUAL, previous=loaded, time=NOW + 1)
    assert [(one.index, one.reason) for one in still.exclusions] == [
        (1, "not in the files, but listed before")
    ]
    late = PERPETUAL | {"creation_timestamp": (1_706_256_000 + 7 * 86_400) * 1000}
    assert _import(tmp_path, late, previous=still).exclusions == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mark_price": None}, "no mark"),
        ({"mark_price": 1.0}, "no volatility gives its mark"),
    ],
)
def test_options_without_a_usable_mark_are_estimated_on_request(tmp_path, change, reason):
    rows = (PUT, CALL | change)
    assert [one.reason for one in _import(tmp_path, *rows).exclusions] == [reason]
    venue_data = _import(tmp_path, *rows, fill_from_smile=True)
    call, put = venue_data.underlyings[0].instruments
    assert isinstance(call, Option)
    assert isinstance(put, Option)
    assert float(call.mark - put.mark) == pytest.approx(float(call.forward - call.strike), abs=1e-9)
    ((name, text),) = [(one.name, one.reason) for one in venue_data.estimates]
    assert name == call.name
    assert text.startswith(f"{reason}: ")
    assert venue_data.exclusions == ()


@pytest.mark.parametrize(
    "change",
    [
        {"underlying_price": None},
        {"bid_price": -0.01},
        {"bid_price": 0.08},
        {"quote_currency": "BTC"},
        {"creation_timestamp": (NOW - 301) * 1000},
        {"mark_price": -0.01},
    ],
)
def test_options_with_other_flaws_are_not_estimated(tmp_path, change):
    venue_data = _import(tmp_path, PUT, CALL | {"mark_price": None} | change, fill_from_smile=True)
    assert [one.name for one in venue_data.exclusions] == [CALL["instrument_name"]]
    assert venue_data.estimates == ()


def test_a_fill_takes_the_range_of_the_other_option_if_that_is_an_estimate(tmp_path):
    rows = (PUT | {"mark_iv": 80}, CALL | {"mark_price": None})
    call, put = sorted(_import(tmp_path, *rows, fill_from_smile=True).estimates, key=lambda one: one.name)
    assert (call.name, put.name) == (CALL["instrument_name"], PUT["instrument_name"])
    assert call.volatilities == put.volatilities
    assert put.volatilities[1] == Decimal("0.8")
    assert (call.size, put.size > 0) == (None, True)


def test_a_far_option_marked_at_zero_is_listed(tmp_path):
    far = CALL | {"instrument_name": "ETH-26JAN24-9000-C", "mark_price": 0.0}
    for volatility, count in ((None, 1), (70, 0)):
        venue_data = _import(tmp_path, PUT, far | {"mark_iv": volatility})
        assert [one.name for _, _, one in venue_data.instruments()][1] == far["instrument_name"]
        assert (venue_data.exclusions, len(venue_data.estimates)) == ((), count)
    future = FUTURE | {"mark_price": 0.0}
    assert [one.reason for one in _import(tmp_path, PUT, future).exclusions] == ["no mark"]


def test_options_without_an_estimate_are_excluded_with_both_reasons(tmp_path):
    venue_data = _import(tmp_path, PERPETUAL, CALL | {"mark_price": None}, fill_from_smile=True)
    (exclusion,) = venue_data.exclusions
    assert exclusion.reason.startswith("no mark; ")
    assert (exclusion.index, exclusion.expiry) == (1, 1_706_256_000)


def test_a_real_chain():
    venue_data = import_deribit(market_data("deribit_eth_options_2024-01-08.csv"))
    assert (len(list(venue_data.instruments())), venue_data.exclusions) == (684, ())
    assert {one.name for one in venue_data.estimates} == {"ETH-9JAN24-2900-C", "ETH-12JAN24-1200-C"}


HEADER = "instrument_name,mark_price,underlying_price,estimated_delivery_price,creation_timestamp\n"
LINE = "ETH-26JAN24-2200-C,0.072,2241.65,2222.19,1704712781414\n"


def test_csv_and_json_are_the_same(tmp_path):
    path = tmp_path / "book.CSV"
    path.write_text(HEADER.replace("\n", ",bid_price,ask_price\n") + LINE.replace("\n", ",0.0715,0.0725\n"))
    assert import_deribit(str(path)) == _import(tmp_path, CALL)
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps([CALL]))
    assert import_deribit(bare) == _import(tmp_path, CALL)


def test_exponents_of_a_venue_are_read(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(HEADER + LINE + "ETH-26JAN24-900-P,9e-06,2241.65,2222.19,1704712781414\n")
    assert import_deribit(path).underlyings[0].instruments[0].mark == Decimal("0.02017485")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER, "no instruments"),
        (
            "a,b\n1,2\n",
            r"line 2: expected a row of Deribit's .* or public/ticker \(instrument_name\)",
        ),
        (HEADER + LINE + LINE.replace("0.072", "0.073"), "duplicate instrument with other values"),
        (HEADER.replace("mark_price", "instrument_name") + LINE, "duplicate column"),
        (HEADER + LINE.replace("0.072", "abc"), "line 2.mark_price: expected a number"),
        (HEADER + LINE.replace("0.072", "NaN"), "line 2.mark_price: expected a number"),
        (HEADER + LINE.replace("0.072", "inf"), "line 2.mark_price: expected a number"),
        (HEADER + LINE.replace("0.072", " 1"), "line 2.mark_price: expected a number"),
        (HEADER + LINE.replace("0.072", "1e999999999"), r"must be below 10\^13"),
        (HEADER + LINE.replace("0.072,", ""), "expected as many values as columns"),
        (HEADER + LINE.replace("0.072,", "1,1,"), "expected as many values as columns"),
        (HEADER + LINE.replace("ETH-26JAN24-2200-C", ""), "expected a name"),
        (HEADER + LINE.replace("2222.19", ""), "no index price"),
        (HEADER + '"ETH', "not CSV"),
        ("\ud800", "not UTF-8"),
    ],
)
def test_broken_csv_is_refused(tmp_path, text, reason):
    path = tmp_path / "book.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=reason) as caught:
        import_deribit(path)
    assert caught.value.source == str(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ('{"error": {"code": 1}}', r"the venue answered with an error: no message \(1\)"),
        ('{"result": {}}', "expected a list of objects"),
        ("[1]", "expected a list of objects"),
        ("[]", "no instruments"),
        ('[{"a": 1, "a": 2}]', "duplicate key"),
        ('[{"instrument_name": "X", "mark_price": NaN}]', "must be finite"),
        ('[{"instrument_name": "X", "mark_price": true}]', "expected a number"),
        ('[{"instrument_name": "X", "mark_price": [1]}]', "expected a number"),
        ('[{"instrument_name": "X", "mark_price": 1e99}]', r"must be below 10\^13"),
        ('[{"instrument_name": 7}]', "expected a name"),
        ('[{"instrument_name": "X Y"}]', "expected a name"),
        ('[{"mark_price": 1}]', "expected a row of Deribit"),
        ('[{"instrument_name": "X", "quote_currency": 1}]', "expected a name"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_json_is_refused(tmp_path, text, reason):
    path = _write(tmp_path, text)
    with pytest.raises(InputError, match=reason) as caught:
        import_deribit(path)
    assert caught.value.source == str(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        import_deribit(tmp_path / "nothing.json")


def test_too_many_underlyings(tmp_path):
    rows = [PERPETUAL | {"instrument_name": f"C{number}-PERPETUAL"} for number in range(9)]
    with pytest.raises(InputError, match="9 underlyings, more than 8"):
        _import(tmp_path, *rows)


@pytest.mark.parametrize(
    ("text", "strike", "expiry"),
    [
        ("XRP_USDC-30JUN23-0d625-C", Decimal("0.625"), 1_688_112_000),
        ("XRP_USDC-30JUN23-4D6-C", Decimal("4.6"), 1_688_112_000),
        ("BTC-29FEB24-100000-P", Decimal(100_000), 1_709_193_600),
        ("BTC-9JAN24", None, 1_704_787_200),
        ("BTC-PERPETUAL", None, None),
    ],
)
def test_names(text, strike, expiry):
    name = parse_name(text)
    assert name is not None
    assert (name.strike, name.expiry) == (strike, expiry)


@given(st.text(max_size=40) | st.from_regex(r"[A-Z]{3}-[0-9]{1,2}[A-Z]{3}[0-9]{2}-[0-9]{1,5}-[CP]"))
def test_any_text_is_parsed_or_none(text):
    name = parse_name(text)
    assert name is None or text.startswith(name.base)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CALL, "x"]), inner),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.sampled_from(list(CALL)), JSON).map(lambda row: {**CALL, **row})))
def test_any_rows_are_imported_or_refused(tmp_path_factory, rows):
    path = _write(tmp_path_factory.mktemp("any"), rows)
    error = None
    try:
        venue_data = import_deribit(path)
    except InputError as caught:
        error = caught
    if error is None:
        venue_data.save(path)
        assert VenueData.load(path) == venue_data
    else:
        assert error.source == str(path)


def test_the_example_chain_equals_the_output_of_its_script(tmp_path):
    runpy.run_path(str(CHAIN / "generate.py"))["write"](tmp_path)
    for path in FILES:
        assert (tmp_path / path.name).read_text() == path.read_text()


def test_the_example_chain_has_all_kinds_and_no_exclusions():
    venue_data = import_deribit(*FILES)
    kinds = [type(one) for _, _, one in venue_data.instruments()]
    assert [one.name for one in venue_data.underlyings] == ["BTC", "ETH", "SOL"]
    assert kinds.count(Option) >= 300
    assert kinds.count(Perpetual) == 3
    assert kinds.count(Future) > 10
    assert venue_data.exclusions == ()
    assert sum(path.stat().st_size for path in FILES) < 500_000


def test_the_example_chain_has_no_arbitrage():
    """In a slice, calls fall and are convex in the strike; parity holds up to the rounding of the marks."""
    slices: dict[tuple[str, int], dict[Decimal, dict[str, Option]]] = {}
    for _, underlying, one in import_deribit(*FILES).instruments():
        if isinstance(one, Option):
            rows = slices.setdefault((underlying.name, one.expiry), {})
            rows.setdefault(one.strike, {})[one.right] = one
    for rows in slices.values():
        strikes = sorted(rows)
        calls = [rows[strike]["call"].mark for strike in strikes]
        rounding = max(Decimal("1e-6") * rows[strikes[0]]["call"].forward, Decimal("1e-4"))
        for strike in strikes:
            call, put = rows[strike]["call"], rows[strike]["put"]
            assert abs(call.mark - put.mark - (call.forward - strike)) <= 2 * rounding
        for low, middle, high in zip(calls, calls[1:], calls[2:], strict=False):
            assert low >= middle - rounding
            assert low - 2 * middle + high >= -4 * rounding
