"""``zkmargin market``: exit codes, what is shown and what is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from support.circuits import ROOT
from support.deribit_server import book, send, venue
from zkmargin.cli import main
from zkmargin.toolchain import run
from zkmargin.venue_data import VenueData
from zkmargin.venues import import_deribit

CHAIN = ROOT / "examples" / "chain"
HEADER = "underlying,index_price,kind,name,lot,quote,mark,expiry,strike,right,forward\n"
CALL = "ETH,2222.19,option,C,0.01,USD,161.3988,2024-01-26T08:00:00Z,2200,call,2241.65\n"
PUT = "ETH,2222.19,option,P,0.01,USD,,2024-01-26T08:00:00Z,2200,put,2241.65\n"
TIME = "2024-01-08T11:19:41Z"
SIDES = ((1999, 2001), (2000.5, 2001), ("", 1999.5), (0, ""))

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zkmargin", "data", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "venue.csv"
    path.write_text(HEADER + CALL + PUT)
    return path


def test_a_plain_csv(cli, file, tmp_path):
    out = tmp_path / "market.json"
    code, shown, _ = cli("import", "csv", file, "-o", out, "--time", TIME)
    assert code == 0
    assert shown == f"{out}: 1 instruments of ETH at {TIME}\nexcluded: 1\n  P: no mark\n"
    assert VenueData.load(out).time == 1_704_712_781


def test_a_time_beyond_the_calendar_is_shown_as_it_is(cli, tmp_path):
    late, out = tmp_path / "late.csv", tmp_path / "market.json"
    late.write_text("underlying,index_price,kind,name,lot,quote,mark\nETH,2000,perpetual,P,0.01,USD,2000\n")
    code, shown, _ = cli("import", "csv", late, "-o", out, "--time", 2**40 - 1)
    assert (code, shown) == (0, f"{out}: 1 instruments of ETH at {2**40 - 1}\n")


def test_marks_outside_of_bid_and_ask_are_listed_and_not_refused(cli, tmp_path):
    out, file = tmp_path / "market.json", tmp_path / "venue.csv"
    rows = [
        f"ETH,2000,perpetual,P{number},0.01,USD,2000,{bid},{ask}" for number, (bid, ask) in enumerate(SIDES)
    ]
    file.write_text("\n".join(["underlying,index_price,kind,name,lot,quote,mark,bid,ask", *rows]))
    arguments = ("import", "csv", file, "-o", out, "--time", TIME, "--force")
    code, shown, _ = cli(*arguments)
    assert (code, shown.splitlines()[1:]) == (
        0, ["marks outside of bid and ask: 2", "  P1: mark 2000, bid 2000.5, ask 2001", "  P2: mark 2000, ask 1999.5"]
    )  # fmt: skip
    assert json.loads(cli(*arguments, "--json")[1])["marks_outside"] == [
        {"name": "P1", "mark": "2000", "bid": "2000.5", "ask": "2001"},
        {"name": "P2", "mark": "2000", "ask": "1999.5"},
    ]
    document = json.loads(out.read_text())
    assert [(one.get("bid"), one.get("ask")) for one in document["underlyings"][0]["instruments"]] == [
        ("1999", "2001"), ("2000.5", "2001"), (None, "1999.5"), (None, None),
    ]  # fmt: skip
    schema = json.loads((ROOT / "docs" / "formats" / "venue-data.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)


def test_estimates(cli, file, tmp_path):
    out = tmp_path / "market.json"
    arguments = ("import", "csv", file, "-o", out, "--time", "1704712781", "--fill-from-smile", "--force")
    assert "estimated: 1" in cli(*arguments)[1]
    shown = json.loads(cli(*arguments, "--json")[1])
    assert (shown["instruments"], shown["exclusions"]) == (2, [])
    assert [one["name"] for one in shown["estimates"]] == ["P"]
    assert [one.name for one in VenueData.load(out).estimates] == ["P"]


def test_numbers_are_kept(cli, file, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    cli("import", "csv", file, "-o", first, "--time", TIME)
    file.write_text(HEADER + PUT.replace("USD,", "USD,119.7488"))
    assert cli("import", "csv", file, "-o", second, "--time", TIME, "--previous", first)[0] == 0
    assert [one.index for _, _, one in VenueData.load(second).instruments()] == [1]


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        (("0.01", "zero"), ("--time", TIME), "venue.csv: line 2.lot: expected a number"),
        ((), ("--time", "2024-01-08"), "--time: expected a time"),
        ((), (), "venue.csv: no value in the column time: set the time of the venue data"),
        ((), ("--time", TIME, "--previous", "none.json"), "none.json: cannot be read"),
    ],
)
def test_bad_input_exits_2_and_writes_nothing(cli, file, tmp_path, *, change, arguments, message):
    if change:
        file.write_text(file.read_text().replace(*change, 1))
    code, out, error = cli("import", "csv", file, "-o", tmp_path / "market.json", *arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert [one.name for one in tmp_path.iterdir()] == ["venue.csv"]


def test_some_underlyings_of_deribit(cli, tmp_path):
    out = tmp_path / "market.json"
    files = [CHAIN / f"{name}.json" for name in ("BTC", "ETH", "USDC")]
    code, shown, _ = cli("import", "deribit", *files, "-o", out, "--underlying", "SOL", "--underlying", "BTC")
    assert code == 0
    assert "of BTC, SOL at 2026-03-02T" in shown
    assert VenueData.load(out) == import_deribit(*files, underlyings=["BTC", "SOL"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("kraken", "x.json"), "SOURCE: no source kraken: expected one of csv, deribit, bybit, okx"),
        (("derebit", "x.json"), "SOURCE: no source derebit; did you mean deribit?"),
        (("csv", "x.csv", "--lot", "ETH=1"), "--lot: a plain CSV has its own columns for it"),
        (("csv", "x.csv", "y.csv"), "FILES: expected one plain CSV"),
        (("deribit", "x.json", "--lot", "ETH"), "--lot: expected an underlying and a positive number"),
        (("deribit", "x.json", "--lot", "ETH=0"), "--lot: expected an underlying and a positive number"),
        (("deribit", "x.json", "--lot", "ETH=1", "--lot", "ETH=2"), "--lot: ETH: duplicate underlying"),
        (("okx", "x.json", "--index", "BTC=many"), "--index: BTC: expected a number"),
        (
            ("deribit", CHAIN / "ETH.json", "--index", "ETC=1"),
            "index price: no instruments of ETC; did you mean ETH?",
        ),
    ],
)
def test_wrong_choices_of_an_import_are_refused(cli, tmp_path, arguments, message):
    code, _, error = cli("import", *arguments, "-o", tmp_path / "market.json")
    assert code == 2
    assert message in error


def test_lots_and_index_prices_may_be_chosen(cli, tmp_path):
    out = tmp_path / "market.json"
    choices = ("--lot", "ETH=2.5", "--index", "ETH=3001")
    assert cli("import", "deribit", CHAIN / "ETH.json", "-o", out, *choices)[0] == 0
    ((underlying, lots),) = [
        (each, {one.lot for one in each.instruments}) for each in VenueData.load(out).underlyings
    ]
    assert (underlying.price, lots) == (3001, {Decimal("2.5")})


def test_fetch(cli, tmp_path):
    with venue(book) as (url, _):
        out, answers = tmp_path / "market.json", tmp_path / "answers"
        arguments = ("fetch", "deribit", "ETH", "-o", out, "--url", url, "--save-answers", answers)
        code, shown, error = cli(*arguments)
    assert (code, error) == (0, "")
    assert "instruments of ETH at 2026-03-02T" in shown
    assert VenueData.load(out) == import_deribit(*sorted(answers.iterdir()), underlyings=["ETH"])


def test_fetch_without_an_answer_exits_4_and_writes_nothing(cli, tmp_path):
    with venue(lambda handler, _: send(handler, 500, b"")) as (url, _):
        code, shown, error = cli(
            "fetch", "deribit", "ETH", "-o", tmp_path / "market.json", "--url", url, "--json"
        )
    assert code == 4
    assert json.loads(shown)["error"]["kind"] == "VenueError"
    assert error.splitlines()[-1] == "error: deribit-ETH-future: 127.0.0.1 refuses: HTTP 500"
    assert not list(tmp_path.iterdir())


def test_fetch_from_elsewhere_exits_2(cli, tmp_path):
    code, _, error = cli("fetch", "binance", "ETH", "-o", tmp_path / "market.json")
    assert code == 2
    assert "expected one of deribit" in error


def test_ccxt_is_loaded_by_nothing_but_a_fetch():
    code = "import sys; import zkmargin.cli.app, zkmargin.venues.live; print(*sys.modules)"
    loaded = set(run([sys.executable, "-c", code], cwd=ROOT, timeout=60).stdout.split())
    assert not loaded & {"ccxt", "requests", "numpy"}


def test_a_stressed_market_is_a_market(cli, tmp_path):
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    import_deribit(*sorted(CHAIN.glob("*.json"))).save(before)
    at = VenueData.load(before).time + 60
    code, shown, _ = cli(
        "stress", before, "-o", after, "--move", "ETH=-0.15", "--vol", "ETH=0.1", "--time", at
    )
    assert (code, "364 instruments of BTC, ETH, SOL" in shown) == (0, True)
    eth = {one.name: one.price for one in VenueData.load(after).underlyings}["ETH"]
    assert (eth, VenueData.load(after).time) == (Decimal("2560.9225"), at)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--move", "ETH"), "--move"),
        (("--move", "ETH=x"), "--move"),
        (("--move", "ETH=-1"), "moves: ETH: must be above -1"),
        (("--move", "ETH=0.1", "--move", "ETH=0.2"), "--move: duplicate name"),
        (("--vol", "DOGE=0.1"), "volatility: DOGE: no such underlying"),
        (("--time", "1"), "time: must not be before the time of the venue data"),
        (("--time", "soon"), "--time"),
    ],
)
def test_a_stress_that_cannot_be_is_a_usage_error(cli, tmp_path, options, message):
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    import_deribit(*sorted(CHAIN.glob("*.json"))).save(before)
    code, _, error = cli("stress", before, "-o", after, *options)
    assert (code, message in error, after.exists()) == (2, True, False)
