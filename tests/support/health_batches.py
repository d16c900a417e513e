"""Random batches for the health circuits: healthy accounts of one venue, ordinary and extreme, and their snapshot."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import zkmargin_native as native
from zkmargin import spec
from zkmargin.spec import constants as c

TOP = 2**c.VALUE_BITS - 1
MOST = 2**c.LOT_BITS - 1
PER_CASH = c.BPS_UNIT * c.PICO_PER_MICRO
LEVELS = (0, 1, 10_000, 12_500, 2**20 - 1)


@dataclass(frozen=True)
class Batch:
    """The subject of a proof of health."""

    accounts: tuple[spec.Account, ...]
    snapshot: spec.Snapshot
    requirement_bps: int
    z: int

    def inputs(self, shape: spec.HealthShape, hasher: spec.Hasher = native.poseidon) -> spec.HealthInputs:
        """Return the inputs of a circuit."""
        return spec.health_inputs(
            self.accounts, self.snapshot, shape, self.requirement_bps, self.z, hasher=hasher
        )


def batches(
    shape: spec.HealthShape, count: int, seed: int, hasher: spec.Hasher = native.poseidon
) -> Iterator[Batch]:
    """Yield batches that fit a circuit, some with fewer accounts than it has places."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    for _ in range(count):
        yield _batch(shape, rng, hasher)


def exactly_enough(account: spec.Account, snapshot: spec.Snapshot, bps: int, *, funded: bool) -> spec.Account:
    """Return an account with the least cash for which it is healthy, and if asked for also funded."""
    return replace(account, cash=_least_cash(account, snapshot, bps, funded=funded))


def _least_cash(account: spec.Account, snapshot: spec.Snapshot, bps: int, *, funded: bool) -> int:
    result = spec.margin(replace(account, cash=0), snapshot)
    cash = -(result.surplus(bps) // PER_CASH)
    return max(cash, -sum(lane.mark for lane in result.lanes)) if funded else cash


def _batch(shape: spec.HealthShape, rng: random.Random, hasher: spec.Hasher) -> Batch:
    lanes = sorted(rng.sample(range(c.UNDERLYINGS), shape.account.lanes))
    listed = _listed(shape, lanes, rng)
    scale = rng.choice([1, 1000, TOP])
    rows = {instrument: _row(shape.account.layout, scale, rng) for instrument in listed}
    prices = tuple(rng.choice([0, 1, 2**64 - 1, rng.randrange(2**64)]) for _ in range(c.COLLATERALS))
    table = spec.build_table(rows, hasher, shape.account.layout)
    snapshot = spec.Snapshot(table, prices, rng.randrange(c.FIELD), rng.randrange(2**64))
    bps = rng.choice([*LEVELS, rng.randrange(2**20)])
    count = rng.choice([shape.accounts, rng.randint(1, shape.accounts)])
    accounts = tuple(_account(shape, listed, snapshot, bps, rng) for _ in range(count))
    return Batch(accounts, snapshot, bps, rng.randrange(c.FIELD))


def _listed(shape: spec.HealthShape, lanes: list[int], rng: random.Random) -> list[int]:
    """Return the venue's instruments: as many as the circuit looks up, or for circuits with paths any."""
    if not shape.looks_up:
        anywhere = [lane * c.INSTRUMENTS + rng.randrange(c.INSTRUMENTS) for lane in lanes for _ in range(9)]
        return list(dict.fromkeys(anywhere))
    octets = {
        rng.choice(lanes) * (c.INSTRUMENTS // 8) + rng.randrange(c.INSTRUMENTS // 8)
        for _ in range(shape.octets)
    }
    dense = [8 * octet + i for octet in octets for i in range(8) if rng.random() < 0.8]
    alone = [rng.choice(lanes) * c.INSTRUMENTS + rng.randrange(c.INSTRUMENTS) for _ in range(shape.singles)]
    return list(dict.fromkeys(dense + alone))


def _account(
    shape: spec.HealthShape, listed: list[int], snapshot: spec.Snapshot, bps: int, rng: random.Random
) -> spec.Account:
    """Return a random account, healthy and funded; exactly so every other time."""
    while True:
        account = _random_account(shape, listed, rng)
        cash = _least_cash(account, snapshot, bps, funded=True)
        cash += rng.choice([0, 0, 1, rng.randrange(2**40)])
        if -(2**c.CASH_BITS) <= cash < 2**c.CASH_BITS:  # otherwise no account has enough
            return replace(account, cash=cash)


def _random_account(shape: spec.HealthShape, listed: list[int], rng: random.Random) -> spec.Account:
    size = rng.choice([0, 1, shape.account.positions, rng.randint(0, shape.account.positions)])
    held = rng.sample(listed, min(size, len(listed)))
    most = rng.choice([1, 1000, MOST])
    signs = rng.choice([(1,), (-1,), (1, -1)])
    slots = [spec.Position(i, rng.choice(signs) * rng.randint(1, most)) for i in held]
    gaps = rng.randint(0, shape.account.positions - len(slots)) if slots else 0
    for _ in range(gaps):
        slots.insert(rng.randrange(len(slots)), spec.EMPTY)
    return spec.Account(
        owner=rng.randrange(2**c.OWNER_BITS),
        number=rng.randrange(2**c.ACCOUNT_BITS),
        key=spec.TradingKey(rng.randrange(c.FIELD), rng.randrange(c.FIELD)),
        view_key=rng.randrange(2**c.VIEW_KEY_BITS),
        nonce=rng.randrange(2**c.NONCE_BITS),
        cash=0,
        amounts=tuple(rng.choice([0, 2**64 - 1, rng.randrange(2**32)]) for _ in range(c.COLLATERALS)),
        positions=tuple(slots),
        orders=(*spec.NO_ORDERS[:-1], spec.OrderFill(rng.randrange(2**40), rng.randrange(2**31))),
    )


def _row(layout: spec.Layout, scale: int, rng: random.Random) -> spec.Row:
    slots = tuple(rng.randint(-scale, scale) for _ in range(layout.slots))
    return spec.Row(slots, rng.choice([0, rng.randint(0, scale)]), rng.choice([0, rng.randint(0, scale)]))
