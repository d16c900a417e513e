"""Hashes of words of 32 bytes, as contracts compute them, modulo r."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.ethereum import keccak
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["hash_words"]


def hash_words(words: Iterable[int]) -> int:
    """Return ``keccak256`` of words of 32 bytes, mod r."""
    return int.from_bytes(keccak(b"".join(word.to_bytes(32, "big") for word in words)), "big") % FIELD
