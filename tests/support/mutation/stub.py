"""The stub for Poseidon in Python; see ``stubs/circomlib/circuits/poseidon.circom``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import zkmargin_native
from zkmargin.proving.bn254 import SCALAR_MODULUS as R

EMPTY_ELEMENT = sum(2**46 << 47 * j for j in range(5))  # five positions of 0 lots of instrument 0


def hashing(inputs: Sequence[int]) -> int:
    """Return the stub's hash."""
    root = len(inputs) + sum((i + 1) * value for i, value in enumerate(inputs))
    return (root * root + sum(7 * (i + 2) ** 2 * value for i, value in enumerate(inputs))) % R


def hashing_to_zero(node: int) -> list[int]:
    """Return eight children, `node` first, that hash to 0; for Poseidon such children are infeasible to find.

    root = 0 and rest = 0 are two linear equations; children 1 and 2 solve them, the others are 0.
    """
    # 2x + 3y = -8 - node,   9x + 16y = -4·node
    left, right = -8 - node, -4 * node
    inverse = pow(2 * 16 - 3 * 9, -1, R)
    x = (16 * left - 3 * right) * inverse % R
    y = (2 * right - 9 * left) * inverse % R
    return [node, x, y, 0, 0, 0, 0, 0]


def copy_sources(circuits: Path, folder: Path) -> Path:
    """Copy the circuits' sources, with the stub's hashes of empty chunks instead of Poseidon's."""
    copy = Path(shutil.copytree(circuits, folder / "circuits", ignore=shutil.ignore_patterns("main")))
    commitment = copy / "account" / "commitment.circom"
    text = commitment.read_text(encoding="utf-8")
    for constant, stub in zip(_empty(zkmargin_native.poseidon), _empty(hashing), strict=True):
        if text.count(str(constant)) != 1:
            raise ValueError("the circuit does not have Poseidon's hash of an empty chunk, or of no orders")
        text = text.replace(str(constant), str(stub))
    commitment.write_text(text, encoding="utf-8")
    return copy


def _empty(hasher: Callable[[Sequence[int]], int]) -> tuple[int, int]:
    """Return the hash of an empty chunk and that of an order table without orders."""
    return hasher([EMPTY_ELEMENT] * 4), hasher([0] * 8)


def signing(key: Sequence[int], r8: Sequence[int], message: int) -> int:
    """Return S of the stub's signature; see ``stubs/circomlib/circuits/eddsaposeidon.circom``."""
    return (key[0] + 2 * key[1] + 3 * r8[0] + 4 * r8[1] + 5 * message) ** 2 % R
