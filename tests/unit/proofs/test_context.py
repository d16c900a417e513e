"""The parts of a context, against Ethereum's own libraries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak

from zkmargin import Context, InputError
from zkmargin.documents.fields import Field
from zkmargin.proofs.context import action_from_text, context_signal
from zkmargin.spec.constants import FIELD

CONTEXT = Context(
    chain_id=31337,
    consumer="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    account_commitment=FIELD - 1,
    action=action_from_text("withdraw"),
    deadline=1_800_000_000,
)


def test_a_context_is_the_hash_of_its_abi_encoding():
    types = ("uint256", "address", "bytes32", "bytes32", "uint256")
    account = CONTEXT.account_commitment.to_bytes(32, "big")
    encoded = encode(types, (31337, CONTEXT.consumer, account, keccak(text="withdraw"), 1_800_000_000))
    assert CONTEXT.value == int.from_bytes(keccak(encoded), "big") % FIELD
    assert context_signal(CONTEXT) == CONTEXT.value


def test_a_number_stands_for_itself():
    assert context_signal(FIELD - 1) == FIELD - 1
    for wrong in (-1, FIELD, True, "1"):
        with pytest.raises(InputError, match="expected a field element"):
            context_signal(wrong)


def test_a_value_out_of_range_makes_no_context():
    with pytest.raises(InputError, match="context: accountCommitment: expected a field element"):
        replace(CONTEXT, account_commitment=FIELD)
    with pytest.raises(InputError, match="action"):
        replace(CONTEXT, action=b"withdraw")


def test_json_gives_back_the_context():
    assert Context.from_json(Field(CONTEXT.to_json(), "x")) == CONTEXT


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("chainId", 1),
        ("chainId", str(2**256)),
        ("consumer", "0x12"),
        ("accountCommitment", str(FIELD)),
        ("action", "withdraw"),
        ("action", "0x" + "G" * 64),
        ("deadline", "-1"),
        ("colour", "red"),
    ],
)
def test_malformed_json_is_refused_with_its_key(key, value):
    with pytest.raises(InputError, match=rf"file: context\.{key}: "):
        Context.from_json(Field({**CONTEXT.to_json(), key: value}, "file", "context"))


def test_actions():
    assert action_from_text("0x" + "ab" * 32) == b"\xab" * 32
    for wrong in ("", "0xab", "\n", "é", "x" * 201):
        with pytest.raises(InputError, match="action"):
            action_from_text(wrong)
