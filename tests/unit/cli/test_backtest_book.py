"""``zkmargin backtest`` of books and of volatility ranges."""

from __future__ import annotations

import json
import stat
from datetime import date, timedelta
from decimal import Decimal

import pytest

from support.market_days import BOOK, EXPIRY, market_on
from zkmargin import Account, Snapshot
from zkmargin.documents.utc import iso_text
from zkmargin.risk import load_model

PRICES = (2000, 2300, 1900, 2050, 2050, 1700)
VOLATILITIES = (0.7, 0.9, 0.6, 0.6, 0.6, 0.6)
COLUMNS = "underlying,index_price,kind,name,lot,quote,mark,expiry,strike,right,forward,time"


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A folder of venue data, and a book."""
    root = tmp_path_factory.mktemp("market")
    (root / "days").mkdir()
    for day, (price, volatility) in enumerate(zip(PRICES, VOLATILITIES, strict=True)):
        market_on(day, price, volatility).save(root / "days" / f"{day}.json")
    Account.new(owner=7, positions=BOOK).save(root / "book.json")
    return root


def run(cli, market, *options, files="days"):
    return cli("backtest", "--book", market / "book.json", "--snapshots", market / files, *options)


def test_a_book_is_tested_under_models_and_close_outs(cli, market):
    options = ("--model", "span", "--model", "deribit", "--close-out", "1", "--close-out", "2")
    code, out, err = run(cli, market, *options)
    assert (code, err) == (0, "")
    assert out.startswith("6 files, 2024-01-08 to 2024-01-13; none missing; amounts in USD\n")
    assert "losses over 1 day, tested on 5 of 5 days; expected breaches at 99%: 0.1" in out
    assert "losses over 2 days, tested on 4 of 4 days" in out
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines if line[1:2] == ["maintenance"]] == ["span", "deribit"] * 2
    assert (
        f"  at 1700, the index price of {market / 'days' / '5.json'}, 0.0 hours from the expiry: CALL, PUT"
        in out
    )
    assert "losses over more than a day overlap" in out


def test_json_has_every_day_and_settlement(cli, market):
    code, out, _ = run(cli, market, "--json", "--delivery", f"ETH@{iso_text(EXPIRY)}=1750")
    assert code == 0
    shown = json.loads(out)
    assert (shown["positions"], shown["quote"], len(shown["files"])) == (4, "USD", 6)
    (test,) = shown["tests"]
    assert (test["model"], test["close_out_days"], test["days"], test["tested"]) == ("span", 1, 5, 5)
    assert len(test["by_day"]) == 5
    assert test["by_day"][0]["close_out_end"] == "2024-01-09"
    assert test["initial"]["mean_requirement"] == pytest.approx(
        1.25 * test["maintenance"]["mean_requirement"], 1e-5
    )
    losses = [one["loss"] for one in test["by_day"]]
    assert test["maintenance"]["worst_loss"] == max(losses)
    assert {(one["instrument"], one["price"], one["source"]) for one in test["settled"]} == {
        ("CALL", "1750", None),
        ("PUT", "1750", None),
    }
    assert test["left_out"] == []


def test_closing_costs_an_assumed_half_spread(cli, market):
    shown, free = (
        json.loads(run(cli, market, "--json", "--half-spread", *part, "--volatility-points", "0")[1])[
            "tests"
        ][0]
        for part in (["0.01"], ["0"])
    )
    # Half a unit of the perpetual is closed on each day; call and put expire on the last.
    costs = [0.5 * 0.01 * price for price in PRICES[1:]]
    assert [one["closing_cost"] for one in shown["by_day"]] == pytest.approx(costs)
    assert [one["loss"] for one in shown["by_day"]] == pytest.approx(
        [one["loss"] + cost for one, cost in zip(free["by_day"], costs, strict=True)], abs=1e-2
    )
    assert shown["closed"] == {
        "quoted": 0, "assumed": 18, "at_mark": 0, "half_spread": 0.01, "volatility_points": 0.0,
    }  # fmt: skip
    out = run(cli, market)[1]
    assert (
        "closed positions: 18 at an assumed half spread of 0.001 of the mark, for options of 2 points of"
        in out
    )
    assert "mean cost of a close-out, part of the loss: " in out


def test_positions_without_a_value_are_named(cli, market, tmp_path):
    for day, price in enumerate(PRICES[:3]):
        market_on(day, price, without=("LATE",) if day == 1 else ()).save(tmp_path / f"{day}.json")
    out = run(cli, market, files=tmp_path)[1]
    assert "left out of those days: 1\n" in out
    assert f"  2024-01-08 LATE: {tmp_path / '1.json'}: not listed\n" in out


def test_missing_days_are_listed(cli, market, tmp_path):
    for day in (0, 1, 4, 5):
        market_on(day, PRICES[day]).save(tmp_path / f"{day}.json")
    out = run(cli, market, files=tmp_path)[1]
    assert out.startswith(
        "4 files, 2024-01-08 to 2024-01-13; missing: 2024-01-10 to 2024-01-11; amounts in USD\n"
    )
    assert "tested on 2 of 3 days" in out
    assert json.loads(run(cli, market, "--json", files=tmp_path)[1])["missing"] == [
        ["2024-01-10", "2024-01-11"]
    ]


def test_snapshots_have_their_own_model(cli, market, tmp_path):
    for day in range(2):
        Snapshot.build(market_on(day, PRICES[day]), load_model("deribit")).save(tmp_path / f"{day}.json")
    assert "deribit  maintenance" in run(cli, market, files=tmp_path)[1]
    code, _, err = run(cli, market, "--model", "span", files=tmp_path)
    assert code == 2
    assert "a snapshot of the model deribit; other models need venue data" in err


def test_the_page_is_private_and_names_positions_only_if_asked(cli, market, tmp_path):
    pytest.importorskip("jinja2")
    page = tmp_path / "page.html"
    code, out, _ = run(cli, market, "-o", page)
    assert code == 0
    assert out.endswith(f"{page}: the results with plots. Keep the page private.\n")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert not any(name in page.read_text() for name in BOOK)
    run(cli, market, "-o", page, "--force", "--show-positions")
    assert all(name in page.read_text() for name in BOOK)


def plain_rows(day, price):
    """Return rows of a plain CSV."""
    time = iso_text(market_on(day, price).time)
    for _, _, one in market_on(day, price).instruments():
        kind, terms = ("perpetual", ",,,") if one.name == "PERP" else ("option", None)
        terms = terms or f"{iso_text(one.expiry)},{one.strike},{one.right},{one.forward}"
        yield f"ETH,{price},{kind},{one.name},{one.lot},USD,{one.mark},{terms},{time}"


def test_a_plain_csv_of_many_days_and_a_folder_of_them_give_the_same(cli, market, tmp_path):
    days = [[COLUMNS, *plain_rows(day, price)] for day, price in enumerate(PRICES)]
    (tmp_path / "days").mkdir()
    for number, rows in enumerate(days):
        (tmp_path / "days" / f"{number}.csv").write_text("\n".join(rows) + "\n")
    one = tmp_path / "all.csv"
    one.write_text("\n".join([COLUMNS, *(row for rows in reversed(days) for row in rows[1:])]) + "\n")
    shown = []
    for path in (one, tmp_path / "days"):
        options = ("--book", market / "book.json", "--market-history", path, "--source", "csv", "--json")
        shown.append(json.loads(cli("backtest", *options)[1])["tests"][0])
    assert shown[0]["by_day"] == shown[1]["by_day"]
    assert len(shown[0]["by_day"]) == 5


def test_volatility_ranges_are_tested_on_a_history(cli, tmp_path):
    path = tmp_path / "vol.csv"
    rows = [f"2024-01-{day:02},{60 + day % 2},50" for day in range(1, 11)]
    path.write_text("\n".join(["date,3d,30d", *rows, "2024-01-11,200,50"]))
    code, out, err = cli("backtest", "--volatility", f"ETH={path}", "--model", "span", "--close-out", "1")
    assert (code, err) == (0, "")
    assert out.startswith(
        "ETH: moves of volatility over 1 day that end from 2024-01-02 to 2024-01-11, in volatility"
    )
    lines = [line.split() for line in out.splitlines()]
    # Model, buffer, tenor, direction, tested, expected, mean range, breaches.
    breaches = [(line[2], line[4], line[7]) for line in lines if line[:2] == ["span", "fixed"]]
    assert breaches == [("3d", "10", "1"), ("30d", "10", "0")]
    tests = json.loads(cli("backtest", "--volatility", f"ETH={path}", "--json")[1])["tests"]
    found = [(one["tenor_days"], one["up"]["breaches"], one["down"]["breaches"]) for one in tests]
    assert found == [(3, 1, 0), (30, 0, 0)]
    assert tests[0]["up"]["worst_day"] == "2024-01-11"
    options = ("--volatility", f"ETH={path}", "--shift-days", "1", "--json")
    assert json.loads(cli("backtest", *options)[1])["tests"][0]["up"]["worst_day"] == "2024-01-12"


def test_adjusted_volatility_ranges_are_tested(cli, tmp_path):
    path = tmp_path / "BTC.csv"
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(125)]
    rows = [f"{day},{60 + number % 2}" for number, day in enumerate(days)]
    path.write_text("\n".join(["date,dvol", *rows, f"{days[-1] + timedelta(days=1)},90"]))
    options = ("--volatility", path, "--buffer", "none", "--buffer", "fixed", "--json")
    adjusted, fixed = json.loads(cli("backtest", *options)[1])["tests"]
    assert (adjusted["buffer"], adjusted["tested"], adjusted["up"]["breaches"]) == ("none", 13, 1)
    assert (fixed["buffer"], fixed["tested"], fixed["up"]["breaches"]) == ("fixed", 125, 1)
    # The minimum of ten points of the model stays.
    assert adjusted["up"]["mean_requirement"] == pytest.approx(0.1)


def test_volatility_ranges_are_tested_on_venue_data(cli, market):
    shown = json.loads(cli("backtest", "--snapshots", market / "days", "--json")[1])["tests"]
    assert [(one["underlying"], one["tenor_days"], one["tested"]) for one in shown] == [
        ("ETH", 3, 3),
        ("ETH", 7, 1),
        ("ETH", 90, 1),
    ]
    assert shown[1]["up"]["worst_loss"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected price histories, --volatility, or one of --snapshots and --market-history"),
        (["--book", "{}/book.json"], "expected price histories, --volatility, or one of"),
        (["BTC.csv", "--book", "{}/book.json"], "--book: cannot be combined with HISTORY"),
        (["BTC.csv", "--snapshots", "{}/days"], "--snapshots: cannot be combined with HISTORY"),
        (["--volatility", "a.csv", "--book", "{}/book.json"], "--volatility: cannot be combined with --book"),
        (
            ["--snapshots", "{}/days", "--market-history", "{}/days"],
            "one of --snapshots and --market-history",
        ),
        (
            ["--snapshots", "{}/days", "--model", "span", "--model", "span"],
            "--model: two models of the same name",
        ),
        (
            ["--snapshots", "{}/days", "-o", "{}/page.html"],
            "--out: cannot be combined with a backtest of volatility",
        ),
        (
            ["--book", "{}/book.json", "--market-history", "{}/days", "--source", "nasdaq"],
            "--source: no such source; expected one of csv",
        ),
        (
            ["--book", "{}/book.json", "--market-history", "{}/book.json"],
            "expected a folder; one file of many days is a plain CSV",
        ),
        (
            ["--book", "{}/book.json", "--snapshots", "{}/days", "--volatility-points", "-1"],
            "--volatility-points: must be from 0 to 1000",
        ),
        (
            ["--book", "{}/book.json", "--snapshots", "{}/days", "--delivery", "ETH=5"],
            "--delivery: ETH: expected a time such as",
        ),
        (
            ["--book", "{}/book.json", "--snapshots", "{}/days", "--close-out", "9"],
            "book: no two files 9 days apart have positions of the book",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(cli, market, arguments, message):
    code, out, err = cli("backtest", *(one.format(market) for one in arguments))
    assert (code, out) == (2, "")
    assert message in err


def test_a_book_without_positions_is_refused(cli, market, tmp_path):
    Account.new(owner=7, cash=Decimal(1)).save(tmp_path / "empty.json")
    code, _, err = cli("backtest", "--book", tmp_path / "empty.json", "--snapshots", market / "days")
    assert code == 2
    assert "empty.json: positions: no positions" in err
