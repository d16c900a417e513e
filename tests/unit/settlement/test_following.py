"""Books follow the chain: from its events alone, through reorganisations, and beside other processes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from support.clearing_values import SETTLED, fill, secret, snapshot
from support.event_chain import (
    SNAPSHOT,
    VENUE_KEY,
    VENUE_SECRET,
    EventChain,
    address,
    commit,
    sealed,
)
from zkmargin import ChainError, InputError, spec
from zkmargin.clearing import plan_batch
from zkmargin.native_hash import fast_hasher
from zkmargin.settlement.book import Book
from zkmargin.settlement.following import Head, follow

SNAPSHOTS = SimpleNamespace(
    find=lambda root: SNAPSHOT if root == spec.snapshot_root(snapshot(), fast_hasher()) else None
)
OTHER_KEY = spec.trading_key(b"\x09" * 32)


@pytest.fixture
def chain():
    return EventChain()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.db"


@pytest.fixture
def book(path):
    with Book(path) as found:
        yield found


def venue(chain, book):
    return follow(chain.market, book, venue_secret=VENUE_SECRET, snapshots=SNAPSHOTS)


# blocks


def test_events_are_read_once_and_in_bites(chain, book):
    chain.open(1)
    chain.mine(count=2500)
    told = []
    follow(chain.market, book, progress=lambda *numbers: told.append(numbers))
    assert chain.asked == [(101, 2100), (2101, 2601)]
    assert told == [(2100, 2601), (2601, 2601)]
    assert follow(chain.market, book) == Head(2601, b"2601", 12 * 2601)
    assert len(chain.asked) == 2
    chain.open(2)
    follow(chain.market, book)
    assert chain.asked[2:] == [(2602, 2602)]


def test_attack_more_events_than_a_node_returns_at_once(chain, book):
    chain.open(1)
    chain.mine(count=50)
    for _ in range(9):
        chain.request(1, OTHER_KEY)
    market, changes = chain.market, chain.changes

    def bounded(start, end):
        found = changes(start, end)
        if len(found) > 3:
            raise ChainError("events: query returned more than 3 results")
        return found

    market.changes = bounded
    follow(market, book, venue_secret=VENUE_SECRET)
    assert book.accounts() == chain.ledger.accounts
    assert book.requested_key(1, fast_hasher()(OTHER_KEY)) == OTHER_KEY


def test_a_node_that_refuses_one_block_is_an_error(chain, book):
    chain.open(1)
    market = chain.market

    def refuse(_start, _end):
        raise ChainError("events: no answer")

    market.changes = refuse
    with pytest.raises(ChainError, match="no answer"):
        follow(market, book)


def test_a_reorganisation_goes_back_to_the_common_block(chain, book):
    chain.open(1)
    venue(chain, book)
    chain.open(2)
    venue(chain, book)
    before = book.present(1)
    chain.credit(1)
    venue(chain, book)
    lost = book.present(1)
    chain.undo(101)
    chain.ledger = type(chain.ledger)(chain.ledger.domain, [before])
    chain.credit(1, amount=5)
    chain.hashes[102] += b"'"
    head = venue(chain, book)
    assert (head.number, head.replaced) == (102, 2)
    assert book.accounts() == chain.ledger.accounts
    assert book.present(1).cash == 5
    assert book.opening(commit(lost)) == lost


def test_a_reorganisation_deeper_than_all_known_blocks_begins_again(chain, book):
    chain.open(1)
    venue(chain, book)
    chain.hashes[101] += b"'"
    assert venue(chain, book).replaced == 1
    assert book.accounts() == chain.ledger.accounts


def test_a_chain_that_changes_while_it_is_read_is_not_stored(chain, book):
    chain.open(1)

    def changes(start, end):
        chain.hashes[101] += b"'"
        return chain.events

    market = chain.market
    market.changes = changes
    with pytest.raises(ChainError, match="the chain changed while it was read"):
        follow(market, book, venue_secret=VENUE_SECRET)
    assert (book.blocks(), book.accounts()) == ([], {})


def test_two_processes_follow_into_one_book(chain, book, path):
    chain.open(1)
    venue(chain, book)
    chain.credit(1)
    market, changes = chain.market, chain.changes

    def overtaken(start, end):
        found = changes(start, end)
        if len(chain.asked) == 2:
            with Book(path) as other:
                venue(chain, other)
            chain.credit(1)
        return found

    market.changes = overtaken
    follow(market, book, venue_secret=VENUE_SECRET)
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts
    assert book.present(1).cash == 2 * 10**9


def test_a_book_of_another_market_is_refused(chain, book):
    book.require_market(2, "0x" + "11" * 20)
    with pytest.raises(InputError, match="belongs to another market"):
        follow(chain.market, book)


# a venue


def test_a_venue_knows_every_account_from_the_chain_alone(chain, book):
    chain.open(1, 2, 3)
    chain.credit(1, 2, 3)
    draft = chain.draft()
    fill(draft, 1, 2, 3, instrument=SETTLED)
    fill(draft, 2, 3, 2)
    chain.settle(draft)
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts
    key = spec.trading_key(secret(77))
    chain.request(1, key)
    draft = chain.draft()
    draft.expire(1, SETTLED)
    draft.expire(2, SETTLED)
    draft.rekey(1, key)
    draft.credit(1, 2, 5)
    chain.settle(draft)
    chain.withdraw(1, 7)
    chain.take_over(2, 4711)
    chain.credit(2)
    chain.mine(chain.renewed(3, chain.ledger.accounts[3].owner))
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts
    assert book.present(1).key == key
    assert book.owned_by(address(4711)) == (2,)
    assert book.owned_by(address(1002)) == ()
    assert book.unknown() == {}


@pytest.mark.parametrize(
    "garbage",
    [
        {"view_key": replace(sealed(5), sealed=6)},
        {"view_key": replace(sealed(5), ephemeral=(1, 2))},
        {"view_key": sealed(2**200 + 1, OTHER_KEY)},
        {"key": OTHER_KEY},
        {"key": (spec.FIELD, 0)},
    ],
    ids=["sealed", "not a point", "to another venue", "another key", "out of range"],
)
def test_an_account_whose_keys_are_garbage_stays_unknown(chain, book, garbage):
    chain.open(1, **garbage)
    chain.open(2)
    chain.credit(1, 2)
    venue(chain, book)
    assert book.accounts() == {2: chain.ledger.accounts[2]}
    assert book.unknown() == {1: "settled"}


def test_renewed_keys_that_are_garbage_make_an_account_unknown(chain, book):
    chain.open(1)
    chain.mine(chain.renewed(1, 1001, view_key=sealed(9)))
    venue(chain, book)
    assert book.unknown() == {1: "renewed"}


def test_a_secret_that_comes_later_is_tried_on_all_accounts(chain, book):
    chain.open(1, 2)
    chain.credit(1, 2)
    follow(chain.market, book)
    assert book.unknown() == {1: "settled", 2: "settled"}
    follow(chain.market, book, venue_secret=b"\x09" * 32)
    assert book.accounts() == {}
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts
    count = len(chain.asked)
    venue(chain, book)
    assert len(chain.asked) == count
    # One that came while the secret was not at hand.
    chain.open(3)
    follow(chain.market, book)
    assert book.unknown() == {3: "opened"}
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts


def test_a_secret_of_another_length_is_refused(chain, book):
    with pytest.raises(InputError, match="the venue's secret"):
        follow(chain.market, book, venue_secret=b"12")


# a holder


def test_a_holder_follows_its_account_without_any_secret_of_the_venue(chain, book):
    # Learned before the transaction is sent.
    book.learn(chain.new(1))
    chain.open(1, 2)
    assert book.present(1) is None
    chain.credit(1, 2)
    draft = chain.draft()
    fill(draft, 1, 2, 3)
    chain.settle(draft)
    chain.withdraw(1, 7)
    follow(chain.market, book)
    assert book.accounts() == {1: chain.ledger.accounts[1]}
    assert set(book.unknown()) == {2}


def test_an_opening_that_is_learned_late_is_followed_to_the_present(chain, book):
    chain.open(1, 2)
    chain.credit(1)
    past = chain.ledger.accounts[1]
    chain.credit(1, 2)
    follow(chain.market, book)
    book.learn(past)
    follow(chain.market, book)
    assert book.accounts() == {1: chain.ledger.accounts[1]}


def test_keys_that_an_owner_makes_are_known_to_it_alone(chain, book):
    chain.open(1)
    taken = chain.renewed(1, 1001)
    book.learn(chain.ledger.accounts[1])
    chain.mine(taken)
    follow(chain.market, book)
    assert book.accounts() == chain.ledger.accounts


def test_a_key_that_does_not_have_the_requested_hash_is_ignored(chain, book):
    key = spec.trading_key(secret(77))
    chain.open(1)
    chain.request(1, OTHER_KEY, value=fast_hasher()(key))
    chain.request(1, (spec.FIELD, 0), value=5)
    draft = chain.draft()
    draft.rekey(1, key)
    chain.settle(draft)
    venue(chain, book)
    assert book.unknown() == {1: "settled"}
    # Of two events with one hash, the true one counts.
    book.roll_back(-1)
    chain.undo(101)
    chain.ledger = type(chain.ledger)(chain.ledger.domain, [chain.new(1)])
    chain.request(1, OTHER_KEY, value=fast_hasher()(key))
    chain.request(1, key)
    chain.request(1, OTHER_KEY, value=fast_hasher()(key))
    venue(chain, book)
    draft = chain.draft()
    draft.rekey(1, key)
    chain.settle(draft)
    venue(chain, book)
    assert book.present(1).key == key


def test_an_expiry_needs_the_batches_snapshot(chain, book):
    chain.open(1, 2)
    chain.credit(1, 2)
    draft = chain.draft()
    fill(draft, 1, 2, 3, instrument=SETTLED)
    chain.settle(draft)
    follow(chain.market, book, venue_secret=VENUE_SECRET)
    draft = chain.draft()
    draft.expire(1, SETTLED)
    chain.settle(draft)
    root = spec.snapshot_root(snapshot(), fast_hasher())
    for snapshots in (None, SimpleNamespace(find=lambda _: None)):
        with pytest.raises(InputError, match=f"snapshots: no snapshot with the root {root}.*batch 3"):
            follow(chain.market, book, venue_secret=VENUE_SECRET, snapshots=snapshots)
    assert book.present(1).nonce == 2
    venue(chain, book)
    assert book.accounts() == chain.ledger.accounts


def test_a_venue_that_withholds_an_element_makes_the_account_unknown(chain, book):
    chain.open(1, 2)
    chain.credit(1, 2)
    draft = chain.draft()
    fill(draft, 1, 2)
    part = plan_batch(draft, 12_500, chain.market.circuits).content.fills[0]
    chain.settle(draft, fills=(replace(part, elements=(5, part.elements[1])),))
    venue(chain, book)
    assert book.unknown() == {1: "settled"}
    assert book.accounts() == {2: chain.ledger.accounts[2]}


# anybody


def test_an_auction_tells_everybody_the_opening(chain, book):
    chain.open(1, 2)
    chain.credit(1, 2)
    follow(chain.market, book)
    assert book.accounts() == {}
    chain.start(1)
    chain.credit(1)
    follow(chain.market, book)
    assert book.accounts() == {1: chain.ledger.accounts[1]}


def test_an_auction_with_a_malformed_opening_tells_nothing(chain, book):
    chain.open(1)
    chain.start(1)
    chain.events[-1] = replace(chain.events[-1], opening=chain.events[-1].opening[:-5])
    follow(chain.market, book)
    assert book.unknown() == {1: "opened"}


def test_the_venues_key_is_that_of_its_secret():
    assert spec.trading_key(VENUE_SECRET) == VENUE_KEY
