"""The point that binds a published opening to a disclosure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .words import hash_words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["opening_point"]


def opening_point(commitment: int, elements: Sequence[int]) -> int:
    """Return the point z at which a disclosure shows the value of its opening.

    ``Horner.point`` in the contracts computes the same number.

    Parameters
    ----------
    commitment : int
        The account.
    elements : sequence of int
        The elements of its opening: `spec.opening_elements`.

    Returns
    -------
    int
        ``keccak256`` of commitment and elements, as words of 32 bytes, modulo r.
    """
    return hash_words((commitment, *elements))
