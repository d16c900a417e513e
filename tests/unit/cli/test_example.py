from __future__ import annotations

import json
import stat

from support.circuits import ROOT
from zkmargin import Account, Snapshot, load_collateral, load_model, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.venues import import_deribit


def test_the_example_is_an_account_that_meets_its_margin(cli, tmp_path):
    code, out, _ = cli("example", tmp_path, "--json")
    files = json.loads(out)["files"]
    quotes = sorted((tmp_path / "quotes").iterdir())
    assert (code, files) == (0, [*map(str, quotes), str(tmp_path / "account.json")])
    assert [path.name for path in quotes] == ["BTC.json", "ETH.json", "USDC.json"]
    for path in quotes:
        assert path.read_bytes() == (ROOT / "examples" / "chain" / path.name).read_bytes()
    assert stat.S_IMODE((tmp_path / "account.json").stat().st_mode) == 0o600
    snapshot = Snapshot.build(import_deribit(*quotes), load_model("span"), collateral=load_collateral())
    account = Account.load(tmp_path / "account.json")
    assert margin_report(account, snapshot, Requirement.INITIAL).healthy


def test_no_two_examples_share_a_view_key_and_none_is_overwritten(cli, tmp_path):
    for name in "ab":
        assert cli("example", tmp_path / name)[0] == 0
    first = Account.load(tmp_path / "a" / "account.json")
    assert first.view_key != Account.load(tmp_path / "b" / "account.json").view_key
    code, _, err = cli("example", tmp_path / "a")
    assert (code, "account.json: exists already" in err) == (2, True)
    assert Account.load(tmp_path / "a" / "account.json") == first


def test_quotes_of_the_same_name_are_kept(cli, tmp_path):
    quotes = tmp_path / "quotes" / "ETH.json"
    quotes.parent.mkdir()
    quotes.write_text("mine")
    code, _, err = cli("example", tmp_path)
    assert (code, err) == (2, f"error: {quotes}: exists already; give a new folder\n")
    assert quotes.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["quotes"]
