"""The solvency circuit against the specification, and attacks on it, at the level of the witness.

They run small parameters with a stub for Poseidon. Mutants of the templates are in ``test_circuit_mutants.py``.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from support.health_batches import batches, exactly_enough
from support.mutation.health_cases import BESIDE, BPS, FAR, NEAR, changed, opened, reproved, with_surplus
from support.mutation.solvency_cases import (
    PARAMETERS,
    SHAPE,
    SOME,
    X,
    nodes_digest,
    tiny_accounts,
    tiny_inputs,
)
from support.mutation.stub import hashing
from support.stubbed import Stubbed
from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R

FILE, MAIN = "solvency/solvency.circom", f"Solvency({PARAMETERS})"
PUBLIC = {"public": "{public [requirementBps, x]}", "signals": 6}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Return the circuit with nothing removed."""
    return Stubbed(tmp_path_factory.mktemp("whole"), FILE, MAIN, **PUBLIC)


@pytest.fixture
def weakened(tmp_path):
    """Return a function that compiles the circuit with a part of it replaced."""
    return lambda path, old, new: Stubbed(tmp_path, FILE, MAIN, (path, old, new), **PUBLIC)


def varied(account, batch, rng):
    """Return an account that is healthy, or not, or has negative equity."""
    enough = exactly_enough(
        replace(account, amounts=spec.NO_AMOUNTS), batch.snapshot, batch.requirement_bps, funded=False
    )
    less = replace(enough, cash=max(-(2**83), enough.cash - rng.choice([0, 1, 2**50])))
    return rng.choice([account, less]) if less.cash < 2**83 else account


@pytest.mark.parametrize(
    ("main", "shape", "signals", "count"),
    [
        ("Solvency(8, standard(2, 3), 1, 1)", spec.HealthShape(8, spec.Shape(2, 3), 1, 1), 6, 20),
        pytest.param(
            "Solvency(16, wide(1, 2), 1, 1)",
            spec.HealthShape(16, spec.Shape(1, 2, spec.WIDE), 1, 1),
            7,
            40,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_circuit_agrees_on_random_chunks(main, shape, signals, count, tmp_path):
    """Among the accounts are healthy, unhealthy, and those with negative equity."""
    built = Stubbed(tmp_path, FILE, main, public=PUBLIC["public"], signals=signals)
    rng = random.Random(5)  # noqa: S311
    unhealthy = 0
    for batch in batches(shape, count, seed=6, hasher=hashing):
        accounts = [varied(one, batch, rng) for one in batch.accounts]
        before = spec.Sums(
            rng.randrange(2**32),
            rng.randrange(2**164),
            rng.randrange(-(2**115), 2**115),
            tuple(rng.randrange(2**96) for _ in range(8)),
            rng.randrange(R),
        )
        inputs = spec.solvency_inputs(
            accounts,
            batch.snapshot,
            shape,
            batch.requirement_bps,
            rng.randrange(2**15, R),
            before=before,
            blinds=(rng.randrange(R), rng.randrange(R)),
            hasher=hashing,
        )
        assert built.public(inputs.signals) == inputs.public.all
        unhealthy += inputs.after.unhealthy - before.unhealthy
    assert unhealthy > count


ACCOUNTS, DATA = tiny_accounts()
HONEST = tiny_inputs(ACCOUNTS, DATA)


def shown(**sums):
    """Return the public signals that would hide something: those of the accounts, with other sums after them."""
    after = spec.sums_hash(replace(HONEST.after, **sums), 67, hashing)
    return replace(HONEST.public, after=after).all


def test_honest_inputs_are_accepted(tiny):
    assert tiny.public(HONEST.signals) == HONEST.public.all
    assert HONEST.after.unhealthy - SOME.unhealthy == 2
    assert HONEST.after.deficit > SOME.deficit


class TestHiding:
    """A cheating prover's sums, which a circuit without one of its statements would show."""

    def test_solvency_attack_an_unhealthy_account_not_counted(self, tiny, weakened):
        without = weakened(FILE, "of[a].unhealthy <== 1 - healthy[a];", "of[a].unhealthy <== 0;")
        assert without.public(HONEST.signals) == shown(unhealthy=SOME.unhealthy)
        assert tiny.public(HONEST.signals) != shown(unhealthy=SOME.unhealthy)

    def test_solvency_attack_a_dummy_with_negative_equity_without_deficit(self, tiny, weakened):
        """The dummy lowers the total of cash that the venue must hold."""
        without = weakened(FILE, "of[a].deficit <== Deficit()(value[a].equity);", "of[a].deficit <== 0;")
        assert without.public(HONEST.signals) == shown(deficit=SOME.deficit)
        assert tiny.public(HONEST.signals) != shown(deficit=SOME.deficit)

    def test_solvency_attack_a_requirement_claimed_too_low(self, tiny, weakened):
        """Claims are what positions and rows add up to; without the lookup any claims pass."""
        claims = [{**one, "charge": 0, "floor": [0, 0]} for one in HONEST.signals["claims"]]
        forged = reproved({**HONEST.signals, "claims": claims}, bound=nodes_digest)
        line = "(accounts, snapshotRoot, underlyingRoots, slots, claims, short, lane, place, rows);"
        line = f"Lookup(ACCOUNTS, SHAPE, OCTETS, SINGLES){line}"
        assert weakened(FILE, line, "").public(forged) is not None
        assert tiny.public(forged) is None

    def test_solvency_attack_an_instrument_twice(self, tiny, weakened):
        """Opposite lots in two slots: of one account the lots of a venue would add up, of another the risk."""
        twice = opened(((NEAR, 5), (NEAR, -5)), cash=10**9, number=70)
        nothing = opened(((NEAR, 5), (BESIDE, -5)), cash=10**9, number=70)
        forged = tiny_inputs([nothing], DATA).signals
        forged = changed(forged, ("slots", 0, "id"), [NEAR, NEAR])
        forged = changed(forged, ("claims", 0), spec.lookup.claim_signals(_claims(twice)))
        forged = reproved(forged, bound=nodes_digest)
        line = "Unique(POSITIONS)(slots.id, slots.used);"
        assert weakened("health/claims.circom", line, "").public(forged) is not None
        assert tiny.public(forged) is None

    def test_solvency_attack_an_unmatched_lot_at_a_point_that_is_an_instrument(self, tiny):
        """At x = id, an empty slot of that id would add any value: the verifier refuses x below 2^15."""
        inputs = {**HONEST.signals, "x": NEAR}
        assert tiny.public(inputs) is None  # a position of the instrument has no value there
        with pytest.raises(spec.SpecError, match="x"):
            spec.solvency_inputs(ACCOUNTS, DATA, SHAPE, BPS, NEAR, hasher=hashing)

    def test_solvency_attack_sums_that_begin_in_the_middle(self, tiny):
        """`before` commits to the sums that the proof goes on from."""
        forged = {**HONEST.signals, "sums": spec.sums_signals(spec.NO_SUMS)}
        assert tiny.public(forged)[1] == spec.sums_hash(spec.NO_SUMS, 61, hashing) != HONEST.public.before

    def test_solvency_attack_another_snapshot(self, tiny):
        """With other prices the proof shows another root."""
        other = spec.Snapshot(DATA.table, tuple(price + 1 for price in DATA.prices), 51, 52)
        public = tiny.public(tiny_inputs(ACCOUNTS, other).signals)
        assert public[3] == spec.snapshot_root(other, hashing) != HONEST.public.snapshot_root


def _claims(account):
    merged = replace(account, positions=account.positions[:1])
    one = spec.lookup.claims(merged, DATA, SHAPE)
    # Both legs pay floor and add-on; the sums cancel.
    row = DATA.table.rows[NEAR]
    floors = tuple(5 * row.short_floor if u == NEAR // 4096 else 0 for u in one.underlyings)
    sums = tuple((0,) * len(lane) for lane in one.sums)
    return replace(one, sums=sums, floors=floors, charge=10 * row.add_on)


def test_the_healthy_remain_uncounted(tiny):
    accounts = [with_surplus(opened(((FAR, 3),), number=n), DATA, 0) for n in range(70, 75)]
    inputs = tiny_inputs(accounts, DATA, spec.NO_SUMS)
    assert tiny.public(inputs.signals) == inputs.public.all
    assert (inputs.after.unhealthy, inputs.after.deficit) == (0, 0)
    assert inputs.public.x == X
