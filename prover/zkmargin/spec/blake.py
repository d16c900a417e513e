"""BLAKE-512, the hash that circomlibjs derives trading keys with; Python's own BLAKE2 is another function.

Aumasson, Henzen, Meier, Phan, "SHA-3 proposal BLAKE", version 1.3 (2010), section 2.3. It is here because neither
the standard library nor a maintained package has it; the native core has its own, which wipes what it used.
"""

from __future__ import annotations

_MASK = 2**64 - 1
_BLOCK = 128
_ROUNDS = 16

_START = (
    0x6A09E667F3BCC908,
    0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B,
    0xA54FF53A5F1D36F1,
    0x510E527FADE682D1,
    0x9B05688C2B3E6C1F,
    0x1F83D9ABFB41BD6B,
    0x5BE0CD19137E2179,
)
"""The initial state, that of SHA-512."""
_CONSTANTS = (
    0x243F6A8885A308D3,
    0x13198A2E03707344,
    0xA4093822299F31D0,
    0x082EFA98EC4E6C89,
    0x452821E638D01377,
    0xBE5466CF34E90C6C,
    0xC0AC29B7C97C50DD,
    0x3F84D5B5B5470917,
    0x9216D5D98979FB1B,
    0xD1310BA698DFB5AC,
    0x2FFD72DBD01ADFB7,
    0xB8E1AFED6A267E96,
    0xBA7C9045F12C7F99,
    0x24A19947B3916CF7,
    0x0801F2E2858EFC16,
    0x636920D871574E69,
)
"""The first digits of pi's fractional part."""
_ORDERS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
"""The order of the message's words by round, mod 10."""
_CELLS = (
    (0, 4, 8, 12),
    (1, 5, 9, 13),
    (2, 6, 10, 14),
    (3, 7, 11, 15),
    (0, 5, 10, 15),
    (1, 6, 11, 12),
    (2, 7, 8, 13),
    (3, 4, 9, 14),
)
"""The columns of the state, then its diagonals."""


def blake512(message: bytes) -> bytes:
    """Hash a message, without salt.

    Parameters
    ----------
    message : bytes

    Returns
    -------
    bytes
        64 bytes.
    """
    # A one, zeros and a one up to 16 bytes before the end of a block, then the number of bits.
    padding = bytearray((_BLOCK - 17 - len(message)) % _BLOCK + 1)
    padding[0] |= 0x80
    padding[-1] |= 0x01
    padded = message + bytes(padding) + (8 * len(message)).to_bytes(16, "big")
    state: tuple[int, ...] = _START
    for start in range(0, len(padded), _BLOCK):
        # The bits of the message up to the end of the block; none if the block contains padding alone.
        bits = 8 * min(len(message), start + _BLOCK) if start < len(message) else 0
        state = _compress(state, padded[start : start + _BLOCK], bits)
    return b"".join(word.to_bytes(8, "big") for word in state)


def _compress(state: tuple[int, ...], block: bytes, bits: int) -> tuple[int, ...]:
    words = [int.from_bytes(block[i : i + 8], "big") for i in range(0, _BLOCK, 8)]
    low, high = bits & _MASK, bits >> 64
    counters = (0, 0, 0, 0, low, low, high, high)
    v = [*state, *(x ^ y for x, y in zip(_CONSTANTS, counters, strict=False))]
    for number in range(_ROUNDS):
        order = _ORDERS[number % len(_ORDERS)]
        for i, cells in enumerate(_CELLS):
            x, y = order[2 * i], order[2 * i + 1]
            _mix(v, cells, words[x] ^ _CONSTANTS[y], words[y] ^ _CONSTANTS[x])
    return tuple(h ^ v[i] ^ v[i + 8] for i, h in enumerate(state))


def _mix(v: list[int], cells: tuple[int, int, int, int], first: int, second: int) -> None:
    a, b, c, d = cells
    for word, turn, back in ((first, 32, 25), (second, 16, 11)):
        v[a] = (v[a] + v[b] + word) & _MASK
        v[d] = _rotate(v[d] ^ v[a], turn)
        v[c] = (v[c] + v[d]) & _MASK
        v[b] = _rotate(v[b] ^ v[c], back)


def _rotate(word: int, places: int) -> int:
    """Rotate to the right."""
    return (word >> places | word << 64 - places) & _MASK
