"""Groth16's verification equation in plain Python with py-ecc: slow, but readable as a definition.

Groth, "On the Size of Pairing-based Non-interactive Arguments" (EUROCRYPT 2016), section 3.2. A proof
(A, B, C) of the public signals x[1], ..., x[n] is valid under a key if

    e(A, B) = e(alpha, beta) * e(vk_x, gamma) * e(C, delta)
    vk_x    = IC[0] + x[1] * IC[1] + ... + x[n] * IC[n]
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .bn254 import BASE_MODULUS, SCALAR_MODULUS

with needs_extra("prove"):
    from py_ecc import optimized_bn128

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .artifacts import Proof, VerificationKey
    from .points import G1, G2

bn128: Any = optimized_bn128  # type checkers do not see half of its names

__all__ = ["check", "key_points"]


# w ** (p ** 2 - 1), with w of `_final_exponentiate`.
_SIXTH_ROOT = 21888242871839275220042445260109153167277707414472061641714758635765020556617


class _NotInGroupError(Exception):
    """A point is not on its curve, or not in the subgroup of order r."""


def check(key: VerificationKey, public: Sequence[int], proof: Proof) -> bool:
    """Return whether a proof is valid.

    Parameters
    ----------
    key : VerificationKey
        The verification key.
    public : sequence of int
        The public signals, without the constant 1.
    proof : Proof
        The proof.

    Raises
    ------
    InputError
        If a point of the key is not in its group.
    """
    constant, gamma, delta, ic = _prepared(key)

    # 1. There is one signal for each place, and each is a canonical field element.
    if len(public) != key.n_public or not all(0 <= signal < SCALAR_MODULUS for signal in public):
        return False

    # 2. The proof's points are in their groups.
    try:
        a, b, c = _g1(proof.a), _g2(proof.b), _g1(proof.c)
    except _NotInGroupError:
        return False

    # 3. Combine the public signals.
    vk_x = ic[0]
    for signal, point in zip(public, ic[1:], strict=True):
        vk_x = bn128.add(vk_x, bn128.multiply(point, signal))

    # 4. Check the equation with all terms on one side: e(-A, B) is the inverse of e(A, B). The final exponentiation
    #    is a homomorphism, so it is done once for the whole product.
    product = constant * _miller(bn128.neg(a), b) * _miller(vk_x, gamma) * _miller(c, delta)
    return bool(_final_exponentiate(product) == bn128.FQ12.one())


@lru_cache(maxsize=16)
def _prepared(key: VerificationKey) -> tuple[Any, Any, Any, list[Any]]:
    """Return e(alpha, beta) before its final exponentiation, and gamma, delta and IC as checked points."""
    alpha, beta, gamma, delta, ic = key_points(key)
    return _miller(alpha, beta), gamma, delta, ic


def _miller(g1_point: Any, g2_point: Any) -> Any:
    """Return the pairing of two points before its final exponentiation."""
    return bn128.pairing(g2_point, g1_point, final_exponentiate=False)


def _final_exponentiate(value: Any) -> Any:
    """Return ``value ** ((p ** 12 - 1) / r)``, as py-ecc does, with less than a third of the multiplications.

    The exponent is ``(p ** 6 - 1) * (p ** 2 + 1) * ((p ** 4 - p ** 2 + 1) / r)``. For elements of the field,
    polynomials in w with ``w ** 12 = 18 * w ** 6 - 82``, powers of p need none: ``w ** (p ** 6) = -w``, and
    ``w ** (p ** 2)`` is w times a number.
    """
    value = _with_w_times(-1, value) / value
    value = _with_w_times(_SIXTH_ROOT, value) * value
    return value ** ((BASE_MODULUS**4 - BASE_MODULUS**2 + 1) // SCALAR_MODULUS)


def _with_w_times(factor: int, value: Any) -> Any:
    return bn128.FQ12([part * pow(factor, i, BASE_MODULUS) for i, part in enumerate(value.coeffs)])


def key_points(key: VerificationKey) -> tuple[Any, Any, Any, Any, list[Any]]:
    """Return alpha, beta, gamma, delta and IC as checked points of py-ecc.

    Raises
    ------
    InputError
        If a point of the key is not in its group.
    """
    try:
        alpha, ic = _g1(key.alpha), [_g1(point) for point in key.ic]
        beta, gamma, delta = (_g2(point) for point in (key.beta, key.gamma, key.delta))
    except _NotInGroupError:
        raise InputError("a point is not in its group", source="verification key") from None
    return alpha, beta, gamma, delta, ic


def _g1(point: G1) -> Any:
    """Return a point of G1 in projective coordinates. The curve has order r, so it has no other subgroup."""
    if point is None:
        return bn128.Z1
    converted = (*(bn128.FQ(_canonical(coordinate)) for coordinate in point), bn128.FQ.one())
    if not bn128.is_on_curve(converted, bn128.b):
        raise _NotInGroupError
    return converted


def _g2(point: G2) -> Any:
    """Return a point of G2 in projective coordinates. The twist has other subgroups, so its order is checked."""
    if point is None:
        return bn128.Z2
    x, y = (bn128.FQ2([_canonical(part) for part in coordinate]) for coordinate in point)
    converted = (x, y, bn128.FQ2.one())
    if not bn128.is_on_curve(converted, bn128.b2) or not bn128.is_inf(
        bn128.multiply(converted, SCALAR_MODULUS)
    ):
        raise _NotInGroupError
    return converted


def _canonical(coordinate: int) -> int:
    if not 0 <= coordinate < BASE_MODULUS:
        raise _NotInGroupError
    return coordinate
