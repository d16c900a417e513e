"""The demo as a test: a margin proof to a contract, then a market's day with real proofs on a local chain.

Orders of three holders are settled in one transaction; prices fall and all are called; one cures, one is shielded by
the venue until anybody freezes its market, and is auctioned off; an option expires.
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
from support.local_market import require_keys
from support.margin_values import KEYS
from zkmargin import Snapshot, spec
from zkmargin.chain import run_anvil
from zkmargin.contracts.collateral_vault import CASH
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.errors import StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.snapshot.signatures import Signatures
from zkmargin.snapshot.signer import recover_signers

# Gas of a whole transaction for each account in it, with the smallest circuits.
BARS = {"crosses them": 300_000, "proves health of the maker, Bob": 155_000}
MICRO = 10**6
BOND = 25 * MICRO


@pytest.fixture(scope="module")
def demo():
    """Run the demo as a program does, once; its chains run on, for the tests that look at the market."""
    output, progress, stories = io.StringIO(), io.StringIO(), []
    with pytest.MonkeyPatch.context() as patch, ExitStack() as chains:
        patch.syspath_prepend(str(ROOT / "examples"))
        patch.setenv("ZKMARGIN_KEYS", str(KEYS))
        require_keys()
        margin_instance("margin_13")

        def keep_running(**options):
            return nullcontext(chains.enter_context(run_anvil(**options)))

        patch.setattr("zkmargin.chain.run_anvil", keep_running)
        import settlement  # noqa: PLC0415  # it lies beside, not in the package

        original = settlement.Story

        class Kept(original):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                stories.append(self)

            def close(self):
                """Keep the books for the tests."""

        patch.setattr(settlement, "Story", Kept)
        with redirect_stdout(output), redirect_stderr(progress):
            runpy.run_path(str(ROOT / "examples" / "demo.py"), run_name="__main__")
        (story,) = stories
        yield SimpleNamespace(stdout=output.getvalue(), stderr=progress.getvalue(), story=story)
        original.close(story)
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
    shown = " ".join(demo.stdout.split())
    for text in ("per account", "before", "circuit breaker trips", "freezes the market", "1,048,891"):
        assert text in shown


def test_the_demo_leaves_a_signed_snapshot_and_a_private_page(demo):
    build = ROOT / "build" / "demo"
    assert f" {build / 'report.html'}\n" in demo.stdout
    assert stat.S_IMODE((build / "report.html").stat().st_mode) == 0o600
    snapshot, signatures = (
        Snapshot.load(build / "snapshot.json"),
        Signatures.load(build / "snapshot.signatures.json"),
    )
    assert len(recover_signers(snapshot, signatures)) == 2


def test_events_happen_in_order(story):
    words = [event.what.split()[0] for event in story.timeline]
    assert words == [
        *("snapshot", "opens", "opens", "opens", "credits", "sign", "crosses"),
        *("snapshot", "funding", "proves"),
        *("snapshot", "circuit", "calls", "proves", "cannot"),
        *("deposits", "credits", "proves"),
        *("snapshot", "snapshot", "freezes", "cannot"),
        *("starts", "reads", "receives", "deposits", "credits", "proves"),
        *("snapshot", "turns", "pays", "snapshot", "withdraws"),
    ]


def lines(story, word):
    return [event for event in story.timeline if event.what.startswith(word)]


def people(story):
    return story.alice, story.maker, story.carol


def openings(story):
    """Return the present openings, as each owner has followed them from the chain alone."""
    return {one.number: one.present(story.place) for one in people(story)}


def test_owners_and_venue_follow_the_accounts_from_the_chain_alone(story):
    story.venue.sync()
    assert story.venue.book.accounts() == openings(story)
    for number, opening in openings(story).items():
        assert story.house.account(number).commitment == spec.commitment(opening, fast_hasher())


def test_a_frozen_market_settles_nothing(story):
    (refused,) = lines(story, "cannot settle")
    assert refused.what.endswith(": Frozen")
    assert story.house.standing().frozen == 0


def test_a_cured_account_stays_with_its_owner(story):
    record = story.house.account(story.alice.number)
    assert (record.owner, record.state) == (story.alice.key.address, HouseState.OPEN)
    assert AccountFlag.TRADED in record.flags
    assert not story.house.is_called(story.alice.number)


def test_the_owner_in_default_loses_the_account_and_is_paid(story):
    record = story.house.account(story.bob.number)
    assert (record.owner, record.state) == (story.carol.key.address, HouseState.OPEN)
    fee = story.market.fund.balance_of(story.house.address)
    assert fee == story.won.price * 200 // 10_000
    assert round(story.place.balance(story.bob.key, "USD") * MICRO) == story.won.price - fee
    # The bond goes to the winner.
    spent = 50_000 * MICRO - round(story.place.balance(story.carol.key, "USD") * MICRO)
    assert spent == story.won.price + 8_000 * MICRO - BOND


def test_the_winner_has_the_positions_that_were_there_and_other_keys(story):
    (published,) = [
        one
        for one in story.market.auctions.changes(0, story.place.web3.eth.block_number)
        if hasattr(one, "opening")
    ]
    bobs, carols = spec.account_of(published.opening), openings(story)[story.carol.number]
    assert carols.held == bobs.held
    assert {carols.view_key, carols.key} & {bobs.view_key, bobs.key} == set()


def test_funding_and_expiry_add_up_to_nothing(story):
    """All that was deposited is in the accounts, except fees, and nobody holds the expired option."""
    marks = {number: row.slots[16] for number, row in story.snapshot.parts.rows.items()}
    held = openings(story).values()
    worth = sum(one.cash + sum(each.lots * marks[each.instrument] for each in one.held) for one in held)
    cured = next(one for one in story.timeline if one.what.startswith("deposits as")).what.split()
    deposits = round(float(cured[-2].replace(",", "")) * MICRO)
    fees = story.market.first_loss.balance()
    assert abs(worth - (60_000 + 7_000 + 12_000 + 8_000 - 10_000) * MICRO - deposits + fees) <= MICRO // 100
    assert sum(each.lots for one in held for each in one.held) == 0
    expired = {one.id for one in story.snapshot.parts.listings if one.settled is not None}
    assert not any(each.instrument in expired for one in held for each in one.held)


def test_the_vault_has_what_everybody_put_in_less_what_left(story):
    cash = story.market.vault.asset(CASH)
    # The bonds of Alice and the maker are there too.
    assert cash.total == sum(one.cash for one in openings(story).values()) + 2 * BOND
    assert cash.owed == 0
    assert story.house.cash_factor() == 10**18
    assert story.house.unpaid_fees() == 0


def test_a_proof_that_the_market_has_accepted_is_of_no_use_again(story):
    with pytest.raises(StatementError, match="not newer"):
        story.maker.holder.attest([story.maker.number], story.snapshot)


@pytest.mark.parametrize("entry", BARS)
def test_gas_of_an_account_with_real_proofs_is_below_its_bar_and_what_it_was(story, entry):
    (found,) = lines(story, entry)
    each = found.gas // found.accounts
    assert each <= BARS[entry] < found.before


def test_no_view_key_is_in_what_was_sent(story):
    """With a view key anybody could open a commitment; only the auction has published one, which is no longer used."""
    web3 = story.place.web3
    keys = [one.view_key.to_bytes(31, "big") for one in openings(story).values()]
    sent = [
        bytes(transaction["input"])
        for number in range(web3.eth.block_number + 1)
        for transaction in web3.eth.get_block(number, full_transactions=True)["transactions"]
    ]
    assert len(sent) > 50
    assert not any(key in data for key in keys for data in sent)
