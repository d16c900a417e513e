"""The venue's role and its commands against a market on a local chain, with real proofs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from click.testing import CliRunner
from eth_hash.auto import keccak

from support.local_market import ALICE, BOB, CAROL, VENUE, VENUE_SECRET, now, publish, published, wait
from support.margin_values import KEYS, snapshot
from zkmargin import ChainError, InputError, Snapshot
from zkmargin.account.funds import Funds
from zkmargin.chain import run_anvil
from zkmargin.chain.keystore import write_encrypted
from zkmargin.cli.app import app
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag
from zkmargin.native_hash import fast_hasher
from zkmargin.orders import Fill, Fills, Order, SigningKey, sequence_at, sign_order
from zkmargin.orders.key_file import VENUE as VENUE_KIND
from zkmargin.orders.key_file import save_key
from zkmargin.settlement import connect_market
from zkmargin.settlement.book import Book
from zkmargin.settlement.deploy import Deployment
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.venue import Venue
from zkmargin.spec import Holder as Signer
from zkmargin.spec import Side, commitment

MICRO = 10**6
D = Decimal
BTC, MARK = "BTC-PERPETUAL", D(45_000)
PASSWORD = "correct horse"  # noqa: S105


@dataclass
class Person:
    """A holder with one account and a trading key."""

    holder: Holder
    key: SigningKey
    number: int

    def order(self, world, side, quantity, limit, place=0):
        """Sign an order into a file of the world's folder, and return the file's name."""
        market, time = self.holder.market, now(world.web3)
        terms = Order(BTC, side, D(quantity), D(limit), D(10), sequence_at(place, time), time + 7200)
        signer = Signer(market.house.domain, int(market.sender, 16), self.number)
        signed = sign_order(terms, signer, self.key, world.latest)
        name = f"{self.number}-{place}-{side.name}.json"
        signed.save(world.folder / name)
        return name


@dataclass
class World:
    """A chain with a market, three holders and the venue."""

    url: str
    deployment: Deployment
    folder: object
    venue: Venue
    people: list
    latest: Snapshot

    @property
    def web3(self):
        return self.venue.market.web3

    def fills(self, name, *fills):
        path = self.folder / f"{name}.json"
        Fills(name, fills).save(path)
        return Fills.load(path)

    def publish(self, **row):
        """Publish the snapshot of the present time; for the arguments see `asked`."""
        wait(self.web3, 1)
        self.latest = asked(now(self.web3), **row)
        publish(self.venue.market.feed, self.latest)
        return self.latest


def asked(time, mark=None, settled=False):
    """Return the snapshot of a time, with another mark of BTC or with BTC settled."""
    parts = snapshot(timestamp=time).parts
    row = parts.rows[4096]
    slots = (*row.slots[:16], row.slots[16] if mark is None else mark, *row.slots[17:])
    row = replace(row, slots=slots)
    listings = parts.listings
    if settled:
        row = replace(row, slots=(*[0] * 16, slots[16], 0), short_floor=0, add_on=0)
        listings = (*listings[:2], replace(listings[2], settled=parts.timestamp - 60))
    return Snapshot.commit(replace(parts, rows={**parts.rows, 4096: row}, listings=listings))


def person(url, deployment, folder, key, funds):
    market = connect_market(url, deployment, key)
    holder = Holder(market, Book(folder / f"{key.address}.db"), keys=KEYS)
    trading = SigningKey(keccak(key.key + b"orders"))
    number = holder.open(trading.key)
    holder.deposit(number, *funds)
    return Person(holder, trading, number)


@pytest.fixture(scope="module")
def world(market_of, tmp_path_factory):
    folder = tmp_path_factory.mktemp("venue")
    with run_anvil() as url:
        deployment = market_of(url)
        deployment.save(folder / "deployment.json")
        market = connect_market(url, deployment, VENUE)
        latest = published(market)
        people = [
            person(url, deployment, folder, key, funds)
            for key, funds in (
                (ALICE, [Funds("cash", D(5000)), Funds("ETH", D(2))]),
                (BOB, [Funds("cash", D(5000))]),
                (CAROL, [Funds("cash", D(10))]),
            )
        ]
        with Book(folder / "venue.db") as book:
            venue = Venue(market, book, SigningKey(VENUE_SECRET), keys=KEYS)
            yield World(url, deployment, folder, venue, people, latest)


@pytest.fixture(scope="module")
def credited(world):
    """Credit what waits: Alice keeps 1000 back, which she has announced to take."""
    alice = world.people[0]
    alice.holder.announce_refund(alice.number, Funds("cash", D(1000)))
    world.venue.sync()
    draft = world.venue.upkeep(world.latest)
    return world.venue.settle(draft)


def test_another_key_than_the_markets_is_refused(world):
    with pytest.raises(InputError, match="not the venue's key of this market"):
        Venue(world.venue.market, world.venue.book, SigningKey(bytes(32)))


def test_the_venue_credits_what_waits_and_does_not_leave(world, credited):
    alice, bob, carol = world.people
    held = world.venue.book.accounts()
    assert [held[one.number].cash for one in world.people] == [4000 * MICRO, 5000 * MICRO, 10 * MICRO]
    assert held[alice.number].amounts[2] == 2 * MICRO
    assert (credited.operations, credited.accounts) == (4, (alice.number, bob.number, carol.number))
    assert credited.circuits == ("upkeep_1",) * 4
    receipt = world.web3.eth.get_transaction_receipt(credited.transaction)
    assert receipt["gasUsed"] == credited.gas
    assert not world.venue.upkeep(world.latest).operations
    assert world.venue.upkeep(world.latest, leaving=True).after[alice.number].cash == 5000 * MICRO


@pytest.fixture(scope="module")
def filled(world, credited):  # comes before
    """Settle three fills, of which Carol's leaves her short and another breaks a limit."""
    alice, bob, carol = world.people
    buy = alice.order(world, Side.BUY, "0.01", 45_000)
    sell = bob.order(world, Side.SELL, "0.01", 44_000)
    poor = carol.order(world, Side.BUY, "0.5", 46_000)
    terms = D("0.003"), D("44900"), D(4), D(5)
    fills = world.fills(
        "first",
        Fill(buy, sell, *terms),
        Fill(poor, sell, D("0.005"), *terms[1:]),
        Fill(buy, sell, D("0.001"), D(45_001), D(0), D(0)),
    )
    made = world.venue.fill(fills, world.latest)
    return made, world.venue.settle(made.draft, fills.name)


def test_a_fill_that_leaves_an_account_short_is_left_out_and_the_others_are_settled(world, filled):
    alice, bob, carol = world.people
    made, sent = filled
    assert [one.place for one in made.dropped] == [1, 2]
    assert made.dropped[0].reason.startswith(f"account {carol.number}: ")
    assert f"account {alice.number}, order" in made.dropped[1].reason
    assert sent.accounts == (alice.number, bob.number)
    assert sent.circuits == ("match_1", "health_1x12", "health_1x12")
    held = world.venue.book.accounts()
    assert [held[one.number].held[0].lots for one in (alice, bob)] == [3, -3]
    # A lot is 0.001 BTC: fees of 4 000 and 5 000 micro a lot.
    assert world.venue.market.house.unpaid_fees() == 3 * 9_000
    records = world.venue.market.house.accounts([one.number for one in world.people])
    assert [AccountFlag.TRADED in one.flags for one in records] == [True, True, False]


def test_a_batch_whose_answer_was_lost_is_found_on_the_chain_and_not_sent_again(world, filled, monkeypatch):
    alice, bob, _ = world.people
    buy = alice.order(world, Side.BUY, "0.01", 45_000, place=1)
    sell = bob.order(world, Side.SELL, "0.01", 44_000, place=1)
    fills = world.fills("doubtful", Fill(buy, sell, D("0.001"), D(45_000), D(0), D(0)))
    venue, house = world.venue, world.venue.market.house
    before = venue.book.accounts()
    draft = venue.fill(fills, world.latest).draft
    real = type(house).settle

    def unsent(_house, _batch):
        raise ChainError("settle: no answer (ConnectionError)")

    def lost(one, batch):
        real(one, batch)
        raise ChainError("settle: no answer (ReadTimeout)")

    monkeypatch.setattr(type(house), "settle", unsent)
    with pytest.raises(ChainError, match="no answer"):
        venue.settle(draft, fills.name)
    venue.sync()
    assert not venue.has_settled(fills.name)
    assert venue.book.accounts() == before
    monkeypatch.setattr(type(house), "settle", lost)
    with pytest.raises(ChainError, match="no answer"):
        venue.settle(draft, fills.name)
    # The book follows the chain, not what was attempted.
    assert venue.book.accounts() == before
    venue.sync()
    assert venue.has_settled(fills.name)
    held = venue.book.accounts()[alice.number]
    assert held.held[0].lots == 4
    assert commitment(held, fast_hasher()) == house.account(alice.number).commitment
    monkeypatch.undo()
    with pytest.raises(ChainError, match="reverted"):
        house.settle(venue._prove(draft))


def test_all_accounts_that_have_traded_attest_in_one_transaction(world, filled):
    alice, bob, _ = world.people
    wait(world.web3, 60)
    risk = world.publish()
    found = world.venue.attest_all(risk)
    (sent,) = found.sent
    assert (sent.accounts, sent.operations, found.failing) == ((alice.number, bob.number), 0, {})
    assert world.venue.market.house.account(bob.number).last_healthy_at == risk.timestamp
    assert world.venue.attest_all(risk).sent == ()


def test_an_account_that_cannot_attest_is_named_and_the_others_do(world, filled):
    alice, bob, _ = world.people
    wait(world.web3, 60)
    # Bob has less than 1 300 a lot.
    risk = world.publish(mark=1_400 * MICRO)
    found = world.venue.attest_all(risk)
    assert list(found.failing) == [bob.number]
    assert [one.accounts for one in found.sent] == [(alice.number,)]
    world.publish()


def test_a_requested_key_is_given(world, filled):
    _, bob, _ = world.people
    bob.key = SigningKey(keccak(b"another"))
    bob.holder.request_key(bob.number, bob.key.key)
    world.venue.sync()
    world.venue.settle(world.venue.upkeep(world.latest))
    assert world.venue.book.accounts()[bob.number].key == bob.key.key
    assert not world.venue.upkeep(world.latest).operations


# the commands


@pytest.fixture(scope="module")
def run(world):
    """Return a function that runs ``zkmargin venue`` and returns exit code and output."""
    password = world.folder / "password"
    password.write_text(PASSWORD)
    save_key(SigningKey(VENUE_SECRET), world.folder / "venue.key", PASSWORD, VENUE_KIND)
    write_encrypted(world.folder / "venue.json", VENUE.key, PASSWORD, lambda one: one)
    market = ["--deployment", str(world.folder / "deployment.json"), "--rpc", world.url]
    signer = ["--keystore", str(world.folder / "venue.json"), "--password-file", str(password)]
    mine = ["--book", str(world.folder / "venue.db")]
    key = ["--venue-key", str(world.folder / "venue.key"), "--venue-password-file", str(password)]
    options = {
        "sync": [*market, *mine, *key],
        "settle": [*market, *mine, *key, *signer],
        "attest": [*market, *mine, *key, *signer],
        "status": [*market, *mine],
        "alive": [*market, *signer],
        "fees": [*market, *signer],
    }

    def call(command, *arguments, as_json=True):
        ending = ["--json"] if as_json else []
        done = CliRunner().invoke(app, ["venue", command, *arguments, *options[command], *ending])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, json.loads(done.stdout) if as_json else done.stdout

    return call


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


@pytest.fixture
def snapshot_file(world):
    path = world.folder / "snapshot.json"
    world.publish().save(path)
    return str(path)


def test_the_book_is_brought_up_to_date(run):
    code, found = run("sync")
    assert (code, found["known"], found["unknown"]) == (0, 3, [])


def test_fills_of_a_file_are_settled_once(world, run, snapshot_file, filled):
    alice, bob, _ = world.people
    buy = alice.order(world, Side.BUY, "0.01", 45_000, place=2)
    sell = bob.order(world, Side.SELL, "0.01", 44_000, place=2)
    bad = Fill(buy, "none.json", D("0.001"), MARK, D(0), D(0))
    fills = world.fills("command", Fill(buy, sell, D("0.002"), MARK, D(0), D(0)), bad)
    code, found = run("settle", fills.source, "--snapshot", snapshot_file)
    assert code == 1
    (batch,) = found["batches"]
    assert (batch["operations"], batch["accounts"]) == (1, [alice.number, bob.number])
    assert [one["fill"] for one in found["dropped"]] == [1]
    assert "none.json" in found["dropped"][0]["reason"]
    code, text = run("settle", fills.source, "--snapshot", snapshot_file, as_json=False)
    assert (code, text) == (0, f"{fills.source}: settled before, nothing sent\n")


def test_deposits_are_credited_without_fills(world, run, snapshot_file):
    carol = world.people[2]
    carol.holder.deposit(carol.number, Funds("cash", D(7)))
    code, text = run("settle", "--snapshot", snapshot_file, as_json=False)
    assert code == 0
    assert text.startswith("1 operation on 1 account; upkeep_1; ")
    assert world.venue.market.house.waiting(carol.number, CASH).amount == 0


def test_all_attest(run, snapshot_file, filled):
    code, found = run("attest", "--snapshot", snapshot_file)
    assert (code, found["failing"], len(found["attestations"])) == (0, [], 1)


def test_status_shows_holdings_on_request_only(world, run, snapshot_file, filled):
    code, found = run("status")
    assert code == 0
    assert [one["known"] for one in found["accounts"]] == [True] * 3
    assert not any("holdings" in one for one in found["accounts"])
    _, found = run("status", "--positions", "--snapshot", snapshot_file)
    lots = world.venue.book.accounts()[world.people[0].number].held[0].lots
    assert D(found["accounts"][0]["holdings"][BTC]) == D(lots) / 1000
    _, text = run("status", as_json=False)
    assert "traded" in text


def test_a_sign_of_life_and_fees(world, run, filled):
    market = world.venue.market
    assert run("alive")[0] == 0
    assert run("fees")[0] == 0
    assert market.house.unpaid_fees() == 0
    with pytest.raises(InputError, match="no fees are unpaid"):
        run("fees")


def test_positions_of_a_settled_instrument_become_cash(world, filled):
    risk = world.publish(settled=True)
    venue = world.venue
    venue.sync()
    lots = {number: one.held[0].lots for number, one in venue.book.accounts().items() if one.held}
    cash = {number: venue.book.accounts()[number].cash for number in lots}
    venue.settle(venue.upkeep(risk))
    mark = risk.parts.rows[4096].slots[16]
    for number, count in lots.items():
        held = venue.book.accounts()[number]
        assert (held.held, held.cash) == ((), cash[number] + count * mark)
