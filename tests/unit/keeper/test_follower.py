"""How a keeper follows a chain that replaces its last blocks, and accounts whose funds change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from web3.exceptions import BlockNotFound

from support.margin_values import account, snapshot
from zkmargin import spec
from zkmargin.contracts.clearing_house_events import (
    Attested,
    Changed,
    Deposited,
    LossSocialised,
    Opened,
    Place,
    TakenOver,
    Traded,
    Withdrawn,
)
from zkmargin.errors import ChainError
from zkmargin.keeper.follower import Block, Follower
from zkmargin.keeper.reports import Level
from zkmargin.keeper.steps import costs_of, derived_openings
from zkmargin.keeper.store import Store
from zkmargin.proofs.transition import CASH, Change, after
from zkmargin.settlement.next_state import Step, steps_of

ALICE, BOB = "0x" + "aa" * 20, "0x" + "bb" * 20
FIRST = 100


@dataclass
class Chain:
    """A chain of blocks with events; its market was deployed after block 100."""

    hashes: dict[int, bytes] = field(default_factory=lambda: {FIRST: b"first"})
    events: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def mine(self, *events, count=1, branch=b""):
        for _ in range(count):
            number = max(self.hashes) + 1
            self.hashes[number] = b"%d" % number + branch
        self.events += [replace(one, place=Place(number, b"", b"%d" % number, 0)) for one in events]

    def undo(self, number):
        self.hashes = {one: value for one, value in self.hashes.items() if one <= number}
        self.events = [one for one in self.events if one.place.block <= number]

    def get_block(self, number):
        found = max(self.hashes) if number == "latest" else number
        if found not in self.hashes:
            raise BlockNotFound
        return {"number": found, "hash": self.hashes[found], "timestamp": 12 * found}

    def changes(self, start, end):
        self.asked.append((start, end))
        return [one for one in self.events if start <= one.place.block <= end]

    @property
    def market(self):
        return SimpleNamespace(
            web3=SimpleNamespace(eth=self), house=self, deployment=SimpleNamespace(block=FIRST)
        )


def opened(owner=ALICE, number=1):
    return Opened(number, owner, None), changed(1, number)


def changed(nonce, number=1, commitment=None):
    return Changed(number, nonce, commitment or 1000 * number + nonce, bytes(32), None)


@pytest.fixture
def chain():
    return Chain()


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "keeper.db", 1, BOB) as found:
        yield found


@pytest.fixture
def told():
    return []


@pytest.fixture
def follower(chain, store, told):
    return Follower(chain.market, store, told.append)


# blocks


def test_events_are_read_once_and_in_bites(chain, store, follower):
    chain.mine(*opened(), count=2500)
    assert follower.follow() == Block(2600, b"2600", 12 * 2600)
    assert chain.asked == [(101, 2100), (2101, 2600)]
    assert [one.owner for one in store.latest_steps()] == [ALICE]
    follower.follow()
    assert chain.asked == [(101, 2100), (2101, 2600)]
    chain.mine(changed(2))
    follower.follow()
    assert chain.asked[2:] == [(2601, 2601)]
    assert store.latest_steps()[0].nonce == 2


def test_a_reorganisation_goes_back_to_the_common_block(chain, store, follower, told):
    chain.mine(*opened())
    follower.follow()
    chain.mine(changed(2), Traded(1, None))
    follower.follow()
    chain.mine(changed(3))
    follower.follow()
    chain.undo(101)
    chain.mine(changed(2, commitment=77), Deposited(1, 8, 5, 5, None), branch=b"'")
    follower.follow()
    assert [(one.event, one.level, one.values) for one in told] == [
        ("reorganisation", Level.WARNING, {"from": 102, "to": 103})
    ]
    assert [(one.nonce, one.commitment, one.delta) for one in store.steps(1)] == [(1, 1001, 0), (2, 77, 5)]


def test_a_reorganisation_of_all_that_is_known_starts_at_the_market_s_first_block(chain, store, follower):
    chain.mine(*opened())
    follower.follow()
    chain.undo(FIRST - 1 or FIRST)
    chain.hashes[FIRST] = b"other"
    chain.mine(*opened(BOB), count=3, branch=b"'")
    follower.follow()
    assert chain.asked[-1] == (101, 103)
    assert [one.owner for one in store.latest_steps()] == [BOB]


def test_a_chain_that_has_become_shorter_is_a_reorganisation_too(chain, store, follower, told):
    chain.mine(*opened())
    follower.follow()
    chain.mine(changed(2), count=5)
    follower.follow()
    chain.undo(103)
    assert follower.follow().number == 103
    assert told[0].values == {"from": 102, "to": 106}
    assert store.latest_steps()[0].nonce == 1


def test_events_of_a_chain_that_changes_meanwhile_are_not_kept(chain, store, follower, monkeypatch):
    chain.mine(*opened())

    def swapped(start, end):
        chain.hashes[end] = b"other"
        return list(chain.events)

    monkeypatch.setattr(chain, "changes", swapped)
    with pytest.raises(ChainError, match="changed while it was read"):
        follower.follow()
    assert store.blocks() == []
    assert store.latest_steps() == []


# states


def placed(*events, transaction=b"t"):
    return [replace(one, place=Place(5, b"", transaction, n)) for n, one in enumerate(events)]


def test_each_state_knows_what_it_came_by():
    events = placed(
        *opened(),
        Deposited(1, 2, 10, 10, None),
        changed(2),
        Deposited(1, 8, 20, 19, None),
        changed(1, 2),
        changed(3),
        Attested(1, 99, None),
        Withdrawn(1, 8, BOB, 7, 7, None),
        Traded(2, None),
        changed(4),
        TakenOver(1, ALICE, BOB, -5, 0, None),
        LossSocialised(1, 5, 10**18, None),
        Deposited(1, 8, 3, 3, None),
        Attested(3, 4, None),
    )
    found = [(one.account, one.nonce, one.owner, one.asset, one.delta) for one in steps_of(events)]
    assert found == [
        (1, 1, ALICE, 2, 10),
        (1, 2, None, 8, 20),
        (2, 1, None, spec.TRADE, 0),
        (1, 3, None, 8, -7),
        (1, 4, BOB, 8, 3),
    ]


def test_a_takeover_costs_its_price_and_what_is_added():
    won = placed(TakenOver(1, ALICE, BOB, 70, 1, None), Deposited(1, 8, 40, 30, None), transaction=b"a")
    paid = placed(TakenOver(2, ALICE, BOB, -70, 0, None), transaction=b"b")
    assert costs_of([*won, *paid, *placed(Deposited(3, 8, 9, 9, None))]) == {b"a": 100, b"b": 0}


def test_openings_follow_from_one_another_until_the_next_trade():
    taken, first = snapshot(), account(owner=int(ALICE, 16))
    second = after(first, Change(CASH, Decimal("5.5")))
    third = after(second, Change("ETH", Decimal("-0.25")))
    fourth = after(third, Change(CASH, Decimal(0)), owner=int(BOB, 16))
    states = [one.opening(taken) for one in (first, second, third, fourth)]
    commitments = [spec.commitment(one) for one in states]
    moves = [(8, 0, ALICE), (8, 5_500_000, ALICE), (2, -250_000, ALICE), (8, 0, BOB)]
    steps = [
        Step(1, n + 1, 5, commitment, bytes(32), owner, asset, delta)
        for n, (commitment, (asset, delta, owner)) in enumerate(zip(commitments, moves, strict=True))
    ]
    known = {commitments[0]: states[0]}
    assert derived_openings(steps, known.get) == dict(zip(commitments[1:], states[1:], strict=True))
    # From the last one that is known on; not across a trade, a gap, or a change that does not lead there.
    assert derived_openings(steps, {commitments[2]: states[2]}.get) == {commitments[3]: states[3]}
    assert derived_openings(steps, {}.get) == {}
    assert (
        set(derived_openings([steps[0], replace(steps[1], asset=spec.TRADE), *steps[2:]], known.get)) == set()
    )
    assert derived_openings([steps[0], *steps[2:]], known.get) == {}
    assert derived_openings([steps[0], replace(steps[1], delta=1)], known.get) == {}
    assert derived_openings([steps[0], replace(steps[1], asset=2, delta=-(2**64))], known.get) == {}
