"""Keccak-256: by pycryptodome if it is installed (with the extra ``chain``), else in plain Python."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["keccak", "plain_keccak"]

_RATE = 136
"""Bytes of a block: 1600 bits without a capacity of twice 256."""
_MASK = 2**64 - 1


def _round_constants() -> tuple[int, ...]:
    """Return the constants of iota: bits of a linear-feedback shift register (FIPS 202, algorithm 5)."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << ((1 << power) - 1)
            register = register << 1 ^ (register >> 7) * 0x171
        constants.append(constant)
    return tuple(constants)


def _moves() -> tuple[tuple[int, int, int], ...]:
    """Return where rho and pi move each lane, 5 * y + x, and by how many bits they rotate it (FIPS 202, 3.2.2-3)."""
    x, y, moves = 1, 0, [(0, 0, 0)]
    for step in range(24):
        moves.append((5 * y + x, 5 * ((2 * x + 3 * y) % 5) + y, (step + 1) * (step + 2) // 2 % 64))
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(moves)


_ROUNDS = _round_constants()
_MOVES = _moves()


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash, Ethereum's, which pads otherwise than SHA3-256; 32 bytes."""
    return _fastest()(data)


@lru_cache(maxsize=1)
def _fastest() -> Callable[[bytes], bytes]:
    try:
        from Crypto.Hash import keccak as compiled  # noqa: PLC0415  # optional
    except ModuleNotFoundError:
        return plain_keccak
    return lambda data: bytes(compiled.new(digest_bits=256, data=data).digest())


def plain_keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash in plain Python: some tenths of a millisecond for each block of 136 bytes.

    The Keccak reference, https://keccak.team/files/Keccak-reference-3.0.pdf, with the permutation of FIPS 202.
    """
    padded = bytearray(data) + bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            place = start + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[place : place + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    moved = [0] * 25
    for constant in _ROUNDS:
        # theta
        c = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        d = [c[x - 1] ^ (c[(x + 1) % 5] << 1 & _MASK | c[(x + 1) % 5] >> 63) for x in range(5)]
        # rho and pi
        for source, target, turn in _MOVES:
            lane = lanes[source] ^ d[source % 5]
            moved[target] = (lane << turn | lane >> (64 - turn)) & _MASK
        # chi
        lanes = [
            moved[y + x] ^ (moved[y + (x + 2) % 5] & ~moved[y + (x + 1) % 5])
            for y in range(0, 25, 5)
            for x in range(5)
        ]
        # iota
        lanes[0] ^= constant
    return lanes
