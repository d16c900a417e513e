"""The keeper on a local chain, with real proofs: calls, restarts, reorganisations, auctions."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import threading
from dataclasses import replace
from decimal import Decimal
from time import monotonic, sleep

import pytest
import requests
from eth_account import Account as EthAccount
from eth_hash.auto import keccak
from web3.exceptions import Web3Exception
from web3.manager import RequestManager

from support.local_market import (
    ALICE,
    BOB,
    CAROL,
    KEYS,
    ORACLES,
    VENUE,
    VENUE_SECRET,
    now,
    publish,
    put_back,
    wait,
)
from support.margin_values import snapshot as margin_snapshot
from zkmargin import ChainError, InputError, Snapshot, spec
from zkmargin.account.funds import Funds
from zkmargin.chain import run_anvil
from zkmargin.clearing import Ledger, plan_batch, prove_plan
from zkmargin.clearing.draft import SignedOrder
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house import House
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.keeper.keeper import Round
from zkmargin.keeper.settings import KeeperSettings
from zkmargin.keeper.start import open_keeper
from zkmargin.keeper.store import Store
from zkmargin.native_hash import fast_hasher
from zkmargin.orders.key_file import VENUE as VENUE_KEY
from zkmargin.orders.key_file import save_key
from zkmargin.orders.signing_key import SigningKey
from zkmargin.settlement import Book, connect_market, follow
from zkmargin.settlement.roles import Holder
from zkmargin.snapshot.collateral_list import collateral_hash
from zkmargin.snapshot.signatures import SnapshotMessage
from zkmargin.snapshot.signer import typed_data
from zkmargin.spec import Side
from zkmargin.spec.eddsa import trading_key
from zkmargin.spec.orders import Holder as Signer
from zkmargin.spec.orders import order_message

BTC, LOTS = 4096, 300
HOLDER = '[holder]\nat = "0.01"\n'
"""Attests after 864 seconds."""
PASSWORD = "secret"  # noqa: S105  # of keys that everybody knows
MICRO = 10**6
MARK = 45 * MICRO
VENUE_TABLE = '[venue]\nkey = "../venue.key"\npassword_file = "password"\n'
BIDDER = """[bidder]
min_discount = "0.1"
fixed_cost = "5"
max_requirement = "100000"
max_funds = "4000"
max_spend_per_day = "9000"
instruments = ["BTC-*"]
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
book = "book.db"
snapshots = "../snapshots"
keys = "{keys}"
{roles}
"""


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


def snapshot_at(market, mark=MARK):
    """Return the snapshot of the present time, with a mark of BTC."""
    wait(market.web3, 1)
    parts = margin_snapshot(timestamp=now(market.web3)).parts
    slots = parts.rows[BTC].slots
    rows = {**parts.rows, BTC: replace(parts.rows[BTC], slots=(*slots[:16], mark, *slots[17:]))}
    return Snapshot.commit(replace(parts, rows=rows))


@pytest.fixture(scope="module")
def traded_market(node, market_of, tmp_path_factory):
    """Return a market in which account 1, Alice's, is long and account 2, Bob's, is short; and their books."""
    deployment, folder = market_of(node), tmp_path_factory.mktemp("books")
    market, asked = connect_market(node, deployment), None
    publish(market.feed, asked := snapshot_at(market))
    ledger, orders = Ledger(market.house.domain), []
    for key, side in ((ALICE, Side.BUY), (BOB, Side.SELL)):
        secret = keccak(key.key + b"orders")
        with Book(folder / f"{key.address}.db") as book:
            holder = Holder(connect_market(node, deployment, key), book, keys=KEYS)
            number = holder.open(trading_key(secret))
            holder.deposit(number, Funds("cash", Decimal(5000)))
            follow(market, book)
            ledger.add(book.present(number))
        time = now(market.web3)
        terms = spec.Order(BTC, side, LOTS, MARK, 24 * (time // 24), time + 3600, 10)
        message = order_message(
            terms, Signer(market.house.domain, int(key.address, 16), number), fast_hasher()
        )
        orders.append(SignedOrder(number, terms, spec.sign(secret, message, fast_hasher())))
    draft = ledger.draft(asked.spec, now(market.web3))
    for number in (1, 2):
        draft.credit(number, CASH, 5000 * MICRO)
    draft.match(*orders, lots=LOTS, price=MARK)
    plan = plan_batch(draft, market.house.requirement_bps(draft), market.circuits)
    connect_market(node, deployment, VENUE).house.settle(prove_plan(plan, keys=KEYS))
    return deployment, folder


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


class Scene:
    """A market with two accounts, and the keepers of those who act in it."""

    def __init__(self, node, traded_market, folder, web3):
        self.deployment, self.books = traded_market
        self.node, self.folder, self.web3 = node, folder, web3
        self.market = connect_market(node, self.deployment)
        self.told = []
        (folder / "snapshots").mkdir()
        self.deployment.save(folder / "deployment.json")
        save_key(SigningKey(VENUE_SECRET), folder / "venue.key", PASSWORD, VENUE_KEY)

    def rpc(self, method, *parameters):
        return self.web3.provider.make_request(method, list(parameters))["result"]

    def publish(self, mark=MARK):
        """Publish a snapshot, give it to the keepers, and return its time."""
        snapshot = snapshot_at(self.market, mark)
        publish(self.market.feed, snapshot)
        snapshot.save(self.folder / "snapshots" / f"{snapshot.root}.json")
        return snapshot.timestamp

    def wait(self, seconds):
        wait(self.web3, seconds)

    def live(self, seconds, mark=MARK):
        """Let live time pass: a gap between snapshots counts for ten minutes at most."""
        for _ in range(-(-seconds // 600)):
            self.wait(600)
            last = self.publish(mark)
        return last

    def trip(self):
        """Trip the breaker, so that every account that trades owes a proof; return the time of the last snapshot."""
        parts = snapshot_at(self.market).parts
        crashed = (parts.index_prices[0] * Decimal("0.6"), *parts.index_prices[1:])
        publish(self.market.feed, Snapshot.commit(replace(parts, index_prices=crashed)))
        self.wait(1)
        return self.publish()

    def credit(self, number, amount, mark):
        """Credit waiting cash, as the venue that knows accounts from the chain alone."""
        market = connect_market(self.node, self.deployment, VENUE)
        with Book(self.folder / "venue.db") as book:
            follow(market, book, venue_secret=VENUE_SECRET)
            ledger = Ledger(market.house.domain, book.accounts().values())
        publish(market.feed, asked := snapshot_at(market, mark))
        draft = ledger.draft(asked.spec, now(self.web3))
        draft.credit(number, CASH, amount)
        plan = plan_batch(draft, market.house.requirement_bps(draft), market.circuits)
        market.house.settle(prove_plan(plan, keys=KEYS))

    def account(self, number=1):
        return self.market.house.account(number)

    def settings(self, key, roles, chain=""):
        """Write the settings of somebody's keeper, which starts with somebody's book."""
        own = self.folder / key.address
        if not own.exists():
            own.mkdir()
            document = EthAccount.encrypt(key.key, PASSWORD, kdf="pbkdf2", iterations=2)
            for name, content in (("keystore.json", json.dumps(document)), ("password", PASSWORD)):
                (own / name).write_text(content, encoding="utf-8")
                (own / name).chmod(0o600)
            if (self.books / f"{key.address}.db").exists():
                shutil.copy(self.books / f"{key.address}.db", own / "book.db")
        path = own / "keeper.toml"
        path.write_text(
            SETTINGS.format(node=self.node, keys=KEYS, roles=roles, chain=chain), encoding="utf-8"
        )
        return path

    def keeper(self, key, roles, *, chain="", finish=True):
        """Open somebody's keeper, let it look once and close it; return how the round ended."""
        self.told.clear()
        settings = KeeperSettings.load(self.settings(key, roles, chain))
        stop = threading.Event()
        with open_keeper(settings, PASSWORD, self.told.append, venue_password=PASSWORD) as one:
            done = one.round(stop)
            if finish:
                one.finish(stop, 5)
            return done

    def events(self, *but):
        """Return what the last keeper told of but snapshots, and what it was about to do."""
        shown = [one for one in self.told if one.event not in {"snapshot", "acting", *but}]
        return [
            (one.event, one.values.get("purpose"), one.values.get("account", one.values.get("accounts")))
            for one in shown
        ]

    def count(self, key, block="latest"):
        return self.web3.eth.get_transaction_count(key.address, block)

    def included(self, key):
        """Wait until a block has what somebody has sent: the node answers a sender before it makes the block."""
        until = monotonic() + 10
        while self.count(key) < self.count(key, "pending"):
            assert monotonic() < until, "a transaction is in no block"
            sleep(0.02)


@pytest.fixture
def scene(node, traded_market, tmp_path):
    with put_back(node) as web3:
        # A block of the present time: the last one may be minutes old, and a keeper tells of it.
        wait(web3, 0)
        scene = Scene(node, traded_market, tmp_path, web3)
        yield scene
        scene.rpc("evm_setAutomine", True)


# the holder and the caller


def test_called_accounts_are_called_at_once_and_attested_by_their_holders_keepers(scene):
    scene.publish()
    assert scene.keeper(ALICE, "[holder]").failures == 0
    assert scene.events() == []
    last = scene.trip()
    blocks = scene.web3.eth.block_number
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == [("done", "call", "1,2")]
    assert scene.web3.eth.block_number == blocks + 1
    assert all(scene.market.house.is_called(number) for number in (1, 2))
    assert not scene.keeper(ALICE, "[holder]").grave
    assert scene.events() == [("called", None, 1), ("done", "attest", 1)]
    assert not scene.market.house.is_called(1)
    assert scene.account().last_healthy_at == last
    scene.keeper(ALICE, "[holder]")
    assert scene.events() == []


def test_a_round_asks_no_more_of_the_node_for_more_accounts(scene, monkeypatch):
    """Fault 3: 30 accounts that never trade cost a keeper nothing, and nobody calls them."""
    scene.trip()
    asked, ask = [], requests.Session.post

    def counted(session, url, data, **named):
        asked.append(json.loads(data)["method"])
        return ask(session, url, data, **named)

    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        monkeypatch.setattr(requests.Session, "post", counted)
        stop = threading.Event()
        stop.set()
        one.round(stop)
        asked.clear()
        one.round(stop)
        few = list(asked)
        register = connect_market(scene.node, scene.deployment, BOB).house
        for _ in range(30):
            register.register()
        asked.clear()
        one.round(stop)
        assert len(asked) <= len(few) + 3
        assert len(few) < 16
        assert asked.count("eth_getLogs") == 1
        assert few.count("eth_getLogs") == 0
        scene.told.clear()
        one.round(threading.Event())
        one.finish(threading.Event(), 5)
    assert scene.events() == [("done", "call", "1,2")]


def test_a_keeper_that_dies_after_sending_does_not_send_again(scene):
    last = scene.live(1200)
    scene.rpc("evm_setAutomine", False)
    assert scene.keeper(ALICE, HOLDER, finish=False) == Round(acted=1)
    assert scene.count(ALICE, "pending") == scene.count(ALICE) + 1
    assert scene.keeper(ALICE, HOLDER, finish=False) == Round()
    assert scene.events() == []
    assert scene.count(ALICE, "pending") == scene.count(ALICE) + 1
    scene.rpc("evm_mine")
    scene.keeper(ALICE, HOLDER)
    assert scene.events() == [("done", "attest", 1)]
    assert scene.account().last_healthy_at == last


@pytest.mark.parametrize("seen", [False, True])
def test_actions_removed_by_a_reorganisation_are_repeated(scene, seen):
    last = scene.live(1200)
    before = scene.rpc("evm_snapshot")
    scene.keeper(ALICE, HOLDER, finish=seen)
    scene.included(ALICE)
    assert scene.account().last_healthy_at == last
    if seen:
        scene.keeper(ALICE, HOLDER)
    scene.rpc("evm_revert", before)
    for _ in range(2):
        scene.wait(7)
    assert scene.account().last_healthy_at < last
    scene.keeper(ALICE, HOLDER)
    again = [("dropped", "attest", 1), ("done", "attest", 1)]
    assert scene.events() == ([("reorganisation", None, None)] if seen else []) + again
    assert scene.account().last_healthy_at == last


def test_transactions_that_nobody_includes_give_their_places_to_dearer_ones(scene):
    last = scene.live(1200)
    scene.rpc("evm_setAutomine", False)
    scene.keeper(ALICE, HOLDER, finish=False)
    (first,) = scene.rpc("txpool_content")["pending"][ALICE.address.lower()].values()
    # As if there had been blocks since, none with room for it: anvil always has.
    database = sqlite3.connect(scene.folder / ALICE.address / "keeper.db")
    with database:
        database.execute("UPDATE transactions SET sent_at = sent_at - 30")
    database.close()
    scene.keeper(ALICE, HOLDER, chain='resend_after = "30"', finish=False)
    (second,) = scene.rpc("txpool_content")["pending"][ALICE.address.lower()].values()
    assert second["nonce"] == first["nonce"]
    for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
        assert int(second[fee], 16) >= int(first[fee], 16) * 9 // 8
    scene.rpc("evm_mine")
    scene.keeper(ALICE, HOLDER)
    assert scene.events() == [("dropped", "attest", 1), ("done", "attest", 1)]
    assert scene.account().last_healthy_at == last


# an account in default


def test_an_account_in_default_is_auctioned_off_and_bought(scene, monkeypatch):
    """The venue's keeper learns all openings from the chain; the bidder's learns this one from the auction."""
    scene.publish(37 * MICRO)
    assert scene.keeper(ALICE, "[holder]").grave
    assert scene.events() == [("not-healthy", None, 1)]
    scene.keeper(VENUE, "[starter]\n" + VENUE_TABLE)
    assert scene.events() == [("done", "start", 1)]
    assert scene.account().state == HouseState.SEIZED
    roles = "[holder]\n" + BIDDER
    # Bids begin some blocks later.
    scene.keeper(CAROL, roles)
    assert scene.events() == []
    scene.rpc("anvil_mine", hex(5))
    scene.keeper(CAROL, roles)
    # The first price, 5 % below the equity, is too high.
    assert scene.events() == []
    scene.wait(200)
    scene.publish(37 * MICRO)
    assert 1800 * MICRO < scene.market.auctions.price(1) <= 2335 * MICRO
    scene.keeper(CAROL, roles)
    assert scene.events() == [("done", "approve", None)]
    with monkeypatch.context() as patch:
        # As if the price rose after the look at it. How much it may cost is nobody's business.
        patch.setattr(Auctions, "bid", raising(ChainError("bid: PriceAboveLimit(9, 8)")))
        scene.keeper(CAROL, roles)
    assert scene.events() == [("failed", "bid", 1)]
    assert scene.told[-1].values["reason"] == "bid: the price has risen above the limit"
    scene.keeper(CAROL, roles)
    assert scene.events() == [("done", "bid", 1)]
    assert (scene.account().owner, scene.account().state) == (CAROL.address, HouseState.OPEN)
    # The winner is called. What its account lacks for initial margin is deposited, and waits for the venue.
    last = scene.publish(37 * MICRO)
    scene.keeper(CAROL, BIDDER)
    assert ("called", None, 1) in scene.events()
    assert ("done", "deposit", 1) in scene.events()
    lacking = scene.market.house.waiting(1, CASH).amount
    scene.keeper(CAROL, BIDDER)
    assert scene.market.house.waiting(1, CASH).amount == lacking > 0
    # Once the venue has credited it, the account is attested.
    scene.credit(1, lacking, 37 * MICRO)
    last = scene.publish(37 * MICRO)
    scene.keeper(CAROL, BIDDER)
    assert ("done", "attest", 1) in scene.events()
    assert scene.account().last_healthy_at == last
    assert not scene.market.house.is_called(1)


def test_an_account_that_is_healthy_again_goes_back_to_its_owner(scene):
    scene.publish(37 * MICRO)
    scene.keeper(VENUE, "[starter]\n" + VENUE_TABLE)
    last = scene.publish()
    scene.keeper(ALICE, "[holder]")
    assert scene.events() == [("seized", None, 1), ("done", "give-back", 1)]
    assert (scene.account().owner, scene.account().state) == (ALICE.address, HouseState.OPEN)
    assert scene.account().last_healthy_at == last
    # Its opening is public: it needs new keys before it trades.
    scene.keeper(ALICE, "[holder]")
    assert scene.events() == [("exposed", None, 1)]


def test_an_account_that_nobody_closes_out_freezes_the_market(scene):
    scene.trip()
    scene.keeper(CAROL, "[caller]")
    scene.live(1800 + 3600 + 600)
    scene.keeper(ALICE, "[holder]")
    scene.keeper(CAROL, "[caller]\nfreeze = false\n")
    assert scene.events() == []
    # Nobody but the venue knows account 2; Bob's keeper does not run.
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == [("done", "freeze", 2)]
    assert AccountFlag.FROZEN in scene.account(2).flags
    scene.keeper(BOB, "[holder]")
    assert scene.events() == [("frozen", None, None), ("late", None, 2), ("done", "attest", 2)]
    assert scene.market.house.standing().frozen == 0


def test_fault_11_a_default_that_nobody_can_buy_is_recorded_and_freezes_the_market(scene):
    low = 20 * MICRO
    scene.publish(low)
    scene.keeper(VENUE, "[starter]\n" + VENUE_TABLE)
    assert scene.events() == [("done", "start", 1)]
    scene.live(3600, low)
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == []
    scene.live(600, low)
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == [("done", "record-unsaleable", 1), ("done", "freeze", 1)]
    assert scene.market.auctions.unsaleable_since(1) > 0
    assert AccountFlag.FROZEN in scene.account().flags
    scene.keeper(CAROL, "[caller]")
    assert scene.events() == [("frozen", None, None)]
    # Its auction can be started again.
    scene.keeper(VENUE, "[starter]\n" + VENUE_TABLE)
    assert ("done", "start", 1) in scene.events()


# what must not end it


def test_no_failure_of_the_node_ends_the_keeper(scene, monkeypatch):
    last = scene.live(1200)
    settings = KeeperSettings.load(scene.settings(ALICE, HOLDER))
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
    scene.included(ALICE)
    assert scene.account().last_healthy_at == last


def test_an_action_that_fails_stops_no_other_and_is_not_tried_at_once_again(scene, monkeypatch):
    scene.publish(37 * MICRO)
    settings = KeeperSettings.load(scene.settings(VENUE, "[starter]\n[caller]\n" + VENUE_TABLE))
    scene.trip()
    scene.publish(37 * MICRO)
    with open_keeper(settings, PASSWORD, scene.told.append, venue_password=PASSWORD) as one:
        monkeypatch.setattr(Auctions, "start", raising(ChainError("no")))
        assert one.round(threading.Event()) == Round(acted=2, failures=1)
        one.finish(threading.Event(), 5)
        assert scene.events() == [("failed", "start", 1), ("done", "call", 2)]
        assert one.round(threading.Event()) == Round()
    assert scene.market.house.is_called(2)


def test_a_keeper_that_is_stopped_does_nothing_more(scene):
    scene.trip()
    stop = threading.Event()
    stop.set()
    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        assert one.round(stop) == Round()
        one.run(stop)
    assert scene.events() == [("started", None, None), ("stopped", None, None)]


def test_a_snapshot_that_is_not_what_it_says_is_not_relied_on(scene):
    scene.trip()
    path = max((scene.folder / "snapshots").iterdir(), key=lambda one: one.stat().st_mtime_ns)
    path.write_text(path.read_text().replace('"2000"', '"2001"'))
    assert scene.keeper(ALICE, "[holder]\n[caller]") == Round(acted=1)
    wanted = [("file-refused", None, None), ("no-snapshot", None, None)]
    assert scene.events() == [*wanted, ("done", "call", 2)]


def test_attack_feed_a_root_with_collateral_in_another_order_is_an_alarm(scene):
    # The signers sign the feed's list, and a root of another one: the contract cannot open it.
    feed, market = scene.market.feed, scene.market
    scene.wait(1)
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
    scene.keeper(ALICE, "[holder]")
    assert ("other-collateral", None, None) in scene.events()


def test_a_record_that_fails_ends_the_keeper(scene, monkeypatch):
    scene.trip()
    settings = KeeperSettings.load(scene.settings(CAROL, "[caller]"))
    with open_keeper(settings, PASSWORD, scene.told.append) as one:
        monkeypatch.setattr(Store, "record", raising(InputError("full", source=str(settings.files.state))))
        with pytest.raises(InputError, match="full"):
            one.run(threading.Event())
    assert scene.count(CAROL, "pending") == scene.count(CAROL)


def test_files_of_another_market_are_refused(scene):
    path = scene.settings(VENUE, "[starter]\n" + VENUE_TABLE)
    (scene.folder / "venue.key").unlink()
    save_key(SigningKey(keccak(b"another")), scene.folder / "venue.key", PASSWORD, VENUE_KEY)
    settings = KeeperSettings.load(path)
    with (
        pytest.raises(InputError, match=r"venue\.key: not the key of this market"),
        open_keeper(settings, PASSWORD, scene.told.append, venue_password=PASSWORD),
    ):
        pass


def test_keys_of_another_market_prove_nothing(scene, monkeypatch):
    scene.live(1200)
    circuits = {name: replace(one, key_sha256="0" * 64) for name, one in scene.deployment.circuits.items()}
    (scene.folder / "deployment.json").unlink()
    replace(scene.deployment, circuits=circuits).save(scene.folder / "deployment.json")
    assert scene.keeper(ALICE, HOLDER).failures == 1
    assert "not the keys that the market was deployed with" in scene.told[-1].values["reason"]


# the command


def test_the_command_reports_alarms_and_nothing_else(scene, cli):
    path = scene.settings(ALICE, "[holder]")
    scene.publish()
    assert cli("keeper", path, "--once", "--json")[0] == 0
    scene.publish(37 * MICRO)
    code, out, err = cli("keeper", path, "--once", "--json")
    assert (code, err) == (1, "")
    shown = [json.loads(line) for line in out.splitlines()]
    assert [(one["level"], one["event"]) for one in shown] == [("info", "snapshot"), ("error", "not-healthy")]
    assert set(shown[1]) == {"time", "level", "event", "account"}
    code, out, err = cli("keeper", scene.settings(ALICE, "[holder]\nshow_shortage = true"), "--once")
    assert (code, out) == (1, "")
    assert " missing=" in err.splitlines()[1]


def test_a_signal_ends_the_command_after_the_present_action(scene, cli):
    scene.publish()
    path = scene.settings(CAROL, '[caller]\n[metrics]\nlisten = "127.0.0.1:29464"\n')
    before = signal.getsignal(signal.SIGTERM)
    healthy = []

    def look():
        healthy.append(requests.get("http://127.0.0.1:29464/health", timeout=5).status_code)
        os.kill(os.getpid(), signal.SIGTERM)

    timer = threading.Timer(1.5, look)
    timer.start()
    code, out, err = cli("keeper", path)
    timer.join()
    assert (code, out, healthy) == (0, "", [200])
    lines = [line.split(maxsplit=2)[2] for line in err.splitlines()]
    assert lines[0] == f"started sender={CAROL.address} roles=caller"
    assert lines[-1] == "stopped"
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_house_says_of_many_accounts_what_it_says_of_each(scene):
    scene.trip()
    scene.keeper(CAROL, "[caller]")
    house: House = scene.market.house
    for number, record in zip((2, 1), house.records([2, 1]), strict=True):
        assert record.account == house.account(number)
        assert record.times == house.times(number)
        assert record.called is house.is_called(number) is True
        assert (record.waiting, record.late) == (house.waiting(number, CASH).amount, house.late_for(number))
