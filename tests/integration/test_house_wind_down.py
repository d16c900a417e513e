"""The end of a market with real proofs: the oracle is gone, and a default that nobody can buy.

The end of a venue that is gone stands in `test_house_market`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.house_market import ALICE, BOB, CAROL, DAVE, ERIN, MICRO, VENUE, Owner, deploy, now, wait
from support.local_market import put_back
from zkmargin import ChainError, spec
from zkmargin.chain import run_anvil
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.wind_down import Cause, Stage
from zkmargin.spec import Side

BTC, ETH = 4096, 2
DAY = 86_400
MARK = 45 * MICRO


@pytest.fixture(scope="module")
def market():
    with run_anvil() as url:
        yield deploy(url, max_gap=3600)


@dataclass
class Holders:
    """Five owners: two bought what two have sold, and one has cash alone, of which 50 wait."""

    large_long: Owner
    large_short: Owner
    long: Owner
    short: Owner
    idle: Owner

    @property
    def all(self):
        return self.large_long, self.large_short, self.long, self.short, self.idle


@pytest.fixture(scope="module")
def traded(market):
    market.publish()
    large_long = market.join(CAROL, cash=5000 * MICRO, eth=2 * MICRO)
    large_short = market.join(DAVE, cash=5000 * MICRO)
    long = market.join(BOB, cash=2000 * MICRO, eth=MICRO)
    short = market.join(ALICE, cash=2000 * MICRO)
    idle = market.join(ERIN, cash=1050 * MICRO)
    holders = Holders(large_long, large_short, long, short, idle)
    draft = market.draft()
    for owner, cash in zip(holders.all, (5000, 5000, 2000, 2000, 1000), strict=True):
        draft.credit(owner.number, CASH, cash * MICRO)
    draft.credit(large_long.number, ETH, 2 * MICRO)
    draft.credit(long.number, ETH, MICRO)
    market.settle(draft)
    draft = market.draft()
    for buyer, seller, lots in ((large_long, large_short, 300), (long, short, 100)):
        buy = market.order(buyer, Side.BUY, BTC, MARK, most=lots)
        sell = market.order(seller, Side.SELL, BTC, MARK, most=lots)
        draft.match(buy, sell, lots=lots, price=MARK)
    market.settle(draft)
    for owner in holders.all:
        owner.account = market.ledger.accounts[owner.number]
        market.approve(owner.chain, market.vault.address)
    return holders


@pytest.fixture
def holders(market, traded):
    """Return the owners; the chain goes back to their running market afterwards."""
    with put_back(market.url):
        yield traded


def claims(market, *owners):
    """Return the owners' proofs of claims, by account number."""
    return {
        one.number: market.prover.claim(
            one.account, market.asked.spec, market.wind_down.context(one.number, one.chain.address)
        )
        for one in owners
    }


def claim(market, owner, proof):
    market.acting(market.wind_down, owner.chain).claim(owner.number, owner.chain.address, proof)


def gained(market, before, *owners):
    """Return what owners have got outside of the market since, in micro-quote and micro-ETH."""
    after = market.holdings(*owners)
    return [
        tuple(new - old for new, old in zip(after[one.number], before[one.number], strict=True))
        for one in owners
    ]


def worth(owner, mark):
    return owner.account.cash + mark * sum(one.lots for one in owner.account.held)


def test_when_the_oracle_is_gone_everybody_is_paid_by_rule_in_any_order(market, holders):
    owners = (holders.large_long, holders.large_short, holders.long, holders.short)
    mark = 40 * MICRO
    market.publish(mark_4096=mark)
    last = spec.snapshot_root(market.asked.spec)
    wait(market.web3, 9 * DAY - 60)
    with pytest.raises(ChainError, match="NotYet"):
        market.wind_down.end(Cause.ORACLE_GONE)
    wait(market.web3, 120)
    market.wind_down.end(Cause.ORACLE_GONE)
    with pytest.raises(ChainError, match="NotYet"):
        market.wind_down.fix_valuation(last)
    wait(market.web3, DAY)
    market.wind_down.fix_valuation(last)
    proofs = claims(market, *holders.all)
    before = market.holdings(*holders.all)
    due = [(worth(one, mark), one.account.amounts[ETH]) for one in holders.all]
    assert due == [(x * MICRO, y * MICRO) for x, y in ((3500, 2), (6500, 0), (1500, 1), (2500, 0), (1000, 0))]
    for order in (owners, owners[::-1]):
        with put_back(market.url):
            for owner in order:
                claim(market, owner, proofs[owner.number])
            wait(market.web3, 15 * DAY)
            for owner in order[2:] + order[:2]:
                market.wind_down.pay(owner.number)
            assert gained(market, before, *owners) == due[:4]
            # A late claim gets what remains: the pool was enough for everybody.
            claim(market, holders.idle, proofs[holders.idle.number])
            assert gained(market, before, holders.idle) == due[4:]
            assert market.vault.asset(CASH).total == 50 * MICRO


def test_a_default_that_nobody_can_buy_is_shared_by_rule_in_any_order(market, holders):
    """The defaulter does not pay, the other debtor does. The deficit falls on claims in proportion."""
    defaulter, debtor = holders.large_long, holders.long
    creditors = holders.large_short, holders.short
    mark, admin = 5 * MICRO, market.web3.eth.accounts[0]
    market.usd.mint(800 * 10**6, admin)
    for insurer, deposit in (
        (market.first_loss, lambda: market.first_loss.deposit(500 * MICRO)),
        (market.fund, lambda: market.fund.deposit(market.house.address, 300 * MICRO)),
    ):
        market.usd.approve(insurer.address, 2**255)
        deposit()
    wait(market.web3, 60)
    market.publish(mark_4096=mark)
    market.start(defaulter.account)
    with pytest.raises(ChainError, match="AuctionRunning"):
        market.auctions.record_unsaleable(defaulter.number)
    market.live(2 * 3600, mark_4096=mark)
    # The floor is the equity of -3 400 less the requirement of 3 000; a fiftieth of 15 000 may be socialised.
    assert market.auctions.missing(defaulter.number) == (3400 + 3000 - 500 - 300 - 300) * MICRO
    market.auctions.record_unsaleable(defaulter.number)
    market.live(3 * DAY - 3600, mark_4096=mark)
    with pytest.raises(ChainError, match="NotYet"):
        market.wind_down.end(Cause.UNSALEABLE, defaulter.number)
    market.live(3600, mark_4096=mark)
    wait(market.web3, 60)
    market.wind_down.end(Cause.UNSALEABLE, defaulter.number)
    market.wind_down.fix_valuation(spec.snapshot_root(market.asked.spec))
    ends = now(market.web3) + 14 * DAY

    proofs = claims(market, *creditors, debtor, holders.idle)
    before = market.holdings(*holders.all)
    due = [worth(one, mark) for one in creditors]
    assert due == [17_000 * MICRO, 6000 * MICRO]
    # 15 000 in the vault, 2 000 of the debtor, 2 048 for the defaulter's coins, and tranche and fund.
    pool = (15_000 + 2000 + 2048 + 500 + 300) * MICRO
    shares = [value * pool // sum(due) for value in due]
    assert pool - 1 <= sum(shares) <= pool
    for order in ((*creditors, debtor), (debtor, *creditors[::-1])):
        with put_back(market.url):
            for owner in order:
                claim(market, owner, proofs[owner.number])
            assert gained(market, before, debtor) == [(-2000 * MICRO, MICRO)]
            wait(market.web3, ends + 29 * 900 - now(market.web3))
            assert market.wind_down.stage() == Stage.SELLING
            market.approve(VENUE, market.vault.address)
            # 2^40 quote a coin, halved 30 times.
            market.web3.provider.make_request("evm_setNextBlockTimestamp", [ends + 30 * 900])
            market.acting(market.wind_down, VENUE).buy(ETH, 2 * MICRO, 2**80, VENUE.address)
            wait(market.web3, DAY)
            for owner in order:
                if owner is not debtor:
                    market.wind_down.pay(owner.number)
            assert gained(market, before, *creditors) == [(share, 0) for share in shares]
            # A late claim gets its share of what remains: of nothing.
            claim(market, holders.idle, proofs[holders.idle.number])
            assert gained(market, before, defaulter, holders.idle) == [(0, 0), (0, 0)]
            assert market.vault.asset(CASH).total - 50 * MICRO == pool - sum(shares)
            # What waits bears nothing.
            market.acting(market.house, ERIN).refund(holders.idle.number, CASH, 50 * MICRO, ERIN.address)
            assert gained(market, before, holders.idle) == [(50 * MICRO, 0)]
