"""Keys and proofs of one tool in the hands of the other, before every verifier there is.

Three circuits; native keys under snarkjs's prover and snarkjs's ceremony keys under the native one, and each
prover on its own keys; judged by the native core, snarkjs, py-ecc and the Solidity verifier on a local chain.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain as chained
from itertools import product
from typing import TYPE_CHECKING

import pytest

import zkmargin_native as native
from support.circuits import NAMES, compiled, inputs_and_public, keys_of, witness_of
from zkmargin import toolchain
from zkmargin.chain import deploy_verifier, export_verifier, run_anvil
from zkmargin.proving import setup
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.backends import backend
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS
from zkmargin.proving.r1cs import read_sizes
from zkmargin.proving.verify import ENGINES, verify
from zkmargin.proving.zkey import read_verification_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkmargin.chain import Groth16Verifier
    from zkmargin.proving.keys import Keys

JUDGES = (*ENGINES, "solidity")
# `make check` takes all: snarkjs's setup and py-ecc's pairings take minutes.
ALWAYS = {("multiplier", "native"), ("multiplier", "ceremony"), ("merkle8", "native")}
CASES = [
    pytest.param(case, id="-".join(case), marks=() if case in ALWAYS else pytest.mark.slow)
    for case in product(NAMES, ("native", "ceremony"))
]


@dataclass(frozen=True)
class Case:
    """A key, whose it is, and where its verifier is deployed."""

    circuit: str
    origin: str
    zkey: Path
    key: VerificationKey
    contract: Groth16Verifier

    def judge(self, judge: str, proof: Proof, public: tuple[int, ...]) -> bool:
        if judge == "solidity":
            return self.contract.verify(proof, public)
        return verify(self.key, public, proof, judge)


def snarkjs(folder: Path, *arguments: str | Path, entropy: str = "") -> str:
    command = [*toolchain.node_script("snarkjs", "build/cli.cjs"), *arguments]
    output = toolchain.run(command, cwd=folder, timeout=600, stdin=entropy)
    assert "[ERROR]" not in output.text
    return output.text


def ceremony_key(circuit: str, folder: Path) -> Path:
    """Make a key by snarkjs's phase 1, setup and contribution; for larger circuits, where it takes minutes, by ours."""
    r1cs, zkey, phase1 = compiled(circuit).r1cs, folder / f"{circuit}.zkey", folder / "phase1.ptau"
    if circuit == "multiplier":
        snarkjs(folder, "powersoftau", "new", "bn128", "3", "new.ptau")
        snarkjs(folder, "powersoftau", "contribute", "new.ptau", "one.ptau", "--name=test", entropy="x\n")
        snarkjs(folder, "powersoftau", "prepare", "phase2", "one.ptau", phase1)
        snarkjs(folder, "groth16", "setup", r1cs, phase1, "initial.zkey")
        snarkjs(folder, "zkey", "contribute", "initial.zkey", zkey, "--name=test", entropy="x\n")
    else:
        native.development_phase1(phase1, read_sizes(r1cs).power)
        setup.from_phase1(r1cs, phase1, zkey, lambda *_: None)
    return zkey


@pytest.fixture(scope="module")
def chain() -> Iterator[str]:
    with ExitStack() as stack:
        yield stack.enter_context(run_anvil())


@pytest.fixture(scope="module", params=CASES)
def case(request, chain, tmp_path_factory) -> Case:
    circuit, origin = request.param
    if origin == "native":
        zkey = keys_of(circuit).zkey
    else:
        zkey = ceremony_key(circuit, tmp_path_factory.mktemp(f"ceremony-{circuit}"))
    contract = deploy_verifier(chain, export_verifier(zkey))
    return Case(circuit, origin, zkey, read_verification_key(zkey), contract)


@pytest.mark.slow
def test_the_largest_circuit_has_more_than_10000_constraints():
    assert read_sizes(compiled("batch_merkle").r1cs).constraints > 10_000


@pytest.mark.parametrize("prover", ["native", "snarkjs"])
def test_every_judge_accepts_a_proof_of_either_prover(case, prover):
    proof, public = backend(prover).prove(case.zkey, witness_of(case.circuit))
    assert public == inputs_and_public(case.circuit)[1]
    assert {judge: case.judge(judge, proof, public) for judge in JUDGES} == dict.fromkeys(JUDGES, True)


@pytest.mark.parametrize(
    "judges",
    [
        pytest.param(["native", "solidity"], id="quick"),
        pytest.param(["snarkjs", "py-ecc"], id="slow", marks=pytest.mark.slow),
    ],
)
def test_every_judge_rejects_every_change_of_one_value(case, judges):
    prover = "snarkjs" if case.origin == "native" else "native"
    proof, public = backend(prover).prove(case.zkey, witness_of(case.circuit))
    changes = chained(changed_proofs(proof, public), changed_signals(proof, public))
    for what, changed_proof, changed_public in changes:
        verdicts = {judge: case.judge(judge, changed_proof, changed_public) for judge in judges}
        assert verdicts == dict.fromkeys(judges, False), what


def changed_proofs(proof: Proof, public: tuple[int, ...]) -> Iterator[tuple[str, Proof, tuple[int, ...]]]:
    """Move each coordinate off the curve, and each point to its opposite on it."""

    def plus_one(point, at):
        return tuple((c + 1) % BASE_MODULUS if i == at else c for i, c in enumerate(point))

    def negated(coordinate):
        return -coordinate % BASE_MODULUS

    for at in (0, 1):
        yield f"a[{at}]", replace(proof, a=plus_one(proof.a, at)), public
        yield f"c[{at}]", replace(proof, c=plus_one(proof.c, at)), public
        for part in (0, 1):
            moved = tuple(plus_one(pair, part) if i == at else pair for i, pair in enumerate(proof.b))
            yield f"b[{at}][{part}]", replace(proof, b=moved), public
    yield "-a", replace(proof, a=(proof.a[0], negated(proof.a[1]))), public
    yield "-b", replace(proof, b=(proof.b[0], tuple(map(negated, proof.b[1])))), public
    yield "-c", replace(proof, c=(proof.c[0], negated(proof.c[1]))), public


def changed_signals(proof: Proof, public: tuple[int, ...]) -> Iterator[tuple[str, Proof, tuple[int, ...]]]:
    for at, signal in enumerate(public):
        for value in ((signal + 1) % SCALAR_MODULUS, signal + SCALAR_MODULUS):
            yield f"public[{at}]", proof, (*public[:at], value, *public[at + 1 :])


def test_a_malleated_proof_is_still_a_proof(case):
    """(-A, -B, C) verifies: whoever prevents replay must not do it by the proof (attack 5)."""
    proof, public = backend("native").prove(case.zkey, witness_of(case.circuit))
    (ax, ay), (bx, (by0, by1)) = proof.a, proof.b
    other = replace(proof, a=(ax, BASE_MODULUS - ay), b=(bx, (BASE_MODULUS - by0, -by1 % BASE_MODULUS)))
    assert all(case.judge(judge, other, public) for judge in JUDGES)


def test_a_proof_under_another_key_is_rejected(case, chain):
    """Same circuit, other keys: a proof is worth nothing there."""
    proof, public = backend("native").prove(case.zkey, witness_of(case.circuit))
    other = Case(case.circuit, "other", case.zkey, key_of_a_second_setup(case), case.contract)
    assert not any(other.judge(judge, proof, public) for judge in ENGINES)


def key_of_a_second_setup(case: Case) -> VerificationKey:
    second = case.zkey.with_name("second.zkey")
    native.setup(compiled(case.circuit).r1cs, second)
    return read_verification_key(second)


@pytest.fixture(
    scope="module", params=[NAMES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in NAMES[1:])]
)
def keys(request) -> Keys:
    return keys_of(request.param)


class TestNativeKeysInSnarkjs:
    """What snarkjs does with a key, it does with a native one."""

    def test_export_verificationkey(self, keys, tmp_path):
        snarkjs(tmp_path, "zkey", "export", "verificationkey", keys.zkey, "key.json")
        exported = json.loads((tmp_path / "key.json").read_text())
        assert exported == json.loads(keys.verification_key.read_text())
        assert list(exported) == list(json.loads(keys.verification_key.read_text()))

    def test_contribute(self, keys, tmp_path):
        contributed = tmp_path / "contributed.zkey"
        snarkjs(tmp_path, "zkey", "contribute", keys.zkey, contributed, "--name=test", entropy="x\n")
        key = read_verification_key(contributed)
        assert key.delta != keys.key.delta
        proof, public = backend("native").prove(contributed, witness_of(keys.manifest.circuit))
        assert all(verify(key, public, proof, engine) for engine in ENGINES)
        assert not verify(keys.key, public, proof)

    def test_export_json(self, keys, tmp_path):
        if keys.manifest.circuit == "batch_merkle":
            pytest.skip("hundreds of megabytes of JSON")
        snarkjs(tmp_path, "zkey", "export", "json", keys.zkey, "key.json")
        exported = json.loads((tmp_path / "key.json").read_text())
        assert exported["nPublic"] == keys.key.n_public
        assert [tuple(map(int, point[:2])) for point in exported["IC"]] == list(keys.key.ic)
