"""Poseidon, by the native core where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.spec.poseidon import poseidon

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.spec.poseidon import Hasher

__all__ = ["fast_hasher", "hasher_of"]


def fast_hasher() -> Hasher:
    """Return the native core's Poseidon, or the specification's where the native core is not installed."""
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return poseidon
    return zkmargin_native.poseidon


def hasher_of(inputs: Iterable[tuple[int, ...]]) -> Hasher:
    """Return `fast_hasher` with hashes of these inputs, computed together on all cores of the machine."""
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return poseidon
    known = list(inputs)
    digests = dict(zip(known, zkmargin_native.poseidon_many(known), strict=True))

    def hasher(one: Sequence[int]) -> int:
        found = digests.get(tuple(one))
        return zkmargin_native.poseidon(one) if found is None else found

    return hasher
