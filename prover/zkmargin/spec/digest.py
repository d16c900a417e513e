"""Digests of lists of field elements, and values of polynomials: what batches of proofs are tied together by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import SpecError
from .constants import FIELD
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 16


def digest(values: Sequence[int], hasher: Hasher = poseidon) -> int:
    """Hash a list of a length that the circuit fixes: a chain of Poseidon hashes over blocks.

    Parameters
    ----------
    values : Sequence of int
        Field elements, at least one.
    hasher : Hasher

    Returns
    -------
    int
        ``Poseidon(values)`` of at most 16 values. Of more, ``digest[0]`` is that of the first 16 and
        ``digest[b] = Poseidon(digest[b - 1], the next 15 values)``, the last block filled with zeros.
    """
    if not values:
        raise SpecError("values", "expected at least one")
    result = hasher(values[:_WIDTH])
    for start in range(_WIDTH, len(values), _WIDTH - 1):
        block = list(values[start : start + _WIDTH - 1])
        result = hasher([result, *block, *[0] * (_WIDTH - 1 - len(block))])
    return result


def horner(values: Sequence[int], point: int) -> int:
    """Return ``sum_i values[i] point^i`` mod r."""
    result = 0
    for value in reversed(values):
        result = (result * point + value) % FIELD
    return result
