"""Files of trading keys and of a venue's key, encrypted as keystores are (docs/formats/order.md).

They need the extra ``chain`` (eth-account): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.account.members import key_to_json, read_key
from zkmargin.chain.keystore import decrypt_secret, write_encrypted
from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

from .signing_key import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.spec.account import TradingKey

__all__ = ["TRADING", "VENUE", "load_key", "load_public_key", "save_key"]

TRADING = "zkmargin-trading-key/1"
"""The format of a file of a trading key."""
VENUE = "zkmargin-venue-key/1"
"""The format of a file of a venue's key, which view keys are sealed to."""

_MEMBERS = ("format", "key", "crypto")
_MAX_BYTES = 1 << 16
_KEYSTORE_VERSION = 3


def save_key(key: SigningKey, path: Path, password: str, kind: str = TRADING) -> None:
    """Write a key to a new file that only this user can read.

    Parameters
    ----------
    key : SigningKey
    path : Path
        The new file, which must not exist.
    password : str
        The password that encrypts the secret (scrypt, AES-128).
    kind : str
        `TRADING` or `VENUE`.

    Raises
    ------
    InputError
        If the file exists, its folder does not, or the password is empty.
    """
    public = {"format": kind, "key": key_to_json(key.key)}
    write_encrypted(path, key.secret, password, lambda keystore: {**public, "crypto": keystore["crypto"]})


def load_key(path: Path, password: str, kind: str = TRADING) -> SigningKey:
    """Decrypt the key of a file.

    Parameters
    ----------
    path : Path
    password : str
    kind : str
        `TRADING` or `VENUE`; a file of the other kind is refused.

    Returns
    -------
    SigningKey

    Raises
    ------
    InputError
        If the file is malformed, the password is wrong, or the secret is not that of the stated key. The message
        contains no part of either.
    """
    members = _members(path, kind)
    stated = read_key(members["key"])
    keystore = {"version": _KEYSTORE_VERSION, "crypto": members["crypto"].value}
    secret = decrypt_secret(keystore, password, str(path))
    # Of a damaged file, `SigningKey` would name the secret, not the file.
    key = SigningKey(secret) if len(secret) == 32 else None
    if key is None or key.key != stated:
        raise InputError("does not belong to the secret", source=str(path), key="key")
    return key


def load_public_key(path: Path, kind: str = TRADING) -> TradingKey:
    """Return the public part of a key file, for which no password is needed.

    Parameters
    ----------
    path : Path
    kind : str
        As in `load_key`.

    Raises
    ------
    InputError
        If the file is malformed.
    """
    return read_key(_members(path, kind)["key"])


def _members(path: Path, kind: str) -> dict[str, Field]:
    return Field(load_json(path, max_bytes=_MAX_BYTES), str(path)).members_of(kind, _MEMBERS)
