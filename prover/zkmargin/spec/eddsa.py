"""EdDSA on BabyJubJub with Poseidon, the signature of orders: circomlib's parameters, rules and keys.

Curve: ``a x^2 + y^2 = 1 + d x^2 y^2`` over BN254's scalar field, a = 168700, d = 168696 (Whitehat, Baylina, Bellés,
"Baby Jubjub Elliptic Curve", ERC-2494). Verification: circomlib's ``EdDSAPoseidonVerifier``. Keys and signatures:
circomlibjs's ``prv2pub`` and ``signPoseidon``, so a secret has the same key in both.

Nothing here takes constant time, and Python cannot wipe a secret: sign with the native core where it is installed.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from .account import TradingKey
from .blake import blake512
from .checks import SpecError, check_field
from .constants import FIELD
from .poseidon import Hasher, poseidon

Point: TypeAlias = tuple[int, int]
"""The affine coordinates of a point."""

A: int = 168700
D: int = 168696
SUBGROUP_ORDER: int = 2736030358979909402780800718157159386076813972158567259200215660948447373041
"""The order of `BASE8`, a prime; the curve has eight times as many points."""
COFACTOR: int = 8
IDENTITY: Point = (0, 1)
BASE8: Point = (
    5299619240641551281634865583518297030282874472190772894086521144482721001553,
    16950150798460657717958625567821834550301663161624707787222815936182638968203,
)
"""Eight times the curve's generator."""
SECRET_BYTES: int = 32
"""The length of a secret."""


class Signature(NamedTuple):
    """A signature: a point and a number below the subgroup's order. The circuits' ``R8x, R8y, S``."""

    r8: Point
    s: int


def on_curve(point: Point) -> bool:
    """Return whether a point is on the curve; its coordinates must be field elements."""
    x, y = point
    return (A * x * x + y * y - 1 - D * x * x * y * y) % FIELD == 0


def add(p: Point, q: Point) -> Point:
    """Add two points of the curve.

    The formula has no exceptions, as a is a square in the field and d is not (Bernstein, Birkner, Joye, Lange,
    Peters, "Twisted Edwards Curves", section 6).
    """
    return _affine(_add((*p, 1), (*q, 1)))


def multiply(point: Point, scalar: int) -> Point:
    """Return a multiple of a point of the curve; the scalar is 0 or more."""
    result, power = (*IDENTITY, 1), (*point, 1)
    while scalar:
        if scalar & 1:
            result = _add(result, power)
        power, scalar = _add(power, power), scalar >> 1
    return _affine(result)


def check_key(key: TradingKey, name: str = "key") -> None:
    """Check that a key can sign: it is on the curve, and its order does not divide 8.

    Parameters
    ----------
    key : TradingKey
    name : str
        The name of the value, for the error.

    Raises
    ------
    SpecError
        If it cannot, as `NO_KEY`.
    """
    _check_point(name, key)
    if multiply(key, COFACTOR) == IDENTITY:
        raise SpecError(name, "is of low order")


def check_signature(key: TradingKey, message: int, signature: Signature, hasher: Hasher = poseidon) -> None:
    """Check a signature: ``S Base8 = R8 + h 8 A`` with ``h = Poseidon(R8x, R8y, Ax, Ay, message)``.

    Parameters
    ----------
    key : TradingKey
    message : int
        A field element.
    signature : Signature
    hasher : Hasher

    Raises
    ------
    SpecError
        If the key cannot sign; if R8 is off the curve, or S not below the subgroup's order (otherwise S plus
        that order would be a second signature); or if the equation does not hold.
    """
    check_field("message", message)
    check_key(key)
    _check_point("signature.r8", signature.r8)
    if type(signature.s) is not int or not 0 <= signature.s < SUBGROUP_ORDER:
        raise SpecError("signature.s", "must be below the order of the subgroup")
    challenge = hasher((*signature.r8, *key, message))
    right = add(signature.r8, multiply(multiply(key, COFACTOR), challenge))
    if multiply(BASE8, signature.s) != right:
        raise SpecError("signature", "is not the key's for this message")


def trading_key(secret: bytes) -> TradingKey:
    """Return the key of a secret.

    Parameters
    ----------
    secret : bytes
        32 random bytes.

    Returns
    -------
    TradingKey
        ``(s / 8) Base8`` for the scalar s of the secret, a multiple of 8.

    Raises
    ------
    SpecError
        If the secret is of another length.
    """
    return TradingKey(*multiply(BASE8, _expand(secret)[0] // COFACTOR))


def shared_point(secret: bytes, point: Point) -> Point:
    """Return the multiple of a point that only two know: the holder of a secret, and the maker of the point.

    Parameters
    ----------
    secret : bytes
        32 bytes.
    point : Point
        A point of the curve, such as ``r Base8`` for a random r.

    Returns
    -------
    Point
        ``(s / 8) point``, which is ``r`` times the secret's `trading_key`.

    Raises
    ------
    SpecError
        If the secret is of another length, or the point is not on the curve.
    """
    _check_point("point", point)
    return multiply(point, _expand(secret)[0] // COFACTOR)


def sign(secret: bytes, message: int, hasher: Hasher = poseidon) -> Signature:
    """Sign a message. Equal secrets and messages give equal signatures.

    Parameters
    ----------
    secret : bytes
        32 bytes.
    message : int
        A field element.
    hasher : Hasher

    Returns
    -------
    Signature
        ``R8 = r Base8`` and ``S = r + h s``, with r the BLAKE-512 of the secret's prefix and the message.

    Raises
    ------
    SpecError
        If the secret or the message is out of range.
    """
    check_field("message", message)
    scalar, prefix = _expand(secret)
    nonce = int.from_bytes(blake512(prefix + message.to_bytes(32, "little")), "little") % SUBGROUP_ORDER
    r8, key = multiply(BASE8, nonce), multiply(BASE8, scalar // COFACTOR)
    challenge = hasher((*r8, *key, message))
    return Signature(r8, (nonce + challenge * scalar) % SUBGROUP_ORDER)


def _expand(secret: bytes) -> tuple[int, bytes]:
    """Return scalar and prefix of a secret, as EdDSA does (RFC 8032, section 5.1.5), with BLAKE-512."""
    if type(secret) is not bytes or len(secret) != SECRET_BYTES:
        raise SpecError("secret", f"expected {SECRET_BYTES} bytes")
    expanded = blake512(secret)
    # The lowest three bits and the highest are cleared, the second highest is set.
    scalar = int.from_bytes(expanded[:32], "little") & (2**255 - COFACTOR) | 2**254
    return scalar, expanded[32:]


def _check_point(key: str, point: Point) -> None:
    for name, value in zip("xy", point, strict=True):
        check_field(f"{key}.{name}", value)
    if not on_curve(point):
        raise SpecError(key, "is not on the curve")


_Projective: TypeAlias = tuple[int, int, int]


def _add(p: _Projective, q: _Projective) -> _Projective:
    """Add in projective coordinates: "add-2008-bbjlp" of the Explicit-Formulas Database."""
    (x1, y1, z1), (x2, y2, z2) = p, q
    a = z1 * z2 % FIELD
    b = a * a % FIELD
    c = x1 * x2 % FIELD
    d = y1 * y2 % FIELD
    e = D * c * d % FIELD
    f, g = b - e, b + e
    x3 = a * f * ((x1 + y1) * (x2 + y2) - c - d) % FIELD
    return x3, a * g * (d - A * c) % FIELD, f * g % FIELD


def _affine(point: _Projective) -> Point:
    x, y, z = point
    inverse = pow(z, -1, FIELD)
    return x * inverse % FIELD, y * inverse % FIELD
