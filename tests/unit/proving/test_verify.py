"""The engines of this process agree; snarkjs is compared in the integration tests."""

from __future__ import annotations

import dataclasses
import sys
from itertools import product

import pytest
from py_ecc import optimized_bn128 as bn128

from support.golden_proof import INVALID, KEY, MALLEATED, OUT_OF_RANGE, PROOF, PUBLIC, outside_the_subgroup
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import pairing
from zkmargin.proving import verify as module
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS
from zkmargin.proving.verify import check_key, default_engine, verify

HERE = ("native", "py-ecc")


@pytest.mark.parametrize("engine", HERE)
def test_a_proof_of_snarkjs_holds(engine):
    assert verify(KEY, PUBLIC, PROOF, engine) is True


# A second each in plain Python: `make check` takes all.
OFTEN = {"a signal changed", "B outside the subgroup", "another key"}
CHANGED = [
    pytest.param(engine, case, marks=() if engine == "native" or case in OFTEN else pytest.mark.slow)
    for engine, case in product(HERE, INVALID)
]


@pytest.mark.parametrize(("engine", "case"), CHANGED)
def test_a_changed_proof_does_not_hold(engine, case):
    assert verify(*INVALID[case], engine) is False


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("public", OUT_OF_RANGE)
def test_a_wrong_number_of_signals_or_one_out_of_range_is_invalid(engine, public):
    assert verify(KEY, public, PROOF, engine) is False


def test_the_definition_checks_signals_and_coordinates_itself():
    assert pairing.check(KEY, PUBLIC, PROOF)
    for public in ((21,), (21, 7, 0), (21 + SCALAR_MODULUS, 7), (-1, 7)):
        assert not pairing.check(KEY, public, PROOF)
    assert not pairing.check(
        KEY, PUBLIC, dataclasses.replace(PROOF, a=(PROOF.a[0] + BASE_MODULUS, PROOF.a[1]))
    )


def test_the_final_exponentiation_is_py_eccs():
    value = bn128.FQ12(list(range(3, 15)))
    assert pairing._final_exponentiate(value) == bn128.final_exponentiate(value)


def test_the_point_outside_the_subgroup_is_on_the_curve():
    x, y = (bn128.FQ2(list(part)) for part in outside_the_subgroup())
    point = (x, y, bn128.FQ2.one())
    assert bn128.is_on_curve(point, bn128.b2)
    assert not bn128.is_inf(bn128.multiply(point, SCALAR_MODULUS))


def test_the_malleated_proof_holds():
    assert all(verify(KEY, PUBLIC, MALLEATED, engine) for engine in HERE)


BAD_KEYS = {
    "alpha": {"alpha": (1, 1)},
    "beta": {"beta": ((1, 2), (3, 4))},
    "gamma": {"gamma": outside_the_subgroup()},
    "ic": {"ic": (*KEY.ic[:2], (5, 5))},
}


@pytest.mark.parametrize("engine", HERE)
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
