"""``zkmargin backtest`` and ``zkmargin model``."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from support.circuits import ROOT
from support.histories import csv_of, history_of_returns
from support.market_data import market_data
from zkmargin.risk import load_model

MOVES = [0.01, -0.01] * 60 + [-0.1, 0.01]


@pytest.fixture
def prices(tmp_path):
    path = tmp_path / "BTC.csv"
    path.write_text(csv_of(history_of_returns(MOVES)))
    return path


def test_backtest_shows_a_line_for_each_model_and_buffer(cli, prices):
    code, out, err = cli("backtest", prices, "--model", "span", "--model", "deribit")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert out.startswith("BTC: 123 daily closes, 2024-01-01 to 2024-05-02; none missing\n")
    buffers = ("none", "buffer", "stressed", "floor", "fixed")
    shown = [line[:2] for line in lines if line and line[0] in {"span", "deribit"}]
    rows = [[model, buffer] for model in ("span", "deribit") for buffer in buffers]
    # One table of losses, and one of procyclicality.
    assert shown == rows * 2
    assert sum(line[:1] == ["short"] for line in lines) == len(rows)


def test_backtest_as_json_has_every_number(cli, prices):
    code, out, _ = cli("backtest", f"XBT={prices}", "--buffer", "none", "--buffer", "none", "--json")
    assert code == 0
    shown = json.loads(out)
    assert (shown["confidence"], shown["requirement"], shown["adjustment"]) == (0.99, "maintenance", "ewma")
    (history,) = shown["histories"]
    assert (history["underlying"], history["days"], history["missing"]) == ("XBT", 123, [])
    (test,) = history["tests"]
    assert (test["model"], test["buffer"], test["tested"]) == ("span", "none", 10)
    assert test["long"]["breaches"] == 1
    assert test["long"]["coverage"] == 0.9
    # The price falls on the last day but one.
    assert test["long"]["breach_days"] == ["2024-05-01"]
    assert test["long"]["worst_day"] == test["long"]["largest_shortfall_day"] == "2024-05-01"
    assert test["long"]["worst_loss"] == pytest.approx(0.0951626)
    # One breach in ten days is yellow: the probability of at most one is 99.6 %.
    assert test["long"]["traffic_light"] == {
        "zone": "yellow",
        "days": 10,
        "breaches": 1,
        "probability": 0.995734,
    }
    parts = (test["long"]["kupiec"], test["long"]["christoffersen"])
    joint = test["long"]["joint"]["statistic"]
    assert joint == pytest.approx(sum(one["statistic"] for one in parts), abs=1e-5)
    assert test["short"]["breach_days"] == []
    assert history["rule"]["multiplier"] == "3"
    assert [one["day"] for one in test["by_day"]][-2:] == ["2024-04-30", "2024-05-01"]
    assert test["by_day"][-2]["loss_of_long"] == test["long"]["worst_loss"]


def test_backtest_takes_close_outs(cli, prices):
    code, out, _ = cli("backtest", prices, "--buffer", "none", "--close-out", "1", "--close-out", "2")
    assert code == 0
    assert "losses over 1 day, tested on 10 days from 2024-04-22" in out
    assert "losses over 2 days, tested on 9 days from 2024-04-22" in out
    assert "losses over more than a day overlap" in out
    assert "overlap" not in cli("backtest", prices, "--buffer", "none")[1]


def test_backtest_takes_the_requirement_and_the_confidence_asked_for(cli, prices):
    def mean(*options):
        shown = json.loads(cli("backtest", prices, "--buffer", "fixed", "--json", *options)[1])
        return shown["histories"][0]["tests"][0]

    assert mean()["mean_requirement"] == 0.16
    assert mean("--requirement", "initial")["mean_requirement"] == 0.2
    assert mean("--requirement", "5000")["mean_requirement"] == 0.08
    assert mean("--confidence", "0.9")["expected_breaches"] == 1


def test_backtest_writes_a_page(cli, prices, tmp_path):
    code, out, err = cli("backtest", prices, "-o", tmp_path / "page.html")
    assert (code, err) == (0, "")
    assert out.endswith(f"{tmp_path / 'page.html'}: the results with plots\n")
    assert "<h2>BTC</h2>" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["BTC={}", "--buffer", "all"], "--buffer: expected one of none, buffer, stressed, floor, fixed"),
        (["BTC={}", "--confidence", "1"], "--confidence: must be between 0 and 1"),
        (["BTC={}", "--close-out", "0"], "close_out: must be from 1 to 30 days"),
        (["BTC={}", "BTC={}"], "BTC: two histories of the same underlying"),
        (["BTC={}", "--model", "none"], "none: no such model"),
        (["BTC={}", "--shift-days", "400"], "shift_days: must be from -366 to 366 days"),
        (["BTC={}.none"], "cannot be read"),
        (["={}"], "expected the name of an underlying"),
    ],
)
def test_backtest_refuses_what_it_cannot_test(cli, prices, arguments, message):
    code, out, err = cli("backtest", *(one.format(prices) for one in arguments))
    assert (code, out) == (2, "")
    assert message in err


def test_models_are_listed_and_shown(cli, tmp_path):
    code, out, _ = cli("model", "list")
    assert code == 0
    assert "span" in [line.split()[0] for line in out.splitlines()]
    listed = json.loads(cli("model", "list", "--json")[1])["models"]
    assert ("span", 16) in [(one["name"], one["scenarios"]) for one in listed]
    (tmp_path / "own.toml").write_text(cli("model", "show", "deribit")[1])
    assert load_model(tmp_path / "own.toml") == load_model("deribit")
    assert json.loads(cli("model", "show", "span", "--json")[1])["name"] == "span"


def test_adjust_writes_a_model_with_the_range_of_the_prices(cli, prices, tmp_path):
    out = tmp_path / "my.toml"
    code, shown, err = cli(
        "model", "adjust", "span", "--history", f"BTC={prices}", "--buffer", "none", "-o", out
    )
    assert (code, err) == (0, "")
    model = load_model(out)
    new = model.ranges("BTC").price_scan_range
    assert model.name == "span_adjusted"
    assert model.ranges("ETH") == load_model("span").ranges("ETH")
    assert f"  BTC: {new}, was 0.16 in span; 123 daily closes" in shown
    assert out.read_text().startswith("# The model span, its scan ranges set from daily closes:\n")

    code, text, _ = cli("model", "adjust", out, "--history", f"BTC={prices}", "-o", out, "--json", "--force")
    assert code == 0
    again = json.loads(text)
    assert (again["model"], again["option"]) == ("span_adjusted", "buffer")
    assert again["ranges"][0]["before"] == str(new)
    assert load_model(out).ranges("BTC").price_scan_range > new


def test_adjust_takes_a_volatility_range_from_closes_of_a_volatility_index(cli, prices, tmp_path):
    index, out = tmp_path / "dvol.csv", tmp_path / "my.toml"
    index.write_text(csv_of(history_of_returns([0.05, -0.05] * 60)))
    asked = ("--volatility", f"BTC={index}", "--buffer", "none", "-o", out)
    code, shown, err = cli("model", "adjust", "deribit", *asked)
    assert (code, err) == (0, "")
    ranges, before = load_model(out).ranges("BTC"), load_model("deribit").ranges("BTC")
    # Three times 5 % a day. Term, floor, charges and the price scan range stay.
    assert float(ranges.volatility_scan_range) == pytest.approx(0.15, abs=2e-4)
    assert ranges == replace(
        before,
        volatility_scan_range=ranges.volatility_scan_range,
        volatility_scan_range_down=ranges.volatility_scan_range,
    )
    assert f"  BTC volatility: {ranges.volatility_scan_range}, was 0.5 in deribit; 121 daily closes" in shown
    both = ("--history", f"BTC={prices}", *asked, "--json", "--force")
    listed = json.loads(cli("model", "adjust", "span", *both)[1])["ranges"]
    assert [one["range"] for one in listed] == ["price_scan_range", "volatility_scan_range"]
    assert [one["before"] for one in listed] == ["0.16", "0.25"]


def test_adjust_needs_closes_of_something(cli, tmp_path):
    code, out, err = cli("model", "adjust", "span", "-o", tmp_path / "my.toml")
    assert (code, out) == (2, "")
    assert "expected --history or --volatility" in err


def test_adjust_takes_a_range_of_more_than_the_price(cli, tmp_path):
    prices, out = tmp_path / "wild.csv", tmp_path / "my.toml"
    prices.write_text(csv_of(history_of_returns([0.3, -0.3] * 60)))
    code, _, err = cli("model", "adjust", "span", "--history", f"BTC={prices}", "-o", out)
    assert (code, err) == (0, "")
    # Three times a volatility of 30 % a day, and a buffer of a quarter.
    assert float(load_model(out).ranges("BTC").price_scan_range) == pytest.approx(1.125, abs=2e-4)


def test_an_own_adjustment_counts(cli, prices, tmp_path):
    text = (ROOT / "prover/zkmargin/risk/models/adjustment.toml").read_text()
    own = tmp_path / "own.toml"
    own.write_text(text.replace('name = "ewma"', 'name = "mine"') + '[underlyings.BTC]\nmultiplier = "6"\n')

    def rise(*options):
        arguments = ("--history", f"BTC={prices}", "-o", tmp_path / "my.toml", "--json", "--force", *options)
        return float(json.loads(cli("model", "adjust", "span", *arguments)[1])["ranges"][0]["after"])

    assert rise("--adjustment", own) == pytest.approx(2 * rise(), abs=1e-4)


def test_the_table_of_the_documentation_is_what_is_printed(cli):
    files = [f"{name}={market_data(f'coinbase_{name}-USD.csv')}" for name in ("BTC", "ETH")]
    code, out, _ = cli("backtest", *files, "--allow-gaps", "--shift-days", "1")
    assert code == 0
    text = Path(ROOT / "docs/backtest.md").read_text()
    blocks = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    assert out in blocks
