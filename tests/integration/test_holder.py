"""The holder's steps against a market on a local chain, with real proofs."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, replace
from decimal import Decimal
from multiprocessing import get_context

import pytest
from eth_hash.auto import keccak

from support.local_market import (
    ALICE,
    BOB,
    CAROL,
    VENUE,
    VENUE_SECRET,
    now,
    publish,
    published,
    wait,
)
from support.margin_values import KEYS, snapshot
from zkmargin import ChainError, InputError, Snapshot, StatementError, spec
from zkmargin.account.funds import Funds
from zkmargin.chain import connect, run_anvil
from zkmargin.clearing import Ledger, plan_batch, prove_plan
from zkmargin.clearing.draft import SignedOrder
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.guardian import Guardian, PauseGroup
from zkmargin.contracts.house_events import AccountOpened
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.timelock import Operation, Timelock
from zkmargin.contracts.token import DemoToken, Token
from zkmargin.contracts.wind_down import Cause, Stage
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.margin_prover import MarginProver
from zkmargin.settlement import account_of, connect_market
from zkmargin.settlement.account_status import account_status
from zkmargin.settlement.book import Book
from zkmargin.settlement.following import follow
from zkmargin.settlement.roles import Holder
from zkmargin.spec import Side, owner_steps
from zkmargin.spec.eddsa import trading_key
from zkmargin.spec.orders import Holder as Signer
from zkmargin.spec.orders import order_message

MICRO = 10**6
ETH = 2
BTC, MARK = 4096, 45 * MICRO
NOTICE = 601
BOND = 25 * MICRO
OTHERS = "0x00000000000000000000000000000000000000A1"


def cash(text):
    return Funds("cash", Decimal(text))


def eth(text):
    return Funds("ETH", Decimal(text))


def fresh(market):
    """Publish a snapshot that is newer than the last one."""
    wait(market.web3, 1)
    return published(market)


def crash(market, mark):
    """Publish the snapshot of the present time with another mark of BTC."""
    wait(market.web3, 1)
    parts = snapshot(timestamp=now(market.web3)).parts
    slots = parts.rows[BTC].slots
    rows = {**parts.rows, BTC: replace(parts.rows[BTC], slots=(*slots[:16], mark, *slots[17:]))}
    asked = Snapshot.commit(replace(parts, rows=rows))
    publish(market.feed, asked)
    return asked


def openings_of(book):
    """Return all openings that a book has, also those that never became an account's."""
    found = book.rows("SELECT commitment FROM openings")
    return [book.opening(int.from_bytes(one, "big")) for (one,) in found]


def sorted_openings(book, number):
    """Return the openings of an account that a book has, in the order of their states."""
    return sorted((one for one in openings_of(book) if one.number == number), key=lambda one: one.nonce)


def trip_the_breaker(market):
    wait(market.web3, 1)
    published(market, "1500")
    return fresh(market)


@dataclass
class Person:
    """A holder with a key for orders."""

    holder: Holder
    secret: bytes

    @property
    def address(self):
        return self.holder.market.sender

    @property
    def key(self):
        return trading_key(self.secret)

    def present(self, number):
        """Return the opening of an account after following the chain."""
        follow(self.holder.market, self.holder.book)
        return self.holder.book.present(number)

    def tokens(self, name):
        market = self.holder.market
        return Token(market.web3, market.deployment.tokens[name]).balance_of(self.address)

    def order(self, number, side, lots, limit):
        market, time = self.holder.market, now(self.holder.market.web3)
        terms = spec.Order(BTC, side, lots, limit, 24 * (time // 24), time + 3600, 10)
        signer = Signer(market.house.domain, int(self.address, 16), number)
        message = order_message(terms, signer, fast_hasher())
        return SignedOrder(number, terms, spec.sign(self.secret, message, fast_hasher()))


@dataclass
class World:
    """A chain with a market and its people."""

    url: str
    deployment: object
    folder: object

    def market(self, key=None):
        return connect_market(self.url, self.deployment, key)

    def person(self, key, name="book.db"):
        holder = Holder(self.market(key), Book(self.folder / name), keys=KEYS)
        return Person(holder, keccak(key.key + b"orders"))

    def settle(self, draft):
        """Prove and settle a batch as the venue."""
        market = self.market(VENUE)
        plan = plan_batch(draft, market.house.requirement_bps(draft), market.circuits)
        market.house.settle(prove_plan(plan, keys=KEYS))


@pytest.fixture(scope="module")
def world(market_of, tmp_path_factory):
    with run_anvil() as url:
        made = World(url, market_of(url), tmp_path_factory.mktemp("books"))
        fresh(made.market())
        yield made


@pytest.fixture(scope="module")
def alice(world):
    return world.person(ALICE, "alice.db")


@pytest.fixture(scope="module")
def bob(world):
    return world.person(BOB, "bob.db")


@pytest.fixture(scope="module")
def carol(world):
    return world.person(CAROL, "carol.db")


@pytest.fixture(scope="module")
def hers(world, alice):
    """Return Alice's account, which is open and has 1000 and 2 ETH."""
    number = alice.holder.open(alice.key)
    alice.holder.deposit(number, cash("1500.000001"), eth("2.000003"))
    ledger = Ledger(alice.holder.market.house.domain, [alice.present(number)])
    draft = ledger.draft(fresh(alice.holder.market).spec, now(alice.holder.market.web3))
    draft.credit(number, CASH, 1000 * MICRO)
    draft.credit(number, ETH, 2 * MICRO)
    world.settle(draft)
    alice.present(number)
    return number


def test_an_account_is_opened_with_a_key_that_the_venue_can_read(alice, hers):
    market = alice.holder.market
    record = market.house.account(hers)
    assert (record.owner, record.state) == (alice.address, HouseState.OPEN)
    opened = [
        one for one in market.house.changes(0, market.web3.eth.block_number) if isinstance(one, AccountOpened)
    ]
    (event,) = [one for one in opened if one.account == hers]
    first = alice.holder.book.opening(event.commitment)
    sealed = event.view_key
    assert owner_steps.unseal_view_key(VENUE_SECRET, sealed.ephemeral, sealed.sealed) == first.view_key
    assert event.key == first.key == alice.key


def test_deposits_wait_to_the_micro_and_leave_no_allowance(alice, hers):
    market, before = alice.holder.market, (alice.tokens("USD"), alice.tokens("ETH"))
    waiting = [market.house.waiting(hers, slot).amount for slot in (CASH, ETH)]
    alice.holder.deposit(hers, cash("0.000001"), eth("0.000002"))
    assert [market.house.waiting(hers, slot).amount for slot in (CASH, ETH)] == [
        waiting[0] + 1,
        waiting[1] + 2,
    ]
    assert (before[0] - alice.tokens("USD"), before[1] - alice.tokens("ETH")) == (1, 2 * 10**12)
    token = Token(market.web3, market.deployment.tokens["USD"])
    assert token.allowance(alice.address, market.vault.address) == 0


@pytest.mark.parametrize(
    ("funds", "reason"),
    [
        ([], "funds: expected at least one"),
        ([cash("0")], "cash: amount must be positive"),
        ([cash("-1")], "cash: amount must not be negative"),
        ([cash("0.0000001")], "cash: expected at most 6 decimals"),
        ([cash("1"), cash("2")], "cash: listed twice"),
        ([Funds("EHT", Decimal(1))], "did you mean ETH"),
        ([cash("900000000")], "has less of the token"),
        ([eth("5001")], "cap leaves room for"),
    ],
)
def test_deposits_that_cannot_be_are_refused_before_they_are_sent(alice, hers, funds, reason):
    block = alice.holder.market.web3.eth.block_number
    with pytest.raises(InputError, match=reason):
        alice.holder.deposit(hers, *funds)
    assert alice.holder.market.web3.eth.block_number == block


def test_refunds_leave_to_the_micro_after_their_notice(alice, hers):
    holder, web3 = alice.holder, alice.holder.market.web3
    with pytest.raises(InputError, match="no notice of a refund of so much"):
        holder.refund(hers, cash("300"))
    with pytest.raises(InputError, match=r"only 500\.00000. waits"):
        holder.announce_refund(hers, cash("501"))
    assert holder.announce_refund(hers, cash("300.000001")).leaving == 300 * MICRO + 1
    with pytest.raises(StatementError, match="the notice of a refund runs for"):
        holder.refund(hers, cash("300"))
    wait(web3, NOTICE)
    with pytest.raises(InputError, match="no notice of a refund of so much"):
        holder.refund(hers, cash("300.000002"))
    with pytest.raises(InputError, match="cannot receive"):
        holder.refund(hers, cash("1"), holder.market.vault.address)
    before = alice.tokens("USD")
    holder.refund(hers, cash("300.000001"))
    assert alice.tokens("USD") - before == 300 * MICRO + 1
    holder.announce_refund(hers, cash("1"))
    assert holder.announce_refund(hers, cash("0")).leaving == 0


def test_attack_the_funds_of_others_are_neither_withdrawn_nor_refunded(alice, bob, hers):
    holder = bob.holder
    alice.holder.announce_refund(hers, cash("1"))
    with pytest.raises(InputError, match="only 0 waits"):
        holder.announce_refund(hers, cash("1"))
    with pytest.raises(InputError, match="no notice of a refund"):
        holder.refund(hers, cash("1"))
    asked = fresh(holder.market)
    for step in (
        lambda: holder.deposit(hers, cash("1")),
        lambda: holder.announce_withdrawal(hers),
        lambda: holder.withdraw(hers, cash("1"), asked),
        lambda: holder.request_key(hers, bob.key),
        lambda: holder.renew_keys(hers, bob.key),
        lambda: holder.post_bond(hers),
    ):
        with pytest.raises(InputError, match=f"account {hers}: its owner is {alice.address}, not"):
            step()
    # The contract refuses too, whatever the owner's name in the client.
    with pytest.raises(ChainError, match="NotOwner"):
        holder.market.house.announce_withdrawal(hers)
    with pytest.raises(ChainError, match=r"NoticeRunning|NotWaiting"):
        holder.market.house.refund(hers, CASH, MICRO, bob.address)


def test_accounts_that_do_not_exist_are_named(alice):
    with pytest.raises(InputError, match="account 4711: the market has no such account"):
        alice.holder.deposit(4711, cash("1"))


def test_a_key_is_requested_and_the_request_withdrawn(alice, hers):
    holder, house = alice.holder, alice.holder.market.house
    with pytest.raises(InputError, match="not a point of the curve"):
        holder.request_key(hers, spec.TradingKey(1, 2))
    with pytest.raises(StatementError, match="no key is requested"):
        holder.request_key(hers, None)
    holder.request_key(hers, alice.key)
    assert house.key_request(hers) == fast_hasher()(alice.key)
    holder.request_key(hers, None)
    assert house.key_request(hers) == 0
    with pytest.raises(StatementError, match="its opening was not published"):
        holder.renew_keys(hers, alice.key)
    with pytest.raises(StatementError, match="asks for no bond"):
        holder.post_bond(hers)


def test_a_withdrawal_needs_notice_health_and_the_present_opening(world, alice, hers):
    holder, market = alice.holder, alice.holder.market
    asked = fresh(market)
    with pytest.raises(StatementError, match="there is no notice of a withdrawal"):
        holder.withdraw(hers, cash("1"), asked)
    times = holder.announce_withdrawal(hers)
    with pytest.raises(StatementError, match="a notice of a withdrawal stands"):
        holder.announce_withdrawal(hers)
    with pytest.raises(StatementError, match="the notice of a withdrawal runs for"):
        holder.withdraw(hers, cash("1"), asked)
    wait(market.web3, NOTICE)
    latest = fresh(market)
    with pytest.raises(InputError, match="not the latest"):
        holder.withdraw(hers, cash("1"), asked)
    with pytest.raises(InputError, match="ETH: has less of it"):
        holder.withdraw(hers, eth("2.000001"), latest)
    alice.present(hers)
    blank = Holder(market, Book(world.folder / "blank.db"), keys=KEYS)
    with pytest.raises(StatementError, match="the book lacks the opening of its present state"):
        blank.withdraw(hers, cash("1"), latest)
    # Nobody has lost, so cash alone pays no debt: funded means cash and marks of 0 at least.
    with pytest.raises(StatementError, match=f"account {hers}: .*not funded"):
        holder.withdraw(hers, cash("1000.000001"), latest)
    with pytest.raises(InputError, match="cannot receive"):
        holder.withdraw(hers, cash("1"), latest, market.house.address)
    before = holder.book.present(hers)
    block = market.web3.eth.block_number
    after = holder.withdraw(hers, cash("200.000001"), latest, OTHERS)
    assert market.web3.eth.block_number == block + 1
    token = Token(market.web3, market.deployment.tokens["USD"])
    assert token.balance_of(OTHERS) == 200 * MICRO + 1 == before.cash - after.cash
    assert alice.present(hers) == after
    assert times.withdraws_until - times.withdraws_from == 3600
    with pytest.raises(StatementError, match="there is no notice of a withdrawal"):
        holder.withdraw(hers, cash("1"), latest)


def test_attack_a_withdrawal_from_a_past_opening(world, alice, hers):
    """Whoever withdraws by the state before a withdrawal would have its amount twice."""
    market, (old, present) = alice.holder.market, sorted_openings(alice.holder.book, hers)[-2:]
    alice.holder.announce_withdrawal(hers)
    wait(market.web3, NOTICE)
    latest = fresh(market)

    class Stale(Book):
        def opening(self, _commitment):
            return old

    stale = Holder(market, Stale(world.folder / "stale.db"), keys=KEYS)
    with pytest.raises(ChainError, match="InvalidBatch"):
        stale.withdraw(hers, cash("1"), latest)
    with pytest.raises(ChainError, match="InvalidBatch"):
        stale.attest([hers], latest)
    after = alice.holder.withdraw(hers, cash("1"), latest)
    assert (old.nonce + 1, after.nonce) == (present.nonce, present.nonce + 1)


def die_before_sending(url, deployment, book):
    """Open an account for Bob in a process that is killed where it would send the opening."""
    holder = Holder(connect_market(url, deployment, BOB), Book(book), keys=KEYS)
    # The proof would take seconds in a new process, and is never sent.
    holder._owner_prover.open = lambda *_: None
    holder.market.house.open = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    holder.open(trading_key(keccak(BOB.key + b"orders")))


def test_a_process_that_is_killed_before_it_sends_loses_neither_number_nor_opening(world, bob, monkeypatch):
    house = bob.holder.market.house
    before = house.count()
    process = get_context("spawn").Process(
        target=die_before_sending, args=(world.url, world.deployment, world.folder / "bob.db")
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    number = before + 1
    assert house.count() == number
    assert [one.number for one in openings_of(bob.holder.book)] == [number]

    # Another process uses the number. It stops too, and its transaction arrives before that of the next one.
    sent = []

    def stops(*arguments):
        sent.append(arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(house, "open", stops)
        with pytest.raises(KeyboardInterrupt):
            bob.holder.open(bob.key)
    again = world.person(BOB, "bob.db")
    open_now = again.holder.market.house.open

    def late(*arguments):
        house.open(*sent[0])
        return open_now(*arguments)

    monkeypatch.setattr(again.holder.market.house, "open", late)
    with pytest.raises(ChainError, match="WrongState"):
        again.holder.open(bob.key)
    assert house.count() == number
    assert len(openings_of(bob.holder.book)) == 3
    assert spec.commitment(bob.present(number), fast_hasher()) == sent[0][1].public[0]


def test_two_commands_at_once_lose_no_opening(world, alice, hers):
    market = alice.holder.market
    alice.holder.announce_withdrawal(hers)
    wait(market.web3, NOTICE)
    latest, done = fresh(market), []

    def command(amount):
        person = world.person(ALICE, "alice.db")
        try:
            done.append(person.holder.withdraw(hers, cash(amount), latest))
        except (ChainError, StatementError):
            return

    threads = [threading.Thread(target=command, args=(one,)) for one in ("1", "2")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    (after,) = done
    assert alice.present(hers) == after


def test_health_is_attested_for_several_accounts_in_one_transaction(alice, bob, hers):
    market = alice.holder.market
    (his,) = bob.holder.book.owned_by(bob.address)
    alice.holder.book.learn(bob.present(his))
    wait(market.web3, 60)
    asked = fresh(market)
    block = market.web3.eth.block_number
    alice.holder.attest([hers, his], asked)
    assert market.web3.eth.block_number == block + 1
    assert [market.house.account(one).last_healthy_at for one in (hers, his)] == [asked.timestamp] * 2
    with pytest.raises(StatementError, match=f"account {hers}: the snapshot is not newer"):
        alice.holder.attest([hers], asked)
    unknown = Snapshot.commit(replace(asked.parts, timestamp=asked.timestamp + 1))
    with pytest.raises(InputError, match="not published"):
        alice.holder.attest([hers], unknown)
    wait(market.web3, 60)
    latest = fresh(market)
    with pytest.raises(InputError, match="listed twice"):
        alice.holder.attest([hers, hers], latest)
    with pytest.raises(InputError, match="expected at least one account"):
        alice.holder.attest([], latest)
    wait(market.web3, 3700)
    with pytest.raises(InputError, match="snapshot: too old"):
        alice.holder.attest([hers], latest)


@pytest.fixture(scope="module")
def traded(world, bob, carol):
    """Return the accounts of Bob and Carol, with 300 lots against each other, and 1 ETH in Bob's."""
    market = bob.holder.market
    (his,) = bob.holder.book.owned_by(bob.address)
    number = carol.holder.open(carol.key)
    bob.holder.deposit(his, cash("5000"), eth("1"))
    carol.holder.deposit(number, cash("5000"))
    ledger = Ledger(market.house.domain, [bob.present(his), carol.present(number)])
    draft = ledger.draft(fresh(market).spec, now(market.web3))
    for one in (his, number):
        draft.credit(one, CASH, 5000 * MICRO)
    draft.credit(his, ETH, MICRO)
    buy, sell = bob.order(his, Side.BUY, 300, MARK), carol.order(number, Side.SELL, 300, MARK)
    draft.match(buy, sell, lots=300, price=MARK)
    world.settle(draft)
    for person, account in ((bob, his), (carol, number)):
        person.present(account)
    return his, number


def test_an_account_whose_opening_was_published_gets_new_keys(bob, traded):
    (his, _), market = traded, bob.holder.market
    wait(market.web3, 60)
    asked = crash(market, 20 * MICRO)
    opening = bob.present(his)
    with pytest.raises(StatementError, match=f"account {his}: .*not (healthy|funded)"):
        bob.holder.attest([his], asked)
    auctions = Auctions(market.web3, market.auctions.address)
    proof = MarginProver(keys=KEYS).prove(
        account_of(opening, asked),
        asked,
        context=auctions.context(his),
        disclose=True,
        instance="disclosure_13",
        allow_unhealthy=True,
    )
    auctions.start(his, proof, spec.opening_elements(opening, proof.instance.shape.positions))
    for step in (lambda: bob.holder.announce_withdrawal(his), lambda: bob.holder.attest([his], asked)):
        with pytest.raises(StatementError, match=f"account {his}: seized"):
            step()
    wait(market.web3, 60)
    back = fresh(market)
    auctions.give_back(his, bob.holder._attestation(bob.holder._plan([opening], back, 12_500)))
    assert AccountFlag.EXPOSED in market.house.account(his).flags
    key = trading_key(keccak(b"next"))
    after = bob.holder.renew_keys(his, key)
    assert (after.key, after.owner) == (key, opening.owner)
    assert after.view_key != opening.view_key
    assert bob.present(his) == after
    assert AccountFlag.EXPOSED not in market.house.account(his).flags


def test_withdrawals_stop_in_pauses_cool_downs_and_freezes_and_of_late_accounts(
    alice, bob, carol, hers, traded
):
    (his, theirs), market = traded, bob.holder.market
    guardian = Guardian(connect(market.web3.provider.endpoint_uri), market.guardian.address)
    alice.holder.announce_withdrawal(hers)
    wait(market.web3, NOTICE)

    def refused(person, number, reason):
        with pytest.raises(StatementError, match=reason):
            person.holder.withdraw(number, cash("1"), fresh(market))

    guardian.pause(PauseGroup.WITHDRAW, 3600, "test")
    refused(alice, hers, "withdrawals are paused")
    guardian.lift(PauseGroup.WITHDRAW, "test")
    trip_the_breaker(market)
    refused(alice, hers, "in the cool-down after a jump of prices")

    wait(market.web3, 700)
    asked = fresh(market)
    assert account_status(market, bob.holder.book, his).owes_proof
    market.house.call([his, theirs])
    assert account_status(market, bob.holder.book, his).answer_left == 1800
    # The oracle is silent, so the deadline has not passed, and the call's snapshot still answers.
    wait(market.web3, 4000)
    carol.holder.attest([theirs], asked)
    assert account_status(market, carol.holder.book, theirs).answer_left is None
    with pytest.raises(InputError, match="snapshot: too old"):
        alice.holder.attest([hers], asked)

    bob.holder.announce_withdrawal(his)
    while market.house.late_for(his) == 0:
        wait(market.web3, 600)
        fresh(market)
    refused(bob, his, f"account {his}: called, and late by")
    assert account_status(market, bob.holder.book, his).answer_left == -market.house.late_for(his)
    for least in (1800, 3600):
        # In the second half, so that the notice has not lapsed at the freeze.
        if least == 3600:
            alice.holder.announce_withdrawal(hers)
        while market.house.late_for(his) <= least:
            wait(market.web3, 600)
            fresh(market)
    market.house.freeze(his)
    assert account_status(market, alice.holder.book, hers).frozen
    refused(alice, hers, "the market is frozen")
    bob.holder.attest([his], fresh(market))
    assert market.house.standing().frozen == 0


def test_a_bond_is_left_once(alice, hers):
    holder, market = alice.holder, alice.holder.market
    admin = connect(market.web3.provider.endpoint_uri)
    timelock = Timelock(admin, market.deployment.addresses.timelock)
    call = market.house.set_parameters_call(replace(market.house.parameters(), bond=BOND))
    operation = Operation(market.house.address, call)
    timelock.schedule(operation)
    wait(market.web3, 172_800)
    timelock.execute(operation)
    before = alice.tokens("USD")
    assert holder.post_bond(hers) == BOND == market.house.times(hers).bond
    assert before - alice.tokens("USD") == BOND
    with pytest.raises(StatementError, match="has a bond already"):
        holder.post_bond(hers)


def test_payments_that_a_token_refused_are_claimed(alice, hers):
    holder, market = alice.holder, alice.holder.market
    web3, vault = market.web3, market.vault.address
    holder.announce_refund(hers, cash("7"))
    wait(web3, NOTICE)
    token = Token(web3, market.deployment.tokens["USD"])
    held = token.balance_of(vault)
    for method, arguments in (
        ("anvil_impersonateAccount", [vault]),
        ("anvil_setBalance", [vault, hex(10**18)]),
    ):
        web3.provider.make_request(method, arguments)
    token._contract.functions.transfer(OTHERS, held).transact({"from": vault})
    holder.refund(hers, cash("7"))
    assert market.vault.claim_of(CASH, alice.address) == 7 * MICRO
    DemoToken(web3, token.address).mint(held, vault)
    before = alice.tokens("USD")
    assert holder.claim_payments() == [Funds("cash", Decimal("7.000000"))]
    assert alice.tokens("USD") - before == 7 * MICRO
    assert holder.claim_payments() == []


def test_claims_when_the_market_ends(alice, bob, carol, hers, traded):
    (his, theirs), market, holder = traded, alice.holder.market, alice.holder
    latest = fresh(market)
    with pytest.raises(StatementError, match="not possible at the stage running"):
        holder.claim(hers, latest)
    wait(market.web3, 3 * 86_400 + 60)
    # 300 lots at 45 cost Bob 13 500; at 20 they are worth 6 000, so he owes 2 500.
    valuation = crash(market, 20 * MICRO)
    market.wind_down.end(Cause.VENUE_GONE)
    for step in (
        lambda: holder.open(alice.key),
        lambda: holder.deposit(hers, cash("1")),
        lambda: holder.attest([hers], valuation),
    ):
        with pytest.raises(StatementError, match="the market has ended"):
            step()
    market.wind_down.fix_valuation(market.feed.latest()[0])
    assert market.wind_down.stage() == Stage.CLAIMING
    with pytest.raises(InputError, match="its owner is"):
        bob.holder.claim(hers, valuation)
    with pytest.raises(InputError, match="not the snapshot that values"):
        holder.claim(hers, latest)
    opening, coins = alice.present(hers), alice.tokens("ETH")
    assert holder.claim(hers, valuation) == opening.cash + BOND == market.wind_down.entry(hers).value
    assert alice.tokens("ETH") - coins == opening.amounts[ETH] * 10**12
    with pytest.raises(StatementError, match="has claimed already"):
        holder.claim(hers, valuation)
    assert carol.holder.claim(theirs, valuation) == 12_500 * MICRO
    # What waits is taken back at once.
    free, before = market.house.waiting(hers, CASH).amount, alice.tokens("USD")
    holder.refund(hers, Funds.of_micro("cash", free))
    assert alice.tokens("USD") - before == free

    # Bob has not paid, so his coin is for sale.
    wait(market.web3, 14 * 86_400 + 60)
    with pytest.raises(StatementError, match=r"the coins cost .* now, more than the limit"):
        carol.holder.buy_coins(eth("1"), Decimal(2000))
    wait(market.web3, 30 * 900)
    before, coins = carol.tokens("USD"), carol.tokens("ETH")
    carol.holder.buy_coins(eth("1"), Decimal(2000))
    assert 900 * MICRO < before - carol.tokens("USD") <= 1024 * MICRO
    assert carol.tokens("ETH") - coins == 10**18
    wait(market.web3, 86_400)
    with pytest.raises(StatementError, match="no coins are for sale at the stage paying"):
        carol.holder.buy_coins(eth("1"), Decimal(2000))
    before = bob.tokens("USD")
    assert bob.holder.claim(his, valuation) == -2500 * MICRO
    assert before - bob.tokens("USD") == 2500 * MICRO
