"""A market of the new contracts with real proofs: batches, health, withdrawals, and the end when the venue is gone."""

from __future__ import annotations

import pytest

from support.house_market import ALICE, BOB, MICRO, NOTICE, VENUE, deploy, wait
from zkmargin import ChainError, spec
from zkmargin.chain import run_anvil
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.wind_down import Cause, Stage
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


def test_when_the_venue_is_gone_everybody_is_paid_by_rule(market, traded):
    wait(market.web3, 3 * 86_400 + 60)
    market.publish()
    market.wind_down.end(Cause.VENUE_GONE)
    with pytest.raises(ChainError, match="NotTheValuation"):
        market.wind_down.fix_valuation(1)
    market.wind_down.fix_valuation(spec.snapshot_root(market.asked.spec))
    assert market.wind_down.stage() == Stage.CLAIMING
    before = {one.chain.address: market.usd.balance_of(one.chain.address) for one in traded}
    for owner in traded:
        address = owner.chain.address
        proof = market.prover.claim(
            owner.account, market.asked.spec, market.wind_down.context(owner.number, address)
        )
        market.acting(market.wind_down, owner.chain).claim(owner.number, address, proof)
    assert market.eth.balance_of(BOB.address) == 10**6 * 10**18
    wait(market.web3, 15 * 86_400)
    for owner in traded:
        market.wind_down.pay(owner.number)
        paid = market.usd.balance_of(owner.chain.address) - before[owner.chain.address]
        assert paid == owner.account.cash + MARK * owner.account.held[0].lots
