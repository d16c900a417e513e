"""BatchVerifier on a local chain: real proofs of keys of several phases 1, verified in one call."""

from __future__ import annotations

import dataclasses

import pytest

from support.circuits import keys_of, witness_of
from support.golden_proof import KEY, PROOF, PUBLIC, negated
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts import BatchVerifier
from zkmargin.errors import ChainError, InputError
from zkmargin.proving.backends import backend

CIRCUITS = ("multiplier", "merkle8")
NOBODY = "0x" + "11" * 20


@pytest.fixture(scope="module")
def verifier():
    keys = {name: keys_of(name).key for name in CIRCUITS}
    with run_anvil() as url:
        yield BatchVerifier.deploy(connect(url), {**keys, "golden": KEY})


@pytest.fixture(scope="module")
def proofs():
    proven = []
    for name in CIRCUITS:
        for seed in (1, 2):
            proof, public = backend().prove(keys_of(name).zkey, witness_of(name, seed))
            proven.append((name, public, proof))
    return [*proven, ("golden", PUBLIC, PROOF)]


def test_proofs_of_several_circuits_are_valid_together_in_any_order(verifier, proofs):
    assert verifier.signals("multiplier") == 2
    verifier.verify(proofs)
    verifier.verify([proofs[place] for place in (4, 0, 2, 1, 3)])
    for proof in proofs:
        verifier.verify([proof])


def test_attack_one_tampered_proof_in_a_batch_is_refused(verifier, proofs):
    for place, (name, public, proof) in enumerate(proofs):
        changed = (public[0] + 1, *public[1:])
        other = proofs[place - 1][2]
        for tampered in (
            (name, changed, proof),
            (name, public, other),
            (name, public, dataclasses.replace(proof, c=negated(proof.c))),
        ):
            with pytest.raises(ChainError, match=r"BatchVerifier\.verify: reverted: InvalidBatch\(\)"):
                verifier.verify([*proofs[:place], tampered, *proofs[place + 1 :]])


def test_errors_name_what_is_wrong(verifier, proofs):
    with pytest.raises(ChainError, match=r"EmptyBatch\(\)"):
        verifier.verify([])
    with pytest.raises(ChainError, match="UnknownCircuit"):
        verifier.signals("other")
    name, public, proof = proofs[0]
    with pytest.raises(ChainError, match=r"WrongNumberOfSignals\(found=1, expected=2\)"):
        verifier.verify([(name, public[:1], proof)])
    with pytest.raises(InputError, match="256 bits"):
        verifier.verify([(name, (-1, 0), proof)])


def test_a_deployment_names_the_fault_of_its_keys(verifier):
    with pytest.raises(ChainError, match=r"NoKeys\(\)"):
        BatchVerifier.deploy(verifier.web3, {})
    wrong = dataclasses.replace(KEY, alpha=(1, 3))
    with pytest.raises(ChainError, match="InvalidKey"):
        BatchVerifier.deploy(verifier.web3, {"golden": wrong})


def test_an_address_without_a_contract_is_refused(verifier):
    with pytest.raises(ChainError, match="no contract at"):
        BatchVerifier(verifier.web3, NOBODY)
