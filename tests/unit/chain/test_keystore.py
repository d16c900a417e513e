"""Keystores: the vectors of their specification, and what is refused without a word too many."""

from __future__ import annotations

import json
import stat
from functools import partial
from typing import Any

import pytest
from eth_account import Account as EthAccount

from zkmargin import InputError
from zkmargin.chain.keystore import load_keystore, new_keystore

PASSWORD = "testpassword"  # noqa: S105  # the specification's
KEY = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
ADDRESS = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
VECTOR: dict[str, Any] = {
    # Ethereum, "Web3 Secret Storage", test vector PBKDF2-SHA-256.
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


QUICK: dict[str, Any] = EthAccount.encrypt(bytes.fromhex(KEY), PASSWORD, kdf="pbkdf2", iterations=10)
"""The same key with few rounds."""


def _write(folder, document):
    path = folder / "key.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_the_vector_of_the_specification(tmp_path):
    account = load_keystore(_write(tmp_path, VECTOR), PASSWORD)
    assert (account.key.hex(), account.address) == (KEY, ADDRESS)
    stated = _write(tmp_path, {**QUICK, "address": ADDRESS[2:].lower()})
    assert load_keystore(stated, PASSWORD).address == ADDRESS


def test_a_new_key_is_private_and_opens_with_its_password(tmp_path, monkeypatch):
    # The derivation is eth-account's default, with less work: a real keystore takes a second, and 256 MB.
    monkeypatch.setattr(EthAccount, "encrypt", partial(EthAccount.encrypt, iterations=2))
    path = tmp_path / "key.json"
    address = new_keystore(path, "päss word")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keystore(path, "päss word").address == address
    assert json.loads(path.read_text())["crypto"]["kdf"] == "scrypt"
    with pytest.raises(InputError, match=r"key\.json: the password is wrong$"):
        load_keystore(path, "päss")
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        new_keystore(path, "other")
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["key.json"]


def test_a_key_without_a_password_or_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="password: must not be empty"):
        new_keystore(tmp_path / "key.json", "")
    with pytest.raises(InputError, match="no such folder"):
        new_keystore(tmp_path / "none" / "key.json", "x")
    assert not list(tmp_path.iterdir())


def test_a_key_of_another_address_is_refused(tmp_path):
    with pytest.raises(InputError, match="address: does not belong to the key"):
        load_keystore(_write(tmp_path, {**QUICK, "address": "00" * 20}), PASSWORD)


@pytest.mark.parametrize("wrong", [{}, {**VECTOR, "version": 4}, {**VECTOR, "version": "3"}])
def test_another_version_is_refused(tmp_path, wrong):
    with pytest.raises(InputError, match=r"key\.json: version: (missing|not a keystore of version 3)$"):
        load_keystore(_write(tmp_path, wrong), PASSWORD)


@pytest.mark.parametrize("wrong", ["", "[]", json.dumps(VECTOR)[:-9], {"version": 3}])
def test_what_is_no_keystore_is_refused(tmp_path, wrong):
    with pytest.raises(InputError, match=r"key\.json: (not JSON|expected an object|crypto: missing)"):
        load_keystore(_write(tmp_path, wrong), PASSWORD)


@pytest.mark.parametrize("name", ["cipherparams", "ciphertext", "kdf", "kdfparams", "mac"])
@pytest.mark.parametrize("value", [None, 1, "zz", {}])
def test_a_malformed_keystore_shows_nothing(tmp_path, name, value):
    assert load_keystore(_write(tmp_path, QUICK), PASSWORD).address == ADDRESS
    document = {**QUICK, "crypto": {**QUICK["crypto"], name: value}}
    with pytest.raises(InputError) as caught:
        load_keystore(_write(tmp_path, document), PASSWORD)
    assert str(caught.value).startswith(f"{tmp_path}/key.json: crypto.{name}")
    assert "zz" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("kdf", "changes"),
    [
        ("pbkdf2", {"c": 10_000_001}),
        ("pbkdf2", {"dklen": 65}),
        ("scrypt", {"n": 1 << 24}),
        ("scrypt", {"r": 1 << 24}),
        ("scrypt", {"p": 1 << 24}),
    ],
)
def test_attack_29_a_keystore_that_asks_for_all_memory_or_hours_is_refused_at_once(tmp_path, kdf, changes):
    scrypt = {"n": 2, "r": 8, "p": 1, "dklen": 32, "salt": "00"}
    parameters = (scrypt if kdf == "scrypt" else QUICK["crypto"]["kdfparams"]) | changes
    document = {**QUICK, "crypto": {**QUICK["crypto"], "kdf": kdf, "kdfparams": parameters}}
    with pytest.raises(InputError, match=r"crypto\.kdfparams: asks for more work than keystores do"):
        load_keystore(_write(tmp_path, document), PASSWORD)
