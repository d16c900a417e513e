"""Drafts of a venue against a house that stands for the chain's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from support.margin_values import snapshot
from support.order_values import secret
from zkmargin import spec
from zkmargin.contracts.house_values import AccountFlag, HouseAccount, HouseRecord, HouseState, Times, Waiting
from zkmargin.orders import Fill, Fills, Order, SigningKey, sign_order
from zkmargin.proofs.batch_instances import batch_circuits
from zkmargin.settlement.roles import drafts
from zkmargin.settlement.roles.drafts import Drafter
from zkmargin.spec import CASH, Holder, Side

DOMAIN, NOW = 77, 1_700_000_000
D = Decimal
MICRO = 10**6
MARKET = snapshot(timestamp=NOW)
NOTHING = Waiting(0, 0, 0, 0)
KEY = SigningKey(secret("next")).key


class House:
    """What drafts ask of a house."""

    domain = DOMAIN

    def __init__(self):
        self.known = {}
        self.noticed = {}
        self.funds = {}
        self.requests = {}
        self.factor = 10**18
        self.bond = 0

    def records(self, numbers):
        times = {number: Times(0, 0, 0, 0, self.noticed.get(number, 0), 0) for number in numbers}
        return [HouseRecord(self.known[number], times[number], 0, 0) for number in numbers]

    def waiting_of(self, numbers, slots):
        return {
            (number, slot): self.funds.get((number, slot), NOTHING) for number in numbers for slot in slots
        }

    def waiting_total(self, slot):
        return sum(one.amount for (_, other), one in self.funds.items() if other == slot)

    def key_requests(self, numbers):
        return {number: self.requests.get(number, 0) for number in numbers}

    def cash_factor(self):
        return self.factor

    def parameters(self):
        return SimpleNamespace(bond=self.bond, initial_bps=12_500)


class World:
    """A house, a book of openings, and a venue that drafts."""

    def __init__(self):
        self.house, self.openings = House(), {}
        assets = tuple(SimpleNamespace(slot=slot) for slot in (2, CASH))
        market = SimpleNamespace(
            house=self.house,
            circuits=batch_circuits(),
            deployment=SimpleNamespace(assets=assets),
            require_slots=lambda _: None,
            time=lambda: NOW,
        )
        book = SimpleNamespace(accounts=lambda: dict(self.openings), requested_key=lambda *_: KEY)
        self.venue = Drafter.__new__(Drafter)
        self.venue.market, self.venue.book = market, book

    def add(self, number, cash=10**10, positions=(), flags=AccountFlag.BONDED, **changes):
        key = SigningKey(secret(str(number))).key
        amounts = changes.pop("amounts", spec.NO_AMOUNTS)
        self.openings[number] = spec.Account(
            100 + number, number, key, 2**200, 0, cash, amounts, tuple(positions)
        )
        record = HouseAccount("0x" + "11" * 20, NOW, 0, HouseState.OPEN, flags, 5)
        self.house.known[number] = replace(record, **changes)

    def waits(self, number, asset, amount, leaving=0):
        self.house.funds[number, asset] = Waiting(amount, 0, leaving, NOW)


@pytest.fixture
def world():
    return World()


def credits_of(draft):
    return [
        (one.account, one.asset, one.amount) for one, _ in draft.operations if isinstance(one, spec.Credit)
    ]


def test_what_waits_and_does_not_leave_is_credited(world):
    for number in (1, 2):
        world.add(number)
    world.waits(1, CASH, 700, leaving=200)
    world.waits(2, 2, 5)
    assert credits_of(world.venue.upkeep(MARKET)) == [(1, CASH, 500), (2, 2, 5)]
    assert credits_of(world.venue.upkeep(MARKET, leaving=True)) == [(1, CASH, 700), (2, 2, 5)]


def test_after_a_loss_a_credit_of_cash_costs_at_most_what_waits(world):
    world.add(1)
    world.house.factor = 10**18 * 2 // 3
    world.waits(1, CASH, 1001)
    ((_, _, amount),) = credits_of(world.venue.upkeep(MARKET))

    def cost(credit):
        return -(-credit * world.house.factor // 10**18)

    assert cost(amount) <= 1001 < cost(amount + 1)


def test_what_is_worth_no_credit_and_what_is_unknown_makes_no_operation(world):
    world.add(1)
    world.waits(1, CASH, 0)
    world.waits(9, CASH, 100)
    assert not world.venue.upkeep(MARKET).operations


def test_an_amount_beyond_an_accounts_range_stops_no_other(world):
    world.add(1, amounts=(0, 0, 2**64 - 1, 0, 0, 0, 0, 0))
    world.add(2)
    for number in (1, 2):
        world.waits(number, 2, 5)
    assert credits_of(world.venue.upkeep(MARKET)) == [(2, 2, 5)]


def test_accounts_that_no_batch_can_contain_are_left_out(world):
    world.add(1, state=HouseState.SEIZED)
    world.add(2, flags=AccountFlag.NOTICED)
    world.add(3, flags=AccountFlag.NOTICED)
    world.house.noticed = {2: NOW - 700, 3: NOW - 5}
    for number in (1, 2, 3):
        world.waits(number, CASH, 5)
    assert credits_of(world.venue.upkeep(MARKET)) == [(3, CASH, 5)]


def test_settled_positions_expire_and_requested_keys_are_given(world):
    parts = MARKET.parts
    row = parts.rows[4096]
    rows = {**parts.rows, 4096: replace(row, slots=(*[0] * 16, row.slots[16], 0), add_on=0)}
    listings = (*parts.listings[:2], replace(parts.listings[2], settled=NOW - 60))
    settled = type(MARKET).commit(replace(parts, rows=rows, listings=listings))
    world.add(1, positions=[spec.Position(0, 1), spec.Position(4096, 3)])
    world.house.requests[1] = 12345
    draft = world.venue.upkeep(settled)
    assert [type(one) for one, _ in draft.operations] == [spec.Expire, spec.Rekey]
    assert (draft.after[1].held, draft.after[1].key) == ((spec.Position(0, 1),), KEY)


def test_a_draft_of_upkeep_is_bounded(world, monkeypatch):
    monkeypatch.setattr(drafts, "MOST_ACCOUNTS", 2)
    for number in (1, 2, 3):
        world.add(number)
        world.waits(number, CASH, 5)
    assert list(world.venue.upkeep(MARKET).after) == [1, 2]


# fills


def order(folder, number, side, place=0):
    terms = Order("BTC-PERPETUAL", side, D("0.1"), D(45_000), D(0), 24 + place, NOW + 60)
    signed = sign_order(terms, Holder(DOMAIN, 100 + number, number), SigningKey(secret(str(number))), MARKET)
    name = f"{number}-{side.name}-{place}.json"
    signed.save(folder / name)
    return name


def fill(folder, buyer, seller, quantity, place=0):
    buy, sell = order(folder, buyer, Side.BUY, place), order(folder, seller, Side.SELL, place)
    return Fill(buy, sell, D(quantity), D(45_000), D(0), D(0))


def fills(folder, *found):
    return Fills("a", found, source=str(folder / "fills.json"))


def test_a_fill_of_an_account_that_falls_short_is_left_out_and_others_stay(world, tmp_path):
    world.add(1, cash=1)
    for number in (2, 3, 4, 5):
        world.add(number, cash=100 * MICRO)
    listed = fills(
        tmp_path,
        fill(tmp_path, 2, 1, "0.002"),
        fill(tmp_path, 4, 5, "0.001", place=1),
    )
    made = world.venue.fill(listed, MARKET)
    assert [one.place for one in made.dropped] == [0]
    assert made.dropped[0].reason.startswith("account 1: ")
    assert list(made.draft.after) == [4, 5]


def test_a_reduction_needs_the_position_that_a_dropped_fill_would_have_given(world, tmp_path):
    world.add(1, cash=1)
    for number in (2, 3):
        world.add(number, cash=100 * MICRO)
    world.openings[3] = replace(world.openings[3], positions=(spec.Position(4096, -1),))
    world.openings[1] = replace(world.openings[1], positions=(spec.Position(4096, 9),), cash=-(10**10))
    listed = fills(tmp_path, fill(tmp_path, 3, 1, "0.001"), fill(tmp_path, 3, 2, "0.001", place=1))
    made = world.venue.fill(listed, MARKET, reduce_only=True)
    assert [one.place for one in made.dropped] == [0, 1]
    assert not made.draft.operations


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"flags": AccountFlag(0)}, "account 1: its owner has not left the bond"),
        ({"last_healthy_at": NOW + 1}, "account 1: the snapshot is older than its last proof of health"),
        ({"flags": AccountFlag.BONDED | AccountFlag.EXPOSED}, "account 1: its opening was published"),
    ],
)
def test_a_fill_of_an_account_that_may_not_trade_is_left_out(world, tmp_path, change, reason):
    world.house.bond = 1
    world.add(1, **change)
    world.add(2)
    made = world.venue.fill(fills(tmp_path, fill(tmp_path, 1, 2, "0.001")), MARKET)
    ((place, found),) = [(one.place, one.reason) for one in made.dropped]
    assert place == 0
    assert found.startswith(reason)
    assert not made.draft.operations
