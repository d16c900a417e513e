"""Keystores: private keys in encrypted files of Ethereum clients (Web3 Secret Storage, version 3).

They need the extra ``chain`` (eth-account): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import Field
from zkmargin.documents.files import private_folder, publish, write_private
from zkmargin.documents.nearest import expected_one_of
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

with needs_extra("chain"):
    from eth_account import Account as EthAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eth_account.signers.local import LocalAccount

__all__ = ["decrypt_secret", "load_keystore", "new_keystore", "write_encrypted", "write_new"]

_MAX_BYTES = 1 << 16
_VERSION = 3
_NUMBERS = {"scrypt": ("n", "r", "p", "dklen"), "pbkdf2": ("c", "dklen")}
_BYTES = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})+", re.ASCII)
_MOST_MEMORY, _MOST_WORK = 1 << 30, 1 << 24
"""The bytes of memory that a file may make scrypt take, and the product of its factors."""
_MOST_ROUNDS, _MOST_LENGTH = 10_000_000, 64
"""The rounds of PBKDF2 that a file may ask for, and the bytes that it or scrypt may make."""
_WRONG_PASSWORD = "MAC mismatch"  # noqa: S105  # the error text of eth-keyfile


def load_keystore(path: Path, password: str) -> LocalAccount:
    """Decrypt the key of a keystore.

    Parameters
    ----------
    path : Path
        A keystore of geth, Foundry or `new_keystore`.
    password : str

    Returns
    -------
    eth_account.signers.local.LocalAccount
        The decrypted key. Keep it out of logs and messages.

    Raises
    ------
    InputError
        If the file is not a keystore or the password is wrong. The message contains no part of either.
    """
    document = load_json(path, max_bytes=_MAX_BYTES)
    # Version 4 is for keys of another curve.
    version = _member(Field(document, str(path)), "version")
    if version.value != _VERSION:
        version.refuse("not a keystore of version 3")
    account = _account(decrypt_secret(document, password, str(path)), str(path))
    stated = document.get("address")
    if isinstance(stated, str) and stated.lower().removeprefix("0x") != account.address.lower()[2:]:
        raise InputError("does not belong to the key", source=str(path), key="address")
    return account


def new_keystore(path: Path, password: str) -> str:
    """Create a key and write it to a new keystore that only this user can read.

    Parameters
    ----------
    path : Path
        The new file, which must not exist.
    password : str
        The password that encrypts the key (scrypt, AES-128).

    Returns
    -------
    str
        The address.

    Raises
    ------
    InputError
        If the file exists, its folder does not, or the password is empty.
    """
    account = EthAccount.create()
    write_encrypted(path, account.key, password, lambda keystore: keystore)
    return str(account.address)


def write_encrypted(
    path: Path, secret: bytes, password: str, document: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Encrypt a secret as a keystore does (scrypt, AES-128), in a new file that only this user can read.

    Parameters
    ----------
    path : Path
        The new file, which must not exist.
    secret : bytes
        32 bytes, as a number below the order of secp256k1's group.
    password : str
    document : callable
        Makes the file's object from that of the keystore, which has the members ``version``, ``crypto``, and others.

    Raises
    ------
    InputError
        If the file exists, its folder does not, or the password is empty.
    """
    write_new(path, password, "key", lambda: document(dict(EthAccount.encrypt(secret, password))))


def write_new(path: Path, password: str, content: str, encrypt: Callable[[], dict[str, Any]]) -> None:
    """Write an object with an encrypted content to a new file that only this user can read.

    Parameters
    ----------
    path : Path
        The new file, which must not exist.
    password : str
    content : str
        What the file contains, for errors.
    encrypt : callable
        Returns the object. It is called after the checks, because encryption takes long.

    Raises
    ------
    InputError
        If the file exists, its folder does not, or the password is empty.
    """
    if path.exists():
        raise InputError(f"exists already; overwriting it would lose its {content}", source=str(path))
    if not path.parent.is_dir():
        raise InputError("no such folder", source=str(path.parent))
    if not password:
        raise InputError("must not be empty", source="password")
    text = json.dumps(encrypt(), indent=1) + "\n"
    with private_folder(path.parent) as folder:
        draft = folder / path.name
        write_private(draft, text.encode())
        publish(draft, path)


def decrypt_secret(keystore: dict[str, Any], password: str, source: str) -> bytes:
    """Decrypt a secret.

    Parameters
    ----------
    keystore : dict
        The object of a keystore; only ``version`` and ``crypto`` are read.
    password : str
    source : str
        The file, for errors.

    Returns
    -------
    bytes
        The secret. Keep it out of logs and messages.

    Raises
    ------
    InputError
        With the key path, if the object is malformed or the password is wrong. The message contains no part of either.
    """
    _check_crypto(_member(Field(keystore, source), "crypto"))
    try:
        secret = bytes(EthAccount.decrypt(keystore, password))
    except Exception as error:  # noqa: BLE001  # eth-keyfile has no one error for a malformed file
        # The cause is dropped: its text may repeat the content of the file.
        reason = "the password is wrong" if str(error) == _WRONG_PASSWORD else "not a keystore"
    else:
        return secret
    raise InputError(reason, source=source)


def _check_crypto(field: Field) -> None:
    """Refuse what eth-keyfile would refuse without a place."""
    _member(field, "cipher").constant("aes-128-ctr")
    kdf = _member(field, "kdf")
    if kdf.value not in tuple(_NUMBERS):
        kdf.refuse(expected_one_of(str(kdf.value), _NUMBERS))
    parameters = _member(field, "kdfparams")
    numbers = {name: _member(parameters, name) for name in _NUMBERS[kdf.value]}
    for number in numbers.values():
        if type(number.value) is not int or number.value < 1:
            number.refuse("expected a positive integer")
    _check_work(parameters, {name: number.value for name, number in numbers.items()})
    if kdf.value == "pbkdf2":
        _member(parameters, "prf").constant("hmac-sha256")
    for one in (
        _member(parameters, "salt"),
        _member(_member(field, "cipherparams"), "iv"),
        _member(field, "ciphertext"),
        _member(field, "mac"),
    ):
        one.text(_BYTES, "bytes in hexadecimal")


def _check_work(parameters: Field, numbers: Mapping[str, int]) -> None:
    """Refuse a file, which may be a stranger's, that would take all memory or hours."""
    n, r, p = (numbers.get(name, 1) for name in ("n", "r", "p"))
    rounds, length = numbers.get("c", 1), numbers["dklen"]
    if 128 * n * r > _MOST_MEMORY or n * r * p > _MOST_WORK or rounds > _MOST_ROUNDS or length > _MOST_LENGTH:
        limits = f"128 n r at most 2^30, n r p at most 2^24, c at most {_MOST_ROUNDS}, dklen at most {_MOST_LENGTH}"
        parameters.refuse(f"asks for more work than keystores do: {limits}")


def _member(field: Field, name: str) -> Field:
    """Return a member, in any case: old clients write ``Crypto``."""
    for key, one in field.entries().items():
        if key.lower() == name:
            return one
    raise InputError("missing", source=field.source, key=f"{field.key}.{name}".removeprefix("."))


def _account(secret: bytes, source: str) -> LocalAccount:
    try:
        account: LocalAccount = EthAccount.from_key(secret)
    except Exception:  # noqa: BLE001  # eth-account has no one error for a secret that is no key
        raise InputError("not a keystore", source=source) from None
    return account
