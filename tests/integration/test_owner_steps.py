"""The circuits of an owner's steps against the specification, and attacks on them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import zkmargin_native as native
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.instances import instance, instance_calculator
from zkmargin import StatementError, spec
from zkmargin.proving import wtns
from zkmargin.spec import owner_steps
from zkmargin.spec.eddsa import SUBGROUP_ORDER, trading_key
from zkmargin.spec.owner_steps import SCALAR_BITS

SECRET = b"\x21" * 32
VENUE = trading_key(SECRET)


def public_signals(name, signals, count):
    witness = instance_calculator(name).calculate(signals)
    native.check_witness(instance(name).r1cs, witness)
    return wtns.public_signals(witness, count)


def random_account(rng):
    edge = [0, 1, 2**64 - 1, rng.randrange(2**64)]
    positions = tuple(spec.Position(rng.randrange(2**15), rng.randrange(1, 2**31)) for _ in range(3))
    return spec.Account(
        rng.randrange(2**160),
        rng.choice([0, 2**40 - 1, rng.randrange(2**40)]),
        rng.choice([spec.NO_KEY, spec.TradingKey(rng.randrange(spec.FIELD), rng.randrange(spec.FIELD))]),
        rng.randrange(2**248),
        rng.randrange(2**63),
        rng.choice([0, -(2**83) + 2**64, 2**83 - 1, rng.randrange(-(10**15), 10**15)]),
        tuple(rng.choice(edge) for _ in range(8)),
        rng.choice([(), positions]),
        tuple(spec.OrderFill(rng.randrange(2**40), rng.randrange(2**31)) for _ in range(24)),
    )


def taken(rng, account):
    key = spec.TradingKey(rng.randrange(spec.FIELD), rng.randrange(spec.FIELD))
    return owner_steps.taken_over(account, rng.randrange(2**160), key, rng.randrange(2**248))


def random_step(rng):
    """Return the name and the inputs of a step."""
    account, context = random_account(rng), rng.randrange(spec.FIELD)
    kind = rng.randrange(3)
    if kind == 0:
        new = replace(account, nonce=0, cash=0, amounts=spec.NO_AMOUNTS, positions=(), orders=spec.NO_ORDERS)
        return "open", owner_steps.open_inputs(new, context, hasher=native.poseidon)
    if kind == 1:
        asset = rng.randrange(9)
        most = 2**64 - 1 if asset == owner_steps.CASH else account.amounts[asset]
        amount = rng.choice([0, most, rng.randrange(most + 1)])
        return "withdraw", owner_steps.withdraw_inputs(
            account, asset, amount, context, hasher=native.poseidon
        )
    edges = (1, SUBGROUP_ORDER - 1, SUBGROUP_ORDER + 1, 2**SCALAR_BITS - 1)
    scalar = rng.choice([*edges, rng.randrange(1, 2**SCALAR_BITS)])
    return "take_over", owner_steps.take_over_inputs(
        account, taken(rng, account), VENUE, scalar, context, hasher=native.poseidon
    )


def test_circuits_and_specification_agree_on_random_steps():
    rng = random.Random(21)  # noqa: S311  # reproducible, not secret
    for _ in range(90):
        name, inputs = random_step(rng)
        assert public_signals(name, inputs.signals, len(inputs.public)) == tuple(inputs.public)


@pytest.mark.parametrize("name", ["open", "withdraw", "take_over"])
def test_no_signal_of_a_step_is_undetermined(name):
    rng = random.Random(22)  # noqa: S311
    inputs = next(made for found, made in iter(lambda: random_step(rng), None) if found == name)
    system = System.of(instance(name))
    witness = wtns.parse(instance_calculator(name).calculate(inputs.signals))
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []
    assert system.unnoticed(witness, 1) == []


def test_clearing_attack_a_takeover_with_a_view_key_that_the_venue_cannot_read():
    """The sealed key is an output: nobody can put garbage in its place, and the venue rebuilds the account."""
    rng = random.Random(23)  # noqa: S311
    before = random_account(rng)
    after = taken(rng, before)
    inputs = owner_steps.take_over_inputs(before, after, VENUE, 2**200 + 7, 1, hasher=native.poseidon)
    shown = owner_steps.TakeOverSignals(*public_signals("take_over", inputs.signals, len(inputs.public)))
    read = owner_steps.unseal_view_key(
        SECRET, (shown.ephemeral_x, shown.ephemeral_y), shown.sealed, native.poseidon
    )
    rebuilt = owner_steps.taken_over(
        before, shown.holder % 2**160, spec.TradingKey(shown.key_x, shown.key_y), read
    )
    assert spec.commitment(rebuilt, native.poseidon) == shown.new_commitment


def test_clearing_attack_an_account_that_opens_with_funds():
    """The circuit has no inputs for funds, positions and orders: the commitment is that of an empty account."""
    new = replace(
        random_account(random.Random(24)),  # noqa: S311
        nonce=0, cash=0, amounts=spec.NO_AMOUNTS, positions=(), orders=spec.NO_ORDERS,
    )  # fmt: skip
    inputs = owner_steps.open_inputs(new, 1, hasher=native.poseidon)
    assert set(inputs.signals) == {"holder", "context", "account", "key", "viewKey"}
    shown = public_signals("open", inputs.signals, 3)
    filled = (spec.OrderFill(24, 1), *spec.NO_ORDERS[1:])
    held = (spec.Position(1, 2),)
    others = ({"cash": 1}, {"amounts": (1, *[0] * 7)}, {"nonce": 1}, {"orders": filled}, {"positions": held})
    for change in others:
        assert spec.commitment(replace(new, **change), native.poseidon) != shown[0]


def test_clearing_attack_more_withdrawn_than_is_told_or_held():
    rng = random.Random(25)  # noqa: S311
    account = replace(random_account(rng), amounts=(50,) * 8, cash=-(2**83) + 10)
    good = owner_steps.withdraw_inputs(account, 2, 50, 1, hasher=native.poseidon).signals
    cash = owner_steps.withdraw_inputs(account, 8, 10, 1, hasher=native.poseidon).signals
    for signals in (
        {**good, "amount": 51, "change": 2 + 16 * 51},
        {**good, "amount": 51},
        {**good, "change": 2 + 16 * 49},
        {**good, "asset": 3},
        {**cash, "amount": 11, "change": 8 + 16 * 11},
    ):
        with pytest.raises(StatementError):
            instance_calculator("withdraw").calculate(signals)


@pytest.mark.parametrize("number", [2**40, spec.FIELD - 1])
def test_clearing_attack_a_number_of_more_than_40_bits(number):
    account = replace(
        random_account(random.Random(26)),  # noqa: S311
        nonce=0, cash=0, amounts=spec.NO_AMOUNTS, positions=(), orders=spec.NO_ORDERS,
    )  # fmt: skip
    good = owner_steps.open_inputs(account, 1, hasher=native.poseidon).signals
    holder = (account.owner + 2**160 * number) % spec.FIELD
    with pytest.raises(StatementError):
        instance_calculator("open").calculate({**good, "account": number, "holder": holder})


OTHERS = {
    "owner": {"owner": 5},
    "number": {"number": 6},
    "trading key": {"key": spec.NO_KEY},
    "view key": {"view_key": 7},
    "order table": {"orders": spec.NO_ORDERS},
    "positions": {"positions": ()},
    "cash": {"cash": 8},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_clearing_attack_a_withdrawal_that_replaces_another_part(change):
    """The circuit computes the next state and has no input for it, so no part but the withdrawn one differs."""
    rng = random.Random(27)  # noqa: S311
    account = replace(random_account(rng), amounts=(50,) * 8, cash=9, positions=(spec.Position(1, 2),))
    inputs = owner_steps.withdraw_inputs(account, 2, 20, 1, hasher=native.poseidon)
    shown = public_signals("withdraw", inputs.signals, 2)
    left = replace(account, nonce=account.nonce + 1, amounts=(50, 50, 30, *[50] * 5))
    assert shown[1] == spec.commitment(left, native.poseidon)
    assert spec.commitment(replace(left, **change), native.poseidon) != shown[1]


@pytest.mark.parametrize("change", [OTHERS[name] for name in ("number", "order table", "positions", "cash")])
def test_clearing_attack_a_takeover_that_replaces_more_than_owner_and_keys(change):
    """The circuit has no inputs for them: filled orders stay filled, and number, positions and funds stay."""
    rng = random.Random(28)  # noqa: S311
    before = replace(random_account(rng), cash=9, positions=(spec.Position(1, 2),))
    after = taken(rng, before)
    inputs = owner_steps.take_over_inputs(before, after, VENUE, 7, 1, hasher=native.poseidon)
    shown = public_signals("take_over", inputs.signals, 2)
    assert shown[1] == spec.commitment(after, native.poseidon)
    assert spec.commitment(replace(after, **change), native.poseidon) != shown[1]
