"""A batch from the event of a house: holders follow their accounts from its words."""

from __future__ import annotations

import random

import pytest

from support.batch_words import words_of
from support.clearing_values import BPS, CIRCUITS, TIME, house, random_day, snapshot
from zkmargin import InputError, spec
from zkmargin.clearing import follow, plan_batch
from zkmargin.clearing.batch import circuit_word
from zkmargin.contracts.settled import settled_content


@pytest.fixture(scope="module")
def ledger():
    return house(*range(1, 9))


@pytest.fixture(scope="module")
def draft(ledger):
    draft = ledger.draft(snapshot(), TIME)
    random_day(random.Random(3), ledger, 20, draft)  # noqa: S311  # a test
    return draft


@pytest.fixture(scope="module")
def content(draft):
    return plan_batch(draft, BPS, CIRCUITS).content


def test_the_content_is_read_from_its_words(content):
    found = settled_content(words_of(content, (7, 9)), CIRCUITS)
    assert found.operations == content.operations
    assert found.requests == content.requests
    assert found.fees == 7 * len(content.fills)


def test_holders_follow_their_accounts(content, draft, ledger):
    found = settled_content(words_of(content), CIRCUITS)
    after = draft.after
    for number, opening in ledger.accounts.items():
        if number in found.accounts:
            last = found.accounts[number]
            assert follow(opening, last, found.operations, snapshot=snapshot()) == after[number]
    assert spec.commitment(after[1]) == found.accounts[1]


def test_words_that_end_early_or_late_are_refused(content):
    words = words_of(content)
    with pytest.raises(InputError, match="ends within a list"):
        settled_content(words[:-32], CIRCUITS)
    with pytest.raises(InputError, match="ends within a list"):
        settled_content(b"", CIRCUITS)
    with pytest.raises(InputError, match="words behind its last list"):
        settled_content(words + b"\0" * 32, CIRCUITS)
    with pytest.raises(InputError, match="words behind its last list"):
        settled_content(words + b"\0", CIRCUITS)


def test_an_unknown_circuit_is_named(content):
    words = words_of(content)
    known = circuit_word(content.fills[0].circuit).to_bytes(32, "big")
    with pytest.raises(InputError, match="no circuit of this market has the id 0x0101"):
        settled_content(words.replace(known, b"\x01" * 32), CIRCUITS)
