"""Account files encrypted by a password, for backups and for other devices (docs/formats/account.md)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from zkmargin.account.account import Account
from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json, parse_json
from zkmargin.ethereum import keccak
from zkmargin.exports import needs_extra

from .keystore import decrypt_secret, write_new

with needs_extra("chain"):
    from eth_keyfile.keyfile import encrypt_aes_ctr

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_encrypted_account", "save_encrypted_account"]

_FORMAT = "zkmargin-encrypted-account/1"
_KEYSTORE_VERSION = 3
_MAX_BYTES = 12 << 20
_SCRYPT = {"n": 1 << 18, "r": 8, "p": 1, "dklen": 32}
"""The work of a keystore of geth: 256 MiB of memory."""
_MEMORY = 1 << 29
"""The most memory for it, in bytes; OpenSSL allows 32 MiB unless told."""


def save_encrypted_account(account: Account, path: Path, password: str) -> None:
    """Write an account, encrypted, to a new file that only this user can read.

    Parameters
    ----------
    account : Account
    path : Path
        The new file, which must not exist.
    password : str
        The password that encrypts it (scrypt, AES-128), as a keystore is.

    Raises
    ------
    InputError
        If the file exists, its folder does not, or the password is empty.
    """
    text = json.dumps(account.to_json(), indent=1) + "\n"
    write_new(
        path, password, "account", lambda: {"format": _FORMAT, "crypto": _encrypted(text.encode(), password)}
    )


def load_encrypted_account(path: Path, password: str) -> Account:
    """Decrypt an account file.

    Parameters
    ----------
    path : Path
    password : str

    Raises
    ------
    InputError
        With the key path, if the file or the account in it is malformed, or the password is wrong. The message contains
        no part of either.
    """
    source = str(path)
    document = Field(load_json(path, max_bytes=_MAX_BYTES), source)
    crypto = document.members_of(_FORMAT, ("format", "crypto"))["crypto"]
    content = decrypt_secret({"version": _KEYSTORE_VERSION, "crypto": crypto.value}, password, source)
    return Account.from_json(Field(parse_json(content, source), source))


def _encrypted(content: bytes, password: str) -> dict[str, Any]:
    """Return the member ``crypto`` of a keystore for a content of any length; eth-account encrypts 32 bytes only."""
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, maxmem=_MEMORY, **_SCRYPT)
    ciphertext = encrypt_aes_ctr(content, key[:16], int.from_bytes(iv, "big"))
    return {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": iv.hex()},
        "ciphertext": ciphertext.hex(),
        "kdf": "scrypt",
        "kdfparams": {**_SCRYPT, "salt": salt.hex()},
        "mac": keccak(key[16:] + ciphertext).hex(),
    }
