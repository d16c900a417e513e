"""Random portfolios for the margin circuits: accounts and snapshots, ordinary and extreme."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import zkmargin_native as native
from zkmargin import spec
from zkmargin.spec import constants as c

TOP = 2**c.VALUE_BITS - 1
MOST = 2**c.LOT_BITS - 1
NOTHING = (0,) * c.COLLATERALS
PER_CASH = c.BPS_UNIT * c.PICO_PER_MICRO
KINDS = (
    "ordinary",
    "empty",
    "all rows zero",
    "full",
    "all short",
    "largest values",
    "smallest values",
    "one lane",
    "exactly enough",
    "one unit short",
)


@dataclass(frozen=True)
class Portfolio:
    """The subject of a proof, and its kind for messages."""

    kind: str
    account: spec.Account
    snapshot: spec.Snapshot
    plan: spec.Plan
    requirement_bps: int
    context: int
    limits: spec.Limits | None = None

    def surplus(self) -> int:
        """Return the surplus of the account, in 1e-16 of the quote currency."""
        return spec.margin(self.account, self.snapshot, self.plan).surplus(self.requirement_bps)

    def inputs(self, shape: spec.Shape) -> spec.CircuitInputs | spec.DisclosureInputs:
        """Return the inputs of a circuit; a disclosure's point is the context, plus 1."""
        if shape.disclosed:
            z = (self.context + 1) % c.FIELD
            given = (self.account, self.snapshot, shape, self.context, z)
            return spec.disclosure_inputs(*given, chosen=self.plan, hasher=native.poseidon)
        return spec.circuit_inputs(
            self.account,
            self.snapshot,
            shape,
            self.requirement_bps,
            self.context,
            limits=self.limits,
            chosen=self.plan,
            hasher=native.poseidon,
        )


def portfolios(shape: spec.Shape, count: int, seed: int) -> Iterator[Portfolio]:
    """Yield portfolios for a circuit, cycling through all kinds, with a new risk table every tenth time."""
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield _portfolio(kind, shape, rng)


def _portfolio(kind: str, shape: spec.Shape, rng: random.Random) -> Portfolio:
    lanes = sorted(rng.sample(range(c.UNDERLYINGS), shape.lanes))
    size = {"ordinary": rng.randint(1, shape.positions), "empty": 0}.get(kind, shape.positions)
    used = 1 if kind == "one lane" else shape.lanes
    lane_of = tuple(_lane(kind, place == size - 1, used, rng) for place in range(size))
    taken: set[int] = set()
    held = tuple(
        spec.EMPTY if lane is None else spec.Position(_instrument(lanes[lane], taken, rng), _lots(kind, rng))
        for lane in lane_of
    )
    for _ in range(3):
        _instrument(rng.randrange(c.UNDERLYINGS), taken, rng)
    rows = {instrument: _row(kind, rng, shape.layout) for instrument in sorted(taken)}
    prices = NOTHING if kind == "empty" else tuple(_unsigned(64, rng) for _ in NOTHING)
    snapshot = spec.Snapshot(
        spec.build_table(rows, native.poseidon, shape.layout),
        prices,
        rng.randrange(c.FIELD),
        _unsigned(64, rng),
    )
    amounts = tuple(_unsigned(64, rng) for _ in NOTHING) if kind == "ordinary" else NOTHING
    account = spec.Account(
        owner=rng.randrange(2**160),
        number=rng.randrange(2**40),
        key=rng.choice([spec.NO_KEY, spec.TradingKey(rng.randrange(c.FIELD), rng.randrange(c.FIELD))]),
        view_key=rng.randrange(2**248),
        nonce=_unsigned(64, rng),
        cash=_cash(rng),
        amounts=amounts,
        positions=held,
        orders=tuple(spec.OrderFill(_unsigned(40, rng), _unsigned(31, rng)) for _ in spec.NO_ORDERS),
    )
    bps = rng.choice([0, 1, 10_000, 12_500, 2**20 - 1, rng.randrange(2**20)])
    made = Portfolio(kind, account, snapshot, spec.Plan(tuple(lanes), lane_of), bps, rng.randrange(c.FIELD))
    if shape.limited:
        made = replace(made, limits=_limits(made, rng))
    if kind in ("exactly enough", "one unit short"):
        return _at_the_edge(made, int(kind == "one unit short"))
    return made


def _at_the_edge(portfolio: Portfolio, short: int) -> Portfolio:
    """Return the portfolio at 10 000 basis points with cash for a surplus of 0, or with a micro-quote less."""
    claim = replace(portfolio, requirement_bps=c.BPS_UNIT, account=replace(portfolio.account, cash=0))
    cash = -claim.surplus() // PER_CASH - short
    return replace(claim, account=replace(claim.account, cash=cash))


def _limits(portfolio: Portfolio, rng: random.Random) -> spec.Limits:
    """Return limits that are just wide enough or wider, or None."""
    lanes = spec.margin(portfolio.account, portfolio.snapshot, portfolio.plan).lanes
    layout = portfolio.snapshot.table.layout
    just = (
        max((abs(lane.totals[slot]) for lane in lanes), default=0) for slot in (layout.delta, layout.gamma)
    )
    return spec.Limits(*(rng.choice([total, total + rng.randrange(10**6), spec.NO_LIMIT]) for total in just))


def _lane(kind: str, last: bool, used: int, rng: random.Random) -> int | None:
    """Return the lane of a slot; an ordinary account has empty slots, not at the end."""
    empty = kind == "ordinary" and not last and rng.random() < 0.2
    return None if empty else rng.randrange(used)


def _instrument(underlying: int, taken: set[int], rng: random.Random) -> int:
    """Return an instrument that is not taken yet, often the first or last of its underlying, and take it."""
    while True:
        index = rng.choice([0, 1, c.INSTRUMENTS - 1, rng.randrange(c.INSTRUMENTS)])
        instrument = underlying * c.INSTRUMENTS + index
        if instrument not in taken:
            taken.add(instrument)
            return instrument


def _lots(kind: str, rng: random.Random) -> int:
    if kind == "largest values":
        return MOST
    if kind == "smallest values":
        return -MOST
    size = rng.choice([1, rng.randint(1, 1000), rng.randint(1, MOST)])
    return -size if kind == "all short" or rng.random() < 0.5 else size


def _row(kind: str, rng: random.Random, layout: spec.Layout) -> spec.Row:
    if kind == "all rows zero":
        return spec.Row((0,) * layout.slots, 0, 0)
    if kind in ("largest values", "smallest values"):
        # Gains or losses in all slots, and charges at their bounds.
        return spec.Row((rng.choice([TOP, -TOP]),) * layout.slots, rng.choice([0, TOP]), rng.choice([0, TOP]))
    scale = rng.choice([10, 10**6, TOP])
    slots = tuple(rng.randint(-scale, scale) for _ in range(layout.slots))
    return spec.Row(slots, rng.choice([0, rng.randint(0, scale)]), rng.choice([0, rng.randint(0, scale)]))


def _unsigned(bits: int, rng: random.Random) -> int:
    return rng.choice([0, 1, 2**bits - 1, rng.randrange(2 ** rng.randint(1, bits))])


def _cash(rng: random.Random) -> int:
    top = 2**c.CASH_BITS
    return rng.choice([0, -top, top - 1, rng.randrange(-top, top), rng.randrange(-(10**12), 10**12)])
