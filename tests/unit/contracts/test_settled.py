"""A batch from the event of a house: what was encoded is read again."""

from __future__ import annotations

import random

import pytest
from eth_abi.abi import encode

from support.clearing_values import CIRCUITS, TIME, house, random_day, snapshot
from zkmargin import InputError
from zkmargin.clearing import Batch, plan_batch
from zkmargin.contracts import settled
from zkmargin.contracts.batches import batch_arguments
from zkmargin.contracts.settled import settled_content
from zkmargin.proving.artifacts import Proof

MADE_UP = Proof((1, 2), ((3, 4), (5, 6)), (7, 8))


@pytest.fixture(scope="module")
def batch():
    ledger = house(*range(1, 9))
    draft = ledger.draft(snapshot(), TIME)
    random_day(random.Random(3), ledger, 20, draft)  # noqa: S311  # a test
    plan = plan_batch(draft, requirement_bps=12_500, circuits=CIRCUITS)
    return Batch(plan.content, plan.proven([MADE_UP] * len(plan.content.parts)))


def call_of(batch, arguments=None):
    content = batch.content
    firsts = [touched.first for touched in content.accounts]
    given = arguments or batch_arguments(batch), content.domain, content.requirement_bps, firsts
    return settled._SELECTOR + encode(settled._ARGUMENTS, given)


def test_the_content_of_a_batch_is_read_from_its_call(batch):
    found = settled_content(call_of(batch), CIRCUITS)
    assert found == batch.content
    assert found.challenge() == batch.content.challenge()


def test_other_bytes_are_refused(batch):
    call = call_of(batch)
    for other in (b"", b"abcd", b"\0" * 4 + call[4:], call[:-64], call[:200]):
        with pytest.raises(InputError, match="not a call of checkBatch"):
            settled_content(other, CIRCUITS)


def test_an_unknown_circuit_is_named(batch):
    time, reduce_only, root, touched, fills, *rest = batch_arguments(batch)
    fills = [(b"\x01" * 32, *fills[0][1:]), *fills[1:]]
    call = call_of(batch, (time, reduce_only, root, touched, fills, *rest))
    with pytest.raises(InputError, match="no circuit of this market has the id 0x0101"):
        settled_content(call, CIRCUITS)
