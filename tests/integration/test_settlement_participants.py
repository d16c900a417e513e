"""Holders, a venue and a bidder in a market on a local chain, with real proofs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import pytest

from support.local_market import (
    ALICE,
    BOB,
    CAROL,
    DAY,
    SEALING,
    VENUE,
    gas_of_latest,
    now,
    provers,
    published,
    put_back,
    restore,
    saved,
    wait,
)
from support.margin_values import account
from zkmargin import ChainError, InputError, Snapshot, StatementError
from zkmargin.account.opened import OpenedAccount
from zkmargin.chain import run_anvil
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.market_values import State
from zkmargin.contracts.token import Token
from zkmargin.proofs.transition import CASH, Change, after
from zkmargin.settlement.account_folder import AccountFolder
from zkmargin.settlement.escrow import SEALED_BYTES, SealingKey, seal
from zkmargin.settlement.market import ESCAPE_BPS, address_text, connect_market
from zkmargin.settlement.openings import traded
from zkmargin.settlement.roles.bidder import Bidder
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.participant import Entry
from zkmargin.settlement.roles.venue import Venue

TENTH = {"ETH-PERPETUAL": Decimal("0.1")}
THOUSAND = Change(CASH, Decimal(1000))
ETH = Change("ETH", Decimal("0.5"))


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def made_by():
    return provers()


@pytest.fixture(scope="module")
def deployment(node, market_of):
    return market_of(node)


@pytest.fixture
def web3(node, deployment):
    with put_back(node) as web3:
        yield web3


@pytest.fixture
def kept():
    return []


@pytest.fixture(scope="module")
def connected(node, deployment):
    return cache(lambda key=None: connect_market(node, deployment, key))


@pytest.fixture
def acting(connected, web3, made_by, kept):
    """Return a function that lets somebody act as a holder, or as something else."""

    def act(key, role=Holder):
        return participant(connected(key), made_by, role, kept.append)

    return act


def participant(market, made_by, role, keep):
    more = (SEALING,) if role is Venue else ()
    return role(market, made_by, *more, keep=keep)


@pytest.fixture
def market(connected, web3):
    return connected()


@pytest.fixture
def alice(acting):
    return acting(ALICE)


@pytest.fixture
def venue(acting):
    return acting(VENUE, Venue)


@pytest.fixture(scope="module")
def trade(node, connected, made_by):
    """Return two accounts that have traded a tenth of ETH, the snapshot, and the chain's state afterwards."""
    with put_back(node) as web3:
        alice, bob, venue = (
            participant(connected(key), made_by, role, lambda _: None)
            for key, role in ((ALICE, Holder), (BOB, Holder), (VENUE, Venue))
        )
        snapshot = published(alice.market)
        a, b = alice.open(snapshot, THOUSAND), bob.open(snapshot, THOUSAND)
        deadline = alice.market.deadline()
        sides = [
            (a, alice.sign_trade(a, traded(a.account, TENTH, Decimal(-200)), snapshot, deadline, ALICE)),
            (b, bob.sign_trade(b, short_of(b.account), snapshot, deadline, BOB)),
        ]
        a, b = venue.trade(sides, snapshot)
        return (a, b, snapshot), saved(web3)


@pytest.fixture
def traders(trade, web3):
    """Return two accounts that have traded a tenth of ETH, and the snapshot, on a chain where they just did."""
    made, state = trade
    restore(web3, state)
    return made


def sealing(role, sealed):
    """Return a `_next_state` that seals something else than the opening."""
    make = role._next_state

    def next_state(*arguments):
        new = make(*arguments)
        return replace(new, state=replace(new.state, sealed=sealed))

    return next_state


def short_of(account):
    return traded(account, {"ETH-PERPETUAL": Decimal("-0.1")}, Decimal(200))


def blocks(market):
    return market.web3.eth.block_number


# what is done


def test_two_accounts_from_opening_to_leaving(acting, alice, venue, market, web3):
    bob, snapshot, gas = acting(BOB), published(market), {}
    a = alice.open(snapshot, THOUSAND)
    gas["open"] = gas_of_latest(web3)
    b = bob.open(snapshot)
    assert (a.number, b.number) == (1, 2)
    b = bob.deposit(b, snapshot, Change("ETH", Decimal(1)), Change(CASH, Decimal(500)))
    assert market.house.account(2).nonce == 3
    wait(web3, 300)
    a = alice.deposit(a, snapshot, ETH)
    gas["deposit"] = gas_of_latest(web3)
    assert (market.vault.asset(2).total, market.vault.asset(8).total) == (1_500_000, 1_500_000_000)

    opened = [venue.opening(one.number, one.sealed, snapshot) for one in (a, b)]
    assert [one.account for one in opened] == [a.account, b.account]
    long, short = traded(a.account, TENTH, Decimal(-200)), short_of(b.account)
    deadline = now(web3) + 600
    sides = [
        (opened[0], alice.sign_trade(a, long, snapshot, deadline, ALICE)),
        (opened[1], bob.sign_trade(b, short, snapshot, deadline, BOB)),
    ]
    a, b = venue.trade(sides, snapshot)
    gas["match of two"] = gas_of_latest(web3)
    assert (a.account, b.account) == (long, short)
    assert venue.opening(2, b.sealed, snapshot).account == short

    wait(web3, 60)
    snapshot = published(market)
    gas["attest"] = alice.attest(a, snapshot)
    assert market.house.account(1).last_healthy_at == snapshot.timestamp
    a = alice.withdraw(a, snapshot, Change(CASH, Decimal(-300)))
    gas["withdraw"] = gas_of_latest(web3)
    assert a.account.cash == Decimal(500)
    assert venue.opening(1, a.sealed, snapshot).account == a.account
    # The bars of the settlement layer; the others a tenth above what they are.
    bars = {"open": 460_000, "deposit": 360_000, "match of two": 1_130_000}
    bars |= {"attest": 290_000, "withdraw": 620_000}
    assert {name: spent for name, spent in gas.items() if spent > bars[name]} == {}


def test_a_withdrawal_goes_to_whom_the_owner_says(alice, market):
    snapshot = published(market)
    a = alice.open(snapshot, ETH)
    alice.withdraw(a, snapshot, Change("ETH", Decimal("-0.5")), to=CAROL.address)
    assert market.vault.asset(2).total == 0


def test_the_venue_follows_public_events(alice, venue, traders, market, web3):
    a, _, snapshot = traders
    seen = venue.opening(1, a.sealed, snapshot)
    since = blocks(market) + 1
    a = alice.deposit(a, snapshot, ETH, Change(CASH, Decimal(1)))
    # A holder who seals garbage hides nothing.
    alice._next_state = sealing(alice, bytes(SEALED_BYTES))
    a = alice.withdraw(a, snapshot, Change(CASH, Decimal(-2)))
    with pytest.raises(InputError, match="escrow: does not open"):
        venue.opening(1, a.sealed, snapshot)
    events = market.house.changes(since, blocks(market))
    found = venue.follow(seen, events, snapshot)
    assert (found.number, found.account, found.sealed) == (1, a.account, b"")
    assert venue.follow(found, events, snapshot) is found
    with pytest.raises(StatementError, match="account 1: its states on the chain do not continue this one"):
        venue.follow(replace(seen, account=replace(seen.account, cash=Decimal(5))), events, snapshot)
    with pytest.raises(StatementError, match="account 1: its states on the chain do not continue this one"):
        venue.follow(seen, events[2:], snapshot)
    everything = market.house.changes(market.deployment.block, blocks(market))
    first = replace(seen, account=replace(seen.account, nonce=1))
    with pytest.raises(StatementError, match="account 1: it has traded since"):
        venue.follow(first, everything, snapshot)


def test_a_silent_account_is_called_auctioned_off_and_taken_over(acting, venue, traders, market, web3):
    a, _, _ = traders
    seen = venue.opening(1, a.sealed, published_later(market, DAY + 1))
    venue.call(1)
    wait(web3, 3601)
    snapshot = published(market)
    venue.start(seen, snapshot)
    assert market.house.account(1).state is State.SEIZED
    since = blocks(market) + 1
    carol, price = acting(CAROL, Bidder), market.engine.price(1)
    taken = carol.bid(seen, snapshot, Change(CASH, Decimal(50)), price)
    state = market.house.account(1)
    assert (state.owner, state.state) == (CAROL.address, State.OPEN)
    assert state.escrow == taken.escrow
    assert taken.account.cash == a.account.cash + 50
    events = market.house.changes(since, blocks(market))
    assert venue.follow(seen, events, snapshot).account == taken.account
    assert acting(CAROL).withdraw(taken, snapshot, Change(CASH, Decimal(-1))).account.nonce == 4


def published_later(market, seconds):
    wait(market.web3, seconds)
    return published(market)


def test_a_defaulted_account_is_auctioned_off_by_evidence(acting, alice, venue, market, web3):
    snapshot, bob = published(market), acting(BOB)
    # Short of cash against ETH, which then falls by half.
    a, b = alice.open(snapshot, ETH), bob.open(snapshot, THOUSAND)
    long = traded(a.account, TENTH, Decimal(-800))
    short = traded(b.account, {"ETH-PERPETUAL": Decimal("-0.1")}, Decimal(800))
    deadline = market.deadline()
    sides = [
        (a, alice.sign_trade(a, long, snapshot, deadline, ALICE)),
        (b, bob.sign_trade(b, short, snapshot, deadline, BOB)),
    ]
    a, b = venue.trade(sides, snapshot)
    with pytest.raises(ChainError, match=r"start: reverted: NotLiquidatable\(account=1"):
        venue.start(a, snapshot)
    wait(web3, 60)
    snapshot = published(market, "1000")
    with pytest.raises(StatementError, match="not healthy"):
        alice.attest(a, snapshot)
    venue.start(a, snapshot)
    auction = market.engine.auction(1)
    # 0.5 ETH at 1000 * 0.9, 0.1 ETH more that a row values at 220, and a debt of 800.
    assert auction.equity == 450_000_000 + 220_000_000 - 800_000_000
    with pytest.raises(ChainError, match=r"giveBack: reverted: AuctionRunning"):
        venue.give_back(a, snapshot)
    before = blocks(market)
    with pytest.raises(StatementError, match="not healthy at 12500 / 10000"):
        acting(CAROL, Bidder).bid(a, snapshot, None, market.engine.price(1))
    with pytest.raises(InputError, match="change: amount must not be negative"):
        acting(CAROL, Bidder).bid(a, snapshot, Change(CASH, Decimal(-1)), 0)
    assert blocks(market) == before


def test_a_healthy_account_without_a_bid_is_given_back(alice, venue, traders, market, web3):
    a, _, _ = traders
    published_later(market, DAY + 1)
    venue.call(1)
    venue.start(a, published_later(market, 3601))
    snapshot = published_later(market, 3601)
    venue.give_back(a, snapshot)
    assert market.house.account(1).state is State.OPEN
    assert alice.withdraw(a, snapshot, Change(CASH, Decimal(-1))).account.nonce == 3


def test_the_escape_opens_when_the_oracle_is_silent(alice, market, web3):
    snapshot = published(market)
    a = alice.open(snapshot, THOUSAND)
    assert market.withdrawal_bps() == market.initial_bps() == 12_500
    wait(web3, market.house.silence() + 1)
    assert market.withdrawal_bps() == ESCAPE_BPS
    a = alice.withdraw(a, snapshot, Change(CASH, Decimal(-1000)))
    assert a.account.cash == 0


# what is refused


def test_a_holder_whose_escrow_is_garbage_is_refused_before_anything_is_matched(
    acting, alice, venue, market, kept
):
    snapshot, bob = published(market), acting(BOB)
    a = alice.open(snapshot, THOUSAND)
    good = alice._next_state
    other = SealingKey.new().public
    opening = a.account.opening(snapshot)
    with pytest.raises(StatementError, match="account 1: the chain has the hash of another escrow"):
        venue.opening(1, seal(opening, market.deployment.sealing_key), snapshot)
    for garbage, error in (
        (bytes(SEALED_BYTES), "escrow: does not open with this key"),
        (b"", "escrow: expected 1242 bytes, got 0"),
        (seal(opening, other), "escrow: does not open with this key"),
        (a.sealed, "account 2: the escrow does not open its commitment"),
    ):
        before = market.web3.provider.make_request("evm_snapshot", [])["result"]
        bob._next_state = sealing(bob, garbage)
        b = bob.open(snapshot, THOUSAND)
        with pytest.raises((InputError, StatementError), match=error):
            venue.opening(b.number, b.sealed, snapshot)
        market.web3.provider.make_request("evm_revert", [before])
    # The same in a trade, where the owner has signed for it.
    b = acting(BOB).open(snapshot, THOUSAND)
    deadline = market.deadline()
    agreed = bob.sign_trade(b, short_of(b.account), snapshot, deadline, BOB)
    alice._next_state = good
    long = alice.sign_trade(a, traded(a.account, TENTH, Decimal(-200)), snapshot, deadline, ALICE)
    sent, known = blocks(market), len(kept)
    with pytest.raises(StatementError, match="do not add up"):
        venue.trade([(a, long), (b, agreed)], snapshot)
    broken = replace(agreed, sealed=bytes(SEALED_BYTES))
    with pytest.raises(InputError, match="escrow: does not open with this key"):
        venue.trade([(a, long), (b, broken)], snapshot)
    assert (blocks(market), len(kept)) == (sent, known)


def test_a_venue_matches_what_owners_have_signed_and_nothing_else(acting, alice, venue, market, kept):
    snapshot, bob = published(market), acting(BOB)
    a, b = alice.open(snapshot, THOUSAND), bob.open(snapshot, THOUSAND)
    deadline = market.deadline()
    long = alice.sign_trade(a, traded(a.account, TENTH, Decimal(-200)), snapshot, deadline, ALICE)
    short = bob.sign_trade(b, short_of(b.account), snapshot, deadline, BOB)
    sides = [(a, long), (b, short)]
    for wrong, error in (
        ([(a, long)], "do not add up"),
        ([(a, short), (b, long)], "trade: number: expected the number of this side's account"),
        ([(a, replace(long, signature=short.signature)), (b, short)], r"InvalidSignature\(account=1"),
    ):
        with pytest.raises((StatementError, InputError, ChainError), match=error):
            venue.trade(wrong, snapshot)
    large = traded(a.account, {"ETH-PERPETUAL": Decimal(100)}, Decimal(-220_000))
    with pytest.raises(StatementError, match="do not add up"):
        venue.trade([(a, alice.sign_trade(a, large, snapshot, deadline, ALICE)), (b, short)], snapshot)
    counter = traded(b.account, {"ETH-PERPETUAL": Decimal(-100)}, Decimal(220_000))
    sent, known = blocks(market), len(kept)
    beyond = [
        (a, alice.sign_trade(a, large, snapshot, deadline, ALICE)),
        (b, bob.sign_trade(b, counter, snapshot, deadline, BOB)),
    ]
    with pytest.raises(StatementError, match="not healthy at 12500 / 10000"):
        venue.trade(beyond, snapshot)
    assert (blocks(market), len(kept)) == (sent, known + 2)
    venue.trade(sides, snapshot)
    with pytest.raises(StatementError, match="account 1: not its present state"):
        venue.trade(sides, snapshot)


def test_an_owner_signs_nothing_but_a_trade(alice, market):
    snapshot = published(market)
    a = alice.open(snapshot, THOUSAND)
    good = traded(a.account, TENTH, Decimal(-200))
    for wrong, reason in (
        (replace(good, nonce=3), "trade: nonce: must be the next one"),
        (replace(good, collateral={"ETH": Decimal(1)}), "trade: amounts: must be the old ones"),
        (replace(good, view_key=a.account.view_key), "trade: the view key must be a new one"),
        (replace(good, owner=5), "trade: the owner must stay the same"),
    ):
        with pytest.raises(InputError, match=reason):
            alice.sign_trade(a, wrong, snapshot, market.deadline(), ALICE)


def test_an_owner_signs_by_names_that_the_feed_has_published(alice, market):
    snapshot = published(market)
    a = alice.open(snapshot, THOUSAND)
    # Whoever has the owner take this file gets a signature for the call instead of the perpetual.
    first, second, *others = snapshot.parts.listings
    swapped = (replace(first, name=second.name), replace(second, name=first.name), *others)
    forged = Snapshot.commit(replace(snapshot.parts, listings=swapped))
    long = traded(a.account, TENTH, Decimal(-200))
    with pytest.raises(StatementError, match="trade: the snapshot is not the feed's latest"):
        alice.sign_trade(a, long, forged, market.deadline(), ALICE)
    assert alice.sign_trade(a, long, snapshot, market.deadline(), ALICE).number == a.number


def test_a_proof_for_something_else_is_refused_by_name(acting, alice, market):
    snapshot, bob = published(market), acting(BOB)
    a, b = alice.open(snapshot, THOUSAND), bob.open(snapshot, THOUSAND)
    later = published_later(market, 60)
    owner = address_text(a.account.owner)
    for entry in (Entry("attest", 2, owner), Entry("withdraw", 1, owner), Entry("attest", 1, BOB.address)):
        health = alice._prove_health(entry, OpenedAccount.of(a.account, later), later, 10_000)
        with pytest.raises(ChainError, match=r"^attest: reverted: WrongContext\(proven=\d+, asked=\d+\)$"):
            market.house.attest(1, health)
    health = alice._prove_health(Entry("attest", 1, owner), OpenedAccount.of(b.account, later), later, 10_000)
    with pytest.raises(ChainError, match=r"^attest: reverted: WrongAccount\("):
        market.house.attest(1, health)
    new = alice._next_state(1, after(a.account, ETH), snapshot)
    for entry in (Entry("deposit", 2, owner), Entry("withdraw", 1, owner), Entry("deposit", 1, BOB.address)):
        following = alice._prove_next(entry, OpenedAccount.of(a.account, snapshot), new, snapshot, ETH)
        with pytest.raises(ChainError, match=r"^deposit: reverted: InvalidTransition\(account=1\)$"):
            alice.market.house.deposit(1, 2, 500_000, following)


def test_a_superseded_state_is_refused_by_name(alice, market, monkeypatch):
    snapshot = published(market)
    old = alice.open(snapshot, THOUSAND)
    alice.deposit(old, snapshot, ETH)
    sent = blocks(market)
    for late in (
        lambda: alice.deposit(old, snapshot, ETH),
        lambda: alice.withdraw(old, snapshot, Change(CASH, Decimal(-1))),
        lambda: alice.attest(old, snapshot),
    ):
        with pytest.raises(StatementError, match="account 1: not its present state"):
            late()
    # As if the account changed while the proof is made.
    monkeypatch.setattr(alice, "_open_present", lambda state, by: OpenedAccount.of(state.account, by))
    wait(market.web3, 300)
    with pytest.raises(ChainError, match=r"deposit: reverted: InvalidTransition\(account=1\)"):
        alice.deposit(old, snapshot, ETH)
    with pytest.raises(ChainError, match=r"withdraw: reverted: InvalidTransition\(account=1\)"):
        alice.withdraw(old, snapshot, Change(CASH, Decimal(-1)))
    later = published(market)
    with pytest.raises(ChainError, match=r"attest: reverted: WrongAccount\("):
        alice.attest(old, later)
    assert market.house.account(1).nonce == 2
    assert blocks(market) <= sent + 3


def test_a_snapshot_that_a_newer_one_has_superseded(alice, market, web3):
    snapshot = published(market)
    a = alice.open(snapshot, THOUSAND)
    later = published_later(market, 60)
    with pytest.raises(ChainError, match=rf"NotTheLatestSnapshot\(proven=0x{snapshot.root:064x}"):
        alice.withdraw(a, snapshot, Change(CASH, Decimal(-1)))
    alice.attest(a, later)
    with pytest.raises(ChainError, match=r"attest: reverted: NothingNewer\("):
        alice.attest(a, later)


def test_an_unhealthy_withdrawal_is_not_sent(alice, traders, market, kept):
    a, _, snapshot = traders
    sent, known = blocks(market), len(kept)
    with pytest.raises(StatementError, match="not healthy at 12500 / 10000"):
        alice.withdraw(a, snapshot, Change(CASH, Decimal(-1000)))
    assert (blocks(market), len(kept)) == (sent, known)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (
            lambda holder, a, s: holder.open(s, Change(CASH, Decimal(-1))),
            "change: amount must not be negative",
        ),
        (lambda holder, a, s: holder.deposit(a, s), "change: expected at least one deposit"),
        (
            lambda holder, a, s: holder.deposit(a, s, Change(CASH, Decimal(0))),
            "change: amount must be positive",
        ),
        (lambda holder, a, s: holder.deposit(a, s, Change("SHIB", Decimal(1))), "no such collateral asset"),
        (
            lambda holder, a, s: holder.deposit(a, s, Change("DOGE", Decimal(1))),
            "DOGE: the market has no such asset",
        ),
        (
            lambda holder, a, s: holder.withdraw(a, s, Change(CASH, Decimal(1))),
            "change: amount of a withdrawal must be negative",
        ),
        (
            lambda holder, a, s: holder.withdraw(a, s, Change("ETH", Decimal(-1))),
            "the amount exceeds the balance",
        ),
    ],
)
def test_wrong_changes_are_refused(alice, market, act, reason):
    snapshot = published(market)
    a = alice.open(snapshot)
    sent = blocks(market)
    with pytest.raises(InputError, match=reason):
        act(alice, a, snapshot)
    assert blocks(market) == sent


def test_funds_are_moved_by_the_owner_alone(acting, alice, market):
    snapshot, bob = published(market), acting(BOB)
    a = alice.open(snapshot, THOUSAND)
    sent = blocks(market)
    for act, change in ((bob.deposit, THOUSAND), (bob.withdraw, Change(CASH, Decimal(-1)))):
        with pytest.raises(InputError, match="account: owner: not the connection's account"):
            act(a, snapshot, change)
    assert blocks(market) == sent


def test_another_sealing_key_or_chain_is_refused(node, deployment, made_by, market):
    with pytest.raises(InputError, match="sealing key: not the key of this market"):
        Venue(market, made_by, SealingKey.new(), keep=print)
    with pytest.raises(ChainError, match="the node is on chain 31337, the market on chain 5"):
        connect_market(node, replace(deployment, chain_id=5))


def test_arguments_of_another_market_are_refused(alice, market):
    snapshot = published(market)
    parts = snapshot.parts
    swapped = Snapshot.commit(replace(parts, collateral=parts.collateral[::-1], prices=parts.prices[::-1]))
    with pytest.raises(
        InputError, match="ETH: its place in the snapshot differs from its slot in this market"
    ):
        alice.open(swapped, ETH)
    transition = {"transition": market.deployment.circuits["transition"]}
    few = replace(market, deployment=replace(market.deployment, circuits=transition))
    with pytest.raises(
        InputError, match="account: positions: more positions or underlyings than any circuit"
    ):
        few.circuit(account().opening(snapshot), snapshot.parts.layout)
    with pytest.raises(InputError, match="owner: expected an address of 160 bits"):
        address_text(2**160)


def test_the_vault_may_take_what_credits_are_worth_and_prices_as_they_are(connected, web3):
    market = connected(CAROL)
    token = Token(market.web3, market.vault.asset(8).token)
    fallen = replace(market, house=SimpleNamespace(cash_factor=lambda: 9 * 10**17))
    fallen.allow((8, 101), price=50)
    # 90.9, rounded up.
    assert token.allowance(CAROL.address, market.vault.address) == 91 + 50


@pytest.mark.parametrize("circuit", ["transition", "margin_13", "disclosure_13"])
def test_keys_that_are_not_the_markets_make_no_proof(alice, venue, market, circuit):
    snapshot = published(market)
    a = alice.open(snapshot, THOUSAND)
    known = market.deployment.circuits
    circuits = {**known, circuit: replace(known[circuit], key_sha256="0" * 64)}
    for one in (alice, venue):
        one.market = replace(one.market, deployment=replace(market.deployment, circuits=circuits))
    act = {
        "transition": lambda: alice.deposit(a, snapshot, ETH),
        "margin_13": lambda: alice.attest(a, snapshot),
        "disclosure_13": lambda: venue.start(a, snapshot),
    }
    with pytest.raises(
        InputError, match=f"keys of {circuit}: not the keys that the market was deployed with"
    ):
        act[circuit]()


# nothing is lost


def test_a_state_that_is_not_kept_is_not_sent(acting, alice, venue, traders, market):
    a, b, snapshot = traders
    bob, deadline = acting(BOB), market.deadline()
    long = alice.sign_trade(a, traded(a.account, TENTH, Decimal(-200)), snapshot, deadline, ALICE)
    short = bob.sign_trade(b, short_of(b.account), snapshot, deadline, BOB)
    carol = acting(CAROL, Bidder)

    class DiskFullError(Exception):
        pass

    def keep(_held):
        raise DiskFullError

    alice._keep = venue._keep = carol._keep = keep
    sent = blocks(market)
    for act in (
        lambda: alice.open(snapshot, THOUSAND),
        lambda: alice.deposit(a, snapshot, ETH),
        lambda: alice.withdraw(a, snapshot, Change(CASH, Decimal(-1))),
        lambda: alice.sign_trade(a, traded(a.account, TENTH, Decimal(-1)), snapshot, deadline, ALICE),
        lambda: venue.trade([(a, long), (b, short)], snapshot),
        lambda: carol.bid(a, snapshot, THOUSAND, 0),
    ):
        with pytest.raises(DiskFullError):
            act()
    assert blocks(market) == sent


def test_a_process_that_dies_after_sending_loses_nothing(alice, market, tmp_path, monkeypatch):
    snapshot, folder = published(market), AccountFolder(tmp_path / "account")
    alice._keep = folder.keep

    class KilledError(Exception):
        pass

    def dies(entry):
        send = getattr(ClearingHouse, entry)

        def sends_and_dies(self, *arguments):
            send(self, *arguments)
            raise KilledError

        monkeypatch.setattr(ClearingHouse, entry, sends_and_dies)

    for entry, act in (
        ("open", lambda _: alice.open(snapshot, THOUSAND)),
        ("deposit", lambda held: alice.deposit(held, snapshot, ETH)),
        ("withdraw", lambda held: alice.withdraw(held, snapshot, Change(CASH, Decimal(-1)))),
    ):
        held = None if entry == "open" else AccountFolder(tmp_path / "account").present(market.house)
        dies(entry)
        with pytest.raises(KilledError):
            act(held)
    found = AccountFolder(tmp_path / "account").present(market.house)
    assert (found.number, found.account.nonce, found.account.cash) == (1, 3, Decimal(999))


def test_a_chain_that_replaces_blocks_loses_nothing(acting, alice, market, tmp_path):
    snapshot, folder = published(market), AccountFolder(tmp_path / "account")
    alice._keep = folder.keep
    request = market.web3.provider.make_request
    start = request("evm_snapshot", [])["result"]
    first = alice.open(snapshot, THOUSAND)
    before = request("evm_snapshot", [])["result"]
    alice.deposit(first, snapshot, ETH)
    assert folder.present(market.house).account.nonce == 2
    request("evm_revert", [before])
    assert folder.present(market.house) == first
    request("evm_revert", [start])
    with pytest.raises(StatementError, match="none of its states is an account's present state"):
        folder.present(market.house)
