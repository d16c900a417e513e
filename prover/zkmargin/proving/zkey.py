"""The verification key within a proving key (``.zkey``), read without a prover.

It is the reference for the verification key that a prover exports and for every proof, so it shares no code with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .artifacts import VerificationKey, blame
from .binfile import Fields, Sections
from .bn254 import BASE_MODULUS, SCALAR_MODULUS

if TYPE_CHECKING:
    from pathlib import Path

    from .points import G1, G2

__all__ = ["read_verification_key"]

_GROTH16 = 1
_MAX_PUBLIC = 1 << 20
_HEADER_BYTES = 36 + 36 + 12 + 3 * 64 + 3 * 128
# Coordinates are stored as multiples of 2^256 (Montgomery form).
_FROM_MONTGOMERY = pow(1 << 256, -1, BASE_MODULUS)


def read_verification_key(path: Path) -> VerificationKey:
    """Read the verification key within a proving key.

    Parameters
    ----------
    path : Path
        A Groth16 ``.zkey`` over BN254.

    Raises
    ------
    InputError
        If the file is malformed, for another protocol or curve, or if proofs for its key can be forged. Verification
        checks that the points are on the curve.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            sections = Sections(file, b"zkey", (1,), source)
            if sections.read(1, max_size=4) != _GROTH16.to_bytes(4, "little"):
                raise InputError("not a Groth16 key", source=source)
            header = sections.read(2, max_size=_HEADER_BYTES)
            ic = sections.read(3, max_size=64 * (_MAX_PUBLIC + 1))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=source) from None
    return _key(Fields(header, source, "header"), ic, source)


def _key(header: Fields, ic: bytes, source: str) -> VerificationKey:
    header.modulus(BASE_MODULUS, "base field")
    header.modulus(SCALAR_MODULUS, "scalar field")
    header.u32()  # wires
    n_public = header.u32()
    header.u32()  # size of the evaluation domain
    if len(ic) != 64 * (n_public + 1):
        reason = "section 3 must have one point more than the header has public signals"
        raise InputError(reason, source=source, key="IC")
    alpha = _g1(header, source)
    _g1(header, source)  # beta in G1, only for the prover
    beta, gamma = _g2(header, source), _g2(header, source)
    _g1(header, source)  # delta in G1
    delta = _g2(header, source)
    header.end()
    points = Fields(ic, source, "IC section")
    with blame(source):
        return VerificationKey(
            alpha, beta, gamma, delta, tuple(_g1(points, source) for _ in range(n_public + 1))
        )


def _g1(fields: Fields, source: str) -> G1:
    x, y = _coordinate(fields, source), _coordinate(fields, source)
    return (x, y) if x or y else None


def _g2(fields: Fields, source: str) -> G2:
    x = _coordinate(fields, source), _coordinate(fields, source)
    y = _coordinate(fields, source), _coordinate(fields, source)
    return (x, y) if any((*x, *y)) else None


def _coordinate(fields: Fields, source: str) -> int:
    stored = int.from_bytes(fields.bytes(32), "little")
    if stored >= BASE_MODULUS:
        raise InputError("a coordinate must be below the base field's modulus", source=source)
    return stored * _FROM_MONTGOMERY % BASE_MODULUS
