"""Houses with random accounts and fills, and proofs that stand for real ones, for the tests of clearing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import zkmargin_native as native
from zkmargin import spec
from zkmargin.clearing import Batch, Draft, Ledger, Plan, SignedOrder, SignedSheet
from zkmargin.proofs.batch_instances import BatchCircuits, HealthInstance, TradeInstance, UpkeepInstance
from zkmargin.spec.health import HealthShape
from zkmargin.spec.orders import Holder, order_message, sheet_message, sheet_tree

DOMAIN, TIME, BPS = 77, 1_800_000_000, 12_500
LIVE = (1, 2, 9, 4096)
SETTLED = 17
MARKS = {1: 500, 2: 40, 9: -3, 4096: 10, SETTLED: 250}

CIRCUITS = BatchCircuits(
    match=tuple(TradeInstance(f"match_{size}", size) for size in (1, 3, 7, 15)),
    quote=tuple(TradeInstance(f"quote_{size}", size) for size in (1, 3)),
    upkeep=tuple(UpkeepInstance(f"upkeep_{size}", size, spec.STANDARD) for size in (2, 6)),
    health=(
        HealthInstance("health_1x12", HealthShape(1, spec.Shape(3, 12))),
        HealthInstance("health_4x13", HealthShape(4, spec.Shape(3, 13), octets=4)),
    ),
)
"""Circuits of which only the sizes matter, where proofs are stood for."""


@cache
def snapshot() -> spec.Snapshot:
    """Return a snapshot with live instruments and one that is settled."""
    rows = {}
    for instrument in LIVE:
        scenarios = tuple((-1) ** scenario * 20 * instrument for scenario in range(4)) + (0,) * 12
        rows[instrument] = spec.Row((*scenarios, MARKS[instrument], 5), 3, 2)
    rows[SETTLED] = spec.Row((*[0] * 16, MARKS[SETTLED], 0), 0, 0)
    table = spec.build_table(rows, native.poseidon)
    return spec.Snapshot(table, (10**6, *[0] * 7), 5, TIME)


def secret(number: int) -> bytes:
    """Return the secret of an account's trading key."""
    return number.to_bytes(32, "big")


@cache
def account(number: int, cash: int = 10**9, positions: tuple = ()) -> spec.Account:
    """Return an account with cash and a trading key."""
    held = tuple(spec.Position(*one) for one in positions)
    key = spec.trading_key(secret(number))
    return spec.Account(number + 1000, number, key, 2**200 + number, 0, cash, (10**6,) * 8, held)


def order(  # the fields of an order
    number: int,
    side: spec.Side,
    instrument: int = 1,
    *,
    most: int = 100,
    limit: int | None = None,
    sequence: int = 24,
    expiry: int = TIME,
    fee: int = 5,
) -> SignedOrder:
    """Return a signed order of an account, by default one that fills at any price."""
    worst = 2**44 - 1 if side == spec.Side.BUY else -(2**44)
    signed = spec.Order(instrument, side, most, worst if limit is None else limit, sequence, expiry, fee)
    message = order_message(signed, Holder(DOMAIN, number + 1000, number), native.poseidon)
    return SignedOrder(number, signed, spec.sign(secret(number), message, native.poseidon))


def sheet(
    number: int, entries: tuple[spec.Entry, ...], *, cap: int = 1000, sequence: int = 30
) -> SignedSheet:
    """Return a signed quote sheet of an account."""
    header = spec.Sheet(cap, sequence, TIME, 5)
    root = sheet_tree(entries, native.poseidon).root
    message = sheet_message(header, root, Holder(DOMAIN, number + 1000, number), native.poseidon)
    return SignedSheet(number, header, entries, spec.sign(secret(number), message, native.poseidon))


def house(*numbers: int, **values: object) -> Ledger:
    """Return a ledger of accounts that are alike."""
    return Ledger(DOMAIN, [account(number, **values) for number in numbers])


def fill(  # the parts of a fill
    draft: Draft,
    buyer: int,
    seller: int,
    lots: int = 1,
    *,
    instrument: int = 1,
    price: int = 500,
    sequence: int = 24,
    sequences: tuple[int, int] | None = None,
    **rates: int,
) -> None:
    """Match two accounts by orders of their own."""
    of_buyer, of_seller = sequences or (sequence, sequence)
    draft.match(
        order(buyer, spec.Side.BUY, instrument, sequence=of_buyer),
        order(seller, spec.Side.SELL, instrument, sequence=of_seller),
        lots=lots,
        price=price,
        **rates,
    )


def random_day(rng: random.Random, ledger: Ledger, count: int, draft: Draft) -> None:
    """Add random fills, expiries and credits of a ledger's accounts to a draft."""
    numbers, sequences = sorted(ledger.accounts), dict.fromkeys(ledger.accounts, 100)
    for _ in range(count):
        buyer, seller = rng.sample(numbers, 2)
        kind = rng.randrange(4)
        if kind == 0:
            draft.credit(buyer, rng.randrange(9), rng.randrange(10**6))
            continue
        instrument, lots = rng.choice(LIVE), rng.randrange(1, 20)
        price = MARKS[instrument] + rng.randrange(-5, 6)
        for number in (buyer, seller):
            sequences[number] += 1
        sell = order(seller, spec.Side.SELL, instrument, sequence=sequences[seller])
        rates = rng.randrange(6), rng.randrange(6)
        if kind == 1:
            entries = (spec.Entry(3, 1, 2, 3), spec.Entry(instrument, price, 2**44 - 1, lots))
            quotes = sheet(buyer, entries, sequence=sequences[buyer])
            draft.quote(quotes, 1, sell, lots=lots, price=price, maker_rate=rates[0], taker_rate=rates[1])
        else:
            buy = order(buyer, spec.Side.BUY, instrument, sequence=sequences[buyer])
            draft.match(buy, sell, lots=lots, price=price, buyer_rate=rates[0], seller_rate=rates[1])


def random_fills(rng: random.Random, ledger: Ledger, count: int, draft: Draft, first: int = 0) -> None:
    """Add random matches of a ledger's accounts to a draft, at fees of 1, with sequences from 24 on."""
    numbers, sequences = sorted(ledger.accounts), dict.fromkeys(ledger.accounts, 24 + first)
    for _ in range(count):
        buyer, seller = rng.sample(numbers, 2)
        instrument = rng.choice(LIVE)
        fill(
            draft,
            buyer,
            seller,
            rng.randrange(1, 20),
            instrument=instrument,
            price=MARKS[instrument] + rng.randrange(-5, 6),
            sequences=(sequences[buyer], sequences[seller]),
            buyer_rate=1,
            seller_rate=1,
        )
        for number in (buyer, seller):
            sequences[number] += 1


@dataclass(frozen=True)
class IdealProof:
    """A proof that stands for a real one: it is valid for the public signals of a task and no others."""

    circuit: str
    public: tuple[int, ...]


def ideally_proven(plan: Plan) -> Batch:
    """Return the batch of a plan with proofs that stand for real ones."""
    proofs = [IdealProof(task.circuit.name, tuple(task.public)) for task in plan.tasks]
    return Batch(plan.content, plan.proven(proofs))


def ideal_find_invalid(proofs: Sequence[tuple[str, tuple[int, ...], IdealProof]]) -> list[int]:
    """Stand for `zkmargin.proving.verify.find_invalid`, with names for keys."""
    return [
        place
        for place, (key, public, proof) in enumerate(proofs)
        if (key, tuple(public)) != (proof.circuit, proof.public)
    ]


IDEAL_KEYS = {one.name: one.name for one in CIRCUITS.all}
