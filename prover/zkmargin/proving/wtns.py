"""Witness files (``.wtns``): a header and one 32-byte value for each wire.

The public signals that a prover returns are compared with those that `public_signals` reads here.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .binfile import Fields, Sections
from .bn254 import SCALAR_MODULUS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["encode", "frame", "parse", "public_signals"]

_MAX_WIRES = 1 << 28


def frame(values: bytes) -> bytes:
    """Prepend the header to the encoded values of a witness.

    Parameters
    ----------
    values : bytes
        32 bytes for each wire, little-endian.
    """
    prime = SCALAR_MODULUS.to_bytes(32, "little")
    header = struct.pack("<4sIIIQI32sI", b"wtns", 2, 2, 1, 40, 32, prime, len(values) // 32)
    return b"".join((header, struct.pack("<IQ", 2, len(values)), values))


def encode(witness: Sequence[int]) -> bytes:
    """Return the content of a ``.wtns`` file.

    Parameters
    ----------
    witness : sequence of int
        One value for each wire, in [0, r); the first is 1.
    """
    return frame(b"".join(value.to_bytes(32, "little") for value in witness))


def parse(content: bytes, source: str = "witness") -> tuple[int, ...]:
    """Return the values of a ``.wtns`` file.

    Raises
    ------
    InputError
        If the content is malformed, for another field, or has a value beyond the modulus. The message has no value.
    """
    values = _values(content, source)
    witness = _integers(values, source)
    if not witness or witness[0] != 1:
        raise InputError("the first value must be 1", source=source)
    return witness


def public_signals(content: bytes, count: int, source: str = "witness") -> tuple[int, ...]:
    """Return the public signals of a ``.wtns`` file: the first `count` values after the constant 1."""
    values = _values(content, source)
    if len(values) < 32 * (count + 1):
        raise InputError("the witness has fewer values than the circuit has public signals", source=source)
    return _integers(values[: 32 * (count + 1)], source)[1:]


def _values(content: bytes, source: str) -> bytes:
    """Check the frame and return the encoded values."""
    sections = Sections(BytesIO(content), b"wtns", (2,), source)
    header = Fields(sections.read(1, max_size=40), source, "header")
    header.modulus(SCALAR_MODULUS, "prime")
    count = header.u32()
    header.end()
    values = sections.read(2, max_size=32 * _MAX_WIRES)
    if len(values) != 32 * count:
        reason = f"expected {32 * count} bytes of values, by the header, got {len(values)}"
        raise InputError(reason, source=source)
    return values


def _integers(values: bytes, source: str) -> tuple[int, ...]:
    numbers = tuple(int.from_bytes(values[at : at + 32], "little") for at in range(0, len(values), 32))
    for index, number in enumerate(numbers):
        if number >= SCALAR_MODULUS:
            raise InputError("must be below the modulus", source=source, key=f"[{index}]")
    return numbers
