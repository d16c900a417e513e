"""Signals that the constraints of a circuit leave undetermined.

At a satisfying witness w the constraints a·b = c have the derivatives

    d(a·b - c) = b(w)·a + a(w)·b - c                 one row for each constraint

with respect to signals other than inputs. A vector in the kernel of these rows is a direction in which signals can
move, to first order, with fixed inputs. Full column rank means that there is no such direction. The rank does not
exclude a distant second solution, such as a square root of the other sign or another bit pattern; range checks do.
"""

from __future__ import annotations

import random
from collections import defaultdict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from zkmargin.proving.bn254 import SCALAR_MODULUS as R

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .r1cs import System

Row = dict[int, int]


def undetermined(system: System, witness: Sequence[int]) -> list[str]:
    """Return the names of the signals that can move with fixed inputs; none if the rank is full."""
    rows = derivatives(system, witness)
    columns = {0, *system.inputs}
    unknown = [wire for wire in range(system.sizes.wires) if wire not in columns]
    left, pivots = _eliminate(_propagate(rows, set(unknown)))
    return system.names_of(sorted(_movable(left, pivots)))


def derivatives(system: System, witness: Sequence[int]) -> list[Row]:
    """Return the rows of the Jacobian, as {wire: derivative}, without the columns of constant and inputs."""
    known = {0, *system.inputs}
    products = zip(system.a.times(witness), system.b.times(witness), strict=True)
    return [_derivative(system, index, a, b, known) for index, (a, b) in enumerate(products)]


def _derivative(system: System, index: int, a: int, b: int, known: set[int]) -> Row:
    row: Row = {}
    for matrix, factor in ((system.a, b), (system.b, a), (system.c, -1)):
        for wire, value in matrix.row(index) if factor else ():
            if wire not in known:
                row[wire] = (row.get(wire, 0) + value * factor) % R
    return {wire: value for wire, value in row.items() if value}


def _propagate(rows: list[Row], unknown: set[int]) -> tuple[list[Row], set[int]]:
    """Repeatedly remove signals that a single row determines.

    Circuits are triangular in the order of computation, so few rows remain. This step needs no arithmetic.
    """
    where: dict[int, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        for wire in row:
            where[wire].append(index)
    waiting = [index for index, row in enumerate(rows) if len(row) == 1]
    while waiting:
        row = rows[waiting.pop()]
        for wire in list(row):
            unknown.discard(wire)
            for index in where.pop(wire, ()):
                rows[index].pop(wire, None)
                if len(rows[index]) == 1:
                    waiting.append(index)
    return [row for row in rows if row], unknown


def _eliminate(system: tuple[list[Row], set[int]]) -> tuple[set[int], list[tuple[int, Row]]]:
    """Bring the remaining rows into echelon form; return the columns without pivot, and each pivot with its row."""
    rows, unknown = dict(enumerate(system[0])), set(system[1])
    where: dict[int, set[int]] = defaultdict(set)
    for index, row in rows.items():
        for wire in row:
            where[wire].add(index)
    pivots: list[tuple[int, Row]] = []
    shortest = [(len(row), index) for index, row in rows.items()]
    heapify(shortest)
    while shortest:
        # A row with few terms and a column in few rows cause little fill-in.
        length, index = heappop(shortest)
        if index not in rows or length != len(rows[index]):
            continue  # the row has changed and is elsewhere in the heap
        row = rows.pop(index)
        for wire in row:
            where[wire].discard(index)
        if not row:
            continue
        pivot = min(row, key=lambda wire: len(where[wire]))
        inverse = pow(row[pivot], -1, R)
        row = {wire: value * inverse % R for wire, value in row.items()}
        pivots.append((pivot, row))
        unknown.discard(pivot)
        for other in where.pop(pivot):
            _subtract(rows[other], row, pivot, where, other)
            heappush(shortest, (len(rows[other]), other))
    return unknown, pivots


def _subtract(target: Row, row: Row, pivot: int, where: dict[int, set[int]], index: int) -> None:
    factor = target.pop(pivot)
    for wire, value in row.items():
        before = target.get(wire)
        if before is None:
            if wire != pivot:
                target[wire] = -factor * value % R
                where[wire].add(index)
        elif changed := (before - factor * value) % R:
            target[wire] = changed
        else:
            del target[wire]
            where[wire].discard(index)


def _movable(free: set[int], pivots: list[tuple[int, Row]]) -> set[int]:
    """Return the nonzero columns of a random vector of the kernel."""
    rng = random.Random(0)  # noqa: S311  # any vector suffices: a movable column is zero with probability 1 / r
    vector = {wire: rng.randrange(1, R) for wire in sorted(free)}
    for pivot, row in reversed(pivots):
        vector[pivot] = -sum(value * vector.get(wire, 0) for wire, value in row.items() if wire != pivot) % R
    return {wire for wire, value in vector.items() if value}
