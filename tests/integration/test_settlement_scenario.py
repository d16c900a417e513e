"""The demo as a test: a margin proof to a contract, then a market's day with real proofs on a local chain.

Two accounts trade with a market maker, prices fall, the breaker trips and all are called; one cures by the
rebalancer's advice, one is auctioned off.
"""

from __future__ import annotations

import io
import runpy
import stat
import sys
from contextlib import ExitStack, nullcontext, redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest

from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS
from zkmargin import Snapshot
from zkmargin.chain import run_anvil
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.market_values import State
from zkmargin.errors import ChainError, StatementError
from zkmargin.snapshot.signatures import Signatures
from zkmargin.snapshot.signer import recover_signers

CIRCUITS = ("margin_13", "disclosure_13", "transition")
# The bars of what holders do most: gas of a whole transaction.
BARS = {"proves health": 290_000, "withdraws": 620_000}
MICRO = 10**6


@pytest.fixture(scope="module")
def demo():
    """Run the demo as a program does, once; its chains run on, for the tests that look at the market."""
    output, progress, stories = io.StringIO(), io.StringIO(), []
    with pytest.MonkeyPatch.context() as patch, ExitStack() as chains:
        patch.syspath_prepend(str(ROOT / "examples"))
        patch.setenv("ZKMARGIN_KEYS", str(KEYS))
        for name in CIRCUITS:
            margin_instance(name)

        def keep_running(**options):
            return nullcontext(chains.enter_context(run_anvil(**options)))

        patch.setattr("zkmargin.chain.run_anvil", keep_running)
        import settlement  # noqa: PLC0415  # it lies beside, not in the package

        class Kept(settlement.Story):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                stories.append(self)

        patch.setattr(settlement, "Story", Kept)
        with redirect_stdout(output), redirect_stderr(progress):
            runpy.run_path(str(ROOT / "examples" / "demo.py"), run_name="__main__")
        (story,) = stories
        yield SimpleNamespace(stdout=output.getvalue(), stderr=progress.getvalue(), story=story)
        for name in ("settlement", "settlement_market", "demo_tables"):
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def story(demo):
    return demo.story


def test_the_demo_keeps_progress_out_of_its_result(demo):
    assert [demo.stdout.count(word) for word in ("accepted", "rejected")] == [4, 3]
    assert "proof of initial margin" in demo.stderr
    assert "error" not in demo.stderr


def test_the_demo_ends_with_a_market_day(demo):
    for line in (
        "proves health",
        "circuit breaker trips",
        "as the rebalancer advises",
        "takes over Bob's account",
    ):
        assert line in demo.stdout


def test_the_demo_leaves_a_signed_snapshot_and_a_private_page(demo):
    build = ROOT / "build" / "demo"
    assert f" {build / 'report.html'}\n" in demo.stdout
    assert stat.S_IMODE((build / "report.html").stat().st_mode) == 0o600
    snapshot, signatures = (
        Snapshot.load(build / "snapshot.json"),
        Signatures.load(build / "snapshot.signatures.json"),
    )
    assert len(recover_signers(snapshot, signatures)) == 2


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
