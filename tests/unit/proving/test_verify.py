"""The three engines give the same answers."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from py_ecc import optimized_bn128 as bn128

from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import verify as module
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS
from zkmargin.proving.pairing import check
from zkmargin.proving.verify import ENGINES, check_key, default_engine, verify
from zkmargin.toolchain import Output

GOLDEN = json.loads((Path(__file__).with_name("snarkjs_multiplier.json")).read_text())
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


@pytest.mark.parametrize("engine", ENGINES)
def test_a_proof_of_snarkjs_holds(engine):
    assert verify(KEY, PUBLIC, PROOF, engine) is True


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", INVALID)
def test_a_changed_proof_does_not_hold(engine, case):
    assert verify(*INVALID[case], engine) is False


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "public",
    [(), (21,), (21, 7, 0), (21 + SCALAR_MODULUS, 7), (21, 7 + SCALAR_MODULUS), (21 - SCALAR_MODULUS, 7)],
)
def test_another_number_of_signals_or_one_out_of_range_is_no_proof(engine, public):
    assert verify(KEY, public, PROOF, engine) is False


def test_the_definition_checks_signals_and_coordinates_itself():
    assert check(KEY, PUBLIC, PROOF)
    for public in ((21,), (21, 7, 0), (21 + SCALAR_MODULUS, 7), (-1, 7)):
        assert not check(KEY, public, PROOF)
    assert not check(KEY, PUBLIC, dataclasses.replace(PROOF, a=(PROOF.a[0] + BASE_MODULUS, PROOF.a[1])))


def test_the_point_outside_the_subgroup_is_on_the_curve():
    x, y = (bn128.FQ2(list(part)) for part in outside_the_subgroup())
    point = (x, y, bn128.FQ2.one())
    assert bn128.is_on_curve(point, bn128.b2)
    assert not bn128.is_inf(bn128.multiply(point, SCALAR_MODULUS))


def test_the_malleated_proof_holds():
    # Known of Groth16: nobody may take a proof's hash for its identity.
    (x, (y0, y1)) = PROOF.b
    malleated = Proof(negated(PROOF.a), (x, (-y0 % BASE_MODULUS, -y1 % BASE_MODULUS)), PROOF.c)
    assert all(verify(KEY, PUBLIC, malleated, engine) for engine in ENGINES)


BAD_KEYS = {
    "alpha": {"alpha": (1, 1)},
    "beta": {"beta": ((1, 2), (3, 4))},
    "gamma": {"gamma": outside_the_subgroup()},
    "ic": {"ic": (*KEY.ic[:2], (5, 5))},
}


@pytest.mark.parametrize("engine", ["native", "py-ecc"])
@pytest.mark.parametrize("case", BAD_KEYS)
def test_a_key_with_a_point_outside_its_group_is_refused(engine, case, monkeypatch):
    key = dataclasses.replace(KEY, **BAD_KEYS[case])
    with pytest.raises(InputError, match="verification key"):
        verify(key, PUBLIC, PROOF, engine)
    monkeypatch.setattr(module, "default_engine", lambda: engine)
    with pytest.raises(InputError):
        check_key(key)
    check_key(KEY)


def test_the_default_is_native_and_py_ecc_without_it(monkeypatch):
    assert default_engine() == "native"
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert default_engine() == "py-ecc"
    assert verify(KEY, PUBLIC, PROOF)


def test_an_engine_that_is_missing_or_unknown(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="no such engine"):
        verify(KEY, PUBLIC, PROOF, "fast")
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    with pytest.raises(ToolchainError, match="pip install zkmargin-native"):
        verify(KEY, PUBLIC, PROOF, "native")
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    with pytest.raises(ToolchainError, match="snarkjs is not installed: run `zkmargin toolchain install`"):
        verify(KEY, PUBLIC, PROOF, "snarkjs")


@pytest.mark.parametrize(
    "output", [Output(0, "", ""), Output(1, "crashed", ""), Output(0, "OK! [ERROR]", "")]
)
def test_an_answer_of_snarkjs_that_is_no_answer(monkeypatch, output):
    monkeypatch.setattr(module, "run", lambda *_, **__: output)
    with pytest.raises(ToolchainError, match="snarkjs groth16 verify failed"):
        verify(KEY, PUBLIC, PROOF, "snarkjs")
