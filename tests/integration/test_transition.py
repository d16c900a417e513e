"""Transitions of an account: the circuit against the specification, and proofs from the library."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

import zkmargin_native as native
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.circuits import margin_instance
from support.instances import instance, instance_calculator
from support.margin_values import KEYS, account, snapshot
from zkmargin import InputError, StatementError, spec
from zkmargin.proofs.transition import CASH, Change, TransitionProver, after
from zkmargin.proving import wtns
from zkmargin.proving.verify import verify
from zkmargin.spec.constants import CASH_BITS, FIELD

SNAPSHOT = snapshot()
ETH = Change("ETH", Decimal("0.25"))


def witness_of(signals):
    return instance_calculator("transition").calculate(signals)


def random_transition(rng):
    """Return two states and what lies between them, at the bounds now and then."""
    edge = [0, 1, 2**64 - 1, rng.randrange(2**64)]
    amounts = tuple(rng.choice(edge) for _ in range(8))
    cash = rng.choice([0, -(2**CASH_BITS), 2**CASH_BITS - 1, rng.randrange(-(10**15), 10**15)])
    held = tuple(
        spec.Position(rng.randrange(2**15), rng.choice([-1, 1]) * rng.randrange(1, 2**31)) for _ in "abc"
    )
    old = spec.Account(rng.randrange(2**160), rng.randrange(2**64), rng.randrange(FIELD), cash, amounts, held)
    if rng.random() < 0.2:
        old = spec.Account(old.owner, 0, 0, 0, (0,) * 8, ())
    asset = rng.randrange(10)
    salt = rng.randrange(FIELD) if old.salt == 0 else spec.next_salt(old.salt, old.nonce, native.poseidon)
    new = replace(old, nonce=old.nonce + 1, salt=salt, owner=rng.choice([old.owner, 5]))
    if asset == spec.TRADE:
        return (
            old,
            replace(new, salt=rng.randrange(FIELD), cash=rng.randrange(-(10**9), 10**9), positions=held[:2]),
            asset,
            0,
        )
    if asset == spec.CASH:
        cash = rng.choice([-(2**CASH_BITS), 2**CASH_BITS - 1, old.cash + rng.randrange(-(2**64), 2**64)])
        delta = max(-(2**64), min(2**64 - 1, cash - old.cash))
        if not -(2**CASH_BITS) <= old.cash + delta < 2**CASH_BITS:
            delta = 0
        return old, replace(new, cash=old.cash + delta), asset, delta
    amount = rng.choice(edge)
    changed = tuple(amount if place == asset else one for place, one in enumerate(old.amounts))
    return old, replace(new, amounts=changed), asset, amount - old.amounts[asset]


def test_circuit_and_specification_agree_on_random_transitions():
    rng = random.Random(9)  # noqa: S311  # reproducible, not secret
    beginnings = 0
    for _ in range(200):
        inputs = spec.transition_inputs(*random_transition(rng), rng.randrange(FIELD), hasher=native.poseidon)
        witness = witness_of(inputs.signals)
        native.check_witness(instance("transition").r1cs, witness)
        assert wtns.public_signals(witness, 5) == tuple(inputs.public)
        beginnings += inputs.public.old_commitment == 0
    assert 10 < beginnings < 100


def test_no_signal_is_undetermined_and_no_change_of_one_is_unnoticed():
    rng = random.Random(10)  # noqa: S311
    system = System.of(instance("transition"))
    inputs = spec.transition_inputs(*random_transition(rng), 7, hasher=native.poseidon)
    witness = wtns.parse(witness_of(inputs.signals))
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []
    assert system.unnoticed(witness, 1) == []


def test_the_commitments_are_those_of_margin_proofs():
    rng = random.Random(11)  # noqa: S311
    old, new, asset, delta = random_transition(rng)
    public = spec.transition_inputs(old, new, asset, delta, 7, hasher=native.poseidon).public
    assert public.old_commitment == spec.commitment(old, native.poseidon)
    assert public.new_commitment == spec.commitment(new, native.poseidon)


OLD = spec.Account(7, 3, 4, 50, tuple(range(8)), (spec.Position(1, 2),))
NEW = replace(OLD, nonce=4, salt=spec.next_salt(OLD.salt, OLD.nonce))


@pytest.mark.parametrize(
    ("new", "asset", "delta", "key"),
    [
        (NEW, 0, 1, "amounts"),
        (replace(NEW, salt=99), 0, 0, "salt"),
        (replace(NEW, nonce=5), 0, 0, "nonce"),
        (replace(NEW, cash=51), 0, 0, "cash"),
        (replace(NEW, cash=51), spec.CASH, 2, "cash"),
        (replace(NEW, positions=()), spec.CASH, 0, "positions"),
        (NEW, spec.TRADE, 1, "delta"),
        (NEW, 10, 0, "asset"),
        (NEW, -1, 0, "asset"),
        (NEW, 0, 2**64, "delta"),
        (NEW, 0, 0.0, "delta"),
        (replace(NEW, owner=2**160), 0, 0, "newOwner"),
    ],
)
def test_what_is_no_transition_is_refused(new, asset, delta, key):
    with pytest.raises(spec.SpecError) as caught:
        spec.transition_inputs(OLD, new, asset, delta, 1)
    assert caught.value.key == key


@pytest.fixture(scope="module")
def prover():
    margin_instance("transition")
    return TransitionProver(keys=KEYS)


def test_a_deposit_is_proven_and_verified_by_every_engine(prover):
    old = account()
    new = after(old, ETH)
    assert (new.nonce, new.collateral["ETH"], new.positions) == (2, Decimal("0.75"), old.positions)
    assert new.salt != old.salt
    # Whoever has the old opening has the new one.
    assert new.salt == native.poseidon([old.salt, old.nonce])
    proof = prover.prove(old, new, SNAPSHOT, change=ETH, context=5)
    place = [one.asset for one in SNAPSHOT.parts.collateral].index("ETH")
    assert proof.signals == (
        old.commitment(SNAPSHOT),
        new.commitment(SNAPSHOT),
        spec.actors(7, 1),
        spec.change(7, place, 250_000),
        5,
    )
    for engine in ("native", "snarkjs", "py-ecc"):
        assert verify(proof.key, proof.signals, proof.proof, engine)
        assert not verify(
            proof.key, proof.signals._replace(change=spec.change(7, place, 250_001)), proof.proof, engine
        )


def test_an_account_begins_with_a_deposit(prover):
    first = replace(account("0"), nonce=1, positions={}, collateral={"ETH": Decimal("0.25")})
    proof = prover.prove(None, first, SNAPSHOT, change=ETH, context=5)
    assert proof.signals.old_commitment == 0
    with pytest.raises(InputError, match="positions: must be the old ones"):
        prover.prove(None, replace(first, positions=account().positions), SNAPSHOT, change=ETH, context=5)


def test_a_trade_and_a_change_of_owner(prover):
    old = account()
    traded = replace(
        old, nonce=2, salt=old.salt + 1, cash=Decimal(3), positions={"BTC-PERPETUAL": Decimal("0.001")}
    )
    proof = prover.prove(old, traded, SNAPSHOT, change=Change(), context=5)
    assert proof.signals.change == spec.change(7, spec.TRADE, 0)
    taken = after(old, Change(CASH, Decimal("-0.5")), owner=2**159)
    proof = prover.prove(old, taken, SNAPSHOT, change=Change(CASH, Decimal("-0.5")), context=5)
    assert proof.signals.change == spec.change(2**159, spec.CASH, -500_000)


def test_what_the_library_refuses(prover):
    old = account()
    with pytest.raises(InputError, match="the amount exceeds the balance"):
        after(old, Change("ETH", Decimal(-1)))
    with pytest.raises(InputError, match="a trade"):
        after(old, Change())
    for change, reason in (
        (Change("SHIB", Decimal(1)), "the snapshot has no such collateral asset"),
        (Change("ETH", Decimal("0.0000001")), "more than 6 decimals"),
        (Change("ETH", Decimal("0.5")), "amounts: must be the old ones after the change"),
    ):
        with pytest.raises(InputError, match=reason):
            prover.prove(old, after(old, ETH), SNAPSHOT, change=change, context=5)


def test_nobody_finds_a_witness_for_another_account():
    good = spec.transition_inputs(OLD, NEW, 0, 0, 1, hasher=native.poseidon).signals
    witness_of(good)
    for name, value in (
        ("genesis", 1),
        ("newCash", 51),
        ("newSalt", 99),
        ("owner", 8),
        ("newPositions", 1),
        ("delta", 1),
    ):
        with pytest.raises(StatementError):
            witness_of({**good, name: value})
