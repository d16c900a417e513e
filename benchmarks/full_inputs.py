"""Inputs that fill a declared circuit: random accounts of the tests, in every place, with every position."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import zkmargin_native as native
from support.health_batches import Batch, batches
from support.operation_values import NOW, snapshot, trades, unchecked, upkeeps
from support.portfolios import Portfolio, portfolios
from zkmargin import spec
from zkmargin.proofs.batch_instances import (
    ClaimInstance,
    HealthInstance,
    TradeInstance,
    UpkeepInstance,
    claim_circuits,
)
from zkmargin.proofs.instances import Instance, find_circuit
from zkmargin.proofs.solvency_instances import SolvencyInstance
from zkmargin.spec import owner_steps
from zkmargin.spec.batch import trade_batch, upkeep_batch
from zkmargin.spec.operations import Match, Quote, Setting

if TYPE_CHECKING:
    from zkmargin.proofs.circuit_keys import PublishedCircuit

Inputs = tuple[dict[str, Any], tuple[int, ...]]

HASH = native.poseidon
POINT = 2**250 + 7
KEY = spec.trading_key(b"\x21" * 32)
NEW = spec.Account(1, 2, KEY, 3, 0, 0, spec.NO_AMOUNTS, ())
HELD = spec.Account(1, 2, KEY, 3, 0, 10**9, (50,) * 8, (spec.Position(5, 6),))


def circuit_named(name: str) -> PublishedCircuit:
    """Return a declared circuit."""
    claims = {one.name: one for one in claim_circuits()}
    return claims.get(name) or find_circuit(name)


def full_inputs(circuit: PublishedCircuit) -> Inputs:
    """Return inputs and public signals of a declared circuit."""
    match circuit:
        case Instance():
            inputs = full_account(circuit.shape).inputs(circuit.shape)
            return inputs.signals, inputs.all_public
        case ClaimInstance():
            one = full_account(circuit.shape)
            claim = spec.claim_inputs(one.account, one.snapshot, circuit.shape, 9, hasher=HASH)
            return dict(claim.signals), claim.public.signals
        case HealthInstance():
            health = full_batch(circuit.shape).inputs(circuit.shape)
            return health.signals, tuple(health.public)
        case SolvencyInstance():
            return of_solvency(circuit.shape)
        case TradeInstance() | UpkeepInstance():
            return of_operations(circuit)
    return of_owner(circuit.name)


def full_account(shape: spec.Shape) -> Portfolio:
    return next(one for one in portfolios(shape, 10, seed=1) if one.kind == "full")


def full_batch(shape: spec.HealthShape) -> Batch:
    return next(one for one in batches(shape, 50, seed=1) if len(one.accounts) == shape.accounts)


def of_solvency(shape: spec.HealthShape) -> Inputs:
    one = full_batch(shape)
    inputs = spec.solvency_inputs(one.accounts, one.snapshot, shape, one.requirement_bps, POINT, hasher=HASH)
    return inputs.signals, tuple(inputs.public.all)


def of_operations(circuit: TradeInstance | UpkeepInstance) -> Inputs:
    rng, size = random.Random(1), circuit.operations  # noqa: S311  # reproducible, not secret
    if isinstance(circuit, UpkeepInstance):
        shown = snapshot(circuit.layout)
        listed = upkeeps(rng, size, shown)
        inputs = upkeep_batch(listed.operations, listed.states, shown, size, hasher=HASH).inputs(POINT)
        return inputs.signals, tuple(inputs.public)
    setting = Setting(7, NOW)
    listed = trades(rng, size, setting, Quote if circuit.name.startswith("quote") else Match)
    batch = trade_batch(listed.operations, listed.states, setting, size, hasher=HASH, check=unchecked)
    inputs = batch.inputs(POINT)
    return inputs.signals, tuple(inputs.public)


def of_owner(name: str) -> Inputs:
    if name == "open":
        inputs = owner_steps.open_inputs(NEW, 1, hasher=HASH)
    elif name == "withdraw":
        inputs = owner_steps.withdraw_inputs(HELD, 2, 50, 1, hasher=HASH)
    else:
        after = owner_steps.taken_over(HELD, 4, KEY, 5)
        inputs = owner_steps.take_over_inputs(HELD, after, KEY, 2**200 + 7, 1, hasher=HASH)
    return dict(inputs.signals), tuple(inputs.public)
