"""A market of the new contracts with real proofs: batches, health, withdrawals, and the end when the venue is gone."""

from __future__ import annotations

import pytest

from support.house_market import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    MICRO,
    NOTICE,
    VENUE,
    VENUE_SECRET,
    deploy,
    wait,
)
from support.local_market import put_back
from zkmargin import ChainError, spec
from zkmargin.chain import run_anvil
from zkmargin.contracts.auctions import Started
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.wind_down import Cause, Stage
from zkmargin.settlement.book import Book
from zkmargin.settlement.following import follow
from zkmargin.spec import Side

BTC = 4096
MARK = 45 * MICRO


@pytest.fixture(scope="module")
def market():
    with run_anvil() as url:
        yield deploy(url)


@pytest.fixture(scope="module")
def traded(market):
    """Return two owners whose accounts were credited and matched in one batch, and the batch's gas."""
    market.publish()
    begun = market.web3.eth.block_number
    alice, bob = market.join(ALICE, cash=5000 * MICRO), market.join(BOB, cash=5000 * MICRO, eth=2 * MICRO)
    draft = market.draft()
    draft.credit(alice.number, CASH, 4000 * MICRO)
    draft.credit(bob.number, CASH, 5000 * MICRO)
    draft.credit(bob.number, 2, 2 * MICRO)
    buy = market.order(alice, Side.BUY, BTC, MARK)
    sell = market.order(bob, Side.SELL, BTC, MARK - MICRO)
    draft.match(buy, sell, lots=3, price=MARK - MICRO // 2, buyer_rate=4, seller_rate=5)
    market.settle(draft)
    for owner in (alice, bob):
        market.follow(owner, begun)
    return alice, bob


def test_a_batch_settles_and_owners_follow_from_events_alone(market, traded):
    alice, bob = traded
    for owner in traded:
        record = market.house.account(owner.number)
        assert record.state == HouseState.OPEN
        assert record.flags == AccountFlag.TRADED
        assert record.commitment == market.ledger.commitment(owner.number)
        assert owner.account == market.ledger.accounts[owner.number]
    assert (alice.account.held[0].lots, bob.account.held[0].lots) == (3, -3)
    assert market.house.unpaid_fees() == 27
    assert market.house.waiting(alice.number, CASH).amount == 1000 * MICRO
    total = alice.account.cash + bob.account.cash
    assert total + 27 == 9000 * MICRO


def test_a_batch_without_fills_needs_no_health(market, traded):
    alice, _ = traded
    begun = market.web3.eth.block_number
    draft = market.draft()
    draft.credit(alice.number, CASH, 100 * MICRO)
    assert market.house.requirement_bps(draft) == 10_000
    market.settle(draft)
    market.follow(alice, begun)
    assert alice.account == market.ledger.accounts[alice.number]
    assert market.house.waiting(alice.number, CASH).amount == 900 * MICRO


def test_accounts_attest(market, traded):
    alice, bob = traded
    wait(market.web3, 60)
    market.publish()
    market.house.attest(market.attestation(alice.account, bob.account))
    assert market.house.account(alice.number).last_healthy_at == market.asked.timestamp
    with pytest.raises(ChainError, match="NothingNewer"):
        market.house.attest(market.attestation(alice.account))


def test_what_waits_is_taken_back_without_a_proof(market, traded):
    alice, _ = traded
    house = market.acting(market.house, ALICE)
    house.announce_refund(alice.number, CASH, 600 * MICRO)
    with pytest.raises(ChainError, match="NoticeRunning"):
        house.refund(alice.number, CASH, 600 * MICRO, ALICE.address)
    wait(market.web3, NOTICE)
    before = market.usd.balance_of(ALICE.address)
    house.refund(alice.number, CASH, 600 * MICRO, ALICE.address)
    assert market.usd.balance_of(ALICE.address) - before == 600 * MICRO


def test_a_withdrawal_needs_notice_and_initial_margin(market, traded):
    alice, _ = traded
    house = market.acting(market.house, ALICE)
    context = market.house.context("withdraw", alice.number, ALICE.address)
    after, step = market.prover.withdraw(alice.account, CASH, 500 * MICRO, context)
    house.announce_withdrawal(alice.number)
    wait(market.web3, NOTICE)
    market.publish()
    health = market.attestation(after, bps=12_500)
    draft = market.draft()
    draft.credit(alice.number, CASH, MICRO)
    with pytest.raises(ChainError, match="InNotice"):
        market.acting(market.house, VENUE).settle(market.prove(draft))
    with pytest.raises(ChainError, match="InvalidBatch"):
        house.withdraw(alice.number, CASH, 500 * MICRO, BOB.address, step, health)
    before = market.usd.balance_of(ALICE.address)
    house.withdraw(alice.number, CASH, 500 * MICRO, ALICE.address, step, health)
    assert market.usd.balance_of(ALICE.address) - before == 500 * MICRO
    assert market.house.account(alice.number).commitment == step.public[1]
    market.ledger.step(after)
    alice.account = after


def test_only_the_venue_settles_and_only_valid_batches(market, traded):
    _, bob = traded
    market.publish()
    draft = market.draft()
    draft.credit(bob.number, CASH, MICRO)
    batch = market.prove(draft)
    with pytest.raises(ChainError, match="NotVenue"):
        market.acting(market.house, BOB).settle(batch)
    with pytest.raises(ChainError, match="NotWaiting"):
        market.acting(market.house, VENUE).settle(batch)


@pytest.fixture(scope="module")
def opposed(market):
    """Return two owners with 300 lots against each other."""
    market.publish()
    carol, dave = market.join(CAROL, cash=5000 * MICRO), market.join(DAVE, cash=5000 * MICRO)
    draft = market.draft()
    for owner in (carol, dave):
        draft.credit(owner.number, CASH, 5000 * MICRO)
    buy = market.order(carol, Side.BUY, BTC, MARK, most=300)
    sell = market.order(dave, Side.SELL, BTC, MARK, most=300)
    draft.match(buy, sell, lots=300, price=MARK)
    begun = market.web3.eth.block_number
    market.settle(draft)
    for owner in (carol, dave):
        market.follow(owner, begun)
    return carol, dave


def test_anybody_buys_a_defaulted_account_from_its_published_opening(market, opposed):
    carol, _ = opposed
    wait(market.web3, 60)
    market.publish()
    with pytest.raises(ChainError, match="NotLiquidatable"):
        market.start(carol.account)
    market.publish(mark_4096=37 * MICRO)
    begun = market.web3.eth.block_number
    market.start(carol.account)
    (started,) = market.auctions.changes(begun, market.web3.eth.block_number)
    assert isinstance(started, Started)
    assert started.equity == 2600 * MICRO
    with pytest.raises(ChainError, match="TooEarly"):
        market.bid(BOB, started, 4000 * MICRO)
    market.mine(5)
    before = market.usd.balance_of(CAROL.address)
    taken = market.bid(BOB, started, 4000 * MICRO)
    assert market.usd.balance_of(CAROL.address) > before
    record = market.house.account(carol.number)
    assert (record.owner, record.state) == (BOB.address, HouseState.OPEN)
    assert market.house.is_called(carol.number)
    market.ledger.step(taken.account)
    market.publish()
    market.house.attest(market.attestation(taken.account))
    assert not market.house.is_called(carol.number)


def test_a_venue_that_shields_a_loser_is_frozen(market, traded, opposed):
    _, dave = opposed
    wait(market.web3, 60)
    market.publish(eth="900")
    market.publish(eth="2000")
    market.house.call([dave.number])
    market.live(1800)
    with pytest.raises(ChainError, match="NotFreezable"):
        market.house.freeze(dave.number)
    market.live(4200)
    market.house.freeze(dave.number)
    alice, bob = traded
    draft = market.draft()
    draft.match(
        market.order(bob, Side.BUY, BTC, MARK), market.order(alice, Side.SELL, BTC, MARK), lots=1, price=MARK
    )
    with pytest.raises(ChainError, match="Frozen"):
        market.acting(market.house, VENUE).settle(market.prove(draft))
    market.house.attest(market.attestation(dave.account))
    market.acting(market.house, VENUE).settle(market.prove(draft))
    market.ledger.settle(draft)
    alice.account, bob.account = (market.ledger.accounts[one.number] for one in (alice, bob))


def test_the_venue_and_a_holder_follow_all_of_it_from_the_chain(market, traded, opposed, tmp_path):
    with Book(tmp_path / "venue.db") as venue, Book(tmp_path / "holder.db") as holder:
        follow(market.market, venue, venue_secret=VENUE_SECRET)
        assert venue.accounts() == market.ledger.accounts
        assert venue.unknown() == {}
        alice, carol = traded[0].number, opposed[0].number
        assert traded[1].number in venue.owned_by(BOB.address)
        # A holder knows its own first opening, and no secret of the venue.
        holder.learn(market.opened[alice])
        follow(market.market, holder)
        assert holder.accounts() == {alice: market.ledger.accounts[alice]}
        assert carol in holder.unknown()


def test_when_the_venue_is_gone_everybody_is_paid_by_rule(market, traded):
    wait(market.web3, 3 * 86_400 + 60)
    market.publish()
    market.wind_down.end(Cause.VENUE_GONE)
    with pytest.raises(ChainError, match="NotTheValuation"):
        market.wind_down.fix_valuation(1)
    market.wind_down.fix_valuation(spec.snapshot_root(market.asked.spec))
    assert market.wind_down.stage() == Stage.CLAIMING
    before = market.holdings(*traded)
    proofs = {
        one.number: market.prover.claim(
            one.account, market.asked.spec, market.wind_down.context(one.number, one.chain.address)
        )
        for one in traded
    }
    for order in (traded, traded[::-1]):
        with put_back(market.url):
            for owner in order:
                receiver = owner.chain.address
                wind_down = market.acting(market.wind_down, owner.chain)
                wind_down.claim(owner.number, receiver, proofs[owner.number])
            assert market.eth.balance_of(BOB.address) == 10**6 * 10**18
            wait(market.web3, 15 * 86_400)
            after = market.holdings(*traded)
            assert {n: cash for n, (cash, _) in after.items()} == {n: cash for n, (cash, _) in before.items()}
            for owner in order:
                market.wind_down.pay(owner.number)
            for owner in traded:
                paid = market.holdings(owner)[owner.number][0] - before[owner.number][0]
                assert paid == owner.account.cash + MARK * owner.account.held[0].lots
