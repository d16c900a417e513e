"""Groth16's verification equation in plain Python with py-ecc: slow, but readable as a definition.

Groth, "On the Size of Pairing-based Non-interactive Arguments" (EUROCRYPT 2016), section 3.2. A proof
(A, B, C) of the public signals x[1], ..., x[n] is valid under a key if

    e(A, B) = e(alpha, beta) * e(vk_x, gamma) * e(C, delta)
    vk_x    = IC[0] + x[1] * IC[1] + ... + x[n] * IC[n]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from py_ecc import optimized_bn128

from zkmargin.errors import InputError

from .bn254 import BASE_MODULUS, SCALAR_MODULUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .artifacts import Proof, VerificationKey
    from .points import G1, G2

bn128: Any = optimized_bn128  # type checkers do not see half of its names

__all__ = ["check", "key_points"]


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
    alpha, beta, gamma, delta, ic = key_points(key)

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
    pairs = ((bn128.neg(a), b), (alpha, beta), (vk_x, gamma), (c, delta))
    product = bn128.FQ12.one()
    for g1_point, g2_point in pairs:
        product *= bn128.pairing(g2_point, g1_point, final_exponentiate=False)
    return bool(bn128.final_exponentiate(product) == bn128.FQ12.one())


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
