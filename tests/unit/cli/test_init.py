from __future__ import annotations

import json
import shutil
import stat
import subprocess

import pytest

from support.circuits import ROOT
from zkmargin import Account, Snapshot, load_collateral, load_model, margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.venues import import_deribit


def test_the_example_is_an_account_that_meets_its_margin(cli, tmp_path):
    code, out, _ = cli("init", tmp_path, "--json")
    files = json.loads(out)["files"]
    quotes = sorted((tmp_path / "quotes").iterdir())
    assert (code, files) == (
        0,
        [*map(str, quotes), str(tmp_path / "account.json"), str(tmp_path / ".gitignore")],
    )
    assert [path.name for path in quotes] == ["BTC.json", "ETH.json", "USDC.json"]
    for path in quotes:
        assert path.read_bytes() == (ROOT / "examples" / "chain" / path.name).read_bytes()
    assert stat.S_IMODE((tmp_path / "account.json").stat().st_mode) == 0o600
    snapshot = Snapshot.build(import_deribit(*quotes), load_model("span"), collateral=load_collateral())
    account = Account.load(tmp_path / "account.json")
    assert margin_report(account, snapshot, Requirement.INITIAL).healthy


def test_no_two_examples_share_a_view_key_and_none_is_overwritten(cli, tmp_path):
    for name in "ab":
        assert cli("init", tmp_path / name)[0] == 0
    first = Account.load(tmp_path / "a" / "account.json")
    assert first.view_key != Account.load(tmp_path / "b" / "account.json").view_key
    code, _, err = cli("init", tmp_path / "a")
    assert (code, "account.json: exists already" in err) == (2, True)
    assert Account.load(tmp_path / "a" / "account.json") == first


def test_git_ignores_secrets_and_takes_proofs(cli, tmp_path):
    assert cli("init", tmp_path)[0] == 0
    secret = ("account.json", "account-2.json", "trading.json", "venue.key.json", "book.db", "book.db-wal")
    public = (
        "snapshot.json",
        "venue.json",
        "proof/proof.json",
        "proof/account-statement.json",
        "deployment.json",
    )
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is missing")
    subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)  # noqa: S603  # fixed words
    asked = subprocess.run(  # noqa: S603
        [git, "check-ignore", *secret, "proof/input.json", *public],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.split() == [*secret, "proof/input.json"]


def test_a_list_of_ones_own_is_kept(cli, tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    code, out, _ = cli("init", tmp_path)
    assert (code, "kept as it is" in out) == (0, True)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_quotes_of_the_same_name_are_kept(cli, tmp_path):
    quotes = tmp_path / "quotes" / "ETH.json"
    quotes.parent.mkdir()
    quotes.write_text("mine")
    code, _, err = cli("init", tmp_path)
    assert (code, err) == (2, f"error: {quotes}: exists already; give a new folder\n")
    assert quotes.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["quotes"]
