"""Cases for the templates in ``circuits/lib``, at small parameters."""

from __future__ import annotations

from zkmargin.proving.bn254 import SCALAR_MODULUS as R

from .stub import hashing
from .suite import Case, Forgery

Field = dict[str, int]


def _values(*values: int) -> list[Field]:
    return [{"value": value % R} for value in values]


def _accepted(*values: int) -> list[tuple[Field, tuple[int, ...]]]:
    return [(inputs, ()) for inputs in _values(*values)]


def _maximum() -> Case:
    spread = [[5, 1, -3], [-3, 5, 1], [1, -3, 5], [7, 7, 7], [0, 15, 0], [-20, -5, -6]]
    # In each place, a value that is 16 or more below the others.
    far = [[0, 0, -16], [0, -16, 0], [-16, 0, 0], [16, 31, 0], [-17, 0, -1]]
    values = [5, 1, -3]
    return Case(
        file="lib/maximum.circom",
        main="Maximum(3, 4)",
        honest=[({"value": [x % R for x in case]}, [max(case) % R]) for case in spread],
        refused=[{"value": [x % R for x in case]} for case in far],
        forgeries=[
            Forgery("lib/maximum.circom", "maximum <-- best", f"maximum <-- {forged}", {"value": order})
            for forged in ("best + 1", "best - 1", "value[2]", "value[1]", "0")
            for order in [[x % R for x in values]]
        ],
    )


CHILDREN = [11, 22, 33, 44, 55, 66, 77, 88]


def _bits(place: int) -> list[int]:
    return [place >> bit & 1 for bit in range(3)]


def _child() -> Case:
    chosen = [({"children": CHILDREN, "place": _bits(place)}, [CHILDREN[place]]) for place in range(8)]
    return Case(file="lib/merkle.circom", main="Child()", honest=chosen[5:] + chosen[:5])


def _climb() -> Case:
    low = [*CHILDREN[:5], 99, *CHILDREN[6:]]
    high = [1, 2, hashing(low), 4, 5, 6, 7, 8]
    good = {"leaf": 99, "place": [_bits(5), _bits(2)], "children": [low, high]}
    return Case(
        file="lib/merkle.circom",
        main="Climb(2)",
        honest=[(good, [hashing(high)])],
        refused=[
            {**good, "leaf": 98},
            {**good, "place": [_bits(4), _bits(2)]},
            {**good, "place": [_bits(5), _bits(3)]},
            {**good, "children": [CHILDREN, high]},
            {**good, "children": [low, CHILDREN]},
        ],
    )


def _slots() -> Case:
    splits = [(1, -2, 3), (0, 0, 0), (2**83 - 1, -(2**83), 2**83 - 1), (-1, 0, -1)]
    packed = [sum(slot << 84 * j for j, slot in enumerate(split)) % R for split in splits]
    honest = [({"packed": p}, [slot % R for slot in s]) for p, s in zip(packed, splits, strict=True)]
    hint = "slot[j] <-- ((shifted >> (84 * j)) & MASK) - HALF"
    return Case(
        file="lib/slots.circom",
        main="Slots()",
        honest=honest,
        free=["slot[0]", "slot[1]", "slot[2]"],
        # A single slot moved; the caller ensures that a split is unique.
        forgeries=[Forgery("lib/slots.circom", hint, f"{hint} + (j == {j})", honest[0][0]) for j in range(3)],
    )


LIB_CASES = {
    "Unsigned": (
        Case(
            file="lib/range.circom",
            main="Unsigned(4)",
            honest=_accepted(9, 0, 15),
            refused=_values(16, 31, -1),
        ),
    ),
    "Signed": (
        Case(
            file="lib/range.circom",
            main="Signed(4)",
            honest=_accepted(3, 7, -8),
            refused=_values(8, -9, 23, R // 2),
        ),
    ),
    "NonZero": (
        Case(file="lib/range.circom", main="NonZero()", honest=_accepted(3, 1, -1), refused=_values(0)),
    ),
    "Bit": (Case(file="lib/range.circom", main="Bit()", honest=_accepted(1, 0), refused=_values(2, -1)),),
    "Maximum": (_maximum(),),
    "Child": (_child(),),
    "Climb": (_climb(),),
    "Slots": (_slots(),),
}
"""By the template that they are about."""
