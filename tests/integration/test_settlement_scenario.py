"""The settlement example as a test: a market's day with real proofs on a local chain.

Two accounts trade with a market maker, prices fall, the breaker trips and all are called; one cures by the
rebalancer's advice, one is auctioned off.
"""

from __future__ import annotations

import sys

import pytest

from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS
from zkmargin import MarginProver
from zkmargin.chain import run_anvil
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.market_values import State
from zkmargin.errors import ChainError, StatementError
from zkmargin.proofs.transition import TransitionProver
from zkmargin.settlement.roles.participant import Provers
from zkmargin.venues import import_deribit

CIRCUITS = ("margin_13", "disclosure_13", "transition")
# The bars of what holders do most: gas of a whole transaction.
BARS = {"proves health": 290_000, "withdraws": 620_000}
MICRO = 10**6


@pytest.fixture(scope="module")
def story():
    """Play the example once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "examples"))
        patch.setenv("ZKMARGIN_KEYS", str(KEYS))
        for name in CIRCUITS:
            margin_instance(name)
        from settlement import Story  # noqa: PLC0415  # it lies beside, not in the package

        market = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
        with run_anvil(timestamp=market.time) as url:
            story = Story(url, market, Provers(MarginProver(keys=KEYS), TransitionProver(keys=KEYS)))
            for part in story.parts():
                part()
            yield story
        sys.modules.pop("settlement")
        sys.modules.pop("settlement_market")


def lines(story, word):
    return [event for event in story.timeline if word in event.what]


def state(story, held):
    return story.house.account(held.number)


def test_events_happen_in_order(story):
    words = [event.what.split()[0] for event in story.timeline]
    assert words == [
        *("snapshot", "opens", "opens", "opens", "deposits", "matches", "matches"),
        *("snapshot", "proves", "proves", "proves"),
        *("snapshot", "circuit", "calls", "calls", "calls", "proves"),
        *("deposits", "proves", "proves", "takes", "receives", "snapshot", "withdraws"),
    ]


def test_a_cured_account_stays_with_its_owner(story):
    account = state(story, story.alice.held)
    assert (account.owner, account.state) == (story.alice.key.address, State.OPEN)
    assert not story.house.is_called(story.alice.held.number)
    assert account.commitment == story.alice.held.account.commitment(story.snapshot)


def test_the_owner_in_default_loses_the_account_and_is_paid(story):
    account = state(story, story.bob.held)
    assert (account.owner, account.state) == (story.carol.address, State.OPEN)
    assert account.commitment == story.taken.account.commitment(story.snapshot)
    fee = story.view.fund.balance_of(story.house.address)
    paid = round(story.place.balance(story.bob.key, "USD") * MICRO)
    # Bob began with bitcoins and no dollars; the fund with nothing.
    price = paid + fee
    assert fee == price * 200 // 10_000
    assert 0 < price < round(8_400 * MICRO)


def test_the_positions_that_were_taken_over_are_those_that_were_there(story):
    assert story.taken.account.positions == story.bob.held.account.positions
    assert story.taken.account.cash == story.bob.held.account.cash + 8_000


def test_the_vault_has_what_everybody_put_in_less_what_left(story):
    cash = story.view.vault.asset(CASH)
    held = [story.alice.held, story.maker.held, story.taken]
    # What is paid for a position in cash another account receives: in all of them together nothing is left.
    assert cash.total == sum(int(one.account.cash * MICRO) for one in held)
    assert cash.owed == 0
    assert story.house.cash_factor() == 10**18


def test_a_proof_that_the_market_has_accepted_is_of_no_use_again(story):
    with pytest.raises(ChainError, match="NothingNewer"):
        story.maker.holder.attest(story.maker.held, story.snapshot)


def test_the_former_owner_cannot_act_for_the_account(story):
    with pytest.raises(StatementError, match="not its present state"):
        story.bob.holder.attest(story.bob.held, story.snapshot)


@pytest.mark.parametrize("entry", BARS)
def test_gas_with_real_proofs_is_below_its_bar(story, entry):
    found = [event.gas for event in lines(story, entry)]
    assert found
    assert max(found) <= BARS[entry]


def test_no_view_key_is_in_what_was_sent(story):
    """With a view key, and what is plain to guess, anybody could open a commitment."""
    web3 = story.place.web3
    kept = (story.alice.held, story.maker.held, story.taken, story.bob.held)
    keys = [held.account.view_key.to_bytes(31, "big") for held in kept]
    sent = [
        bytes(transaction["input"])
        for number in range(web3.eth.block_number + 1)
        for transaction in web3.eth.get_block(number, full_transactions=True)["transactions"]
    ]
    assert len(sent) > 50
    assert not any(key in data for key in keys for data in sent)
