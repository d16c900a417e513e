"""A book keeps every opening, for its owner alone, whatever happens to the process that writes it."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.event_chain import HOUSE, address, commit
from zkmargin import InputError, spec
from zkmargin.settlement.book import Book, HeadRow, OwnerRow, Read

OPENING = spec.Account(7, 4, spec.NO_KEY, 2**200, 1, -5, (0,) * 8, (spec.Position(3, -2),))
NEXT = replace(OPENING, nonce=2, cash=8)

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
    positions=st.lists(slots, max_size=127).map(lambda one: (*one, spec.Position(1, 2))) | st.just(()),
    orders=st.tuples(*[st.builds(spec.OrderFill, st.integers(0, 2**40 - 1), st.integers(0, 2**31 - 1))] * 24),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.db"


@pytest.fixture
def book(path):
    with Book(path) as found:
        yield found


def read(number, *heads, owners=(), openings=(), untried=False):
    """Return what blocks up to one say: heads as (account, place, commitment)."""
    rows = [HeadRow(account, number, place, commitment, "settled") for account, place, commitment in heads]
    of = [OwnerRow(account, number, place, owner) for account, place, owner in owners]
    return Read((number, b"%d" % number), rows, of, {commit(one): one for one in openings}, [], untried)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(openings)
def test_an_opening_is_found_by_its_commitment(book, opening):
    book.learn(opening)
    assert book.opening(commit(opening)) == opening


def test_openings_are_kept_for_ever(book, path):
    assert book.opening(commit(OPENING)) is None
    book.learn(OPENING)
    book.learn(OPENING, NEXT)
    book.roll_back(-1)
    book.close()
    with Book(path) as again:
        assert [again.opening(commit(one)) for one in (OPENING, NEXT)] == [OPENING, NEXT]


def test_the_present_opening_is_that_of_the_last_commitment(book):
    assert book.head(4) is None
    assert book.present(4) is None
    assert book.advance(None, read(10, (4, 3, commit(OPENING)), (5, 1, 55), openings=[OPENING]))
    assert (book.head(4), book.head(5)) == (commit(OPENING), 55)
    assert book.accounts() == {4: OPENING}
    assert book.unknown() == {5: "settled"}
    book.learn(NEXT)
    assert book.present(4) == OPENING
    assert book.advance((10, b"10"), read(11, (4, 2, 77), (4, 5, commit(NEXT))))
    assert book.present(4) == NEXT


def test_a_named_batch_is_settled_once_all_its_states_are_on_the_chain(book, path):
    assert not book.has_settled("a")
    book.note_batch("a", [5, 6])
    book.note_batch("a", [5, 7])
    book.note_batch("b", [5])
    book.advance(None, read(1, (4, 0, 5)))
    assert [book.has_settled(name) for name in "ab"] == [False, True]
    book.advance((1, b"1"), read(2, (3, 0, 7)))
    with Book(path) as other:
        assert other.has_settled("a")
    # A reorganisation drops the batch.
    book.roll_back(1)
    assert [book.has_settled(name) for name in "ab"] == [False, True]


def test_going_back_restores_what_was(book):
    book.advance(None, read(10, (4, 0, commit(OPENING)), owners=[(4, 0, address(7))], openings=[OPENING]))
    book.advance((10, b"10"), read(11, (4, 0, commit(NEXT)), owners=[(4, 0, address(8))], openings=[NEXT]))
    assert (book.present(4), book.owned_by(address(7)), book.owned_by(address(8))) == (NEXT, (), (4,))
    book.roll_back(10)
    assert (book.present(4), book.owner(4)) == (OPENING, address(7))
    assert book.blocks() == [(10, b"10")]
    assert book.opening(commit(NEXT)) == NEXT


def test_blocks_of_which_the_hash_is_not_kept_are_forgotten_too(book):
    book.advance(None, read(10, (4, 0, commit(OPENING))))
    book.advance((10, b"10"), read(10_000, (4, 0, commit(NEXT))))
    book.roll_back(9_000)
    assert book.blocks() == []
    assert book.head(4) is None


def test_only_one_of_two_that_read_on_stores_it(book, path):
    with Book(path) as other:
        assert other.advance(None, read(10, (4, 0, 1)))
        assert not book.advance(None, read(12, (4, 0, 2)))
        assert book.head(4) == 1
        assert book.advance((10, b"10"), read(12, (4, 0, 2)))
        assert other.head(4) == 2


def test_an_opening_of_a_past_state_makes_the_chain_be_read_again_from_there(book):
    book.advance(None, read(10, (5, 0, 55)))
    book.advance((10, b"10"), read(11, (4, 0, commit(OPENING))))
    book.advance((11, b"11"), read(12, (4, 0, commit(NEXT))))
    book.learn(OPENING)
    assert book.blocks() == [(10, b"10")]
    # Not again: nobody might be able to tell the next state.
    book.advance((10, b"10"), read(12, (4, 0, commit(NEXT))))
    book.learn(OPENING)
    assert book.blocks()[0] == (12, b"12")


def test_a_secret_that_was_not_tried_makes_the_chain_be_read_again(book):
    keys = spec.TradingKey(1, 2), spec.TradingKey(3, 4)
    book.advance(None, read(10, (4, 0, 1), untried=True))
    book.try_key(keys[0])
    assert book.blocks() == []
    book.advance(None, read(10, (4, 0, 1)))
    book.try_key(keys[0])
    assert book.blocks() == [(10, b"10")]
    book.try_key(keys[1])
    assert book.blocks() == []
    book.advance(None, read(10, (4, 0, 1), untried=True))
    book.try_key(keys[1])
    assert book.blocks() == []


# the file


@pytest.mark.skipif(sys.platform == "win32", reason="no modes of files")
def test_only_its_owner_can_read_the_file(tmp_path):
    path = tmp_path / "mine.db"
    path.touch(mode=0o644)
    with Book(path) as book:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with book.writing() as connection:
            connection.execute("INSERT INTO meta VALUES ('a', 'b')")
            assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}
            assert len(list(tmp_path.iterdir())) == 2


def test_nothing_shows_an_opening(book):
    book.learn(OPENING)
    assert str(2**200) not in repr(book) + repr(read(1, openings=[OPENING]))


def test_other_files_are_refused(tmp_path):
    text = tmp_path / "text"
    text.write_text("x" * 5000)
    with pytest.raises(InputError, match="text: expected a book of openings"):
        Book(text)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE one (two)")
    connection.close()
    with pytest.raises(InputError, match=r"other\.db: expected a book of openings"):
        Book(other)
    with pytest.raises(InputError, match="cannot be opened"):
        Book(tmp_path / "missing" / "mine.db")


def test_another_version_is_refused(book, path):
    with book.writing() as connection:
        connection.execute("PRAGMA user_version = 9")
    book.close()
    with pytest.raises(InputError, match="expected version 1, got 9"):
        Book(path)


def test_a_book_belongs_to_one_market(book):
    book.require_market(1, HOUSE)
    book.require_market(1, HOUSE)
    for chain, house in ((2, HOUSE), (1, "0x" + "cD" * 20)):
        with pytest.raises(InputError, match="belongs to another market"):
            book.require_market(chain, house)


def test_an_opening_that_was_changed_in_the_file_is_refused(book):
    book.learn(OPENING)
    with book.writing() as connection:
        connection.execute("UPDATE openings SET opening = x'00'")
    with pytest.raises(InputError, match=r"mine\.db: a stored opening is malformed"):
        book.opening(commit(OPENING))


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_a_book_that_is_killed_between_learning_and_sending_knows_the_opening(path):
    program = f"""
import os, signal
from pathlib import Path
from zkmargin import spec
from zkmargin.settlement.book import Book
book = Book(Path({str(path)!r}))
book.learn(spec.Account(7, 4, spec.NO_KEY, 2**200, 1, -5, (0,) * 8, (spec.Position(3, -2),)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    with Book(path) as book:
        assert book.opening(commit(OPENING)) == OPENING


def test_another_process_writes_meanwhile(book, path):
    program = f"""
from pathlib import Path
from zkmargin import spec
from zkmargin.settlement.book import Book
with Book(Path({str(path)!r})) as book:
    print("open", flush=True)
    book.learn(spec.Account(7, 4, spec.NO_KEY, 2**200, 1, -5, (0,) * 8, (spec.Position(3, -2),)))
"""
    with book.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)  # noqa: S603
        # Waits for this transaction.
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(1.5)
    assert child.wait(20) == 0
    child.stdout.close()
    assert book.opening(commit(OPENING)) == OPENING
