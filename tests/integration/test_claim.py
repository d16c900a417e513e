"""The claims of owners: the circuit against the specification, and claims that are not the account's."""

from __future__ import annotations

import random

import pytest

import zkmargin_native as native
from support import spec_values
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.circuits import calculator, compiled
from zkmargin import StatementError, spec
from zkmargin.proving import wtns

SHAPE = spec.Shape(2, 3)
LISTED = (1, 7, 4096, 4100, 8192)


@pytest.fixture(scope="module")
def snapshot():
    rows = {one: spec_values.row((one, -one), mark=1000 - one, short_floor=5, add_on=1) for one in LISTED}
    return spec_values.snapshot(rows, prices=(10**6,) * 8)


def claimed(inputs):
    witness = calculator("claim_3").calculate(inputs.signals)
    native.check_witness(compiled("claim_3").r1cs, witness)
    return wtns.public_signals(witness, 12)


def test_circuit_and_specification_agree_on_random_claims(snapshot):
    rng = random.Random(31)  # noqa: S311  # reproducible, not secret
    for _ in range(40):
        held = [(one, rng.choice([-1, 1]) * rng.randrange(1, 2**31)) for one in rng.sample(LISTED[:4], 3)]
        account = spec_values.account(
            held[: rng.randrange(4)],
            cash=rng.choice([0, -(2**83), 2**83 - 1, rng.randrange(-(10**15), 10**15)]),
            amounts=tuple(rng.choice([0, 2**64 - 1, rng.randrange(2**64)]) for _ in range(8)),
        )
        inputs = spec.claim_inputs(
            account, snapshot, SHAPE, rng.randrange(spec.FIELD), hasher=native.poseidon
        )
        assert claimed(inputs) == inputs.public.signals


def test_no_signal_of_a_claim_is_undetermined(snapshot):
    account = spec_values.account([(1, 2), (4096, -3)], cash=50)
    inputs = spec.claim_inputs(account, snapshot, SHAPE, 9, hasher=native.poseidon)
    system, witness = (
        System.of(compiled("claim_3")),
        wtns.parse(calculator("claim_3").calculate(inputs.signals)),
    )
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []


def test_clearing_attack_a_claim_of_other_funds_or_of_an_instrument_twice(snapshot):
    """Funds and amounts are outputs of the opening; other holdings are another commitment."""
    account = spec_values.account([(1, 2), (4096, -3)], cash=50)
    good = spec.claim_inputs(account, snapshot, SHAPE, 9, hasher=native.poseidon)
    richer = {**good.signals, "opening": {**good.signals["opening"], "cash": 51}}
    witness = calculator("claim_3").calculate(richer)
    assert wtns.public_signals(witness, 12)[0] != good.public.account_commitment
    slots = good.signals["slots"]
    twice = {**good.signals, "slots": [slots[0], slots[0], slots[2]]}
    with pytest.raises(StatementError):
        calculator("claim_3").calculate(twice)
    with pytest.raises(spec.SpecError, match="an instrument twice"):
        spec.claim_inputs(spec_values.account([(1, 2), (1, 3)]), snapshot, SHAPE, 9, hasher=native.poseidon)
