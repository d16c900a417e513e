"""Openings sealed to a venue: whoever trades leaves one, so that its account can be closed out without it.

A sealed opening has one length, whatever the account holds; docs/formats/escrow.md has its bytes. It needs
the extra ``chain`` (PyNaCl): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Self

from eth_hash.auto import keccak

from zkmargin import spec
from zkmargin.documents.fields import Field
from zkmargin.documents.files import private_folder, publish, write_private
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, ToolchainError
from zkmargin.spec.constants import COLLATERALS, MAX_POSITIONS

try:
    from nacl.bindings import crypto_box_SEALBYTES
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, PublicKey, SealedBox
except ModuleNotFoundError as error:
    raise ToolchainError(f"{error.name} is missing: pip install 'zkmargin[chain]'") from error

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SEALED_BYTES", "SealingKey", "escrow_hash", "seal", "unseal"]

_VERSION = 1
_HEAD = struct.Struct(f">B32s32s32s16s{COLLATERALS}QB")
_POSITION = struct.Struct(">Hi")
_PLAIN_BYTES = _HEAD.size + MAX_POSITIONS * _POSITION.size

SEALED_BYTES: int = _PLAIN_BYTES + crypto_box_SEALBYTES
"""How long every sealed opening is."""

_FORMAT = "zkmargin-sealing-key/1"
_MAX_BYTES = 4096
_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


class SealingKey:
    """A venue's key, which opens what was sealed to its public part. Its repr shows nothing.

    Parameters
    ----------
    secret : bytes
        32 bytes; `new` has them from the operating system.

    Raises
    ------
    InputError
        If they are not 32 bytes.
    """

    __slots__ = ("_key",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise InputError("not 32 bytes", source="sealing key")
        self._key = PrivateKey(secret)

    def __repr__(self) -> str:
        """Return nothing of the key."""
        return "<SealingKey>"

    @classmethod
    def new(cls) -> Self:
        """Make a key."""
        return cls(bytes(PrivateKey.generate()))

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes: X25519."""
        return bytes(self._key.public_key)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key that `save` has written.

        Raises
        ------
        InputError
            If it is not one; never with a part of it.
        """
        members = Field(load_json(path, max_bytes=_MAX_BYTES), str(path)).members(
            ("format", "public", "secret")
        )
        members["format"].constant(_FORMAT)
        secret, public = (members[name].text(_WORD, "0x and 64 digits") for name in ("secret", "public"))
        key = cls(bytes.fromhex(secret[2:]))
        if key.public.hex() != public[2:]:
            members["public"].refuse("not the public part of the secret one")
        return key

    def save(self, path: Path) -> None:
        """Write the key to a new file that only this user can read.

        Raises
        ------
        InputError
            If the file is there already, or its folder is not.
        """
        if path.exists():
            raise InputError("is there already; its key could not be recovered", source=str(path))
        if not path.parent.is_dir():
            raise InputError("no such folder", source=str(path.parent))
        document = {
            "format": _FORMAT,
            "public": f"0x{self.public.hex()}",
            "secret": f"0x{bytes(self._key).hex()}",
        }
        with private_folder(path.parent) as folder:
            draft = folder / "key.json"
            write_private(draft, (json.dumps(document, indent=1) + "\n").encode())
            publish(draft, path)

    def decrypt(self, sealed: bytes) -> bytes:
        """Return what was sealed to the public key, whatever it is; see `unseal`.

        Raises
        ------
        InputError
            If nothing was, or it has been changed.
        """
        try:
            return SealedBox(self._key).decrypt(sealed)
        except CryptoError:
            raise InputError("does not open with this key", source="escrow") from None


def seal(opening: spec.Account, public: bytes) -> bytes:
    """Seal an opening to a venue's public key.

    Parameters
    ----------
    opening : spec.Account
    public : bytes
        32 bytes: `SealingKey.public`.

    Returns
    -------
    bytes
        `SEALED_BYTES` of them, others each time.

    Raises
    ------
    InputError
        If the key is none.
    """
    try:
        return SealedBox(PublicKey(public)).encrypt(_encode(opening))
    except CryptoError:
        # A wrong length, or a point of low order: everybody could read what is sealed to it.
        raise InputError("not a public key", source="sealing key") from None


def unseal(sealed: bytes, key: SealingKey) -> spec.Account:
    """Return the opening that was sealed.

    Parameters
    ----------
    sealed : bytes
        From `seal`; or anything, as it comes from others.
    key : SealingKey

    Raises
    ------
    InputError
        If there is none in it, or it was sealed to another key; never with a part of it.
    """
    if len(sealed) != SEALED_BYTES:
        raise InputError(f"not {SEALED_BYTES} bytes", source="escrow")
    plain = key.decrypt(sealed)
    try:
        opening = _decode(plain)
        if _encode(opening) == plain:
            return opening
    except spec.SpecError:
        pass
    # Which part of it is wrong is not said: the message may go back to whoever sent it.
    raise InputError("what is sealed in it is no opening", source="escrow")


def escrow_hash(sealed: bytes) -> bytes:
    """Return what goes on chain of a sealed opening: its Keccak-256."""
    return keccak(sealed)


def _encode(opening: spec.Account) -> bytes:
    numbers = (value.to_bytes(32, "big") for value in (opening.owner, opening.nonce, opening.salt))
    cash = opening.cash.to_bytes(16, "big", signed=True)
    head = _HEAD.pack(_VERSION, *numbers, cash, *opening.amounts, len(opening.positions))
    positions = (_POSITION.pack(one.instrument, one.lots) for one in opening.positions)
    return b"".join((head, *positions)).ljust(_PLAIN_BYTES, b"\0")


def _decode(plain: bytes) -> spec.Account:
    """Read an encoding, without a look at what does not matter for the opening: see `unseal`."""
    _, owner, nonce, salt, cash, *amounts, count = _HEAD.unpack_from(plain)
    end = _HEAD.size + min(count, MAX_POSITIONS) * _POSITION.size
    positions = tuple(spec.Position(*one) for one in _POSITION.iter_unpack(plain[_HEAD.size : end]))
    numbers = [int.from_bytes(value, "big") for value in (owner, nonce, salt)]
    signed = int.from_bytes(cash, "big", signed=True)
    return spec.Account(numbers[0], numbers[1], numbers[2], signed, tuple(amounts), positions)
