"""Accounts: their file, their integers, and errors that show no holdings."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import VIEW_KEY, account, snapshot
from zkmargin import Account, spec
from zkmargin.documents import json_file
from zkmargin.errors import InputError
from zkmargin.spec.account import EMPTY, NO_KEY, NO_ORDERS, OrderFill, TradingKey
from zkmargin.spec.constants import FIELD, MAX_POSITIONS

SNAPSHOT = snapshot()
OPENING = spec.Account(
    owner=7,
    number=0,
    key=NO_KEY,
    view_key=VIEW_KEY,
    nonce=1,
    cash=1_000_250_000,
    amounts=(0, 0, 500_000, 0, 0, 0, 0, 0),
    positions=(spec.Position(0, 2), spec.Position(1, -4), spec.Position(4096, 3)),
)


@pytest.fixture
def document(tmp_path):
    account().save(tmp_path / "account.json")
    return json.loads((tmp_path / "account.json").read_text())


def order(sequence, filled):
    return {"sequence": str(sequence), "filled": str(filled)}


def position(instrument, **rest):
    return {"instrument": instrument, "quantity": "0.1", **rest}


def load(folder, document):
    path = folder / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return Account.load(path)


def test_an_account_becomes_the_integers_of_the_statement():
    assert account().opening(SNAPSHOT) == OPENING
    assert account().commitment(SNAPSHOT) == spec.commitment(OPENING)


def test_the_order_of_positions_is_that_of_their_slots():
    shuffled = account(positions=dict(reversed(account().positions.items())))
    assert shuffled.opening(SNAPSHOT).positions == OPENING.positions[::-1]
    assert shuffled != account()
    assert shuffled.commitment(SNAPSHOT) != account().commitment(SNAPSHOT)


def test_an_opening_has_an_empty_slot_wherever_no_position_is():
    held = account(slots=(1, 4, 5))
    first, second, third = OPENING.positions
    assert held.opening(SNAPSHOT).positions == (EMPTY, first, EMPTY, EMPTY, second, third)
    assert held != account()
    assert account(positions={}).opening(SNAPSHOT).positions == ()


def test_key_number_and_order_table_are_committed_to(tmp_path):
    orders = (*NO_ORDERS[:1], OrderFill(25, 3), *NO_ORDERS[2:])
    held = account(number=2**40 - 1, key=TradingKey(1, FIELD - 1), orders=orders)
    expected = replace(OPENING, number=2**40 - 1, key=TradingKey(1, FIELD - 1), orders=orders)
    assert held.opening(SNAPSHOT) == expected
    assert held.commitment(SNAPSHOT) == spec.commitment(expected)


def test_accounts_are_equal_by_value_and_have_no_hash():
    assert account() == account(source="other")
    assert account() != replace(account(), number=1)
    assert account() != "account"
    with pytest.raises(TypeError):
        hash(account())


# Which positions are held, and where: a held instrument stays where it is, and a new one takes the first empty slot.


def test_a_position_keeps_its_slot_when_others_go_and_a_new_one_takes_the_first_empty_slot():
    held = account(slots=(1, 3, 4))
    one = Decimal(1)
    fewer = held.holding({"BTC-PERPETUAL": one, "ETH-PERPETUAL": one})
    assert (list(fewer.positions), fewer.slots) == (["ETH-PERPETUAL", "BTC-PERPETUAL"], (1, 4))
    more = held.holding({"X": one, **dict.fromkeys(held.positions, one), "Y": one, "Z": one})
    names = ["X", "ETH-PERPETUAL", "Y", "ETH-CALL", "BTC-PERPETUAL", "Z"]
    assert (list(more.positions), more.slots) == (names, (0, 1, 2, 3, 4, 5))
    assert held.holding({}).slots == ()
    assert held.holding(held.positions) == held
    with pytest.raises(InputError, match="positions: more than 128"):
        held.holding({f"X-{number}": one for number in range(MAX_POSITIONS + 1)})


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


def test_each_new_account_has_a_new_view_key():
    keys = {Account.new().view_key for _ in range(100)}
    assert len(keys) == 100
    assert max(keys) < 2**248
    assert max(keys) >= 2**240


def test_18_a_view_key_that_could_be_guessed_is_refused():
    with pytest.raises(InputError, match="viewKey: too short"):
        account(view_key=2**128 - 1)


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
        ({"format": "zkmargin-account/3"}, "format: expected 'zkmargin-account/2'"),
        ({"format": 2}, "format: expected 'zkmargin-account/2'"),
        ({"owner": str(2**160)}, "owner: expected an address, a number below 2"),
        ({"owner": str(FIELD)}, "owner: must be from 0 to"),
        ({"owner": "-1"}, "owner: must be from 0 to"),
        ({"owner": "0x10"}, "owner: expected an integer as a decimal string"),
        ({"account": str(2**40)}, "account: must be from 0 to"),
        ({"account": 1}, "account: expected an integer as a decimal string"),
        ({"nonce": "01"}, "nonce: expected an integer as a decimal string"),
        ({"nonce": str(2**64)}, "nonce: must be from 0 to"),
        ({"viewKey": "7"}, "viewKey: too short"),
        ({"viewKey": str(2**128 - 1)}, "viewKey: too short"),
        ({"viewKey": str(2**248)}, "viewKey: must be from 0 to"),
        ({"salt": str(2**200)}, "salt: unknown key"),
        ({"tradingKey": str(2**200)}, "tradingKey: expected an object"),
        ({"tradingKey": {"x": "31337"}}, "tradingKey.y: missing"),
        ({"tradingKey": {"x": "31337", "y": str(FIELD)}}, "tradingKey.y: must be from 0 to"),
        ({"tradingKey": {"x": 31337, "y": "1"}}, "tradingKey.x: expected an integer as a decimal string"),
        ({"tradingKey": {"x": "31337", "y": "1", "z": "1"}}, "tradingKey.z: unknown key"),
        ({"orders": {"1": "31337"}}, "orders: expected a list"),
        ({"orders": [{"sequence": "31337"}]}, r"orders\[0\].filled: missing"),
        ({"orders": [order(31337, 1), order(2**40, 1)]}, r"orders\[1\].sequence: must be from 0 to"),
        ({"orders": [order(31337, 2**31)]}, r"orders\[0\].filled: must be from 0 to"),
        ({"orders": [order(31337, -1)]}, r"orders\[0\].filled: must be from 0 to"),
        ({"orders": [order(0, 0)]}, r"orders\[0\]: must not be 0; omit the entry"),
        (
            {"orders": [order(31337, 1), order(31337 + 24, 1)]},
            r"orders\[1\].sequence: duplicate place; a place is the sequence mod 24",
        ),
        ({"orders": [order(31337, 1)] * 2}, r"orders\[1\].sequence: duplicate place"),
        ({"orders": [{**order(31337, 1), "place": "1"}]}, r"orders\[0\].place: unknown key"),
        ({"positions": [position("GOLD", slot="128")]}, r"positions\[0\].slot: must be from 0 to 127"),
        ({"positions": [position("GOLD", slot=5)]}, r"positions\[0\].slot: expected an integer as"),
        (
            {"positions": [position("GOLD", slot="5"), position("ETH-CALL", slot="5")]},
            r"positions\[1\].slot: must ascend",
        ),
        (
            {"positions": [position("GOLD", slot="127"), position("ETH-CALL")]},
            r"positions\[1\].slot: must be below 128",
        ),
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
    with pytest.raises(InputError, match=rf"changed\.json: {reason}") as caught:
        load(tmp_path, {**document, **change})
    for secret in ("31337", "GOLD", "ETH-CALL", str(VIEW_KEY)):
        assert secret not in str(caught.value)


def test_attack_29_a_file_of_format_1_is_refused_with_what_to_do(tmp_path, document):
    old = {**document, "format": "zkmargin-account/1", "salt": document.pop("viewKey")}
    path = re.escape(str(tmp_path / "changed.json"))
    advice = rf"{path}: format: format 1 is no longer read: run zkmargin account upgrade {path}$"
    with pytest.raises(InputError, match=advice):
        load(tmp_path, old)


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
    for secret in ("GOLD", "ETH-CALL", "0.15", "214748364", str(VIEW_KEY)):
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
        {"owner": 2**160},
        {"number": 2**40},
        {"number": 0.0},
        {"nonce": -1},
        {"nonce": 2**64},
        {"view_key": 2**248},
        {"key": (0, 0)},
        {"key": TradingKey(FIELD, 0)},
        {"key": TradingKey(0, True)},
        {"slots": (0, 1)},
        {"slots": [0, 1, 2]},
        {"slots": (0, 1, True)},
        {"slots": (0, 2, 1)},
        {"slots": (-1, 0, 1)},
        {"slots": (0, 1, 1)},
        {"slots": (0, 1, 128)},
        {"orders": NO_ORDERS[1:]},
        {"orders": list(NO_ORDERS)},
        {"orders": ((0, 0), *NO_ORDERS[1:])},
        {"orders": (OrderFill(1, 1), *NO_ORDERS[1:])},
        {"orders": (OrderFill(24, 2**31), *NO_ORDERS[1:])},
        {"orders": (OrderFill(24 * 2**40, 1), *NO_ORDERS[1:])},
        {"orders": (OrderFill(24, True), *NO_ORDERS[1:])},
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
