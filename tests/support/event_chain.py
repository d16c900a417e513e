"""A chain of events without a node, built from the specification, that replaces its last blocks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from web3 import Web3
from web3.exceptions import BlockNotFound

from support.batch_words import words_of
from support.clearing_values import BPS, CIRCUITS, DOMAIN, TIME, secret, snapshot
from zkmargin import spec
from zkmargin.clearing import Ledger, plan_batch
from zkmargin.contracts.auctions import Started
from zkmargin.contracts.house_events import (
    AccountOpened,
    AccountRegistered,
    AccountTaken,
    BatchSettled,
    CashWithdrawn,
    KeyRequested,
    KeysRenewed,
    SealedViewKey,
)
from zkmargin.contracts.place import Place
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import owner_steps
from zkmargin.spec.eddsa import trading_key

FIRST = 100
HOUSE = "0x" + "aB" * 20
VENUE_SECRET = b"\x07" * 32
VENUE_KEY = trading_key(VENUE_SECRET)
SNAPSHOT = SimpleNamespace(spec=snapshot())
"""Stands for the `zkmargin.Snapshot` of all batches."""


def address(owner: int) -> str:
    """Return an owner as an address with its checksum."""
    return Web3.to_checksum_address(f"0x{owner:040x}")


def commit(opening: spec.Account) -> int:
    """Return the commitment of an opening."""
    return spec.commitment(opening, fast_hasher())


def sealed(view_key: int, key: spec.TradingKey = VENUE_KEY) -> SealedViewKey:
    """Return a view key sealed to the venue."""
    ephemeral, value = owner_steps.seal_view_key(view_key, key, 5, fast_hasher())
    return SealedViewKey(value, ephemeral)


@dataclass
class EventChain:
    """A chain of blocks with events; its market was deployed after block 100.

    `ledger` has the openings of all accounts, as the venue's own record would.
    """

    hashes: dict[int, bytes] = field(default_factory=lambda: {FIRST: b"first"})
    events: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    ledger: Ledger = field(default_factory=lambda: Ledger(DOMAIN))
    batches: int = 0

    # --- as a node

    def mine(self, *events, count=1, branch=b""):
        for _ in range(count):
            number = max(self.hashes) + 1
            self.hashes[number] = b"%d" % number + branch
        place = Place(number, self.hashes[number], b"%d" % number, 0)
        self.events += [replace(one, place=replace(place, index=i)) for i, one in enumerate(events)]

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
        deployment = SimpleNamespace(block=FIRST, chain_id=1, addresses=SimpleNamespace(house=HOUSE))
        return SimpleNamespace(
            web3=SimpleNamespace(eth=self), deployment=deployment, changes=self.changes, circuits=CIRCUITS
        )

    # --- as a market

    def new(self, number: int) -> spec.Account:
        """Return the opening of a new account, whose owner's number is the account's and 1 000."""
        view_key = 2**200 + number
        key = spec.trading_key(secret(number))
        return spec.Account(number + 1000, number, key, view_key, 0, 0, spec.NO_AMOUNTS, ())

    def open(self, *numbers: int, **changes) -> None:
        """Register and open accounts in one block; `changes` are those of the event `Opened`."""
        for number in numbers:
            new = self.new(number)
            self.ledger.add(new)
            opened = AccountOpened(number, commit(new), new.key, sealed(new.view_key), None)
            registered = AccountRegistered(number, address(new.owner), None)
            self.mine(registered, replace(opened, **changes))

    def draft(self):
        return self.ledger.draft(snapshot(), TIME)

    def settle(self, draft, **changes) -> None:
        """Settle a draft; `changes` are those of the batch's content."""
        content = plan_batch(draft, BPS, CIRCUITS).content
        self.ledger.settle(draft)
        self.batches += 1
        root = spec.snapshot_root(snapshot(), fast_hasher())
        words = words_of(replace(content, **changes))
        self.mine(BatchSettled(self.batches, root, TIME, words, None))

    def credit(self, *numbers: int, amount: int = 10**9) -> None:
        draft = self.draft()
        for number in numbers:
            draft.credit(number, spec.CASH, amount)
        self.settle(draft)

    def withdraw(self, number: int, amount: int) -> None:
        after = owner_steps.withdrawn(self.ledger.accounts[number], spec.CASH, amount)
        self.ledger.step(after)
        self.mine(CashWithdrawn(number, spec.CASH, address(after.owner), amount, amount, commit(after), None))

    def request(self, number: int, key: spec.TradingKey, value: int | None = None) -> None:
        hashed = fast_hasher()(key) if value is None else value
        self.mine(KeyRequested(number, key, hashed, None))

    def renewed(self, number: int, owner: int, **changes) -> KeysRenewed:
        """Give an account new keys, and return the event."""
        key = spec.trading_key(secret(number + 500))
        after = owner_steps.taken_over(self.ledger.accounts[number], owner, key, 2**201 + number)
        self.ledger.step(after)
        return replace(KeysRenewed(number, commit(after), key, sealed(after.view_key), None), **changes)

    def take_over(self, number: int, winner: int) -> None:
        before = self.ledger.accounts[number]
        taken = AccountTaken(number, address(before.owner), address(winner), 5, 0, None)
        self.mine(taken, self.renewed(number, winner))

    def start(self, number: int) -> None:
        opening = self.ledger.accounts[number]
        elements = spec.opening_elements(opening, max(13, len(opening.positions)))
        self.mine(Started(number, True, 1, 2, 3, elements, None))
