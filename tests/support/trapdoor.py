"""Keys whose secrets are known, and proofs made with the secrets: any number of keys at once, without a circuit."""

from __future__ import annotations

import random

from py_ecc import optimized_bn128 as bn128

from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.bn254 import SCALAR_MODULUS

# Keys of one market may share them.
ALPHA, BETA, GAMMA = 11, 12, 13


def key_and_proof(public, seed):
    """Return a key of its own delta and IC, and a proof of the signals.

    The key's secrets solve e(A, B) = e(alpha, beta) e(IC(public), gamma) e(C, delta) for C.
    """
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    delta, a, b, *ic = (rng.randrange(1, SCALAR_MODULUS) for _ in range(4 + len(public)))
    signals = sum(scalar * one for scalar, one in zip(ic, (1, *public), strict=True))
    c = (a * b - ALPHA * BETA - signals * GAMMA) * pow(delta, -1, SCALAR_MODULUS) % SCALAR_MODULUS
    key = VerificationKey(_g1(ALPHA), _g2(BETA), _g2(GAMMA), _g2(delta), tuple(map(_g1, ic)))
    return key, Proof(_g1(a), _g2(b), _g1(c))


def _g1(scalar):
    x, y = bn128.normalize(bn128.multiply(bn128.G1, scalar))
    return int(x), int(y)


def _g2(scalar):
    x, y = bn128.normalize(bn128.multiply(bn128.G2, scalar))
    return tuple(map(int, x.coeffs)), tuple(map(int, y.coeffs))
