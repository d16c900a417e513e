"""Transitions of an account: the circuit against the specification, and proofs from the library."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

import zkmargin_native as native
from support import spec_values
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


def random_key(rng):
    return rng.choice([spec.NO_KEY, spec.TradingKey(rng.randrange(FIELD), rng.randrange(FIELD))])


def random_transition(rng):
    """Return two states and what lies between them, at the bounds now and then."""
    edge = [0, 1, 2**64 - 1, rng.randrange(2**64)]
    amounts = tuple(rng.choice(edge) for _ in range(8))
    cash = rng.choice([0, -(2**CASH_BITS), 2**CASH_BITS - 1, rng.randrange(-(10**15), 10**15)])
    ids = rng.sample(range(2**15), 3)
    held = tuple(spec.Position(one, rng.choice([-1, 1]) * rng.randrange(1, 2**31)) for one in ids)
    old = spec.Account(
        owner=rng.randrange(2**160),
        number=rng.choice([0, 2**40 - 1, rng.randrange(2**40)]),
        key=random_key(rng),
        view_key=rng.randrange(2**248),
        nonce=rng.randrange(2**64 - 1),
        cash=cash,
        amounts=amounts,
        positions=rng.choice([held, (spec.EMPTY, *held), ()]),
        orders=tuple(spec.OrderFill(rng.randrange(2**40), rng.randrange(2**31)) for _ in spec.NO_ORDERS),
    )
    first = rng.random() < 0.2
    if first:
        old = spec.Account(old.owner, 0, spec.NO_KEY, 0, 0, 0, (0,) * 8, ())
    asset = rng.randrange(10)
    new = replace(old, nonce=old.nonce + 1, owner=rng.choice([old.owner, 5]))
    if first:
        new = replace(new, number=rng.choice([0, 2**40 - 1]))
    if first or asset == spec.TRADE:
        new = replace(new, key=random_key(rng), view_key=rng.randrange(2**248))
    if asset == spec.TRADE:
        return old, replace(new, cash=rng.randrange(-(10**9), 10**9), positions=held[:2]), asset, 0
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


OLD = spec_values.account([(1, 2)], owner=7, nonce=3, cash=50, amounts=tuple(range(8)))
NEW = replace(OLD, nonce=4)


@pytest.mark.parametrize(
    ("new", "asset", "delta", "key"),
    [
        (NEW, 0, 1, "amounts"),
        (replace(NEW, key=spec.NO_KEY), 0, 0, "key"),
        (replace(NEW, view_key=99), 0, 0, "viewKey"),
        (replace(NEW, view_key=99), spec.CASH, 0, "viewKey"),
        (replace(NEW, number=5), 0, 0, "number"),
        (replace(NEW, number=5), spec.TRADE, 0, "number"),
        (replace(NEW, orders=spec.NO_ORDERS), 0, 0, "orders"),
        (replace(NEW, orders=spec.NO_ORDERS), spec.TRADE, 0, "orders"),
        (replace(NEW, nonce=5), 0, 0, "nonce"),
        (replace(NEW, cash=51), 0, 0, "cash"),
        (replace(NEW, cash=51), spec.CASH, 2, "cash"),
        (replace(NEW, positions=()), spec.CASH, 0, "positions"),
        (NEW, spec.TRADE, 1, "delta"),
        (NEW, 10, 0, "asset"),
        (NEW, -1, 0, "asset"),
        (NEW, 0, 2**64, "delta"),
        (NEW, 0, 0.0, "delta"),
    ],
)
def test_what_is_no_transition_is_refused(new, asset, delta, key):
    with pytest.raises(spec.SpecError) as caught:
        spec.transition_inputs(OLD, new, asset, delta, 1)
    assert caught.value.key == key


def test_parts_of_a_public_signal_are_bounded():
    for key, values in (("newOwner", (2**160, 0, 0)), ("asset", (0, 10, 0)), ("delta", (0, 0, 2**64))):
        with pytest.raises(spec.SpecError) as caught:
            spec.change(*values)
        assert caught.value.key == key
    with pytest.raises(spec.SpecError, match=r"^nonce: "):
        spec.actors(0, 2**64)


@pytest.fixture(scope="module")
def prover():
    margin_instance("transition")
    return TransitionProver(keys=KEYS)


def test_a_deposit_is_proven_and_verified_by_every_engine(prover):
    old = account()
    new = after(old, ETH)
    assert (new.nonce, new.collateral["ETH"], new.positions) == (2, Decimal("0.75"), old.positions)
    assert new.view_key == old.view_key
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
    first = replace(account("0"), nonce=1, positions={}, slots=(), collateral={"ETH": Decimal("0.25")})
    proof = prover.prove(None, first, SNAPSHOT, change=ETH, context=5)
    assert proof.signals.old_commitment == 0
    with pytest.raises(InputError, match="positions: must be the old ones"):
        prover.prove(None, replace(first, positions=account().positions), SNAPSHOT, change=ETH, context=5)


def test_a_trade_and_a_change_of_owner(prover):
    old = account()
    traded = replace(
        old,
        nonce=2,
        view_key=old.view_key - 1,
        cash=Decimal(3),
        positions={"BTC-PERPETUAL": Decimal("0.001")},
        slots=(),
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


def first_transition():
    """Return inputs of an account's first transition."""
    nothing = spec.Account(7, 0, spec.NO_KEY, 0, 0, 0, (0,) * 8, ())
    new = replace(nothing, nonce=1, number=4, key=spec.TradingKey(5, 6), view_key=8)
    return spec.transition_inputs(nothing, new, 0, 0, 1, hasher=native.poseidon).signals


def test_nobody_finds_a_witness_for_another_account():
    good = spec.transition_inputs(OLD, NEW, 0, 0, 1, hasher=native.poseidon).signals
    witness_of(good)
    others = spec.chunks((spec.Position(1, 3),), native.poseidon)
    for name, value in (
        ("genesis", 1),
        ("newCash", 51),
        ("owner", 8),
        ("newChunks", list(others)),
        ("delta", 1),
    ):
        with pytest.raises(StatementError):
            witness_of({**good, name: value})


@pytest.mark.parametrize(("name", "value"), [("newKey", [5, 9]), ("newKey", [9, 6]), ("newViewKey", 9)])
def test_clearing_attack_other_keys_after_a_change_of_funds(name, value):
    """Else a holder would hide the account, or take the orders of another key, by a deposit."""
    good = spec.transition_inputs(OLD, NEW, 0, 0, 1, hasher=native.poseidon).signals
    with pytest.raises(StatementError):
        witness_of({**good, name: value})
    trade = spec.transition_inputs(OLD, NEW, spec.TRADE, 0, 1, hasher=native.poseidon).signals
    witness_of({**trade, name: value})


@pytest.mark.parametrize("asset", [0, spec.TRADE])
def test_clearing_attack_another_accounts_number(asset):
    good = spec.transition_inputs(OLD, NEW, asset, 0, 1, hasher=native.poseidon).signals
    witness_of(good)
    with pytest.raises(StatementError):
        witness_of({**good, "newAccount": good["account"] + 1})


@pytest.mark.parametrize("number", [2**40, FIELD - 1])
def test_clearing_attack_a_number_of_more_than_40_bits(number):
    with pytest.raises(StatementError):
        witness_of({**first_transition(), "newAccount": number})


def test_clearing_attack_a_new_account_with_filled_orders_or_positions():
    good = first_transition()
    witness_of(good)
    filled = spec.orders_hash((spec.OrderFill(24, 1), *spec.NO_ORDERS[1:]), native.poseidon)
    held = list(spec.chunks((spec.Position(1, 2),), native.poseidon))
    for change in ({"orders": filled}, {"chunks": held, "newChunks": held}):
        with pytest.raises(StatementError):
            witness_of({**good, **change})


def test_clearing_attack_an_order_table_replaced():
    """Both states have one order table: filled orders stay filled."""
    good = spec.transition_inputs(OLD, NEW, 0, 0, 1, hasher=native.poseidon)
    empty = spec.orders_hash(spec.NO_ORDERS, native.poseidon)
    public = wtns.public_signals(witness_of({**good.signals, "orders": empty}), 2)
    assert public[0] != good.public.old_commitment
