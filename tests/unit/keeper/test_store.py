"""What a keeper records of its transactions, and that two keepers do not share a record."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace

import pytest

from zkmargin.errors import InputError
from zkmargin.keeper.sent import Outcome, Sent
from zkmargin.keeper.store import Store
from zkmargin.keeper.world import Purpose

SENT = Sent(b"\1" * 32, Purpose.BID, (4,), 10, 30, 2, 1000, cost=50)
CALL = Sent(b"\2" * 32, Purpose.CALL, (4, 7, 9), 11, 30, 2, 2000)
APPROVAL = Sent(b"\3" * 32, Purpose.APPROVE, (), 12, 30, 2, 2000)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keeper.db"


@pytest.fixture
def store(path):
    with Store(path) as found:
        yield found


def test_a_transaction_is_unsettled_until_its_block_is_final(store):
    for one in (SENT, CALL, APPROVAL):
        store.record(one)
    assert store.unsettled(0) == store.pending() == [SENT, CALL, APPROVAL]
    store.settle(SENT.hash, 20, Outcome.DONE)
    assert store.pending() == [CALL, APPROVAL]
    assert store.unsettled(19)[0] == replace(SENT, block=20, outcome=Outcome.DONE)
    assert store.unsettled(20) == [CALL, APPROVAL]
    store.settle(SENT.hash, None, None)
    assert store.pending()[0] == SENT


def test_spending_includes_bids_and_deposits_that_may_still_be_included(store):
    store.record(SENT)
    store.record(replace(SENT, hash=b"\2" * 32, purpose=Purpose.DEPOSIT, nonce=11, sent_at=2000, cost=7))
    assert [store.spent_since(time) for time in (999, 1000, 2000)] == [57, 7, 0]
    store.settle(b"\2" * 32, 5, Outcome.FAILED, 0)
    assert store.spent_since(0) == 50


def test_a_bid_in_the_chain_counts_what_it_has_cost_and_a_deposit_its_amount(store):
    store.record(SENT)
    store.settle(SENT.hash, 20, Outcome.DONE, 20)
    store.record(replace(SENT, hash=b"\2" * 32, purpose=Purpose.DEPOSIT, nonce=11, cost=7))
    store.settle(b"\2" * 32, 20, Outcome.DONE)
    assert store.spent_since(0) == 27
    # A reorganisation takes it back: it may cost as much as before.
    store.settle(SENT.hash, None, None)
    assert store.spent_since(0) == 57


def test_a_bid_that_the_node_has_lost_counts_until_another_one_has_its_nonce(store):
    store.record(SENT)
    store.settle(SENT.hash, None, Outcome.DROPPED)
    assert store.spent_since(0) == 50
    # It is looked for, as another node may have it.
    assert store.unsettled(99) == [replace(SENT, outcome=Outcome.DROPPED)]
    assert store.pending() == []
    store.record(replace(CALL, nonce=SENT.nonce))
    assert store.spent_since(0) == 50
    store.settle(CALL.hash, 30, Outcome.FAILED)
    assert store.spent_since(0) == 0
    assert store.unsettled(99) == []


def test_accounts_are_bought_by_bids_in_the_chain(store):
    for number, one in enumerate((SENT, SENT, CALL), 1):
        store.record(replace(one, hash=bytes([number]) * 32, accounts=(number,), nonce=number))
    assert store.bought() == frozenset()
    store.settle(b"\1" * 32, 5, Outcome.DONE, 3)
    store.settle(b"\2" * 32, 5, Outcome.FAILED, 0)
    store.settle(b"\3" * 32, 5, Outcome.DONE)
    assert store.bought() == {1}


# the file


def test_only_the_owner_can_read_the_file(path):
    path.touch(0o644)
    with Store(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_keepers_do_not_share_a_record(path):
    with Store(path) as store:
        with pytest.raises(InputError, match="another process is using it"):
            Store(path)
        store.record(SENT)
    # Also one that has not written yet.
    with Store(path), pytest.raises(InputError, match="another process is using it"):
        Store(path)


def test_other_files_and_versions_are_refused(path):
    path.write_bytes(b"not a database, but long enough to be read as one" * 30)
    with pytest.raises(InputError, match="expected a keeper's record"):
        Store(path)
    path.unlink()
    for pragma, reason in (
        ("user_version = 2", "expected version 3, got 2"),
        ("application_id = 5", "expected a keeper's record"),
    ):
        Store(path).close()
        other = sqlite3.connect(path)
        other.execute(f"PRAGMA {pragma}")
        other.close()
        with pytest.raises(InputError, match=reason):
            Store(path)
        path.unlink()


def test_a_write_that_fails_leaves_the_record_as_it_was(store):
    store.record(SENT)
    with pytest.raises(InputError, match="cannot be written") as caught:
        store.record(replace(SENT, sent_at=object()))
    assert caught.value.source == store.source
    assert store.pending() == [SENT]
