"""``zkmargin account import``, and the warning about cash that has not paid for positions."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pytest

from support.margin_values import account, snapshot
from zkmargin import Account

ROWS = "instrument,quantity,entry_price\nETH-PERPETUAL,-0.25,2000\nETH-CALL,1,\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snapshot().save(tmp_path / "s.json")
    (tmp_path / "p.csv").write_text(ROWS)
    return tmp_path


def run(cli, *arguments):
    return cli("account", "import", "csv", "p.csv", "--snapshot", "s.json", "-o", "a.json", *arguments)


def test_positions_become_an_account_whose_cash_follows(cli, folder):
    code, out, err = run(cli, "--owner", "0x7")
    assert (code, err) == (0, "")
    assert out == (
        "a.json: an account with 2 positions that only you can read.\n"
        "Its cash follows from the entry prices of 1 of them.\n"
        "p.csv: line 2: rounded to whole lots, toward the short side\n"
        "It has no funds yet: add your balance, option premiums included, to cash and collateral in the file.\n"
    )
    found = Account.load(folder / "a.json")
    assert (found.owner, found.cash) == (7, 500)
    assert found.positions == {"ETH-PERPETUAL": Decimal("-0.3"), "ETH-CALL": 1}
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600


def test_funds_come_from_an_account_without_positions(cli, folder):
    account(cash="1000", positions={}).save(folder / "funds.json")
    code, out, _ = run(cli, "--funds", "funds.json", "--json")
    assert (code, json.loads(out)) == (
        0,
        {"file": "a.json", "positions": 2, "priced": 1, "rounded": ["line 2"]},
    )
    assert Account.load(folder / "a.json").cash == 1500


def test_nothing_is_overwritten(cli, folder):
    account().save(folder / "a.json")
    kept = (folder / "a.json").read_bytes()
    code, _, err = run(cli)
    assert (code, err) == (
        2,
        "error: a.json: exists already; overwriting it would lose its view key\n",
    )
    assert (folder / "a.json").read_bytes() == kept


def test_bad_input_writes_nothing(cli, folder):
    (folder / "p.csv").write_text(ROWS + "NOTHING-LIKE-IT,1,1\n")
    code, _, err = run(cli)
    assert code == 2
    assert err.startswith("error: p.csv: line 4: the snapshot has no such instrument: check its name")
    assert run(cli, "--funds", "a.json", "--owner", "7")[0] == 2
    assert not (folder / "a.json").exists()


@pytest.mark.parametrize("cash", ["0", "-3000"])
def test_margin_warns_of_cash_that_has_not_paid_for_a_long_perpetual(cli, folder, cash):
    account(cash=cash, positions={"ETH-PERPETUAL": Decimal(1)}).save(folder / "a.json")
    _, _, err = cli("margin", "a.json", "--snapshot", "s.json")
    assert ("warning: a.json: cash: is the running balance after fills" in err) is (cash == "0")
