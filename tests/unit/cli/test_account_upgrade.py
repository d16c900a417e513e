"""``zkmargin account upgrade``: files of format 1 become files of format 2."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pytest

from support.margin_values import snapshot
from zkmargin import Account
from zkmargin.spec import NO_KEY, NO_ORDERS

OLD = {
    "format": "zkmargin-account/1",
    "owner": "7",
    "nonce": "3",
    "salt": str(2**247 + 31337),
    "cash": "-12.5",
    "collateral": [{"asset": "ETH", "amount": "0.5"}],
    "positions": [
        {"instrument": "BTC-PERPETUAL", "quantity": "0.003"},
        {"instrument": "ETH-CALL", "quantity": "-0.4"},
    ],
}


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(OLD))
    (tmp_path / "a.json").chmod(0o644)
    return tmp_path / "a.json"


def test_the_error_about_a_file_of_format_1_says_what_to_run(cli):
    code, _, err = cli("account", "show", "a.json")
    advice = "format 1 is no longer read: run zkmargin account upgrade a.json"
    assert (code, err) == (2, f"error: a.json: format: {advice}\n")


def test_the_account_is_written_beside_the_old_file(cli, path):
    code, out, _ = cli("account", "upgrade", "a.json")
    assert code == 0
    assert out.startswith("a-2.json: the account in format 2, with a new view key; only you can read it.\n")
    assert "Its commitment is a new one" in out
    assert json.loads(path.read_text()) == OLD
    new = path.with_name("a-2.json")
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.iterdir()) == ["a-2.json", "a.json"]
    found = Account.load(new)
    assert (found.owner, found.nonce, found.cash) == (7, 3, Decimal("-12.5"))
    assert (found.number, found.key, found.orders) == (0, NO_KEY, NO_ORDERS)
    assert found.collateral == {"ETH": Decimal("0.5")}
    # The order of the file is that of the slots: format 1's own order is not in the file.
    names = [("BTC-PERPETUAL", Decimal("0.003")), ("ETH-CALL", Decimal("-0.4"))]
    assert ([*found.positions.items()], found.slots) == (names, (0, 1))
    assert found.opening(snapshot()).positions[0].instrument == 4096


def test_each_upgrade_has_a_new_view_key(cli):
    for name in ("b.json", "c.json"):
        assert cli("account", "upgrade", "a.json", "--out", name)[0] == 0
    one, other = Account.load("b.json"), Account.load("c.json")
    assert one.view_key != other.view_key
    assert int(OLD["salt"]) not in {one.view_key, other.view_key}


def test_a_file_is_replaced_only_on_request(cli, path):
    assert json.loads(cli("account", "upgrade", "a.json", "--json")[1]) == {"file": "a-2.json"}
    first = Account.load("a-2.json")
    for options in ((), ("--out", "a-2.json"), ("--out", "a.json")):
        code, out, err = cli("account", "upgrade", "a.json", *options)
        assert (code, out) == (2, "")
        assert "exists already; give a new file, or --replace" in err
    assert Account.load("a-2.json") == first
    assert json.loads(path.read_text()) == OLD
    assert cli("account", "upgrade", "a.json", "--replace")[0] == 0
    assert Account.load(path).nonce == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code, _, err = cli("account", "upgrade", "a.json", "--replace", "--out", "d.json")
    assert (code, err) == (2, "error: --replace: cannot be combined with --out\n")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "zkmargin-account/2"}, "format: expected 'zkmargin-account/1'"),
        ({"salt": 31337}, "salt: expected an integer as a decimal string"),
        ({"owner": str(2**160 + 31337)}, "owner: expected an address, a number below 2^160"),
        ({"nonce": str(2**64 + 31337)}, "nonce: must be from 0 to 18446744073709551615"),
        ({"viewKey": "31337"}, "viewKey: unknown key"),
        ({"positions": [{"instrument": "31337", "quantity": "0"}]}, "positions[0].quantity: must not be 0"),
    ],
)
def test_what_cannot_be_upgraded_is_refused_by_file_and_key(cli, path, change, reason):
    path.write_text(json.dumps({**OLD, **change}))
    code, out, err = cli("account", "upgrade", "a.json")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: a.json: {reason}")
    assert "31337" not in err
    assert [one.name for one in path.parent.iterdir()] == ["a.json"]
