"""Cases for the templates in ``circuits/lib``, at small parameters."""

from __future__ import annotations

from typing import Any

from zkmargin import spec
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


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(i)]


def _distinct() -> Case:
    good = [5, R - 3, 0, 2**15 - 1]
    return Case(
        file="lib/distinct.circom",
        main="Distinct(4)",
        honest=[({"value": good}, ()), ({"value": [1, 0, 2, 3]}, ())],
        refused=[{"value": [good[j] if k == i else v for k, v in enumerate(good)]} for i, j in _pairs(4)],
    )


def _ascending() -> Case:
    """Return cases of 17 values: 16 gaps, of which the last is in an element of its own."""

    def inputs(gaps: list[int], first: int = -7) -> dict[str, Any]:
        listed = [first + sum(gaps[:i]) + i for i in range(len(gaps) + 1)]
        return {"sorted": [value % R for value in listed], "seed": 77}

    def accepted(gaps: list[int], first: int = -7) -> tuple[dict[str, Any], list[int]]:
        elements = [sum(gap << 16 * i for i, gap in enumerate(part)) for part in (gaps[:15], gaps[15:])]
        return inputs(gaps, first), [hashing([77, first % R, *elements])]

    def with_gap(place: int, gap: int) -> list[int]:
        return [gap if i == place else i for i in range(16)]

    return Case(
        file="lib/distinct.circom",
        main="Ascending(17)",
        honest=[accepted(list(range(3, 19))), accepted([2**16 - 1] * 16, 5), accepted([0] * 16)],
        refused=[inputs(with_gap(place, gap)) for place in (0, 7, 14, 15) for gap in (-1, -2, 2**16)],
    )


def _distinct_sorted() -> Case:
    def inputs(*values: int) -> dict[str, Any]:
        return {"value": [value % R for value in values], "seed": 9}

    hint = "sorted[i] <-- last"
    file = "lib/distinct.circom"
    return Case(
        file=file,
        main="DistinctSorted(3)",
        honest=[(inputs(*values), ()) for values in ((9, -3, 4), (1, 2, 3), (3, 2, 1), (0, 2**16, -1))],
        refused=[inputs(5, 5, 7), inputs(5, 7, 5), inputs(7, 5, 5), inputs(5, 5, 5), inputs(0, 1, 2**17)],
        # Lists that ascend and are no permutation, for values of which two are equal and for others.
        forgeries=[
            Forgery(file, hint, f"sorted[i] <-- {forged}", given)
            for forged in ("4 + i", "5 + 2 * i", "value[0] + i")
            for given in (inputs(5, 5, 7), inputs(7, 5, 5), inputs(5, 7, 5), inputs(1, 2, 4))
        ],
    )


def _digest(count: int) -> Case:
    values = [R - 3 * i - 1 for i in range(count)]
    return Case(
        file="lib/digest.circom",
        main=f"Digest({count})",
        honest=[({"values": values}, [spec.digest(values, hashing)])],
    )


def _horner() -> Case:
    lists = [([5, R - 1, 7, 11], R - 2), ([5, 6, 7, 8], 0), ([1, 1, 1, 1], 1)]
    return Case(
        file="lib/digest.circom",
        main="Horner(4)",
        honest=[
            ({"values": values, "point": point}, [spec.horner(values, point)]) for values, point in lists
        ],
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
    # One block, two, and three with a last one that is not full.
    "Digest": (_digest(3), _digest(17), _digest(33)),
    "Horner": (_horner(),),
    "Distinct": (_distinct(),),
    "Ascending": (_ascending(),),
    "DistinctSorted": (_distinct_sorted(),),
    "Child": (_child(),),
    "Climb": (_climb(),),
    "Slots": (_slots(),),
}
"""By the template that they are about."""
