"""The context of a proof: the contract's number, and what it depends on."""

from __future__ import annotations

import re

import pytest

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.proofs.context import action_id, context_value
from zkmargin.proving.bn254 import SCALAR_MODULUS

GIVEN = {
    "chain_id": 31337,
    "consumer": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "account_commitment": 7,
    "action": action_id("withdraw"),
    "deadline": 1_700_000_000,
}


def test_it_is_the_number_that_the_contract_computes():
    # The EVM computes it in this test of the contract.
    test = (ROOT / "verifier_contracts" / "test" / "MarginVerifier.t.sol").read_text()
    vector = re.search(r"test_contextOfTheVector.*?contextOf\(.*?(\d{70,})", test, re.DOTALL)
    assert context_value(**GIVEN) == int(vector[1]) < SCALAR_MODULUS


def test_a_label_is_hashed_by_keccak():
    # The hash of nothing, as in the Ethereum yellow paper: not the one of SHA-3.
    assert action_id("").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"consumer": "0x5fbdb2315678afecb367f032d93f642f64180aa4"},
        {"account_commitment": 8},
        {"action": action_id("attest")},
        {"deadline": 1_700_000_001},
    ],
)
def test_everything_counts(change):
    assert context_value(**{**GIVEN, **change}) != context_value(**GIVEN)


def test_the_case_of_an_address_does_not_count():
    assert context_value(**{**GIVEN, "consumer": GIVEN["consumer"].lower()}) == context_value(**GIVEN)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chain_id": -1}, "chain_id: .*256 bits"),
        ({"deadline": 2**256}, "deadline: .*256 bits"),
        ({"account_commitment": -1}, "account_commitment: .*256 bits"),
        ({"action": b"withdraw"}, "action: expected 32 bytes, got 8"),
        ({"consumer": "0x12"}, "consumer: expected an address"),
        ({"consumer": GIVEN["consumer"] + "\n"}, "consumer: expected an address"),
    ],
)
def test_what_is_out_of_range_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        context_value(**{**GIVEN, **change})
