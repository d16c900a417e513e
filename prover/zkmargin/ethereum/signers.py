"""The signer of a hash, by its ECDSA signature over secp256k1."""

from __future__ import annotations

from .addresses import checksum_address
from .hashing import keccak

__all__ = ["signer_of"]

# SEC 2, version 2.0, section 2.4.1: y^2 = x^3 + 7 over the field of p elements, a group of order n.
_P = 2**256 - 2**32 - 977
_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_B = 7
_G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

_Point = tuple[int, int, int]
"""Jacobian coordinates: the point (X / Z^2, Y / Z^3), the neutral element if Z is 0."""
_NEUTRAL: _Point = (0, 1, 0)


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """Return the address whose key has signed a hash.

    SEC 1, version 2.0, section 4.1.6. All inputs are public, so that the time of computing may depend on them.

    Parameters
    ----------
    digest : bytes
        32 bytes.
    signature : bytes
        65 bytes: r, s, and v for the parity of a coordinate: 27 or 28, or 0 or 1 as some wallets write it.

    Returns
    -------
    str or None
        With its checksum; None if no key can have made the signature.
    """
    if len(signature) != 65 or signature[64] not in {0, 1, 27, 28}:
        return None
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if not (0 < r < _N and 0 < s < _N):
        return None
    # 1. The point whose x is r; the other candidate, r + n, exists for next to no r and has no v in Ethereum.
    square = (pow(r, 3, _P) + _B) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    if y % 2 != signature[64] % 27:
        y = _P - y
    # 2. The key is (s * R - digest * G) / r.
    inverse = pow(r, -1, _N)
    of_base = -int.from_bytes(digest, "big") * inverse % _N
    x, y, z = _sum_of_products(of_base, (*_G, 1), s * inverse % _N, (r, y, 1))
    if z == 0:
        return None
    scale = pow(z, -1, _P)
    key = (x * scale**2 % _P).to_bytes(32, "big") + (y * scale**3 % _P).to_bytes(32, "big")
    return checksum_address("0x" + keccak(key)[12:].hex())


def _sum_of_products(a: int, first: _Point, b: int, second: _Point) -> _Point:
    """Return a * first + b * second, with one doubling for each bit of both (Straus)."""
    both = (None, first, second, _added(first, second))
    total = _NEUTRAL
    for place in reversed(range(max(a, b).bit_length())):
        total = _doubled(total)
        one = both[(a >> place & 1) + 2 * (b >> place & 1)]
        if one is not None:
            total = _added(total, one)
    return total


def _doubled(point: _Point) -> _Point:
    """Return 2 * point (https://hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html, dbl-2009-l)."""
    x, y, z = point
    a, b = x * x % _P, y * y % _P
    c = b * b % _P
    d = 2 * ((x + b) ** 2 - a - c) % _P
    e = 3 * a
    x3 = (e * e - 2 * d) % _P
    return x3, (e * (d - x3) - 8 * c) % _P, 2 * y * z % _P


def _added(one: _Point, other: _Point) -> _Point:
    """Return the sum of two points (the same source, add-1998-cmo-2)."""
    if one[2] == 0:
        return other
    if other[2] == 0:
        return one
    x1, y1, z1 = one
    x2, y2, z2 = other
    z1z1, z2z2 = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * z2z2 % _P, x2 * z1z1 % _P
    s1, s2 = y1 * z2 * z2z2 % _P, y2 * z1 * z1z1 % _P
    h, r = (u2 - u1) % _P, (s2 - s1) % _P
    if h == 0:
        return _doubled(one) if r == 0 else _NEUTRAL
    hh = h * h % _P
    hhh, v = h * hh % _P, u1 * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * hhh) % _P, z1 * z2 * h % _P
