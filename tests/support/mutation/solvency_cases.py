"""Cases for the templates of the solvency circuits, at small parameters and with a stub for Poseidon."""

from __future__ import annotations

from typing import Any

from zkmargin import spec
from zkmargin.proving.bn254 import SCALAR_MODULUS as R

from .health_cases import (
    BESIDE,
    BPS,
    FAR,
    NEAR,
    PRICES,
    TINY,
    TINY_ROWS,
    changed,
    opened,
    reproved,
    tiny_snapshot,
    with_surplus,
)
from .stub import hashing
from .suite import Case, Inputs

X = 1_000_003
SHAPE = spec.HealthShape(8, spec.Shape(2, 2, TINY), singles=3)
PARAMETERS = "8, [2, 2, 4, 2, 0, 0], 0, 3"
SOME = spec.Sums(3, 5, -7, tuple(range(11, 19)), 23)


def flat(sums: spec.Sums) -> list[int]:
    """Return the values of a bus of sums, in order."""
    return [sums.unhealthy, sums.deficit, sums.cash % R, *sums.amounts, sums.lots]


def _sums_hash() -> Case:
    inputs = {"sums": spec.sums_signals(SOME), "blind": 29}
    return Case(
        file="solvency/sums.circom", main="SumsHash()", honest=[(inputs, [spec.sums_hash(SOME, 29, hashing)])]
    )


def _added() -> Case:
    other = spec.Sums(31, 37, 41, tuple(range(43, 51)), 53)
    inputs = {"one": spec.sums_signals(SOME), "other": spec.sums_signals(other)}
    return Case(file="solvency/sums.circom", main="Added()", honest=[(inputs, flat(SOME + other))])


def _deficit() -> Case:
    top = 2**132 - 1
    return Case(
        file="solvency/sums.circom",
        main="Deficit()",
        honest=[({"equity": value % R}, [max(0, -value)]) for value in (-5, 4, 0, -1, top, -top)],
        refused=[{"equity": value % R} for value in (2**132, -(2**132) - 1, 2**133, R // 2)],
    )


def _lots_value() -> Case:
    def accepted(*held: tuple[int, int], x: int = X) -> tuple[Inputs, list[int]]:
        inputs = {"id": [i for i, _ in held], "lots": [lots % R for _, lots in held], "x": x}
        return inputs, [spec.lots_value([spec.Position(*one) for one in held], x)]

    point = accepted((7, 3), (9, -4))[0]
    return Case(
        file="solvency/sums.circom",
        main="LotsValue(2)",
        honest=[accepted((7, 3), (9, -4)), accepted((0, 0), (9, 4)), accepted((7, 1), (0, 0), x=R - 1)],
        refused=[{**point, "x": 9}],
    )


def tiny_accounts() -> tuple[list[spec.Account], spec.Snapshot]:
    """Return accounts in eight places, and their snapshot: one is unhealthy, one has a deficit, two are blank."""
    data = tiny_snapshot(TINY_ROWS)
    books = [
        ((NEAR, -7), (FAR, 4)),
        ((BESIDE, 5), (NEAR, 2)),
        ((FAR, -3),),
        ((0, 0), (NEAR, 5)),
        ((BESIDE, -5), (FAR, -1)),
    ]
    surplus = (0, 5, -1, 10, 0)
    accounts = [
        with_surplus(opened(held, number=70 + place), data, more)
        for place, (held, more) in enumerate(zip(books, surplus, strict=True))
    ]
    return [*accounts, opened((), cash=-(10**9), number=80)], data


def tiny_inputs(
    accounts: list[spec.Account], data: spec.Snapshot, before: spec.Sums = SOME
) -> spec.SolvencyInputs:
    """Return the inputs of a circuit of tiny rows."""
    return spec.solvency_inputs(accounts, data, SHAPE, BPS, X, before=before, blinds=(61, 67), hasher=hashing)


def nodes_digest(commitments: list[int]) -> int:
    """Return the element that determines the accounts in a circuit of solvency."""
    return spec.digest(spec.first_level(commitments, hashing), hashing)


def _solvency() -> Case:
    accounts, data = tiny_accounts()
    honest = [tiny_inputs(accounts, data), tiny_inputs(accounts[::-1], data, spec.NO_SUMS)]
    good = honest[0].signals
    refused = [
        # Claims that do not follow from the rows, of the first and of the last account with positions.
        *(changed(good, ("claims", place, "charge"), 10**9) for place in (0, 4)),
        changed(good, ("slots", 1, "id"), [NEAR, NEAR]),
        # With the challenges and weighted lots that an honest prover gives them.
        reproved({**good, "prices": [2**64, *PRICES[1:]]}, bound=nodes_digest),
        {**good, "underlyingRoots": list(range(8))},
    ]
    return Case(
        file="solvency/solvency.circom",
        main=f"Solvency({PARAMETERS})",
        honest=[(inputs.signals, inputs.public.all[:-2]) for inputs in honest],
        refused=refused,
    )


SOLVENCY_CASES: dict[str, Any] = {
    "SumsHash": (_sums_hash(),),
    "Added": (_added(),),
    "Deficit": (_deficit(),),
    "LotsValue": (_lots_value(),),
    "Solvency": (_solvency(),),
}
"""By the template that they are about."""
