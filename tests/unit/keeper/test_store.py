"""What a keeper remembers, and that nothing of it is lost or readable by others."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.keeper.opening_text import opening_text, read_opening
from zkmargin.keeper.sent import Outcome, Sent
from zkmargin.keeper.store import Store
from zkmargin.keeper.world import Purpose
from zkmargin.settlement.next_state import Step

HOUSE = "0x" + "aB" * 20
OPENING = spec.Account(7, 0, spec.NO_KEY, 2**200, 1, -5, (0,) * 8, (spec.Position(3, -2),))
SENT = Sent(b"\1" * 32, Purpose.BID, 4, 10, 30, 2, 1000, cost=50)


slots = st.just(spec.EMPTY) | st.builds(
    spec.Position, st.integers(0, 2**15 - 1), st.integers(1, 2**31 - 1).map(lambda n: -n)
)
openings = st.builds(
    spec.Account,
    owner=st.integers(0, 2**160 - 1),
    number=st.integers(0, 2**40 - 1),
    key=st.builds(spec.TradingKey, st.integers(0, 2**253), st.integers(0, 2**253)),
    view_key=st.integers(0, 2**248 - 1),
    nonce=st.integers(0, 2**64 - 1),
    cash=st.integers(-(2**83), 2**83 - 1),
    amounts=st.tuples(*[st.integers(0, 2**64 - 1)] * 8),
    positions=st.lists(slots, max_size=20).map(lambda one: (*one, spec.Position(1, 2))),
    orders=st.tuples(*[st.builds(spec.OrderFill, st.integers(0, 2**40 - 1), st.integers(0, 2**31 - 1))] * 24),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keeper.db"


@pytest.fixture
def store(path):
    with Store(path, 1, HOUSE) as found:
        yield found


def step(account=1, nonce=1, block=10, **changes):
    return Step(account, nonce, block, 1000 * account + nonce, bytes(32), **changes)


# openings


def test_an_opening_is_found_by_its_commitment_ever_after(store, path):
    assert store.opening(5) is None
    store.learn({5: OPENING})
    store.learn({5: OPENING, 6: replace(OPENING, cash=1)})
    store.roll_back(0)
    assert store.opening(5) == OPENING
    store.__exit__(None, None, None)
    with Store(path, 1, HOUSE) as again:
        assert again.opening(6).cash == 1


def test_an_opening_that_was_changed_in_the_file_is_refused(store, path):
    store.learn({5: OPENING})
    store.__exit__(None, None, None)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE openings SET opening = '[\"7\"]'")
    other.close()
    with (
        Store(path, 1, HOUSE) as again,
        pytest.raises(InputError, match="a stored opening is malformed") as caught,
    ):
        again.opening(5)
    assert caught.value.source == str(path)


@given(openings)
def test_an_opening_survives_its_text(opening):
    assert read_opening(opening_text(opening)) == opening


# blocks and steps


def test_what_a_reorganisation_undoes_is_forgotten(store):
    store.advance(10, b"a", [step(owner=HOUSE), step(2, owner="0x1", block=9)], {})
    store.advance(12, b"b", [step(nonce=2, block=12, asset=3, delta=-(2**64))], {})
    assert store.blocks() == [(12, b"b"), (10, b"a")]
    assert [one.nonce for one in store.steps(1)] == [1, 2]
    assert store.steps(1)[1] == step(nonce=2, block=12, owner=HOUSE, asset=3, delta=-(2**64))
    assert [(one.account, one.nonce) for one in store.latest_steps()] == [(1, 2), (2, 1)]
    store.roll_back(11)
    assert store.blocks() == [(10, b"a")]
    assert [one.nonce for one in store.latest_steps()] == [1, 1]


def test_a_block_that_is_read_again_replaces_what_was_read_of_it(store):
    store.advance(10, b"a", [step(owner="0x1")], {})
    store.advance(10, b"b", [step(owner="0x2")], {})
    assert [one.owner for one in store.steps(1)] == ["0x2"]


def test_only_the_hashes_of_late_blocks_are_kept(store):
    for number in (1, 4000, 5000):
        store.advance(number, bytes([number % 256]), [], {})
    assert [number for number, _ in store.blocks()] == [5000, 4000]


# transactions


def test_a_transaction_is_unsettled_until_its_block_is_final(store):
    store.record(SENT)
    assert store.unsettled(0) == [SENT]
    store.settle(SENT.hash, 20, Outcome.DONE)
    assert store.unsettled(19) == [replace(SENT, block=20, outcome=Outcome.DONE)]
    assert store.unsettled(20) == []
    store.roll_back(19)
    assert store.unsettled(20) == [SENT]
    store.settle(SENT.hash, None, Outcome.DROPPED)
    assert store.unsettled(0) == []


def test_spending_includes_bids_that_may_still_be_included(store):
    store.record(SENT)
    store.record(replace(SENT, hash=b"\2" * 32, sent_at=2000, cost=7))
    assert [store.spent_since(time, 0) for time in (999, 1000, 2000)] == [57, 7, 0]
    store.settle(b"\2" * 32, 5, Outcome.FAILED)
    assert store.spent_since(0, 0) == 50


def test_a_bid_that_the_node_has_lost_counts_until_it_is_of_no_use(store):
    store.record(SENT)
    store.settle(SENT.hash, None, Outcome.DROPPED)
    assert [store.spent_since(0, lost) for lost in (999, 1000)] == [50, 0]


def test_a_bid_in_the_chain_counts_what_it_has_cost_even_if_it_seemed_lost(store):
    store.record(SENT)
    store.settle(SENT.hash, None, Outcome.DROPPED)
    store.advance(30, b"c", [], {SENT.hash: 20, b"\7" * 32: 1000})
    assert store.spent_since(0, 2000) == 20
    # And it is told of again.
    assert store.unsettled(30) == [SENT]


@pytest.mark.parametrize("settled", [False, True])
def test_what_a_reorganisation_takes_back_may_cost_as_much_as_before(store, settled):
    store.record(SENT)
    store.advance(30, b"c", [], {SENT.hash: 20})
    if settled:
        store.settle(SENT.hash, 30, Outcome.DONE)
    assert store.spent_since(0, 0) == 20
    store.roll_back(29)
    assert store.spent_since(0, 0) == 50


# the file


def test_only_the_owner_can_read_the_files(store, path):
    store.learn({5: OPENING})
    files = sorted(path.parent.iterdir())
    assert [one.name for one in files] == ["keeper.db", "keeper.db-wal"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_file_that_others_can_read_is_closed_to_them(path):
    path.touch(0o644)
    path.chmod(0o644)
    with Store(path, 1, HOUSE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("store")
def test_two_keepers_do_not_share_a_file(path):
    with pytest.raises(InputError, match="another keeper is using it"):
        Store(path, 1, HOUSE)


@pytest.mark.parametrize("market", [(2, HOUSE), (1, "0x" + "00" * 20)])
def test_a_file_is_of_one_market(path, market):
    Store(path, 1, HOUSE).__exit__(None, None, None)
    with pytest.raises(InputError, match="belongs to another market"):
        Store(path, *market)


def test_other_files_and_versions_are_refused(path):
    path.write_bytes(b"not a database, but long enough to be read as one" * 30)
    with pytest.raises(InputError, match="not a keeper's database"):
        Store(path, 1, HOUSE)
    path.unlink()
    for pragma, reason in (
        ("user_version = 1", "expected version 2, got 1"),
        ("application_id = 5", "not a keeper's"),
    ):
        Store(path, 1, HOUSE).__exit__(None, None, None)
        other = sqlite3.connect(path)
        other.execute(f"PRAGMA {pragma}")
        other.close()
        with pytest.raises(InputError, match=reason):
            Store(path, 1, HOUSE)
        path.unlink()
    with pytest.raises(InputError, match="cannot be opened"):
        Store(path / "no" / "such", 1, HOUSE)


def test_a_write_that_fails_leaves_the_state_as_it_was(store):
    store.advance(10, b"a", [step(owner="0x1")], {})
    with pytest.raises(InputError, match="cannot be written"):
        store.advance(11, b"b", [step(nonce=2)], {b"x": object()})
    assert store.blocks() == [(10, b"a")]
    assert [one.nonce for one in store.steps(1)] == [1]
