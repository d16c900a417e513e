"""The keeper on a local chain, with real proofs: calls, restarts, reorganisations, auctions."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
import requests
from eth_account import Account as EthAccount
from web3.exceptions import Web3Exception
from web3.manager import RequestManager

from support.local_market import (
    ALICE,
    BOB,
    CAROL,
    DAY,
    KEYS,
    ORACLES,
    SEALING,
    VENUE,
    now,
    provers,
    published,
    put_back,
    wait,
)
from support.margin_values import snapshot as margin_snapshot
from zkmargin import ChainError, InputError, Snapshot
from zkmargin.chain import run_anvil
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.liquidation_engine import LiquidationEngine
from zkmargin.contracts.market_values import State
from zkmargin.keeper.keeper import Round
from zkmargin.keeper.sent import Outcome, Sent
from zkmargin.keeper.settings import KeeperSettings
from zkmargin.keeper.start import open_keeper
from zkmargin.keeper.store import Store
from zkmargin.keeper.world import Purpose
from zkmargin.proofs.transition import CASH, Change
from zkmargin.settlement.account_folder import AccountFolder
from zkmargin.settlement.escrow import SealingKey
from zkmargin.settlement.market import PROOF_SECONDS, connect_market
from zkmargin.settlement.openings import traded
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.venue import Venue
from zkmargin.snapshot.collateral_list import collateral_hash
from zkmargin.snapshot.signatures import SnapshotMessage
from zkmargin.snapshot.signer import typed_data

LOTS = Decimal("1.4")
PRICE = Decimal(2200)
PASSWORD = "secret"  # noqa: S105  # of keys that everybody knows
MICRO = 10**6
BIDDER = """[bidder]
min_discount = "0.2"
fixed_cost = "5"
max_requirement = "10000"
max_funds = "1000"
max_spend_per_day = "5000"
instruments = ["ETH-*"]
"""
SETTINGS = """[chain]
rpc = "{node}"
deployment = "../deployment.json"
max_fee_gwei = "50"
interval = "1"
confirmations = "3"
{chain}
[key]
keystore = "keystore.json"
password_file = "password"
[files]
state = "keeper.db"
snapshots = "../snapshots"
accounts = "accounts"
sealed = "../sealed"
sealing_key = "../sealing.json"
keys = "{keys}"
{roles}
"""


class Killed(BaseException):
    """What a killed process does: nothing more."""


def kill(*_, **__):
    raise Killed


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def traded_market(node, market_of):
    """Return a market in which Alice is long on half an ETH, and Bob is short: deployment and states."""
    deployment, made_by = market_of(node), provers()

    def acting(key, role=Holder, *more):
        return role(connect_market(node, deployment, key), made_by, *more, keep=lambda _: None)

    market = connect_market(node, deployment)
    alice, bob, snapshot = acting(ALICE), acting(BOB), published(market)
    a = alice.open(snapshot, Change("ETH", Decimal("0.5")))
    b = bob.open(snapshot, Change(CASH, Decimal(2000)))
    deadline = market.deadline()
    signed = [
        one.sign_trade(
            held,
            traded(held.account, {"ETH-PERPETUAL": sign * LOTS}, -sign * LOTS * PRICE),
            snapshot,
            deadline,
            key,
        )
        for one, held, key, sign in ((alice, a, ALICE, 1), (bob, b, BOB, -1))
    ]
    sides = list(zip((a, b), signed, strict=True))
    return deployment, acting(VENUE, Venue, SEALING).trade(sides, snapshot)


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


class Scene:
    """A market with two accounts, and the keepers of those who act in it."""

    def __init__(self, node, traded_market, folder, web3):
        self.deployment, (self.a, self.b) = traded_market
        self.node, self.folder, self.web3 = node, folder, web3
        self.market = connect_market(node, self.deployment)
        self.told = []
        for name in ("snapshots", "sealed"):
            (folder / name).mkdir()
        self.deployment.save(folder / "deployment.json")
        SEALING.save(folder / "sealing.json")

    def rpc(self, method, *parameters):
        return self.web3.provider.make_request(method, list(parameters))["result"]

    def publish(self, eth="2000"):
        """Publish a snapshot, give it to the keepers, and return its time."""
        snapshot = published(self.market, eth)
        snapshot.save(self.folder / "snapshots" / f"{snapshot.root}.json")
        return snapshot.timestamp

    def wait(self, seconds):
        wait(self.web3, seconds)

    def account(self, number=1):
        return self.market.house.account(number)

    def settings(self, key, roles, *held, chain=""):
        """Write the settings of somebody's keeper, and account files of what it holds."""
        own = self.folder / key.address
        if not own.exists():
            (own / "accounts").mkdir(parents=True)
            document = EthAccount.encrypt(key.key, PASSWORD, kdf="pbkdf2", iterations=2)
            for name, content in (("keystore.json", json.dumps(document)), ("password", PASSWORD)):
                (own / name).write_text(content, encoding="utf-8")
                (own / name).chmod(0o600)
        for one in held:
            one.account.save(own / "accounts" / f"{one.number}.json")
        path = own / "keeper.toml"
        path.write_text(
            SETTINGS.format(node=self.node, keys=KEYS, roles=roles, chain=chain), encoding="utf-8"
        )
        return path

    def keeper(self, key, roles, *held, chain=""):
        """Open somebody's keeper, let it look once, and close it; return how the round ended."""
        self.told.clear()
        settings = KeeperSettings.load(self.settings(key, roles, *held, chain=chain))
        with open_keeper(settings, PASSWORD, self.told.append) as one:
            return one.round(threading.Event())

    def events(self, *but):
        """Return what the last keeper told of but snapshots, and what it was about to do."""
        shown = [one for one in self.told if one.event not in {"snapshot", "acting", *but}]
        return [(one.event, one.values.get("purpose"), one.values.get("account")) for one in shown]

    def count(self, key, block="latest"):
        return self.web3.eth.get_transaction_count(key.address, block)


@pytest.fixture
def scene(node, traded_market, tmp_path):
    with put_back(node) as web3:
        scene = Scene(node, traded_market, tmp_path, web3)
        yield scene
        scene.rpc("evm_setAutomine", True)


# the holder


def test_a_called_account_is_attested_by_its_holder_s_keeper(scene):
    scene.publish()
    assert scene.keeper(ALICE, "[holder]", scene.a).failures == 0
    assert scene.events() == []
    scene.wait(DAY)
    last = scene.publish()
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == [("done", "call", 1), ("done", "call", 2)]
    assert scene.market.house.is_called(1)
    assert not scene.keeper(ALICE, "[holder]", scene.a).grave
    assert scene.events() == [("called", None, 1), ("done", "attest", 1)]
    assert not scene.market.house.is_called(1)
    assert scene.account().last_healthy_at == last
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == []


def test_a_keeper_that_dies_after_sending_does_not_send_again(scene, monkeypatch):
    scene.wait(DAY // 2)
    last = scene.publish()
    scene.rpc("evm_setAutomine", False)
    with monkeypatch.context() as patch:
        patch.setattr("web3.eth.Eth.wait_for_transaction_receipt", kill)
        with pytest.raises(Killed):
            scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.count(ALICE, "pending") == scene.count(ALICE) + 1
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == []
    assert scene.count(ALICE, "pending") == scene.count(ALICE) + 1
    scene.rpc("evm_mine")
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == [("done", "attest", 1)]
    assert scene.account().last_healthy_at == last


@pytest.mark.parametrize("seen", [False, True])
def test_actions_removed_by_a_reorganisation_are_repeated(scene, seen):
    scene.wait(DAY // 2)
    last = scene.publish()
    before = scene.rpc("evm_snapshot")
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.account().last_healthy_at == last
    if seen:
        scene.keeper(ALICE, "[holder]", scene.a)
    scene.rpc("evm_revert", before)
    for _ in range(2):
        scene.wait(7)
    assert scene.account().last_healthy_at < last
    scene.keeper(ALICE, "[holder]", scene.a)
    again = [("dropped", "attest", 1), ("done", "attest", 1)]
    assert scene.events() == ([("reorganisation", None, None)] if seen else []) + again
    assert scene.account().last_healthy_at == last


def test_a_transaction_that_nobody_includes_gives_its_place_to_a_dearer_one(scene, monkeypatch):
    scene.wait(DAY // 2)
    last = scene.publish()
    scene.rpc("evm_setAutomine", False)
    with monkeypatch.context() as patch:
        patch.setattr("web3.eth.Eth.wait_for_transaction_receipt", kill)
        with pytest.raises(Killed):
            scene.keeper(ALICE, "[holder]", scene.a)
        (first,) = scene.rpc("txpool_content")["pending"][ALICE.address.lower()].values()
        # As if there had been blocks since, none with room for it: anvil always has.
        database = sqlite3.connect(scene.folder / ALICE.address / "keeper.db")
        with database:
            database.execute("UPDATE transactions SET sent_at = sent_at - 30")
        database.close()
        with pytest.raises(Killed):
            scene.keeper(ALICE, "[holder]", scene.a, chain='resend_after = "30"')
    (second,) = scene.rpc("txpool_content")["pending"][ALICE.address.lower()].values()
    assert second["nonce"] == first["nonce"]
    for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(second[fee], 16) >= int(first[fee], 16) * 9 // 8
    scene.rpc("evm_mine")
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == [("dropped", "attest", 1), ("done", "attest", 1)]
    assert scene.account().last_healthy_at == last


def test_a_deposit_made_elsewhere_is_followed(scene):
    snapshot = published(scene.market)
    market = connect_market(scene.node, scene.deployment, ALICE)
    held = Holder(market, provers(), keep=lambda _: None).deposit(
        scene.a, snapshot, Change(CASH, Decimal(50))
    )
    scene.wait(DAY // 2)
    last = scene.publish()
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == [("done", "attest", 1)]
    assert scene.account().commitment == held.account.commitment(snapshot)
    assert scene.account().last_healthy_at == last


# an account in default


def test_an_account_in_default_is_auctioned_off_and_bought(scene, monkeypatch):
    (scene.folder / "sealed" / "a.sealed").write_bytes(scene.a.sealed)
    scene.wait(10)
    scene.publish("1500")
    assert scene.keeper(ALICE, "[holder]", scene.a).grave
    assert scene.events() == [("not-healthy", None, 1)]
    scene.keeper(VENUE, "[starter]", scene.b)
    assert scene.events() == [("done", "start", 1)]
    assert scene.account().state is State.SEIZED

    roles = "[holder]\n" + BIDDER
    # The first price is too high.
    scene.keeper(CAROL, roles)
    assert scene.events() == []
    with monkeypatch.context() as patch:
        # As if it rose after the look at it. How much it may cost is nobody's business.
        patch.setattr(LiquidationEngine, "price", lambda *_: 0)
        scene.keeper(CAROL, roles)
    assert scene.events() == [("failed", "bid", 1), ("done", "bid", 1)]
    assert scene.told[-2].values["reason"] == "bid: the price has risen above the limit"
    scene.wait(240)
    scene.publish("1500")
    # 675 less a fifth and 5.
    assert 450 * MICRO < scene.market.engine.price(1) <= 535 * MICRO
    # A bid of all that a day may cost, which the node has lost: others may still have it.
    lost = Sent(b"\1" * 32, Purpose.BID, 9, 10**6, 1, 1, now(scene.web3), cost=5000 * MICRO)
    with Store(scene.folder / CAROL.address / "keeper.db", 31337, scene.market.house.address) as store:
        store.record(lost)
        store.settle(lost.hash, None, Outcome.DROPPED)
    scene.keeper(CAROL, roles)
    assert scene.events() == []
    scene.wait(PROOF_SECONDS)
    scene.publish("1500")
    scene.keeper(CAROL, roles)
    # The vault has been allowed to take the price before.
    assert scene.events() == [("done", "bid", 1)]
    assert (scene.account().owner, scene.account().state) == (CAROL.address, State.OPEN)
    # Its owner can go on with what `zkmargin settle` takes.
    bought = AccountFolder(scene.folder / CAROL.address / "bought" / "1").present(scene.market.house)
    assert (bought.number, bought.account.owner) == (1, int(CAROL.address, 16))
    # It knows what it has bought, and sees to it from now on.
    scene.wait(DAY // 2)
    last = scene.publish("1500")
    scene.keeper(CAROL, roles)
    assert scene.events() == [("done", "attest", 1)]
    assert scene.account().last_healthy_at == last


def test_an_account_that_nobody_buys_goes_back_when_it_is_healthy(scene):
    scene.wait(10)
    scene.publish("1500")
    scene.keeper(VENUE, "[starter]", scene.a)
    scene.wait(3601)
    scene.publish("1500")
    scene.keeper(VENUE, "[starter]", scene.a)
    # It has not been given the other account.
    assert scene.events() == [("unknown-state", None, 2), ("done", "start", 1)]
    scene.wait(3601)
    last = scene.publish()
    scene.keeper(ALICE, "[holder]", scene.a)
    assert scene.events() == [("seized", None, 1), ("done", "give-back", 1)]
    assert (scene.account().owner, scene.account().state) == (ALICE.address, State.OPEN)
    assert scene.account().last_healthy_at == last


# what must not end it


def test_no_failure_of_the_node_ends_the_keeper(scene, monkeypatch):
    scene.wait(DAY // 2)
    scene.publish()
    settings = KeeperSettings.load(scene.settings(ALICE, "[holder]", scene.a))
    errors = [requests.ConnectionError(scene.node), KeyError("from a proxy"), Web3Exception("no")]
    ask = RequestManager.request_blocking

    def failing(*arguments, **named):
        if errors:
            raise errors.pop(0)
        return ask(*arguments, **named)

    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        monkeypatch.setattr(RequestManager, "request_blocking", failing)
        for _ in list(errors):
            assert not one.round(threading.Event()).looked
        reasons = [report.values["reason"] for report in scene.told]
        assert reasons[0] == "a block: no answer (ConnectionError)"
        assert reasons[1].startswith("KeyError at test_keeper.py:")
        assert reasons[2] == "a block: no"
        assert one.round(threading.Event()) == Round(acted=1)
    assert scene.account().last_healthy_at > now(scene.web3) - 60


def test_an_action_that_fails_stops_no_other_and_is_not_tried_at_once_again(scene, monkeypatch):
    scene.wait(DAY)
    scene.publish()
    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        call = ClearingHouse.margin_call

        def failing(house, number):
            if number == 1:
                scene.wait(100)
                raise ChainError("no")
            return call(house, number)

        monkeypatch.setattr(ClearingHouse, "margin_call", failing)
        assert one.round(threading.Event()).failures == 1
        assert scene.events() == [("failed", "call", 1), ("done", "call", 2)]
        assert one.round(threading.Event()) == Round()
    assert scene.market.house.is_called(2)
    # It is as old as it is, and not as old as its decision.
    with Store(settings.files.state, 31337, scene.market.house.address) as store:
        (sent,) = store.unsettled(0)
    assert sent.sent_at >= now(scene.web3) - 50


def test_a_keeper_that_is_stopped_does_nothing_more(scene):
    scene.wait(DAY)
    scene.publish()
    stop = threading.Event()
    stop.set()
    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        assert one.round(stop) == Round()
        one.run(stop)
    assert scene.events() == [("started", None, None), ("stopped", None, None)]


def test_a_snapshot_that_is_not_what_it_says_is_not_relied_on(scene):
    scene.wait(DAY)
    scene.publish()
    (path,) = (scene.folder / "snapshots").iterdir()
    path.write_text(path.read_text().replace('"2000"', '"2001"'))
    assert scene.keeper(ALICE, "[holder]\n[caller]", scene.a) == Round(acted=1)
    wanted = [("file-refused", None, None), ("no-snapshot", None, None)]
    assert scene.events("unknown-state") == [*wanted, ("done", "call", 2)]


def test_attack_feed_a_root_with_collateral_in_another_order_is_an_alarm(scene):
    # The signers sign the feed's list, and a root of another one: the contract cannot open it.
    feed, market = scene.market.feed, scene.market
    plain = margin_snapshot(timestamp=market.time()).parts
    order = [plain.collateral.index(one) for one in sorted(plain.collateral, key=lambda one: one.asset)]
    assets, prices = (tuple(each[place] for place in order) for each in (plain.collateral, plain.prices))
    made = Snapshot.commit(replace(plain, collateral=assets, prices=prices))
    message = replace(SnapshotMessage.of(made), collateral_hash=collateral_hash(feed.collateral()))
    signed = [
        EthAccount.sign_typed_data(one.key, full_message=typed_data(message, feed.domain)).signature
        for one in ORACLES[:2]
    ]
    head = (message.root, message.timestamp, message.params_hash, message.collateral_hash)
    feed._send("publish", (*head, list(message.index_prices)), [bytes(one) for one in signed])
    made.save(scene.folder / "snapshots" / f"{made.root}.json")
    scene.keeper(ALICE, "[holder]", scene.a)
    assert ("other-collateral", None, None) in scene.events()


def test_a_database_that_fails_ends_the_keeper(scene, monkeypatch):
    scene.wait(DAY)
    scene.publish()
    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        monkeypatch.setattr(Store, "record", raising(InputError("full", source=str(settings.files.state))))
        with pytest.raises(InputError, match="full"):
            one.run(threading.Event())
    assert scene.count(CAROL, "pending") == scene.count(CAROL)


def test_fees_beyond_the_settings_are_not_paid(scene):
    scene.wait(DAY // 2)
    scene.publish()
    scene.rpc("anvil_setNextBlockBaseFeePerGas", hex(51 * 10**9))
    scene.rpc("evm_mine")
    assert scene.keeper(ALICE, "[holder]", scene.a).failures == 1
    assert scene.told[-1].values["reason"] == "fees are above max_fee_gwei; nothing was sent"
    assert scene.count(ALICE, "pending") == scene.count(ALICE)


def test_files_of_another_market_are_refused(scene, tmp_path):
    path = scene.settings(VENUE, "[starter]", scene.a)
    settings = KeeperSettings.load(path)
    for file, reason in (
        ("sealing.json", "not the key of this market"),
        ("deployment.json", "not the keys that the market was deployed with"),
    ):
        before = (tmp_path / file).read_text()
        (tmp_path / file).unlink()
        if file == "sealing.json":
            SealingKey.new().save(tmp_path / file)
        else:
            circuits = {
                name: replace(one, key_sha256="0" * 64) for name, one in scene.deployment.circuits.items()
            }
            replace(scene.deployment, circuits=circuits).save(tmp_path / file)
        with pytest.raises(InputError, match=reason), open_keeper(settings, PASSWORD, scene.told.append):
            pass
        (tmp_path / file).write_text(before)


# the command


def test_the_command_reports_alarms_and_nothing_else(scene, cli):
    path = scene.settings(ALICE, "[holder]", scene.a)
    scene.publish()
    assert cli("keeper", path, "--once", "--json")[0] == 0
    scene.wait(10)
    scene.publish("1500")
    code, out, err = cli("keeper", path, "--once", "--json")
    assert (code, err) == (1, "")
    shown = [json.loads(line) for line in out.splitlines()]
    assert [(one["level"], one["event"]) for one in shown] == [("info", "snapshot"), ("error", "not-healthy")]
    assert set(shown[1]) == {"time", "level", "event", "account"}
    code, out, err = cli("keeper", scene.settings(ALICE, "[holder]\nshow_shortage = true"), "--once")
    assert (code, out) == (1, "")
    assert err.splitlines()[1].endswith(" ERROR   not-healthy account=1 missing=25000000")


def test_a_signal_ends_the_command_after_the_present_action(scene, cli):
    scene.publish()
    path = scene.settings(CAROL, "[caller]")
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    code, out, err = cli("keeper", path)
    timer.join()
    assert (code, out) == (0, "")
    lines = [line.split(maxsplit=2)[2] for line in err.splitlines()]
    assert lines[0] == f"started sender={CAROL.address} roles=caller"
    assert lines[-1] == "stopped"
    assert signal.getsignal(signal.SIGTERM) is before
