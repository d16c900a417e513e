"""Fingerprints of verification keys: few characters that people can read to each other."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .artifacts import VerificationKey
    from .points import G1, G2

__all__ = ["FINGERPRINT", "fingerprint"]

FINGERPRINT = re.compile(r"[0-9a-hjkmnp-tv-z]{4}(?:-[0-9a-hjkmnp-tv-z]{4}){3}", re.ASCII)
"""The form of a fingerprint."""

_DOMAIN = b"zkmargin verification key 1\n"
_BITS = 80
# Crockford's base 32: without i, l, o and u, which are mistaken for other characters.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def fingerprint(key: VerificationKey) -> str:
    r"""Return the fingerprint of a verification key, such as ``k7f3-9xq2-mh4d-w8tz``.

    It consists of the first 80 bits of the SHA-256 of ``"zkmargin verification key 1\n"``, the number of public
    signals (4 bytes) and the coordinates of alpha, beta, gamma, delta and IC (32 bytes each, those in Fq2 as real and
    imaginary part, both 0 for the point at infinity), all big-endian, in Crockford's base 32. Contracts hold the same
    points, so it can be computed from a chain too.

    To find another key for a given fingerprint takes about 2^80 hashes. The maker of two keys can give them one
    fingerprint with about 2^40, so compare whole keys where their maker is the opponent.
    """
    state = hashlib.sha256(_DOMAIN + key.n_public.to_bytes(4, "big"))
    for number in _numbers(key):
        state.update(number.to_bytes(32, "big"))
    bits = int.from_bytes(state.digest()[: _BITS // 8], "big")
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _numbers(key: VerificationKey) -> Iterator[int]:
    yield from _g1(key.alpha)
    for point in (key.beta, key.gamma, key.delta):
        yield from _g2(point)
    for each in key.ic:
        yield from _g1(each)


def _g1(point: G1) -> tuple[int, ...]:
    return point or (0, 0)


def _g2(point: G2) -> tuple[int, ...]:
    return tuple(part for pair in point for part in pair) if point else (0, 0, 0, 0)
