"""Hashes, addresses, typed data and signers, compared with the libraries that Ethereum's Python users have."""

from __future__ import annotations

import sys

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import _hash_eip191_message, encode_defunct, encode_typed_data
from eth_hash.auto import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.ethereum import checksum_address, keccak, signer_of, text_digest, typed_digest
from zkmargin.ethereum.hashing import _fastest, plain_keccak

KEY = EthAccount.from_key(bytes(31) + b"\7")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DATA = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Order": [
            {"name": "lines", "type": "Line[]"},
            {"name": "first", "type": "Line"},
            {"name": "numbers", "type": "uint64[]"},
            {"name": "to", "type": "address"},
            {"name": "salt", "type": "bytes32"},
        ],
        "Line": [{"name": "name", "type": "string"}, {"name": "asset", "type": "Asset"}],
        "Asset": [{"name": "number", "type": "uint8"}],
    },
    "primaryType": "Order",
    "domain": {"name": "zkmargin", "chainId": 1},
    "message": {
        "lines": [{"name": "a", "asset": {"number": 1}}, {"name": "é", "asset": {"number": 255}}],
        "first": {"name": "", "asset": {"number": 0}},
        "numbers": [0, 2**64 - 1],
        "to": "0x" + "Ab" * 20,
        "salt": bytes(range(32)),
    },
}


@given(st.binary(max_size=300))
def test_hashes(data):
    assert plain_keccak(data) == keccak(data) == reference(data)


@pytest.mark.parametrize("size", [135, 136, 137, 272])
def test_hashes_at_the_ends_of_blocks(size):
    assert plain_keccak(bytes(size)) == reference(bytes(size))


def test_without_pycryptodome_hashes_are_computed_here(monkeypatch):
    monkeypatch.setitem(sys.modules, "Crypto.Hash", None)
    _fastest.cache_clear()
    assert _fastest() is plain_keccak
    _fastest.cache_clear()


# The addresses of EIP-55.
@pytest.mark.parametrize(
    "address",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_addresses_have_a_checksum(address):
    assert checksum_address(address.lower()) == checksum_address("0x" + address[2:].upper()) == address


def test_typed_data_and_texts():
    assert typed_digest(DATA) == _hash_eip191_message(encode_typed_data(full_message=DATA))
    for text in (b"", b"zkmargin", bytes(200)):
        assert text_digest(text) == _hash_eip191_message(encode_defunct(text))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uint8", 256), ("uint8", -1), ("bytes32", b"short"), ("bool", True), ("uint8[2]", [1])],
)
def test_values_of_other_types_are_refused(kind, value):
    types = {"EIP712Domain": [], "One": [{"name": "it", "type": kind}]}
    with pytest.raises(ValueError, match=r"uint8|bytes32|bool"):
        typed_digest({"types": types, "primaryType": "One", "domain": {}, "message": {"it": value}})


@given(st.binary(min_size=32, max_size=32))
def test_the_signer_of_a_hash(digest):
    signature = bytes(KEY.unsafe_sign_hash(digest).signature)
    assert signer_of(digest, signature) == KEY.address
    # As some wallets write v, and the other signature of the same key: n - s and the other parity.
    assert signer_of(digest, signature[:64] + bytes([signature[64] - 27])) == KEY.address
    mirrored = (ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    assert signer_of(digest, signature[:32] + mirrored + bytes([55 - signature[64]])) == KEY.address
    assert signer_of(digest, signature[:64] + bytes([55 - signature[64]])) != KEY.address
    assert signer_of(keccak(digest), signature) != KEY.address


def test_what_no_key_can_have_signed():
    digest, good = keccak(b""), bytes(KEY.unsafe_sign_hash(keccak(b"")).signature)
    order = ORDER.to_bytes(32, "big")
    # 5 is no x of a point: 132 is no square.
    wrong = [
        good[:64],
        good[:64] + b"\x1d",
        bytes(32) + good[32:],
        order + good[32:],
        good[:32] + bytes(32) + good[64:],
        good[:32] + order + good[64:],
        bytes(31) + b"\5" + good[32:],
    ]
    assert [signer_of(digest, one) for one in wrong] == [None] * len(wrong)


def test_a_signature_whose_key_is_the_neutral_element_has_no_signer():
    # r and parity of G, so R = G; with s = the hash, s * R - hash * G is neutral.
    x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
    digest = (12345).to_bytes(32, "big")
    assert signer_of(digest, x.to_bytes(32, "big") + digest + b"\x1b") is None
