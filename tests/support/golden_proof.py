"""A proof by snarkjs, its key, and invalid proofs for that key."""

from __future__ import annotations

import dataclasses
import json

from py_ecc import optimized_bn128 as bn128

from support.circuits import ROOT
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
KEY = VerificationKey.from_json(GOLDEN["key"])
PROOF = Proof.from_json(GOLDEN["proof"])
PUBLIC = (21, 7)


def outside_the_subgroup():
    """Return a point on the twist that is not of order r."""

    def root(value):
        return pow(value, (BASE_MODULUS + 1) // 4, BASE_MODULUS)

    for real in range(1, 100):
        x = bn128.FQ2([real, 0])
        square = x * x * x + bn128.b2
        a0, a1 = (int(part) for part in square.coeffs)
        norm = root(a0 * a0 + a1 * a1)
        for sign in (1, -1):
            half = (a0 + sign * norm) * pow(2, -1, BASE_MODULUS) % BASE_MODULUS
            y0 = root(half)
            if not y0:
                continue
            y1 = a1 * pow(2 * y0, -1, BASE_MODULUS) % BASE_MODULUS
            if bn128.FQ2([y0, y1]) * bn128.FQ2([y0, y1]) == square:
                return ((real, 0), (y0, y1))
    raise AssertionError


def negated(point):
    return point[0], -point[1] % BASE_MODULUS


def doubled(point):
    x, y = bn128.normalize(bn128.double((*(bn128.FQ(part) for part in point), bn128.FQ.one())))
    return int(x), int(y)


INVALID = {
    "a signal changed": (KEY, (22, 7), PROOF),
    "signals swapped": (KEY, (7, 21), PROOF),
    "A negated": (KEY, PUBLIC, dataclasses.replace(PROOF, a=negated(PROOF.a))),
    "C doubled": (KEY, PUBLIC, dataclasses.replace(PROOF, c=doubled(PROOF.c))),
    "A and C swapped": (KEY, PUBLIC, Proof(PROOF.c, PROOF.b, PROOF.a)),
    "A off the curve": (KEY, PUBLIC, dataclasses.replace(PROOF, a=(PROOF.a[0], PROOF.a[1] ^ 1))),
    "A not reduced": (KEY, PUBLIC, dataclasses.replace(PROOF, a=(PROOF.a[0] + BASE_MODULUS, PROOF.a[1]))),
    "B off the curve": (KEY, PUBLIC, dataclasses.replace(PROOF, b=((1, 2), (3, 4)))),
    "B outside the subgroup": (KEY, PUBLIC, dataclasses.replace(PROOF, b=outside_the_subgroup())),
    "C off the curve": (KEY, PUBLIC, dataclasses.replace(PROOF, c=(1, 1))),
    "all at infinity": (KEY, PUBLIC, Proof(None, None, None)),
    "C at infinity": (KEY, PUBLIC, dataclasses.replace(PROOF, c=None)),
    "another key": (dataclasses.replace(KEY, alpha=doubled(KEY.alpha)), PUBLIC, PROOF),
}
OUT_OF_RANGE = [
    (),
    (21,),
    (21, 7, 0),
    (21 + SCALAR_MODULUS, 7),
    (21, 7 + SCALAR_MODULUS),
    (21 - SCALAR_MODULUS, 7),
]
# Groth16 proofs are malleable, so a proof's hash does not identify it.
MALLEATED = Proof(negated(PROOF.a), (PROOF.b[0], tuple(-part % BASE_MODULUS for part in PROOF.b[1])), PROOF.c)
