"""Proofs that Node.js and Chromium have made, before every verifier. `make web` makes them first."""

from __future__ import annotations

import json

import pytest

from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import MarginProof, Requirement
from zkmargin.chain import deploy_verifier, export_verifier, run_anvil
from zkmargin.proving.verify import verify

FOLDER = ROOT / "build" / "web" / "test"

pytestmark = pytest.mark.skipif(not (FOLDER / "by_node").is_dir(), reason="make web makes the proofs")


@pytest.fixture(scope="module")
def contract():
    with run_anvil() as url:
        yield deploy_verifier(url, export_verifier(margin_instance("margin_13")[1].zkey))


@pytest.mark.parametrize("maker", ["by_node", "by_browser"])
def test_python_snarkjs_and_a_chain_accept_a_proof_made_by_wasm(maker, contract, monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    if not (FOLDER / maker).is_dir():
        pytest.skip("no browser: make system installs one")
    made = MarginProof.load(FOLDER / maker)
    table = snapshot()
    made.verify(table, commitment=account().commitment(table), requirement=Requirement.INITIAL, context=5)
    assert made.proof != MarginProof.load(FOLDER / "by_python").proof
    assert verify(made.key, made.public, made.proof, "snarkjs")
    assert contract.verify(made.proof, made.public)
    wrong = (0, *made.public[1:])
    assert not contract.verify(made.proof, wrong)


def test_the_pack_is_of_the_key_that_is_here():
    expected = json.loads((FOLDER / "expected.json").read_text())
    assert expected["fingerprint"] == margin_instance("margin_13")[1].fingerprint
