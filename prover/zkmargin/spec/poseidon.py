"""Poseidon over BN254's scalar field with circomlib's parameters, from the paper alone.

Grassi, Khovratovich, Rechberger, Roy, Schofnegger, "Poseidon: A New Hash Function for Zero-Knowledge Proof
Systems": S-box x^5, 8 full rounds, partial rounds by state width. It is slow (about a millisecond), so
functions that hash take a hasher, which may be faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import count, islice

from .checks import SpecError, check_field
from .constants import FIELD

Hasher = Callable[[Sequence[int]], int]
"""A function that computes `poseidon`."""

_FULL_ROUNDS = 8
_PARTIAL_ROUNDS = (56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68)
"""By state width 2 to 17: 128 bits of security, with the paper's margin."""
_FIELD_BITS = 254


def poseidon(inputs: Sequence[int]) -> int:
    """Hash field elements.

    Parameters
    ----------
    inputs : Sequence[int]
        1 to 16 elements, each in [0, r).

    Returns
    -------
    int
        A field element.

    Raises
    ------
    SpecError
        If there are too few or too many, or one is not in the field.
    """
    if not 1 <= len(inputs) <= len(_PARTIAL_ROUNDS):
        raise SpecError("inputs", "expected 1 to 16 elements")
    for i, value in enumerate(inputs):
        check_field(f"inputs[{i}]", value)
    state = [0, *inputs]
    constants, matrix = _parameters(len(state))
    half = _FULL_ROUNDS // 2
    for number, row in enumerate(constants):
        state = [element + constant for element, constant in zip(state, row, strict=True)]
        full = number < half or number >= len(constants) - half
        # A partial round passes only the first element through the S-box.
        state = [pow(x, 5, FIELD) if full or i == 0 else x for i, x in enumerate(state)]
        state = [sum(m * x for m, x in zip(line, state, strict=True)) % FIELD for line in matrix]
    return state[0]


@cache
def _parameters(width: int) -> tuple[list[list[int]], list[list[int]]]:
    """Generate the constants of each round and the matrix (the paper's appendix E)."""
    rounds = _FULL_ROUNDS + _PARTIAL_ROUNDS[width - 2]
    bits = _grain(width, rounds - _FULL_ROUNDS)
    integers = iter(lambda: _integer(bits), None)
    below = (value for value in integers if value < FIELD)
    constants = [list(islice(below, width)) for _ in range(rounds)]
    # A Cauchy matrix of the next integers, which are reduced, not rejected.
    x = [value % FIELD for value in islice(integers, width)]
    y = [value % FIELD for value in islice(integers, width)]
    return constants, [[pow(a + b, -1, FIELD) for b in y] for a in x]


def _integer(bits: Iterator[str]) -> int:
    """Return the next 254 bits as an integer, most significant first."""
    return int("".join(islice(bits, _FIELD_BITS)), 2)


def _grain(width: int, partial_rounds: int) -> Iterator[str]:
    """Yield the bits of the Grain LFSR, seeded by the parameters."""
    # Prime field, S-box x^5, bits of the field, width, rounds, then ones: 80 bits.
    fields = (
        (1, 2),
        (0, 4),
        (_FIELD_BITS, 12),
        (width, 12),
        (_FULL_ROUNDS, 10),
        (partial_rounds, 10),
        (2**30 - 1, 30),
    )
    seed = "".join(f"{value:0{size}b}" for value, size in fields)
    # The oldest bit is the lowest. The last 16 bits are not tapped, so 16 steps are one operation.
    window = int(seed[::-1], 2)
    for number in count():
        bits = window ^ window >> 13 ^ window >> 23 ^ window >> 38 ^ window >> 51 ^ window >> 62
        window = window >> 16 | (bits & 0xFFFF) << 64
        if number >= 160 // 16:
            yield from _USED[bits & 0xFF]
            yield from _USED[bits >> 8 & 0xFF]


def _used(byte: int) -> str:
    """Return which of eight bits are used: the second of each pair whose first is set."""
    return "".join(str(byte >> i + 1 & 1) for i in range(0, 8, 2) if byte >> i & 1)


_USED = tuple(map(_used, range(256)))
