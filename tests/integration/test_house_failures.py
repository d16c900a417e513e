"""Failures in the middle of a batch, with real proofs: an account that fails, a reorganisation, a lost node."""

from __future__ import annotations

import pytest

from support.house_market import ALICE, BOB, CAROL, DAVE, MICRO, VENUE, deploy
from support.local_market import put_back
from support.relay import relay_to
from zkmargin import ChainError, StatementError
from zkmargin.chain import connect, run_anvil
from zkmargin.clearing import Ledger
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house import House
from zkmargin.spec import Side

BTC = 4096
MARK = 45 * MICRO


@pytest.fixture(scope="module")
def market():
    with run_anvil() as url:
        yield deploy(url)


@pytest.fixture(scope="module")
def owners(market):
    """Return four owners with 1 000 in cash each, of which 100 wait. The third has 600 that wait."""
    market.publish()
    owners = [market.join(key, cash=1000 * MICRO) for key in (ALICE, BOB, CAROL, DAVE)]
    draft = market.draft()
    for owner, credited in zip(owners, (900, 900, 400, 900), strict=True):
        draft.credit(owner.number, CASH, credited * MICRO)
    market.settle(draft)
    return owners


@pytest.fixture(autouse=True)
def _the_ledger_has_the_chains_states(market, owners):
    """Check the states after each test, and go back to the first ones."""
    first = dict(market.ledger.accounts)
    with put_back(market.url):
        market.publish()
        yield
        chain = market.commitments(*owners)
    ledger, market.ledger = market.ledger, Ledger(market.house.domain, first.values())
    assert chain == {number: ledger.commitment(number) for number in first}


def match(market, draft, buyer, seller, lots):
    buy = market.order(buyer, Side.BUY, BTC, MARK)
    draft.match(buy, market.order(seller, Side.SELL, BTC, MARK), lots=lots, price=MARK)


def test_one_accounts_failed_proof_leaves_all_others_settleable(market, owners):
    alice, bob, carol, dave = owners
    draft = market.draft()
    draft.credit(carol.number, CASH, 100 * MICRO)
    match(market, draft, carol, dave, 50)
    match(market, draft, alice, bob, 3)
    with pytest.raises(StatementError, match=rf"^account {carol.number}: requirementBps: not healthy[^;]*$"):
        market.prove(draft)
    before = market.commitments(carol, dave)
    market.settle(draft.settleable(market.house.requirement_bps(draft)))
    held = [[one.lots for one in market.ledger.accounts[owner.number].held] for owner in owners]
    assert held == [[3], [-3], [], []]
    assert market.commitments(carol, dave) == before
    # What the account failed to bring along needs no health in a batch of its own.
    upkeep = market.draft()
    upkeep.credit(carol.number, CASH, 100 * MICRO)
    market.settle(upkeep)
    assert market.house.waiting(carol.number, CASH).amount == 500 * MICRO


def test_after_a_reorganisation_the_ledger_goes_back_and_settles_again(market, owners):
    alice, bob, _, dave = owners
    first = market.commitments(*owners)
    dropped = market.draft()
    match(market, dropped, alice, dave, 2)
    begun = market.web3.eth.block_number
    market.settle(dropped)
    market.web3.provider.make_request("anvil_reorg", [1, []])
    assert market.commitments(*owners) == first
    # Batches on the states that are gone are refused.
    lost = market.draft()
    lost.credit(alice.number, CASH, MICRO)
    with pytest.raises(ChainError, match="StatesDoNotFollow"):
        market.acting(market.house, VENUE).settle(market.prove(lost))
    changed = market.ledger.restore(market.commitments(*owners), dropped.before.values())
    assert changed == (alice.number, dave.number)
    market.publish()
    again = market.draft()
    match(market, again, bob, dave, 1)
    market.settle(again)
    dave.account = dropped.before[dave.number]
    market.follow(dave, begun)
    assert dave.account == market.ledger.accounts[dave.number]
    assert [one.lots for one in dave.account.held] == [-1]


def test_a_batch_is_sent_again_when_the_node_is_lost_between_proving_and_sending(market, owners):
    alice, _, _, dave = owners
    draft = market.draft()
    for owner in (alice, dave):
        draft.credit(owner.number, CASH, 10 * MICRO)
    batch = market.prove(draft)
    first = market.commitments(*owners)
    with relay_to(market.url) as node:
        house = House(connect(node.url, key=VENUE), market.house.address)
        node.lose()
        with pytest.raises(ChainError, match=r"settle: no answer"):
            house.settle(batch)
    assert market.commitments(*owners) == first
    house = market.acting(market.house, VENUE)
    house.settle(batch)
    market.ledger.settle(draft)
    settled, waiting = market.commitments(*owners), market.house.waiting(alice.number, CASH)
    with pytest.raises(ChainError, match="StatesDoNotFollow"):
        house.settle(batch)
    assert (market.commitments(*owners), market.house.waiting(alice.number, CASH)) == (settled, waiting)


def test_a_batch_that_a_lost_node_has_taken_is_on_the_chain(market, owners):
    alice, *_ = owners
    draft = market.draft()
    draft.credit(alice.number, CASH, 10 * MICRO)
    batch = market.prove(draft)
    with relay_to(market.url) as node:
        house = House(connect(node.url, key=VENUE), market.house.address)
        node.lose_after("eth_sendRawTransaction")
        with pytest.raises(ChainError, match=r"settle: no answer"):
            house.settle(batch)
    with pytest.raises(ChainError, match="StatesDoNotFollow"):
        market.acting(market.house, VENUE).settle(batch)
    assert market.ledger.restore(market.commitments(*owners), draft.after.values()) == (alice.number,)
    assert market.ledger.accounts == {**market.ledger.accounts, **draft.after}
