"""Answers of all venues and collectors: one row of each against outside values, units, refusals.

Rows with a volatility and a mark are those that the venue or ccxt 4.5.90 publishes; others have QuantLib's price.
"""

from __future__ import annotations

import gzip
import json
import math
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.venue_data import Future, Option, Perpetual, Right, VenueData
from zkmargin.venue_data.instruments import expiry_of
from zkmargin.venues import import_answers, import_csv, parsing
from zkmargin.venues.columns import FORMATS, SOURCES
from zkmargin.venues.names import BINANCE, BYBIT, BYBIT_FUTURES, CCXT, OKX, deribit_name, parse_name

YEAR = 365 * 86_400
# ccxt's pull request 21878: fetched on 2024-03-23T02:53:53.203Z.
BYBIT_ROW = {
    "symbol": "BTC-27DEC24-55000-P", "bid1Price": "0", "ask1Price": "0", "markPrice": "11823.35972129",
    "indexPrice": "63783.9", "markIv": "0.8866", "underlyingPrice": "71652.59003661", "predictedDeliveryPrice": "0",
}  # fmt: skip
BYBIT_TIME = 1_711_162_433
BYBIT_ANSWER = {
    "retCode": 0, "retMsg": "OK", "result": {"category": "option", "list": [BYBIT_ROW]}, "retExtInfo": {},
    "time": 1_711_162_433_203,
}  # fmt: skip
# ccxt 4.5.90, okx.py, fetch_greeks.
OKX_ROW = {
    "askVol": "0", "bidVol": "0", "deltaBS": "0.7325502184143025", "fwdPx": "37675.80158694987186",
    "instId": "BTC-USD-240329-32000-C", "instType": "OPTION", "markVol": "0.5916253554539876", "ts": "1699586421976",
    "uly": "BTC-USD",
}  # fmt: skip
OKX_TIME = 1_699_586_421
OKX_INDEX = {"instId": "BTC-USD", "idxPx": "36500.5", "ts": "1699586421000"}
# ccxt 4.5.90, deribit.py, parse_greeks.
TICKER = {
    "estimated_delivery_price": 36552.71, "best_bid_price": 0.214, "best_ask_price": 0.219, "mark_iv": 61.27,
    "underlying_index": "BTC-27SEP24", "underlying_price": 38992.71, "mark_price": 0.2168,
    "instrument_name": "BTC-27SEP24-40000-C", "index_price": 36552.72, "greeks": {"delta": 0.59621},
    "stats": {"low": 0.2065}, "state": "open", "timestamp": 1699578548021,
}  # fmt: skip
CHAIN = {
    "BTC/USD:BTC-240927-40000-C": {
        "info": {name: value for name, value in TICKER.items() if name != "mark_price"},
        "symbol": "BTC/USD:BTC-240927-40000-C", "timestamp": 1699578548021, "impliedVolatility": None,
        "bidPrice": 0.214, "askPrice": 0.219, "markPrice": 0.2168, "underlyingPrice": 38992.71,
    }
}  # fmt: skip
TARDIS_HEADER = (
    "exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,bid_price,ask_price,mark_price,mark_iv,"
    "underlying_index,underlying_price\n"
)
TARDIS_LINE = (
    "deribit,BTC-27SEP24-40000-C,1699578548021000,1699578548030000,call,40000,1727424000000000,0.214,0.219,0.2168,"
    "61.27,BTC-27SEP24,38992.71\n"
)
BINANCE_TIME, BINANCE_EXPIRY = 1_767_225_600, 1_769_760_000  # 2026-01-01T00:00Z, 2026-01-30T08:00Z


def black(right: str, strike: float, forward: float, volatility: float, years: float) -> float:
    kind = QuantLib.Option.Call if right == "C" else QuantLib.Option.Put
    return float(QuantLib.blackFormula(kind, strike, forward, volatility * math.sqrt(years)))


def binance(strike: int, right: str, forward: float = 90_150.5, volatility: float = 0.52) -> dict[str, str]:
    mark = black(right, strike, forward, volatility, (BINANCE_EXPIRY - BINANCE_TIME) / YEAR)
    return {
        "symbol": f"BTC-260130-{strike}-{right}", "markPrice": f"{mark:.3f}", "bidIV": "-1", "askIV": "1.5",
        "markIV": f"{volatility:.8f}", "riskFreeInterest": "0.0",
    }  # fmt: skip


def write(folder: Path, content: Any, name: str = "answer.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def one(made: VenueData) -> Option:
    ((_, _, option),) = list(made.instruments())
    assert isinstance(option, Option)
    return option


def test_bybits_option(tmp_path):
    made = import_answers("bybit", write(tmp_path, BYBIT_ANSWER))
    option = one(made)
    assert (made.time, made.underlyings[0].price) == (BYBIT_TIME, Decimal("63783.9"))
    assert (option.name, option.strike, option.right) == ("BTC-27DEC24-55000-P", 55_000, Right.PUT)
    assert option.expiry == 1_735_286_400  # 2024-12-27T08:00Z
    assert (option.mark, option.volatility) == (Decimal("11823.35972129"), Decimal("0.8866"))
    assert option.forward == Decimal("71652.59003661")
    assert (option.bid, option.ask) == (None, None)
    assert made.estimates == made.exclusions == ()


def test_bybits_option_that_is_settled_in_usdt(tmp_path):
    row = BYBIT_ROW | {"symbol": "BTC-27DEC24-55000-P-USDT"}
    assert one(import_answers("bybit", write(tmp_path, [row]), time=BYBIT_TIME)).mark == Decimal(
        "11823.35972129"
    )
    with pytest.raises(
        InputError, match=r"no time in the answers: set the time of the venue data \(--time\)"
    ):
        import_answers("bybit", write(tmp_path, [row]))


def test_okxs_option_has_a_mark_by_its_volatility_and_is_an_estimate(tmp_path):
    answer = {"code": "0", "msg": "", "data": [OKX_ROW]}
    made = import_answers("okx", write(tmp_path, answer), index_prices={"BTC": Decimal(36_500)})
    option = one(made)
    # QuantLib 1.44: 2024-03-29T08:00Z is 0.3840937 years later.
    assert float(option.mark) == pytest.approx(8392.945207, abs=1e-5)
    assert (made.time, option.expiry, option.strike) == (OKX_TIME, 1_711_699_200, 32_000)
    assert [(each.name, each.reason) for each in made.estimates] == [
        (option.name, "no mark in the answer: Black-76 with the venue's volatility and forward")
    ]


def test_okxs_answers_complete_each_other(tmp_path):
    mark = {"instId": OKX_ROW["instId"], "instType": "OPTION", "markPx": "0.22276753", "ts": "1699586420976"}
    ticker = {"instId": OKX_ROW["instId"], "bidPx": "0.2", "askPx": "", "ts": "1699586421976"}
    pairs = (("summary", OKX_ROW), ("mark", mark), ("ticker", ticker), ("index", OKX_INDEX))
    files = [write(tmp_path, {"code": "0", "data": [row]}, f"{name}.json") for name, row in pairs]
    made = import_answers("okx", *files)
    product = Context(prec=40).multiply(Decimal("0.22276753"), Decimal(OKX_ROW["fwdPx"]))
    assert one(made).mark == round(product, 18)
    bid = Context(prec=40).multiply(Decimal("0.2"), Decimal(OKX_ROW["fwdPx"]))
    assert (one(made).bid, one(made).ask) == (round(bid, 18), None)
    assert made.underlyings[0].price == Decimal("36500.5")
    assert (made.time, made.estimates) == (OKX_TIME - 1, ())
    assert import_answers("okx", *files, files[0]) == made
    other = write(tmp_path, [OKX_ROW | {"markVol": "0.6"}], "other.json")
    with pytest.raises(
        InputError, match="duplicate instrument with other values: give answers of one moment"
    ):
        import_answers("okx", *files, other)


def test_binances_forward_follows_from_a_call_and_a_put(tmp_path):
    rows = [binance(*each) for each in ((90_000, "C"), (90_000, "P"), (120_000, "C"), (120_000, "P"))]
    ticker = {"symbol": "BTC-260130-90000-C", "bidPrice": "4000", "askPrice": "0", "exercisePrice": "90010.5"}
    files = [write(tmp_path, rows), write(tmp_path, [ticker], "ticker.json")]
    made = import_answers("binance", *files, time=BINANCE_TIME)
    options = [option for _, _, option in made.instruments() if isinstance(option, Option)]
    assert [option.strike for option in options] == [90_000, 90_000, 120_000, 120_000]
    assert [(option.bid, option.ask) for option in options[:2]] == [(4000, None), (None, None)]
    assert [float(option.forward) for option in options] == pytest.approx([90_150.5] * 4, abs=0.002)
    assert made.underlyings[0].price == Decimal("90010.5")
    alone = import_answers(
        "binance", write(tmp_path, rows[:1]), time=BINANCE_TIME, index_prices={"BTC": Decimal(90_000)}
    )
    assert [each.reason for each in alone.exclusions] == [
        "no forward: no call and put of one strike with marks"
    ]


def test_perpetuals_and_futures_hedge_the_options(tmp_path):
    rows = [binance(*each) for each in ((90_000, "C"), (90_000, "P"))]
    # ccxt 4.5.90, binance.py, parse_ticker: the members of a row.
    premium = {"markPrice": "90012.5", "indexPrice": "90010.5", "estimatedSettlePrice": "90000", "interestRate": "0",
               "lastFundingRate": "0.0001", "nextFundingTime": 0, "time": BINANCE_TIME * 1000}  # fmt: skip
    names = ("BTCUSDT", "BTCUSDC", "BTCUSDT_260327", "DEFIUSDTX")
    files = [
        write(tmp_path, rows),
        write(tmp_path, [premium | {"symbol": one} for one in names], "premium.json"),
    ]
    made = import_answers("binance", *files)
    assert (made.time, made.underlyings[0].price) == (BINANCE_TIME, Decimal("90010.5"))
    assert [each.name for _, _, each in made.instruments()] == [
        "BTCUSDC", "BTCUSDT", "BTCUSDT_260327", "BTC-260130-90000-C", "BTC-260130-90000-P",
    ]  # fmt: skip
    assert [each.reason for each in made.exclusions] == ["not an option, a future or a perpetual"]
    # An order book that has not changed for an hour.
    book = {"symbol": "BTCUSDT_260327", "bidPrice": "90012.4", "bidQty": "1", "askPrice": "90012.6", "askQty": "2",
            "time": (BINANCE_TIME - 3600) * 1000}  # fmt: skip
    quoted = import_answers("binance", *files, write(tmp_path, [book], "book.json"))
    future = next(each for _, _, each in quoted.instruments() if each.name == "BTCUSDT_260327")
    assert (future.bid, future.ask, quoted.time) == (Decimal("90012.4"), Decimal("90012.6"), made.time)
    spot = {name: value for name, value in book.items() if name != "time"}
    with pytest.raises(InputError, match="expected a row of Binance's /eapi/v1/mark"):
        import_answers("binance", write(tmp_path, [spot], "spot.json"))


def test_perpetuals_of_bybit_and_swaps_of_okx(tmp_path):
    row = {"symbol": "BTCUSDT", "markPrice": "63790.1", "indexPrice": "63783.9", "bid1Price": "63790",
           "ask1Price": "63791", "fundingRate": "0.0001", "nextFundingTime": "1711180800000"}  # fmt: skip
    linear = BYBIT_ANSWER | {"result": {"category": "linear", "list": [row, row | {"symbol": "BTCPERP"}]}}
    inverse = BYBIT_ANSWER | {"result": {"category": "inverse", "list": [row | {"symbol": "BTCUSD"}]}}
    files = [write(tmp_path, one, f"{name}.json") for name, one in enumerate((BYBIT_ANSWER, linear, inverse))]
    made = import_answers("bybit", *files)
    names = ["BTCPERP", "BTCUSD", "BTCUSDT", "BTC-27DEC24-55000-P"]
    assert [each.name for _, _, each in made.instruments()] == names
    perpetual = next(each for _, _, each in made.instruments() if each.name == "BTCUSDT")
    assert (perpetual.bid, perpetual.ask, made.marks_outside()) == (63790, 63791, [])
    marks = [
        {"instId": name, "markPx": "36510.5", "ts": OKX_ROW["ts"]}
        for name in ("BTC-USD-SWAP", "BTC-USDT-231229")
    ]
    okx = import_answers("okx", write(tmp_path, [*marks, OKX_INDEX, OKX_ROW]))
    assert [(each.name, each.mark) for _, _, each in okx.instruments()][:2] == [
        ("BTC-USD-SWAP", Decimal("36510.5")), ("BTC-USDT-231229", Decimal("36510.5")),
    ]  # fmt: skip


def test_futures_of_bybit_expire_at_their_delivery_time(tmp_path):
    row = {"markPrice": "63990.1", "indexPrice": "63783.9", "bid1Price": "63990", "ask1Price": "63991",
           "fundingRate": "", "nextFundingTime": "0"}  # fmt: skip
    # 2024-06-28T08:00Z, and half an hour later: the answer's time counts, not that of the name.
    deliveries = {"BTC-28JUN24": "1719561600000", "BTCUSDT-28JUN24": "1719563400000", "BTCUSDM24": "1719561600000",
                  "BTCUSDT": "0", "BTC-27SEP24": "", "BTCUSDU24": "0"}  # fmt: skip
    rows = [row | {"symbol": name, "deliveryTime": time} for name, time in deliveries.items()]
    made = import_answers("bybit", write(tmp_path, BYBIT_ANSWER | {"result": {"list": rows}}))
    found = {each.name: each for _, _, each in made.instruments()}
    assert {name: expiry_of(each) for name, each in found.items()} == {
        "BTCUSDT": None, "BTC-28JUN24": 1_719_561_600, "BTCUSDM24": 1_719_561_600, "BTCUSDT-28JUN24": 1_719_563_400,
        "BTC-27SEP24": 1_727_424_000,
    }  # fmt: skip
    assert (found["BTCUSDM24"].mark, found["BTCUSDM24"].bid) == (Decimal("63990.1"), 63990)
    assert [(each.name, each.reason) for each in made.exclusions] == [
        ("BTCUSDU24", "not an option, a future or a perpetual")
    ]
    with pytest.raises(InputError, match=r"list\[0\].deliveryTime: expected Unix time in milliseconds"):
        import_answers("bybit", write(tmp_path, {"result": {"list": [rows[0] | {"deliveryTime": "soon"}]}}))


@pytest.mark.parametrize(
    ("text", "linear"), [("BTC-3JAN25", "USDC"), ("BTCUSDT-3JAN25", "USDT"), ("BTCUSDH25", "")]
)
def test_names_of_bybits_futures(text, linear):
    name = parse_name(text, BYBIT_FUTURES, 1_735_891_200)
    assert name is not None
    assert (name.base, name.linear, name.expiry, name.strike) == ("BTC", linear, 1_735_891_200, None)


@pytest.mark.parametrize("content", [TICKER, {"jsonrpc": "2.0", "result": TICKER}, [TICKER]])
def test_deribits_ticker(tmp_path, content):
    made = import_answers("deribit", write(tmp_path, content))
    option = one(made)
    assert (made.time, made.underlyings[0].price) == (1_699_578_548, Decimal("36552.72"))
    assert option.mark == Decimal("0.2168") * Decimal("38992.71")
    assert option.volatility == Decimal("0.6127")


@pytest.mark.parametrize("content", [CHAIN, list(CHAIN.values()), next(iter(CHAIN.values()))])
def test_ccxts_chain_is_completed_by_the_venues_own_row(tmp_path, content):
    made = import_answers("ccxt", write(tmp_path, content))
    assert one(made).name == "BTC-27SEP24-40000-C"
    assert (one(made).mark, one(made).volatility) == (
        Decimal("0.2168") * Decimal("38992.71"),
        Decimal("0.6127"),
    )
    assert made.underlyings[0].price == Decimal("36552.72")


def test_ccxts_row_of_an_unknown_venue_gets_a_name_from_its_symbol(tmp_path):
    row = {
        "info": {}, "symbol": "BTC/USDT:USDT-241227-55000-P", "timestamp": BYBIT_TIME * 1000,
        "impliedVolatility": 0.8866, "markPrice": 11823.35972129, "underlyingPrice": 71652.59003661,
    }  # fmt: skip
    made = import_answers("ccxt", write(tmp_path, [row]), index_prices={"BTC": Decimal(63_783)})
    assert (one(made).name, one(made).mark) == ("BTC_USDT-27DEC24-55000-P", Decimal("11823.35972129"))


@pytest.mark.parametrize(
    "time", ["1699578548021000", "2023-11-10T01:09:08.021Z", "2023-11-10T01:09:08+00:00"]
)
def test_tardiss_rows_of_deribit(tmp_path, time):
    line = TARDIS_LINE.replace("1699578548021000", time)
    path = write(tmp_path, TARDIS_HEADER + line, "options.csv")
    made = import_answers("tardis", path, index_prices={"BTC": Decimal("36552.72")})
    assert made.time == 1_699_578_548
    assert one(made).mark == Decimal("0.2168") * Decimal("38992.71")
    assert one(made).volatility == Decimal("0.6127")


def test_a_packed_file_is_read(tmp_path, monkeypatch):
    index = {"BTC": Decimal("36552.72")}
    plain = write(tmp_path, TARDIS_HEADER + TARDIS_LINE, "options.csv")
    packed = tmp_path / "options.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert import_answers("tardis", packed, index_prices=index) == import_answers(
        "tardis", plain, index_prices=index
    )
    monkeypatch.setattr(parsing, "_MAX_BYTES", 1000)
    for content, reason in (
        (packed.read_bytes()[:-9], "not one whole gzip file"),
        (packed.read_bytes() * 2, "not one whole gzip file"),
        (b"\x1f\x8b" + bytes(20), "not a gzip file"),
        (gzip.compress(bytes(1001)), "larger than 1000 bytes unpacked"),
    ):
        packed.write_bytes(content)
        with pytest.raises(InputError, match=reason):
            import_answers("tardis", packed)


def test_of_tardiss_rows_the_newest_at_the_time_counts(tmp_path):
    later = TARDIS_LINE.replace("1699578548021000", "1699578549000000").replace(",0.2168,", ",0.2169,")
    path = write(tmp_path, TARDIS_HEADER + later + TARDIS_LINE, "options.csv")
    index = {"BTC": Decimal(36_552)}
    assert one(import_answers("tardis", path, index_prices=index)).mark == Decimal("0.2169") * Decimal(
        "38992.71"
    )
    before = import_answers("tardis", path, index_prices=index, time=1_699_578_548)
    assert one(before).mark == Decimal("0.2168") * Decimal("38992.71")
    with pytest.raises(InputError, match="no instruments"):
        import_answers("tardis", path, index_prices=index, time=1_699_578_547)


@pytest.mark.parametrize(
    ("source", "content", "reason"),
    [
        ("tardis", TARDIS_LINE.replace("deribit", "okex-options"), "its underlying_price is the index price"),
        ("tardis", TARDIS_LINE.replace("deribit", "huobi"), "expected a row of Tardis's options_chain of deribit (exc"),
        ("tardis", TARDIS_LINE.replace("1699578548021000", "1699578548021"), "timestamp: expected Unix time in micro"),
        ("tardis", TARDIS_LINE.replace("1699578548021000", "1E9"), "timestamp: expected Unix time in microseconds"),
        ("tardis", TARDIS_LINE.replace("61.27", "61,27", 1), "expected as many values as columns"),
        ("deribit", TARDIS_LINE, "this is Tardis's options_chain of deribit: import it with zkmargin data import t"),
        ("deribit", BYBIT_ANSWER, "this is Bybit's /v5/market/tickers of options: import it with zkmargin data import"),
        ("bybit", [OKX_ROW], "this is OKX's /api/v5/public/opt-summary: import it with zkmargin data import okx"),
        ("okx", [binance(90_000, "C")], "this is Binance's /eapi/v1/mark: import it with zkmargin data import binance"),
        ("bybit", [{"symbol": "X"}], "expected a row of Bybit's /v5/market/tickers of options (symbol, markPrice"),
        ("bybit", [BYBIT_ROW | {"markIv": "high"}], "[0].markIv: expected a number"),
        ("bybit", [BYBIT_ROW | {"symbol": ["X"]}], "[0].symbol: expected a name"),
        ("bybit", BYBIT_ANSWER | {"time": "soon"}, "time: expected Unix time in milliseconds"),
        ("bybit", BYBIT_ANSWER | {"time": []}, "time: expected Unix time in milliseconds"),
        ("bybit", "{", "not JSON"),
        ("ccxt", {"X": CHAIN}, "expected a row of CCXT's fetch_option_chain (symbol, info"),
        ("okx", [OKX_ROW], "no index price of BTC in the answers: give it (--index BTC=PRICE); the forward of its"),
        ("kraken", [], "no source kraken: expected one of deribit, bybit"),
        ("Bybit", [], "no source Bybit; did you mean bybit?"),
    ],
)  # fmt: skip
def test_other_formats_and_broken_rows_are_refused(tmp_path, source, content, reason):
    is_csv = isinstance(content, str) and content != "{"
    path = write(
        tmp_path, TARDIS_HEADER + content if is_csv else content, "file.csv" if is_csv else "file.json"
    )
    with pytest.raises(InputError) as caught:
        import_answers(source, path)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"jsonrpc": "2.0", "error": {"message": "too_many_requests", "code": 10028}},
            "too_many_requests (10028)",
        ),
        (
            {"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "time": 1},
            "Too many visits! (10006)",
        ),
        ({"code": "50011", "data": [], "msg": "Too Many Requests"}, "Too Many Requests (50011)"),
        ({"code": -1121, "msg": "Invalid symbol."}, "Invalid symbol. (-1121)"),
        ({"error": {"message": "\x1b[2J" + "x" * 300}}, "[2J" + "x" * 196),
    ],
)
@pytest.mark.parametrize("source", ["deribit", "ccxt"])
def test_a_venues_error_is_shown_as_such(tmp_path, source, answer, said):
    with pytest.raises(InputError) as caught:
        import_answers(source, write(tmp_path, answer))
    assert caught.value.reason == f"the venue answered with an error: {said}"


def test_a_file_of_a_venue_is_named_where_a_plain_csv_is_expected(tmp_path):
    with pytest.raises(
        InputError, match="this is Tardis's options_chain of deribit: import it with zkmargin data import t"
    ):
        import_csv(write(tmp_path, TARDIS_HEADER + TARDIS_LINE, "file.csv"))
    with pytest.raises(InputError, match="this is Bybit's /v5/market/tickers of options"):
        import_csv(write(tmp_path, BYBIT_ANSWER))
    plain = "underlying,index_price,kind,name,lot,quote,mark\nETH,2000,perpetual,P,0.01,USD,2000\n"
    with pytest.raises(InputError, match="this is a plain CSV: import it with zkmargin data import csv"):
        import_answers("okx", write(tmp_path, plain, "file.csv"))


def test_every_format_says_where_it_is_documented():
    assert all(each.documented and each.answer and each.needs for each in FORMATS)
    assert SOURCES == ("deribit", "bybit", "okx", "binance", "ccxt", "tardis")


PEPE = {
    "instrument_name": "PEPE_USDC-PERPETUAL", "quote_currency": "USDC", "mark_price": 0.00000123456789,
    "estimated_delivery_price": 0.0000012, "creation_timestamp": BYBIT_TIME * 1000,
}  # fmt: skip


def test_a_price_far_below_a_cent_keeps_its_digits(tmp_path):
    path = write(tmp_path, [PEPE])
    with pytest.raises(InputError, match=r"a lot of 1 PEPE is worth less than 0\.01.*\(--lot PEPE=UNITS\)"):
        import_answers("deribit", path)
    made = import_answers("deribit", path, lots={"PEPE": Decimal(10**6)})
    ((_, _, perpetual),) = made.instruments()
    assert (perpetual.lot, perpetual.mark) == (10**6, Decimal("0.00000123456789"))
    assert made.underlyings[0].price == Decimal("0.0000012")
    made.save(tmp_path / "venue.json")
    loaded = VenueData.load(tmp_path / "venue.json")
    assert loaded == made
    # The lot of the previous venue data is kept.
    assert import_answers("deribit", path, previous=loaded) == made


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("SOL-3JAN25-187.5-C", BYBIT, ("SOL", "USDC", "187.5", "SOL_USDC-3JAN25-187d5-C")),
        ("SOL-3JAN25-187.5-C-USDT", BYBIT, ("SOL", "USDT", "187.5", "SOL_USDT-3JAN25-187d5-C")),
        ("BTC-USD-250103-60000-P", OKX, ("BTC", "", "60000", "BTC-3JAN25-60000-P")),
        ("DOGE-250103-0.06-C", BINANCE, ("DOGE", "USDT", "0.06", "DOGE_USDT-3JAN25-0d06-C")),
        ("ETH/USD:ETH-250103-2000-C", CCXT, ("ETH", "", "2000", "ETH-3JAN25-2000-C")),
        ("ETH/USDC:USDC-250103-2000-C", CCXT, ("ETH", "USDC", "2000", "ETH_USDC-3JAN25-2000-C")),
    ],
)
def test_names(text, form, expected):
    name = parse_name(text, form)
    assert name is not None
    assert name.expiry == 1_735_891_200  # 2025-01-03T08:00Z
    assert (name.base, name.linear, str(name.strike), deribit_name(name)) == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("BTC-250231-60000-P", BINANCE), ("BTC-EUR-250103-60000-P", OKX), ("BTC-USDT", OKX), ("USDT", BYBIT_FUTURES),
        ("BTC-3JAN25-60000-P-USDC", BYBIT), ("BTCUSDT", BYBIT), ("BTC/USD", CCXT), ("BTC-251301-1-C", BINANCE),
        ("BTCUSDH25", BYBIT_FUTURES),
    ],
)  # fmt: skip
def test_other_names_are_none(text, form):
    assert parse_name(text, form) is None


ROWS = {
    "bybit": (BYBIT_ROW, {"symbol": "BTCUSDM24", "markPrice": "63990.1", "indexPrice": "63783.9",
              "nextFundingTime": "0", "deliveryTime": "1719561600000", "bid1Price": "63990", "ask1Price": "63991"}),
    "okx": (OKX_ROW | {"markPx": "0.22", "bidPx": "0.2", "askPx": "0.25"},),
    "binance": (binance(90_000, "C"), binance(90_000, "P"), {"symbol": "BTCUSDT_260327", "markPrice": "90012.5",
                "indexPrice": "90010.5", "lastFundingRate": "0", "time": BINANCE_TIME * 1000}),
    "ccxt": tuple(CHAIN.values()),
    "tardis": (dict(zip(TARDIS_HEADER.strip().split(","), TARDIS_LINE.strip().split(","), strict=True)),),
    "deribit": (TICKER,),
}  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(10**14), 10**14).map(str),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e-18",
            "5e-19",
            "1e12",
            "1E999999999",
            "NaN",
            "\u0661",
            "x" * 70,
            "\x00",
            "BTC-USD",
            [],
            {},
        ]
    ),
)


PLACES = [
    (source, number, key) for source, rows in ROWS.items() for number, row in enumerate(rows) for key in row
]


@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3), VALUES)
@settings(max_examples=60)
def test_changed_rows_of_every_format_are_imported_or_refused(tmp_path_factory, places, value):
    source = places[0][0]
    rows = [dict(row) for row in ROWS[source]]
    for other, number, key in places:
        if other == source:
            rows[number][key] = value
    path, refused = write(tmp_path_factory.getbasetemp(), rows, "any.json"), None
    try:
        made = import_answers(source, path, index_prices={"BTC": Decimal(60_000)})
    except InputError as error:
        refused = error
    if refused is not None:
        assert refused.source
        return
    read = VenueData.from_json(Field(made.to_json(), "any"))
    assert read == made
    assert all(
        each.bid is None or each.ask is None or 0 < each.bid <= each.ask
        for _, _, each in made.instruments()
        if isinstance(each, Option | Future | Perpetual)
    )
