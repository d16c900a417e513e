"""A market without a node for the role of a venue: an `EventChain` with the house's conditions of batches."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from support.batch_words import words_of
from support.clearing_values import BPS, CIRCUITS, DOMAIN, TIME
from support.event_chain import FIRST, HOUSE, VENUE_KEY, VENUE_SECRET, EventChain, address, commit
from support.margin_values import snapshot
from zkmargin import ChainError, spec
from zkmargin.clearing import plan_batch
from zkmargin.contracts.house_events import BatchSettled, HealthAttested
from zkmargin.contracts.house_values import (
    AccountFlag,
    HouseAccount,
    HouseRecord,
    HouseState,
    Times,
    Waiting,
)
from zkmargin.native_hash import fast_hasher
from zkmargin.orders import SigningKey
from zkmargin.settlement.roles.venue import Venue
from zkmargin.spec.batch import REKEY_TAG

RISK = snapshot()
NOTHING = Waiting(0, 0, 0, 0)
_VIEWS = (
    "records accounts times waiting_of waiting_total key_requests cash_factor parameters requirement_bps "
    "venue_key attest"
)


class VenueMarket(EventChain):
    """A house that refuses what the contract refuses, as far as these tests need it.

    `before_settling` and `before_attesting` run before a transaction reaches the house, as other transactions can.
    """

    def __init__(self, circuits=CIRCUITS):
        super().__init__()
        self.waits, self.keys, self.flags, self.healthy, self.noticed = {}, {}, {}, {}, {}
        self.before_settling = self.before_attesting = lambda: None
        self.settled, self.factor, self.bond = [], 10**18, 0
        self.using, self.requests_of_node = circuits, 0
        self.domain = DOMAIN

    # --- what owners do

    def deposit(self, number, amount, slot=spec.CASH):
        before = self.waits.get((number, slot), NOTHING)
        self.waits[number, slot] = replace(before, amount=before.amount + amount)

    def request(self, number, key, value=None):
        super().request(number, key, value)
        self.keys[number] = fast_hasher()(key) if value is None else value

    # --- the house

    def records(self, numbers):
        self.requests_of_node += 1
        return [self.record(number) for number in numbers]

    def record(self, number):
        opening = self.ledger.accounts[number]
        flags = self.flags.get(number, AccountFlag(0))
        healthy = self.healthy.get(number, 0)
        account = HouseAccount(address(opening.owner), healthy, 0, HouseState.OPEN, flags, commit(opening))
        return HouseRecord(account, Times(0, 0, 0, 0, self.noticed.get(number, 0), 0), 0, 0)

    def times(self, number):
        self.requests_of_node += 1
        return self.record(number).times

    def accounts(self, numbers):
        return [one.account for one in self.records(numbers)]

    def waiting_of(self, accounts, assets):
        places = [(number, slot) for number in accounts for slot in assets]
        return {place: self.waits.get(place, NOTHING) for place in places}

    def waiting_total(self, slot):
        return sum(one.amount for (_, asset), one in self.waits.items() if asset == slot)

    def key_requests(self, accounts):
        return {number: self.keys.get(number, 0) for number in accounts}

    def cash_factor(self):
        return self.factor

    def parameters(self):
        return SimpleNamespace(bond=self.bond, initial_bps=BPS)

    def requirement_bps(self, draft):
        return BPS

    def venue_key(self):
        return VENUE_KEY

    def take(self, batch):
        self.before_settling()
        before = dict(self.waits), dict(self.keys)
        try:
            self._check(batch)
        except ChainError:
            self.waits, self.keys = before
            raise
        self.ledger.settle(batch.draft)
        self.batches += 1
        self.mine(
            BatchSettled(self.batches, batch.content.snapshot_root, TIME, words_of(batch.content), None)
        )
        self.settled.append(tuple(batch.draft.before))
        return 1

    def _check(self, batch):
        for request in batch.content.requests:
            if request.tag != REKEY_TAG:
                self._credit(request)
            elif self.keys.pop(request.account, 0) != request.value:
                raise ChainError("settle: reverted: NoSuchRequest")
        for number, first, _ in batch.content.accounts:
            if commit(self.ledger.accounts[number]) != first:
                raise ChainError("settle: reverted: InvalidBatch")
            if batch.content.fills and self.healthy.get(number, 0) > RISK.timestamp:
                raise ChainError("settle: reverted: OlderThanLastProof")

    def _credit(self, request):
        slot, amount = request.value & 15, request.value >> 4
        waiting = self.waits[request.account, slot]
        cost = -(-amount * self.factor // 10**18) if slot == spec.CASH else amount
        if cost > waiting.amount:
            raise ChainError("settle: reverted: NotWaiting")
        left = waiting.amount - cost
        self.waits[request.account, slot] = replace(waiting, amount=left, leaving=min(waiting.leaving, left))

    def attest(self, attestation):
        self.before_attesting()
        numbers = tuple(one.number for one in attestation.content.accounts)
        for number in numbers:
            if self.healthy.get(number, 0) >= RISK.timestamp:
                raise ChainError("attest: reverted: NothingNewer")
        self.healthy |= dict.fromkeys(numbers, RISK.timestamp)
        self.mine(HealthAttested(0, RISK.timestamp, numbers, None))
        return 1

    @property
    def block_number(self):
        return max(self.hashes)

    @property
    def market(self):
        house = SimpleNamespace(
            domain=DOMAIN,
            changes=lambda start, end: [one for one in self.events if start <= one.place.block <= end],
            settle=self.take,
            **{name: getattr(self, name) for name in _VIEWS.split()},
        )
        slots = [SimpleNamespace(slot=2), SimpleNamespace(slot=spec.CASH)]
        addresses = SimpleNamespace(house=HOUSE)
        return SimpleNamespace(
            web3=SimpleNamespace(eth=self),
            deployment=SimpleNamespace(
                block=FIRST, chain_id=1, addresses=addresses, assets=slots, circuits={}
            ),
            changes=self.changes,
            circuits=self.using,
            claims=(),
            house=house,
            time=lambda: TIME,
            require_slots=lambda _: None,
        )


class UnprovenVenue(Venue):
    """A venue that makes no proofs."""

    def __init__(self, chain, book):
        super().__init__(chain.market, book, SigningKey(VENUE_SECRET))

    def _prove(self, draft):
        return SimpleNamespace(content=plan_batch(draft, BPS, self.market.circuits).content, draft=draft)

    def _attestation(self, plan):
        return SimpleNamespace(content=plan.content)
