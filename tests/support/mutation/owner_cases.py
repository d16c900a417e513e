"""Cases for the circuits of owners' steps, with stubs for Poseidon and for multiples of points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.spec import owner_steps
from zkmargin.spec.eddsa import BASE8

from .stub import hashing
from .suite import Case

ALICE, BOB, NUMBER, CONTEXT = 2**160 - 5, 7, 2**40 - 3, 64
VIEW_KEY = 2**248 - 9
ORDERS = (spec.OrderFill(24, 3), *spec.NO_ORDERS[1:])
HELD = (spec.Position(3, 4), spec.EMPTY, spec.Position(5000, -6))
OLD = spec.Account(
    ALICE, NUMBER, spec.TradingKey(31, 32), VIEW_KEY, 11, -(2**83) + 20, tuple(range(21, 29)), HELD, ORDERS
)
NEW = spec.Account(ALICE, NUMBER, spec.TradingKey(R - 1, 2), VIEW_KEY, 0, 0, (0,) * 8, ())
SCALAR = 2**251 - 11
SHIFT = 2**160


def _holder() -> Case:
    def inputs(owner: int, account: int) -> dict[str, int]:
        return {"holder": (owner + SHIFT * account) % R, "account": account % R}

    return Case(
        file="account/open.circom",
        main="Holder()",
        honest=[
            (inputs(owner, account), [owner])
            for owner, account in ((ALICE, NUMBER), (0, 0), (2**160 - 1, 2**40 - 1))
        ],
        refused=[
            inputs(ALICE + SHIFT, 5),
            inputs(ALICE, 2**40),
            inputs(R - SHIFT + 5, 1),
            inputs(5 + SHIFT, -1),
        ],
    )


def _open() -> Case:
    honest = [
        owner_steps.open_inputs(account, CONTEXT, hasher=hashing)
        for account in (NEW, replace(NEW, view_key=0, owner=0, number=0, key=spec.NO_KEY))
    ]
    good = honest[0].signals
    return Case(
        file="account/open.circom",
        main="Open()",
        honest=[(one.signals, one.public[:1]) for one in honest],
        refused=[
            {**good, "viewKey": 2**248},
            {**good, "viewKey": R - 1},
            {**good, "account": NUMBER - 1},
            {**good, "account": 2**40, "holder": ALICE + SHIFT * 2**40},
            {**good, "holder": good["holder"] + SHIFT},
        ],
    )


def _withdraw() -> Case:
    top = 2**64 - 1
    full = replace(OLD, amounts=(top,) * 8, cash=2**83 - 1)
    made = [
        owner_steps.withdraw_inputs(account, asset, amount, CONTEXT, hasher=hashing)
        for account, asset, amount in (
            (OLD, 2, 5),
            (OLD, 8, 20),
            (OLD, 0, 21),
            (full, 7, top),
            (full, 8, top),
            (replace(OLD, nonce=2**64 - 2), 3, 0),
        )
    ]
    good, cash = (one.signals for one in made[:2])
    rich = made[4].signals
    # No account has such amounts, which no spec.Account opens.
    beyond = [2**64] * 8
    state = {**good["state"], "collateral": hashing(beyond)}

    def moved(signals: dict[str, Any], asset: int, amount: int) -> dict[str, Any]:
        """Return inputs whose public change says what the private values do."""
        told = {"asset": asset % R, "amount": amount % R, "change": (asset + 16 * amount) % R}
        return {**signals, **told}

    return Case(
        file="account/withdraw.circom",
        main="Withdraw()",
        honest=[(one.signals, one.public[:2]) for one in made],
        refused=[
            *(moved(good, place, held + 1) for place, held in enumerate(OLD.amounts)),
            moved(cash, 8, 21),
            moved(good, 2, -1),
            moved(good, 2, 2**64),
            moved(rich, 8, 2**64),
            moved({**good, "state": state, "amounts": beyond}, 2, 0),
            moved(good, 9, 1),
            moved(good, 18, 4),
            {**good, "change": good["change"] + 16},
            {**good, "change": good["change"] + 1},
            {**good, "amounts": [1000] * 8},
            {**good, "holder": good["holder"] - 1},
            {**good, "state": {**good["state"], "owner": BOB}},
            {**good, "state": {**good["state"], "account": NUMBER + 1}},
        ],
    )


_VENUE = spec.TradingKey(*BASE8)


def _sealed(view_key: int, scalar: int = SCALAR, venue: spec.TradingKey = _VENUE) -> list[int]:
    """Return sealed key and ephemeral point, with the stubs' multiples."""
    shared = [coordinate * scalar % R for coordinate in venue]
    ephemeral = [coordinate * scalar % R for coordinate in BASE8]
    return [(view_key + hashing(shared)) % R, *ephemeral]


def _sealed_to() -> Case:
    def inputs(secret: int, scalar: int, key: tuple[int, int] = BASE8) -> dict[str, Any]:
        return {"key": list(key), "scalar": scalar % R, "secret": secret}

    def outputs(secret: int, scalar: int) -> list[int]:
        sealed, *ephemeral = _sealed(secret, scalar)
        return [*ephemeral, sealed]

    return Case(
        file="account/take_over.circom",
        main="SealedTo()",
        honest=[(inputs(*one), outputs(*one)) for one in ((5, SCALAR), (R - 1, 0), (0, 1))],
        refused=[inputs(5, 2**251), inputs(5, -1), inputs(5, 7, (0, 0)), inputs(5, 7, (1, 2))],
    )


def _take_over() -> Case:
    def made(before: spec.Account, after: spec.Account) -> tuple[dict[str, Any], list[int]]:
        signals = owner_steps.take_over_inputs(before, after, _VENUE, SCALAR, CONTEXT, hasher=hashing).signals
        commitments = [spec.commitment(one, hashing) for one in (before, after)]
        return dict(signals), [*commitments, *_sealed(after.view_key)]

    after = owner_steps.taken_over(OLD, BOB, spec.TradingKey(R - 1, 0), 12)
    good, _ = first = made(OLD, after)
    return Case(
        file="account/take_over.circom",
        main="TakeOver()",
        honest=[first, made(OLD, owner_steps.taken_over(OLD, ALICE, OLD.key, 2**248 - 1))],
        refused=[
            {**good, "viewKey": 2**248},
            {**good, "viewKey": R - 1},
            {**good, "holder": good["holder"] + SHIFT},
            {**good, "venue": [0, 0]},
            {**good, "scalar": 2**251},
            {**good, "state": {**good["state"], "account": NUMBER + 1}},
        ],
    )


OWNER_CASES = {
    "Holder": (_holder(),),
    "Open": (_open(),),
    "Withdraw": (_withdraw(),),
    "SealedTo": (_sealed_to(),),
    "TakeOver": (_take_over(),),
}
"""By the template that they are about."""
