"""Cases for the templates in ``circuits/account``, with a stub for Poseidon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R

from .stub import hashing
from .suite import Case

ALICE, BOB = 2**160 - 5, 7
HELD = (spec.Position(3, 4), spec.Position(5000, -6))
MANY = tuple(spec.Position(i, i) for i in range(1, 128))
"""Positions in all chunks."""
ORDERS = (spec.OrderFill(24, 3), *spec.NO_ORDERS[1:])
OLD = spec.Account(
    owner=ALICE,
    number=14,
    key=spec.TradingKey(15, 16),
    view_key=12,
    nonce=11,
    cash=-(2**83) + 20,
    amounts=tuple(range(21, 29)),
    positions=HELD,
    orders=ORDERS,
)
NOTHING = spec.Account(ALICE, 0, spec.NO_KEY, 0, 0, 0, (0,) * 8, ())
CHOSEN = {"number": 2**40 - 1, "key": spec.TradingKey(17, 18), "view_key": 99}
"""What the prover chooses in the first transition of an account."""
CONTEXT = 64


def _after(old: spec.Account, asset: int, delta: int) -> spec.Account:
    """Return the account after a change, with new keys for a new account."""
    amounts = tuple(amount + delta * (asset == place) for place, amount in enumerate(old.amounts))
    cash = old.cash + delta * (asset == spec.CASH)
    chosen: dict[str, Any] = CHOSEN if old == NOTHING else {}
    return replace(old, nonce=old.nonce + 1, cash=cash, amounts=amounts, **chosen)


def _laid_out(old: spec.Account, asset: int, delta: int, **others: Any) -> spec.TransitionInputs:
    new = replace(_after(old, asset, delta), **others)
    return spec.transition_inputs(old, new, asset, delta, CONTEXT, hasher=hashing)


def _choice() -> Case:
    def inputs(asset: int, *places: int) -> dict[str, Any]:
        return {"asset": asset, "chosen": [int(place in places) for place in range(10)]}

    doubtful = {"asset": 2, "chosen": [R - 1, 0, 1, 0, 0, 0, 0, 0, 0, 1]}
    return Case(
        file="account/transition.circom",
        main="Choice()",
        honest=[(inputs(asset, asset), ()) for asset in (3, 0, 9, 1, 8)],
        refused=[
            inputs(0),
            inputs(3, 1, 2),
            inputs(2, 3),
            inputs(9, 8),
            inputs(10, 9),
            inputs(0, 0, 1),
            inputs(1, 0, 1),
            {"asset": 2, "chosen": [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]},
            {"asset": 2, "chosen": [R - 1, 2, 0, 0, 0, 0, 0, 0, 0, 0]},
            {"asset": 9, "chosen": [R - 8, 0, 0, 0, 0, 0, 0, 0, 0, 1]},
            {**doubtful, "chosen": [R - 1, 2, *[0] * 8]},
            {"asset": 18, "chosen": [*[0] * 8, R - 1, 2]},
            {"asset": 10, "chosen": [*[0] * 8, R - 1, 2]},
        ],
    )


def _honest() -> list[spec.TransitionInputs]:
    top = 2**64 - 1
    empty = replace(OLD, amounts=(0,) * 8, cash=0)
    full = replace(OLD, amounts=(top,) * 8, cash=2**83 - 1)
    return [
        _laid_out(OLD, 2, 500),
        _laid_out(OLD, 5, -26),
        _laid_out(OLD, spec.CASH, -20, owner=BOB),
        _laid_out(OLD, spec.TRADE, 0, positions=MANY, cash=-3, view_key=98, key=spec.TradingKey(19, 20)),
        _laid_out(OLD, spec.TRADE, 0),
        _laid_out(NOTHING, 0, 77),
        _laid_out(NOTHING, 3, 0, owner=BOB),
        *(_laid_out(empty, asset, top) for asset in (0, 7)),
        *(_laid_out(full, asset, -top) for asset in (0, 7, spec.CASH)),
        _laid_out(empty, spec.CASH, -(2**64)),
        _laid_out(replace(OLD, nonce=2**64 - 2, owner=0, positions=MANY), 1, 1),
    ]


def _with(values: list[int], place: int, value: int) -> list[int]:
    """Return a list with another value at a place."""
    return [value if i == place else one for i, one in enumerate(values)]


def _refused(honest: list[spec.TransitionInputs]) -> list[dict[str, Any]]:
    deposit, _, cash, trade, _, opening, *_ = (inputs.signals for inputs in honest)
    claims = [
        *((deposit, "newCash", value) for value in (deposit["newCash"] + 1, 2**83, R - 2**83 - 1)),
        *((deposit, "newChunks", _with(deposit["newChunks"], c, 1)) for c in range(7)),
        (deposit, "owner", BOB),
        (deposit, "newOwner", BOB),
        (deposit, "nonce", 12),
        (deposit, "delta", 501),
        (deposit, "chosen", cash["chosen"]),
        (deposit, "asset", 3),
        *((good, "newViewKey", 99) for good in (deposit, cash)),
        *((good, "newKey", _with(good["newKey"], i, 99)) for good in (deposit, cash) for i in (0, 1)),
        *((good, "newAccount", 15) for good in (deposit, trade)),
        (opening, "newAccount", 2**40),
        (deposit, "genesis", 1),
        (deposit, "genesis", 2),
        (trade, "newCash", 2**83),
        *((opening, name, 1) for name in ("account", "viewKey", "cash", "orders")),
        *((opening, "key", key) for key in ([1, 0], [0, 1])),
        *((opening, "amounts", _with([0] * 8, place, 1)) for place in range(8)),
        # Signed values that are too large, with matching public signals.
        *((deposit, "amounts", _with([0] * 8, place, 2**64)) for place in range(8)),
    ]
    return [{**good, name: value} for good, name, value in claims] + _beyond(deposit, cash, trade, opening)


def _beyond(
    deposit: dict[str, Any], cash: dict[str, Any], trade: dict[str, Any], opening: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return inputs whose parts of the public signals are out of range although their sums are correct."""
    shift, moved = 2**160, 2**164

    def with_actors(owner: int, nonce: int) -> dict[str, Any]:
        return {**deposit, "owner": owner, "nonce": nonce, "actors": (owner + shift * nonce) % R}

    def with_change(good: dict[str, Any], **parts: int) -> dict[str, Any]:
        told = {**good, **{name: value % R for name, value in parts.items()}}
        shifted = (told["delta"] + 2**64) % R
        return {**told, "change": (told["newOwner"] + shift * told["asset"] + moved * shifted) % R}

    return [
        with_actors(ALICE + shift, 10),
        with_actors(R - shift + ALICE, 12),
        with_actors(ALICE, 2**64),
        with_change(deposit, newOwner=ALICE + shift),
        with_change(deposit, delta=2**64),
        with_change(deposit, delta=-30),
        with_change({**deposit, "amounts": [2**64 - 1] * 8}, delta=1),
        with_change(trade, delta=5),
        with_change(deposit, asset=3),
        *(
            with_change({**cash, "cash": before, "newCash": after}, delta=after - before)
            for before, after in ((0, 2**64), (2**64 + 1, 0))
        ),
        {**opening, "genesis": 2, "newAccount": 0, "newKey": [0, 0], "newViewKey": 0},
        {**opening, "cash": 1, "newCash": 1},
        *(
            {**opening, "chunks": other, "newChunks": other}
            for other in (_with(opening["chunks"], c, 1) for c in range(7))
        ),
        {**opening, "nonce": 1, "actors": ALICE + shift},
    ]


def _transition() -> Case:
    honest = _honest()
    return Case(
        file="account/transition.circom",
        main="Transition()",
        honest=[(inputs.signals, inputs.public[:2]) for inputs in honest],
        refused=_refused(honest),
    )


TRANSITION_CASES = {"Choice": (_choice(),), "Transition": (_transition(),)}
"""By the template that they are about."""
