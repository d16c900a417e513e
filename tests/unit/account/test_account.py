"""Accounts: their file, their integers, and errors that show no holdings."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import SALT, account, snapshot
from zkmargin import Account, spec
from zkmargin.documents import json_file
from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD

SNAPSHOT = snapshot()
OPENING = spec.Account(
    owner=7,
    nonce=1,
    salt=SALT,
    cash=1_000_250_000,
    amounts=(0, 0, 500_000, 0, 0, 0, 0, 0),
    positions=(spec.Position(0, 2), spec.Position(1, -4), spec.Position(4096, 3)),
)


@pytest.fixture
def document(tmp_path):
    account().save(tmp_path / "account.json")
    return json.loads((tmp_path / "account.json").read_text())


def load(folder, document):
    path = folder / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return Account.load(path)


def test_an_account_becomes_the_integers_of_the_statement():
    assert account().opening(SNAPSHOT) == OPENING
    assert account().commitment(SNAPSHOT) == spec.commitment(OPENING)


def test_the_order_of_positions_does_not_matter():
    shuffled = account(positions=dict(reversed(account().positions.items())))
    assert shuffled == account()
    assert shuffled.commitment(SNAPSHOT) == account().commitment(SNAPSHOT)


def test_no_precision_is_lost():
    with_cents = account("123456789012345678.123456", positions={"ETH-PERPETUAL": Decimal("-214748364.7")})
    opening = with_cents.opening(SNAPSHOT)
    assert opening.cash == 123_456_789_012_345_678_123_456
    assert opening.positions[0].lots == -(2**31 - 1)


def test_an_account_survives_its_file(tmp_path):
    account("-0.000001").save(tmp_path / "account.json")
    assert Account.load(tmp_path / "account.json") == account("-0.000001")


def test_a_file_is_for_its_owner_only_and_replaced_whole(tmp_path):
    path = tmp_path / "account.json"
    path.write_text("old")
    path.chmod(0o644)
    account().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["account.json"]
    with pytest.raises(InputError, match="no such folder"):
        account().save(tmp_path / "nowhere" / "account.json")


def test_attack_30_an_account_that_was_not_written_to_the_end_leaves_the_old_one(tmp_path, monkeypatch):
    account().save(tmp_path / "account.json")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(json_file, "publish", stop)
    with pytest.raises(KeyboardInterrupt):
        account("7").save(tmp_path / "account.json")
    assert Account.load(tmp_path / "account.json") == account()
    assert [one.name for one in tmp_path.iterdir()] == ["account.json"]


def test_a_repr_shows_nothing():
    assert repr(account()) == str(account()) == "<Account>"


def test_each_new_account_has_a_new_salt():
    salts = {Account.new().salt for _ in range(100)}
    assert len(salts) == 100
    assert max(salts) < 2**248
    assert max(salts) >= 2**240


def test_18_a_salt_that_could_be_guessed_is_refused():
    with pytest.raises(InputError, match="salt: too short"):
        account(salt=2**128 - 1)


def test_accounts_are_immutable():
    positions = {"ETH-CALL": Decimal(1)}
    made = account(positions=positions)
    positions["ETH-CALL"] = Decimal(2)
    assert made.positions["ETH-CALL"] == 1
    with pytest.raises(TypeError):
        made.positions["ETH-CALL"] = Decimal(3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "zkmargin-account/2"}, "format: expected 'zkmargin-account/1'"),
        ({"owner": str(FIELD)}, "owner: must be from 0 to"),
        ({"owner": "-1"}, "owner: must be from 0 to"),
        ({"nonce": "01"}, "nonce: expected an integer as a decimal string"),
        ({"salt": "7"}, "salt: too short"),
        ({"cash": 5}, "cash: expected a number as a decimal string"),
        ({"cash": " 5"}, "cash: expected a number as a decimal string"),
        ({"cash": "5e3"}, "cash: expected a number as a decimal string"),
        ({"cash": "NaN"}, "cash: expected a number as a decimal string"),
        ({"cash": "+5"}, "cash: expected a number as a decimal string"),
        ({"colour": "red"}, "colour: unknown key"),
        ({"collateral": {}}, "collateral: expected a list"),
        (
            {"collateral": [{"asset": "ETH", "amount": "-1"}]},
            r"collateral\[0\].amount: expected a finite Decimal",
        ),
        ({"collateral": [{"asset": "ETH", "amount": "1"}] * 2}, r"collateral\[1\].asset: duplicate name"),
        ({"positions": [{"instrument": "ETH-CALL"}]}, r"positions\[0\].quantity: missing"),
        (
            {"positions": [{"instrument": "ETH-CALL", "quantity": "0"}]},
            r"positions\[0\].quantity: must not be 0",
        ),
        (
            {"positions": [{"instrument": "ETH-CALL", "quantity": "1"}] * 2},
            r"positions\[1\].instrument: duplicate name",
        ),
        (
            {"positions": [{"instrument": f"ETH-{n}", "quantity": "1"} for n in range(129)]},
            "positions: more than 128",
        ),
    ],
)
def test_attack_29_malformed_files_are_refused_with_file_and_key(tmp_path, document, change, reason):
    with pytest.raises(InputError, match=rf"changed\.json: {reason}"):
        load(tmp_path, {**document, **change})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"cash": 1.5}', "numbers must be integers"),
        ('{"cash": NaN}', "numbers must be finite"),
        ('{"cash": "1", "cash": "2"}', "cash: duplicate key"),
        ("", "not JSON"),
    ],
)
def test_attack_29_files_that_are_no_strict_json_are_refused(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cash": "0.0000001"}, "cash: more than 6 decimals"),
        ({"cash": "9671406556917033398"}, "cash: must be from -2"),
        (
            {"collateral": [("GOLD", "1")]},
            r"collateral\[0\].asset: the snapshot has no such collateral asset",
        ),
        ({"collateral": [("ETH", "0.0000001")]}, r"collateral\[0\].amount: more than 6 decimals"),
        ({"collateral": [("ETH", "18446744073709.551616")]}, r"collateral\[0\].amount: too large"),
        (
            {"positions": [("ETH-CALL", "1"), ("GOLD", "1")]},
            r"positions\[1\].instrument: the snapshot has no",
        ),
        (
            {"positions": [("ETH-CALL", "0.15")]},
            r"positions\[0\].quantity: not a multiple of the instrument's lot",
        ),
        ({"positions": [("ETH-CALL", "214748364.8")]}, r"positions\[0\].quantity: must be below 2\^31"),
    ],
)
def test_attack_29_accounts_that_do_not_fit_the_snapshot_are_refused_with_file_and_key(
    tmp_path, document, change, reason
):
    names = {"collateral": ("asset", "amount"), "positions": ("instrument", "quantity")}
    for key, value in change.items():
        entries = [dict(zip(names[key], one, strict=True)) for one in value] if key in names else value
        document[key] = entries
    with pytest.raises(InputError, match=rf"changed\.json: {reason}") as caught:
        load(tmp_path, document).opening(SNAPSHOT)
    for secret in ("GOLD", "ETH-CALL", "0.15", "214748364", str(SALT)):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"cash": 5},
        {"cash": 0.5},
        {"cash": Decimal("NaN")},
        {"cash": Decimal("Infinity")},
        {"cash": Decimal("1E+1000000000")},
        {"owner": True},
        {"nonce": -1},
        {"salt": FIELD},
        {"positions": {"ETH-CALL": 1}},
        {"positions": {"ETH-CALL": Decimal(0)}},
        {"collateral": {"ETH": Decimal(-1)}},
        {"collateral": {str(n): Decimal(1) for n in range(9)}},
    ],
)
def test_values_of_another_type_or_range_are_refused(change):
    with pytest.raises(InputError):
        replace(account(), **change)


def test_17_amounts_at_their_bounds_are_accepted():
    largest = Decimal(2**64 - 1) / 10**6
    opening = account(collateral={"USDC": largest}, positions={}).opening(SNAPSHOT)
    assert opening.amounts[0] == 2**64 - 1
    assert account("-9671406556917033397.649408").opening(SNAPSHOT).cash == -(2**83)
