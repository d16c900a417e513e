"""``zkmargin rebalance``."""

from __future__ import annotations

import json
import stat

import pytest

from support.rebalance_values import FUTURE, OPTION, account, future, row, snapshot
from zkmargin import Account
from zkmargin.account.report import margin_report

RISK = snapshot({FUTURE: future(100), OPTION: row((50, -80), mark=40, short_floor=30)})


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command in a folder with an account: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    RISK.save("snapshot.json")
    account({FUTURE: 10}, 600, RISK).save("account.json")

    return lambda *arguments: cli("rebalance", "account.json", "--snapshot", "snapshot.json", *arguments)


def test_it_shows_the_plans_and_what_they_come_to(cli):
    code, out, err = cli()
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["missing:", "650", "USD"] in lines
    assert ["sell", "ETH-FUTURE", "6", "4.00"] in lines
    assert ["deposit", "cash", "650", "650.00"] in lines
    assert ["trades", "only:", "same", "as", "cheapest"] in lines
    assert ["before", "1,000.00", "600.00", "-400.00", "-40.0%"] in lines
    assert ["cheapest", "4.00", "400.00", "596.00", "196.00", "+49.0%"] in lines
    assert ["deposits", "only", "650.00", "1,000.00", "1,250.00", "250.00", "+25.0%"] in lines


def test_json_has_every_number(cli):
    code, out, _ = cli(
        "--json", "--requirement", "initial", "--cushion", "0", "--trade-cost-bps", "10", "--trade-fee", "0.5"
    )
    assert code == 0
    shown = json.loads(out)
    assert (shown["target_bps"], shown["within_target"], shown["missing"]) == (12_500, False, "650")
    cheapest = shown["plans"]["cheapest"]
    assert cheapest["trades"] == [
        {"instrument": "ETH-FUTURE", "quantity": "-6", "cash": "5993.5", "cost": "6.5"}
    ]
    assert (cheapest["cost"], cheapest["missing"], cheapest["reaches_target"]) == ("6.5", "0", True)
    assert cheapest["after"] == {
        "maintenance": "400",
        "required": "500",
        "equity": "593.5",
        "cushion": "93.5",
    }
    assert 0 < float(cheapest["bound"]) <= 6.5
    assert shown["plans"]["deposits_only"]["deposits"] == [{"asset": "cash", "amount": "650", "cost": "650"}]


def test_options_become_terms(cli):
    limits = (
        "--trade",
        "ETH-FUTURE=2",
        "--trade",
        "ETH-OPTION=1",
        "--deposit",
        "ETH=1",
        "--deposit",
        "cash=500",
    )
    costs = ("--cost", "0.5", "--cost", "ETH=0.2", "--trade-fee", "0")
    code, out, _ = cli(*limits, *costs, "--json")
    assert code == 0
    plan = json.loads(out)["plans"]["cheapest"]
    # 8 futures and an option require 750, 937.5 at the target, with 598.5 for it. ETH counts at half of 1000.
    assert {one["instrument"]: one["quantity"] for one in plan["trades"]} == {
        "ETH-FUTURE": "-2",
        "ETH-OPTION": "1",
    }
    assert [(one["asset"], one["amount"]) for one in plan["deposits"]] == [("ETH", "0.678")]
    code, out, _ = cli("--trade", "ETH-FUTURE=0", "--allow", "ETH-OPT*", "--json")
    assert [one["instrument"] for one in json.loads(out)["plans"]["cheapest"]["trades"]] == ["ETH-OPTION"]
    code, out, _ = cli("--min-lots", "8", "--json")
    assert [one["quantity"] for one in json.loads(out)["plans"]["cheapest"]["trades"]] == ["-8"]


def test_exit_code_1_where_nothing_is_enough_and_no_file(cli, tmp_path):
    code, out, _ = cli("--trade", "ETH-FUTURE=2", "--deposit", "cash=100", "-o", "after.json")
    assert code == 1
    assert "NOT enough: 302 USD in cash would still be missing" in out
    assert not (tmp_path / "after.json").exists()


def test_an_account_within_its_target_needs_nothing(cli, tmp_path):
    code, out, _ = cli("--requirement", "4000", "-o", "after.json")
    assert code == 0
    assert "within the target: nothing to do" in out
    assert not (tmp_path / "after.json").exists()


def test_the_account_after_the_plan_is_private_and_healthy(cli, tmp_path):
    code, out, _ = cli("-o", "after.json")
    assert code == 0
    assert "after.json: the account after the cheapest plan" in out
    assert stat.S_IMODE((tmp_path / "after.json").stat().st_mode) == 0o600
    found, before = Account.load("after.json"), Account.load("account.json")
    assert margin_report(found, RISK, 12_500).healthy
    assert found.nonce == before.nonce + 1
    assert found.view_key == before.view_key
    # An account file has a view key that nobody could recover.
    code, _, err = cli("-o", "account.json")
    assert code == 2
    assert "account.json: exists already" in err
    assert Account.load("account.json") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cushion", "a quarter"), "--cushion: expected a number"),
        (("--trade", "ETH-FUTURE"), "--trade: expected NAME=NUMBER"),
        (("--trade", "ETH-FUTURE=1", "--trade", "ETH-FUTURE=2"), "--trade: duplicate name"),
        (("--deposit", "cash=1e9"), "--deposit: expected a number"),
        (("--trade", "ETH-SECRET=1"), "trade: the snapshot has no such instrument"),
        (("--requirement", "most"), "--requirement: "),
    ],
)
def test_what_makes_no_sense_is_refused_without_its_value(cli, arguments, message):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "SECRET" not in err
