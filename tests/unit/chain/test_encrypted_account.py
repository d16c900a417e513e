"""Encrypted account files: round trips, and what is refused without a word too many."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pytest

from zkmargin import Account, InputError
from zkmargin.chain import encrypted_account
from zkmargin.chain.encrypted_account import load_encrypted_account, save_encrypted_account

PASSWORD = "correct h\u00f6rse"  # noqa: S105
ACCOUNT = Account.new(owner=7, cash=Decimal(25_000), positions={"ETH-PERPETUAL": Decimal("-0.5")})


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Return an encrypted file, made with less work than 256 MiB of memory."""
    monkeypatch.setitem(encrypted_account._SCRYPT, "n", 2)
    path = tmp_path / "account.enc.json"
    save_encrypted_account(ACCOUNT, path, PASSWORD)
    return path


def test_an_account_is_encrypted_and_read_again(saved):
    text = saved.read_text()
    assert "ETH" not in text
    assert "25000" not in text
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert load_encrypted_account(saved, PASSWORD).to_json() == ACCOUNT.to_json()


def test_a_wrong_password_and_a_changed_file_are_named(saved):
    with pytest.raises(InputError, match=f"{saved}: the password is wrong"):
        load_encrypted_account(saved, "other")
    document = json.loads(saved.read_text())
    text = document["crypto"]["ciphertext"]
    document["crypto"]["ciphertext"] = ("0" if text[0] != "0" else "1") + text[1:]
    saved.write_text(json.dumps(document))
    with pytest.raises(InputError, match="the password is wrong"):
        load_encrypted_account(saved, PASSWORD)


def test_an_encrypted_text_that_is_no_account_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(encrypted_account._SCRYPT, "n", 2)
    for content in (b'{"format": "zkmargin-order/1", "secret": 1}', b"\xff"):
        path = tmp_path / "a.json"
        crypto = encrypted_account._encrypted(content, PASSWORD)
        path.write_text(json.dumps({"format": "zkmargin-encrypted-account/1", "crypto": crypto}))
        with pytest.raises(InputError) as error:
            load_encrypted_account(path, PASSWORD)
        assert str(path) in str(error.value)


def test_nothing_is_overwritten_and_no_password_is_empty(saved):
    before = saved.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        save_encrypted_account(ACCOUNT, saved, PASSWORD)
    assert saved.read_bytes() == before
    with pytest.raises(InputError, match="must not be empty"):
        save_encrypted_account(ACCOUNT, saved.with_name("b.json"), "")


def test_the_commands_encrypt_and_decrypt(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(encrypted_account._SCRYPT, "n", 2)
    plain, hidden, back = (tmp_path / f"{name}.json" for name in ("plain", "hidden", "back"))
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    ACCOUNT.save(plain)
    assert cli("account", "encrypt", plain, "-o", hidden, "--password-file", password)[0] == 0
    assert cli("account", "decrypt", hidden, "-o", back, "--password-file", password)[0] == 0
    assert back.read_bytes() == plain.read_bytes()
    assert stat.S_IMODE(back.stat().st_mode) == 0o600
    code, _, err = cli("account", "decrypt", hidden, "-o", back, "--password-file", password)
    assert (code, "exists already" in err) == (2, True)
