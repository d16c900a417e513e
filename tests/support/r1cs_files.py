"""Constraint systems (``.r1cs``) that no circuit has, written by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from zkmargin.proving.bn254 import SCALAR_MODULUS

Combination = Mapping[int, int]
"""The coefficients of a linear combination by wire."""

Constraint = tuple[Combination, Combination, Combination]

EMPTY: Constraint = ({}, {}, {})

# Wires: one, an output, a public input, a private input, two others. The coefficients are those where a multiplication
# by a scalar could err: 0, 1, -1, both sides of 2^127, 2^128 and r / 2, and a combination that occurs thrice.
_MIXED = {2: 3, 3: SCALAR_MODULUS // 2, 4: SCALAR_MODULUS // 2 + 1, 5: 2**253 + 1}
EDGES: list[Constraint] = [
    (_MIXED, _MIXED, {1: 1}),
    ({1: 1}, _MIXED, {4: 2**127, 5: -(2**127), 0: 2**128 - 1}),
    ({2: -1, 3: 2**127 - 1}, {3: 12345678901234567890 << 128, 0: -5}, {4: 0, 5: 2**64}),
]


def write_r1cs(path: Path, constraints: Iterable[Constraint], wires: int = 6) -> Path:
    """Write constraints over wires that begin with one, an output, a public and a private input."""
    rows = list(constraints)
    header = struct.pack("<I", 32) + SCALAR_MODULUS.to_bytes(32, "little")
    header += struct.pack("<IIII", wires, 1, 1, 1) + struct.pack("<QI", wires, len(rows))
    body = b"".join(_combination(side) for row in rows for side in row)
    labels = b"".join(struct.pack("<Q", wire) for wire in range(wires))
    sections = ((1, header), (2, body), (3, labels))
    content = b"".join(struct.pack("<IQ", number, len(data)) + data for number, data in sections)
    path.write_bytes(b"r1cs" + struct.pack("<II", 1, len(sections)) + content)
    return path


def _combination(terms: Combination) -> bytes:
    packed = (
        struct.pack("<I", wire) + (value % SCALAR_MODULUS).to_bytes(32, "little")
        for wire, value in terms.items()
    )
    return struct.pack("<I", len(terms)) + b"".join(packed)
