"""``zkmargin settle`` and ``zkmargin wind-down`` against a market on a local chain, with real proofs."""

from __future__ import annotations

import json
import stat
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from eth_account import Account as EthAccount

from support.local_market import VENUE, now, published, wait
from support.margin_values import KEYS
from zkmargin import Account
from zkmargin.chain import connect, run_anvil
from zkmargin.clearing import Ledger, plan_batch, prove_plan
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.token import DemoToken
from zkmargin.orders import SigningKey
from zkmargin.orders.key_file import save_key
from zkmargin.settlement import connect_market
from zkmargin.settlement.book import Book

MICRO = 10**6
NOTICE = 601
SIGNED = ("keystore", "password-file")


@pytest.fixture(scope="module")
def chain(market_of):
    with run_anvil() as url:
        yield url, market_of(url)


class Person(NamedTuple):
    """A holder's address, and the folder with its files."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def owner(chain, tmp_path_factory):
    """Write a holder's files and give it tokens."""
    (url, deployment), folder = chain, tmp_path_factory.mktemp("holder")
    deployment.save(folder / "deployment.json")
    (folder / "password").write_text("secret")
    (folder / "password").chmod(0o600)
    key = EthAccount.create()
    # Weak, so that it is quick.
    (folder / "key.json").write_text(json.dumps(key.encrypt("secret", kdf="pbkdf2", iterations=1)))
    (folder / "key.json").chmod(0o600)
    (folder / "snapshots").mkdir()
    web3 = connect(url)
    web3.provider.make_request("anvil_setBalance", [key.address, hex(10**20)])
    for token in deployment.tokens.values():
        DemoToken(web3, token).mint(10**24, key.address)
    return Person(key.address, folder)


@pytest.fixture
def run(chain, cli, owner, monkeypatch, quick_keystores):
    """Return a function that runs a command for the holder with the options that it names, and reads its JSON."""
    folder = owner.folder
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    if not (folder / "trading.json").exists():
        save_key(SigningKey.new(), folder / "trading.json", "secret")
    options = {
        "book": folder / "mine.db",
        "keystore": folder / "key.json",
        "password-file": folder / "password",
        "snapshot": folder / "snapshots",
        "trading-key": folder / "trading.json",
        "account": 1,
    }

    def call(group, *words, uses=(), text=False):
        named = {"deployment": folder / "deployment.json", "rpc": chain[0]}
        named |= {one: options[one] for one in uses}
        arguments = [part for name, value in named.items() for part in (f"--{name}", value)]
        code, out, err = cli(group, *words, *arguments, *([] if text else ["--json"]))
        return code, out if text else json.loads(out), err

    return call


@pytest.fixture(scope="module")
def market(chain):
    return connect_market(*chain)


@pytest.fixture(scope="module")
def newest(market, owner):
    """Return a function that publishes a snapshot and leaves it in the folder."""

    def make():
        wait(market.web3, 1)
        asked = published(market)
        asked.save(owner.folder / "snapshots" / f"{asked.timestamp}.json")
        return asked

    return make


def credit(chain, book, amount, asked):
    """Let the venue credit cash of account 1."""
    venue = connect_market(*chain, VENUE)
    with Book(book) as opened:
        opening = opened.opening(venue.house.account(1).commitment)
    draft = Ledger(venue.house.domain, [opening]).draft(asked.spec, now(venue.web3))
    draft.credit(1, CASH, amount)
    plan = plan_batch(draft, venue.house.requirement_bps(draft), venue.circuits)
    venue.house.settle(prove_plan(plan, keys=KEYS))


def test_an_account_from_opening_to_leaving(chain, owner, run, market, newest):
    folder = owner.folder
    code, told, err = run("settle", "open", uses=("book", "trading-key", *SIGNED))
    assert (code, told) == (0, {"account": 1, "owner": owner.address})
    assert "warning" not in err
    assert stat.S_IMODE((folder / "mine.db").stat().st_mode) == 0o600
    mine = ("account", *SIGNED)
    code, told, _ = run("settle", "deposit", "cash=1500", "ETH=0.5", uses=mine)
    assert (code, told["deposited"]) == (0, {"cash": "1500", "ETH": "0.5"})
    credit(chain, folder / "mine.db", 1000 * MICRO, newest())

    # The book knows the state before the batch only, until a command follows the chain.
    code, told, _ = run("settle", "status", uses=("account", "book"))
    assert (code, told["state"], told["known"], told["owner"]) == (0, "open", True, owner.address)
    assert told["waiting"]["cash"] == {"amount": "500", "counted": "0", "leaving": "0", "leavesAt": None}
    code, out, _ = run("settle", "status", uses=("account", "book"), text=True)
    assert (code, out.splitlines()[0]) == (0, "account 1: open")

    code, told, _ = run("settle", "announce", "refund", "cash=500", uses=mine)
    assert (code, told["leaving"]) == (0, "500")
    code, told, _ = run("settle", "announce", "withdrawal", uses=mine)
    assert (code, told["until"] - told["from"]) == (0, 3600)
    code, told, _ = run("settle", "refund", "cash=500", uses=mine)
    assert (code, "the notice of a refund runs" in told["error"]["message"]) == (1, True)
    wait(market.web3, NOTICE)
    code, told, _ = run("settle", "refund", "cash=500", uses=mine)
    assert (code, told["refunded"]) == (0, "500")
    assert run("settle", "status", uses=("account", "book"))[1]["withdrawal"] is not None

    proves = ("account", "book", "snapshot", *SIGNED)
    newest()
    code, told, _ = run("settle", "withdraw", "cash=1001", uses=proves)
    assert (code, told["error"]["kind"]) == (1, "StatementError")
    code, told, _ = run("settle", "withdraw", "cash=100.5", "--places", "14", uses=proves)
    assert (code, "no circuit of health has places for 14" in told["error"]["message"]) == (2, True)
    code, told, _ = run("settle", "withdraw", "cash=100.5", uses=proves)
    assert (code, told["withdrawn"]) == (0, "100.5")
    file = folder / "account.json"
    code, told, _ = run("settle", "account", "-o", file, uses=("account", "book", "snapshot"))
    assert (code, told["nonce"], stat.S_IMODE(file.stat().st_mode)) == (0, 2, 0o600)
    assert (Account.load(file).cash, Account.load(file).number) == (Decimal("899.5"), 1)

    asked = newest()
    code, told, _ = run("settle", "attest", uses=proves)
    assert (code, told["accounts"], told["healthyAt"]) == (0, [1], asked.timestamp)
    code, told, _ = run("settle", "attest", uses=proves)
    assert (code, "not newer" in told["error"]["message"]) == (1, True)


def test_refusals_name_what_is_wrong(owner, run, newest, tmp_path):
    mine = ("account", *SIGNED)
    for words, uses, expected in (
        (("account", "-o", owner.folder / "key.json"), ("account", "book", "snapshot"), "exists already"),
        (("request-key",), mine, "--trading-key, --cancel: give one of them"),
        (("request-key", "--cancel"), mine, "no key is requested"),
        (("renew-keys",), ("account", "book", "trading-key", *SIGNED), "its opening was not published"),
        (("bond",), mine, "asks for no bond"),
        (("withdraw", "cash=1"), ("account", "book", "snapshot", *SIGNED), "no notice of a withdrawal"),
        (("refund", "cash=1"), mine, "no notice of a refund"),
    ):
        code, told, _ = run("settle", *words, uses=uses)
        assert (code in {1, 2}, expected in told["error"]["message"]) == (True, True), (words, told)
    assert run("settle", "claim", uses=SIGNED)[1] == {"paid": {}}
    # A new book has no opening of the account.
    blank = ("--book", tmp_path / "blank.db")
    code, told, _ = run("settle", "status", *blank, uses=("account",))
    assert (code, told["known"]) == (0, False)
    code, told, _ = run("settle", "account", "-o", tmp_path / "a.json", *blank, uses=("account", "snapshot"))
    assert (code, "does not know its present opening" in told["error"]["message"]) == (1, True)
    newest()
    code, told, _ = run("settle", "attest", *blank, uses=("account", "snapshot", *SIGNED))
    assert (code, "the book lacks the opening" in told["error"]["message"]) == (1, True)


def test_a_market_winds_down(run, market, newest, owner):
    web3 = market.web3
    code, told, _ = run("wind-down", "status")
    assert (code, told["stage"], list(told["causes"])) == (0, "running", ["oracle-gone", "venue-gone"])
    code, told, _ = run("wind-down", "end", "venue-gon", uses=SIGNED)
    assert (code, "did you mean venue-gone?" in told["error"]["message"]) == (2, True)
    code, told, _ = run("wind-down", "end", "unsaleable", uses=SIGNED)
    assert (code, "--account: needed for" in told["error"]["message"]) == (2, True)
    code, told, _ = run("wind-down", "end", "venue-gone", uses=SIGNED)
    assert (code, "NotYet" in told["error"]["message"]) == (4, True)
    proves = ("account", "book", "snapshot", *SIGNED)
    code, told, _ = run("wind-down", "claim", uses=proves)
    assert (code, "does not contain the snapshot that values" in told["error"]["message"]) == (2, True)

    wait(web3, 3 * 86_400 + 60)
    newest()
    assert run("wind-down", "end", "venue-gone", uses=SIGNED)[0] == 0
    code, told, _ = run("settle", "deposit", "cash=1", uses=("account", *SIGNED))
    assert (code, "the market has ended" in told["error"]["message"]) == (1, True)
    code, told, _ = run("wind-down", "value", uses=SIGNED)
    assert (code, told["claimsUntil"] > now(web3)) == (0, True)
    code, told, _ = run("wind-down", "claim", uses=proves)
    assert (code, told["claim"]) == (0, "899.5")
    code, told, _ = run("wind-down", "status", uses=("account",))
    assert (told["stage"], told["claim"]) == (
        "claiming",
        {"claimed": True, "owed": "899.5", "to": owner.address},
    )

    wait(web3, 14 * 86_400 + 60)
    code, told, _ = run("wind-down", "buy", "ETH=1", "--limit", "2", uses=SIGNED)
    assert (code, "more than the limit" in told["error"]["message"]) == (1, True)
    code, told, _ = run("wind-down", "buy", "cash=1", "--limit", "2", uses=SIGNED)
    assert (code, "cash is not for sale" in told["error"]["message"]) == (2, True)
    wait(web3, 86_400)
    code, told, _ = run("wind-down", "finalise", uses=SIGNED)
    assert (code, told["claims"]) == (0, "899.5")
    token = DemoToken(web3, market.deployment.tokens["USD"])
    before = token.balance_of(owner.address)
    assert run("wind-down", "pay", uses=("account", *SIGNED))[0] == 0
    assert token.balance_of(owner.address) - before == 899_500_000
    code, out, _ = run("wind-down", "status", uses=("account",), text=True)
    assert (code, out.splitlines()[0], "nothing owed any more" in out) == (0, "stage: paying", True)
