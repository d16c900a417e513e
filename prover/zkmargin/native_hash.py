"""Poseidon, by the native core where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.spec.poseidon import poseidon

if TYPE_CHECKING:
    from zkmargin.spec.poseidon import Hasher

__all__ = ["fast_hasher"]


def fast_hasher() -> Hasher:
    """Return the native core's Poseidon, or the specification's where the native core is not installed."""
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return poseidon
    return zkmargin_native.poseidon
