"""Plans: every operation in one proof and every account in one group, and a content that z depends on."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.clearing_values import BPS, CIRCUITS, TIME, fill, house, random_day, snapshot
from zkmargin import spec
from zkmargin.clearing import plan, plan_batch
from zkmargin.clearing.plan import _packed
from zkmargin.errors import InputError


def day(seed=1, count=20, accounts=7):
    ledger = house(*range(1, accounts + 1))
    draft = ledger.draft(snapshot(), TIME)
    random_day(random.Random(seed), ledger, count, draft)  # noqa: S311  # a test
    return ledger, draft


@given(st.integers(1, 70), st.sets(st.sampled_from([1, 3, 7, 15]), min_size=1))
def test_every_operation_is_in_one_proof_that_holds_it(count, sizes):
    instances = [one for one in CIRCUITS.match if one.operations in sizes]
    parts = _packed(list(range(count)), instances, "match")
    assert [one for part, _ in parts for one in part] == list(range(count))
    assert all(1 <= len(part) <= one.operations for part, one in parts)
    assert all(len(part) == one.operations for part, one in parts[:-1])


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (2, [3]), (4, [7]), (8, [15]), (15, [15]), (16, [15, 1]), (33, [15, 15, 3])],
)
def test_what_is_left_goes_to_the_smallest_circuit_that_holds_it(count, sizes):
    parts = _packed(list(range(count)), CIRCUITS.match, "match")
    assert [one.operations for _, one in parts] == sizes


def test_an_account_that_is_touched_many_times_stands_once_with_its_first_and_last_state():
    ledger = house(1, 2)
    draft = ledger.draft(snapshot(), TIME)
    for sequence in range(24, 44):
        fill(draft, *((1, 2) if sequence % 2 else (2, 1)), sequence=sequence)
    content = plan_batch(draft, BPS, CIRCUITS).content
    assert [(one.number, one.first) for one in content.accounts] == [
        (1, ledger.commitment(1)),
        (2, ledger.commitment(2)),
    ]
    ledger.settle(draft)
    assert [one.last for one in content.accounts] == [ledger.commitment(1), ledger.commitment(2)]
    assert [part.circuit for part in content.fills] == ["match_15", "match_7"]


def test_accounts_ascend_and_each_has_one_proof_of_health():
    _, draft = day()
    content = plan_batch(draft, BPS, CIRCUITS).content
    numbers = [one.number for one in content.accounts]
    assert numbers == sorted(draft.after)
    assert sorted(number for part in content.health for number in part.accounts) == numbers


def test_upkeep_alone_needs_no_health():
    ledger = house(1, 2, cash=-(10**6))
    draft = ledger.draft(snapshot(), TIME)
    draft.credit(1, spec.CASH, 5)
    content = plan_batch(draft, BPS, CIRCUITS).content
    assert (content.health, content.fills) == ((), ())
    assert content.requests == (spec.Request(1, 1, spec.CASH + 2**4 * 5),)


def test_nothing_and_what_no_circuit_proves_is_refused():
    ledger = house(1, 2)
    draft = ledger.draft(snapshot(), TIME)
    with pytest.raises(InputError, match="at least one operation"):
        plan_batch(draft, BPS, CIRCUITS)
    draft.credit(1, 0, 5)
    with pytest.raises(InputError, match="no circuit for operations of the kind upkeep"):
        plan_batch(draft, BPS, replace(CIRCUITS, upkeep=()))


def test_a_draft_with_too_many_states_for_one_batch_is_refused(monkeypatch):
    _, draft = day(count=3)
    factors = 2 * sum(len(done.steps) for done in draft.operations) + 2 * len(draft.after)
    monkeypatch.setattr(plan, "MOST_FACTORS", factors + 1)
    assert plan_batch(draft, BPS, CIRCUITS)
    monkeypatch.setattr(plan, "MOST_FACTORS", factors)
    with pytest.raises(InputError, match="factors of states or more"):
        plan_batch(draft, BPS, CIRCUITS)


def _changed(content):
    """Return contents with one value changed each."""
    first, *others = content.accounts
    fill_part, upkeep, health = content.fills[0], content.upkeep[0], content.health[0]
    request = content.requests[0]
    yield replace(content, domain=content.domain + 1)
    yield replace(content, time=content.time + 1)
    yield replace(content, reduce_only=True)
    yield replace(content, snapshot_root=1)
    yield replace(content, requirement_bps=BPS - 1)
    for change in ({"number": 99}, {"first": 1}, {"last": 1}):
        yield replace(content, accounts=(first._replace(**change), *others))
    for change in ({"circuit": "match_3"}, {"digest": 1}, {"elements": fill_part.elements[:-1]}):
        yield replace(content, fills=(replace(fill_part, **change), *content.fills[1:]))
    yield replace(content, upkeep=(replace(upkeep, digest=1), *content.upkeep[1:]))
    yield replace(content, requests=(request._replace(value=1), *content.requests[1:]))
    for change in ({"circuit": "health_1x12"}, {"digest": 1}, {"accounts": health.accounts[:-1]}):
        yield replace(content, health=(replace(health, **change), *content.health[1:]))
    # Between lists, whose lengths are hashed too.
    yield replace(content, fills=content.fills[1:], upkeep=(fill_part, *content.upkeep))


def test_clearing_attack_z_depends_on_every_value_of_the_content():
    _, draft = day()
    content = plan_batch(draft, BPS, CIRCUITS).content
    challenges = [one.challenge() for one in (content, *_changed(content))]
    assert len(set(challenges)) == len(challenges)


def test_no_repr_of_a_plan_shows_a_signal():
    _, draft = day()
    made = plan_batch(draft, BPS, CIRCUITS)
    assert "viewKey" not in repr(made)
    assert "viewKey" not in repr(made.tasks)
