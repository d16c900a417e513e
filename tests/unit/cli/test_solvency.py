"""``zkmargin solvency``, with proofs that stand for real ones."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from support.margin_values import snapshot
from support.solvency_values import KEYS, use_ideal_proofs
from zkmargin import Account
from zkmargin.proving.key_kinds import KeyKind

DATA = snapshot()
FINGERPRINT = "k7f3-9xq2-mh4d-w8tz"


@pytest.fixture
def venue(cli, tmp_path, monkeypatch):
    """Return a function that runs a command on a proven venue of 20 accounts, and its folder."""
    use_ideal_proofs(monkeypatch)
    keys = {
        name: SimpleNamespace(key=key, kind=KeyKind.CEREMONY, fingerprint=FINGERPRINT)
        for name, key in KEYS.items()
    }
    monkeypatch.setattr("zkmargin.cli.solvency._keys", lambda: keys)
    DATA.save(tmp_path / "snapshot.json")

    def run(command, *arguments):
        return cli("solvency", command, *arguments, "--snapshot", tmp_path / "snapshot.json")

    size = ("--accounts", "20", "--positions", "2")
    assert run("example", "-o", tmp_path / "accounts", *size)[0] == 0
    return run, tmp_path


def proven(venue):
    run, folder = venue
    assert run("prove", folder / "accounts", "-o", folder / "proof")[0] == 0
    return folder / "proof"


def ruin(folder):
    path = folder / "accounts" / "account-000007.json"
    account = replace(Account.load(path), cash=Decimal(-100_000))
    path.unlink()
    account.save(path)


def test_example_writes_private_files_once(venue):
    run, folder = venue
    files = sorted((folder / "accounts").iterdir())
    assert len(files) == 20
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    code, _, told = run("example", "-o", folder / "accounts")
    assert (code, "has account files already" in told) == (2, True)


def test_prove_verify_and_include(venue):
    run, folder = venue
    code, shown, told = run("prove", folder / "accounts", "-o", folder / "proof")
    assert code == 0
    assert "proof of solvency in 3 chunks" in shown
    assert "liabilities: cash + collateral + deficit" in shown
    assert "proving: 3 of 3\n" in told
    code, shown, _ = run("verify", folder / "proof")
    assert (code, shown.splitlines()[0]) == (0, "valid")
    assert f"ceremony key {FINGERPRINT}\n" in shown
    verified = json.loads(run("verify", folder / "proof", "--json")[1])
    report = verified["report"]
    assert verified["keys"] == {name: {"kind": "ceremony", "fingerprint": FINGERPRINT} for name in KEYS}
    openings = [Account.load(path) for path in (folder / "accounts").iterdir()]
    assert Decimal(report["cash"]) == sum(one.cash for one in openings)
    total = {
        asset: sum(one.collateral.get(asset, Decimal(0)) for one in openings) for asset in ("USDC", "ETH")
    }
    assert {asset: Decimal(report["collateral"][asset]) for asset in total} == total
    code, shown, _ = run("include", folder / "proof", folder / "accounts" / "account-000003.json")
    assert (code, "included: the account is leaf" in shown) == (0, True)
    assert "account 3: check that both are yours alone" in shown


def test_an_account_of_another_venue_is_not_included(venue):
    run, folder = venue
    out = proven(venue)
    Account.new(number=99, cash=Decimal(5)).save(folder / "mine.json")
    code, _, told = run("include", out, folder / "mine.json")
    assert (code, told) == (1, "error: the account is not in the proof of solvency\n")


def test_unhealthy_accounts_are_refused_or_counted(venue):
    run, folder = venue
    ruin(folder)
    prove = ("prove", folder / "accounts", "-o", folder / "proof")
    code, _, told = run(*prove)
    assert code == 1
    assert "account-000007.json; --count-unhealthy" in told
    code, shown, _ = run(*prove, "--count-unhealthy")
    assert code == 0
    assert "1 of 20 accounts are NOT healthy" in shown
    code, _, told = run("verify", folder / "proof")
    assert (code, told.splitlines()[-1]) == (1, "error: 1 of 20 accounts are not healthy")
    code, shown, _ = run("verify", folder / "proof", "--allow-unhealthy")
    assert (code, "1 of 20 accounts are NOT healthy" in shown) == (0, True)


def test_a_requirement_is_asked_for(venue):
    run, _ = venue
    out = proven(venue)
    code, _, told = run("verify", out, "--requirement", "initial")
    assert (code, "is below 12500/10000" in told) == (1, True)
    code, _, told = run("verify", out, "--requirement", "initail")
    assert (code, "did you mean" in told) == (2, True)


def test_another_proof_in_the_folder_is_kept_unless_it_is_restarted(venue):
    run, folder = venue
    out = proven(venue)
    ruin(folder)
    prove = ("prove", folder / "accounts", "-o", out, "--count-unhealthy")
    code, _, told = run(*prove)
    assert (code, "belongs to other accounts" in told, "--restart" in told) == (2, True, True)
    assert run(*prove, "--restart")[0] == 0
    assert run("verify", out, "--allow-unhealthy")[0] == 0
