"""Openings sealed to a venue, so that it can close out an account without the holder.

All sealed openings have the same length, so it shows nothing of the account; docs/formats/escrow.md describes
the bytes. This module needs the extra ``chain`` (PyNaCl): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from eth_hash.auto import keccak

from zkmargin import spec
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.spec.constants import COLLATERALS, MAX_POSITIONS, ORDER_PLACES

with needs_extra("chain"):
    from nacl.bindings import crypto_box_SEALBYTES
    from nacl.exceptions import CryptoError
    from nacl.public import PrivateKey, PublicKey, SealedBox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.documents.fields import Field

__all__ = ["SEALED_BYTES", "SealingKey", "escrow_hash", "seal", "unseal"]

_VERSION = 2
_HEAD_BYTES = (20, 5, 32, 32, 31, 8)
"""The bytes of owner, account number, trading key (x, y), view key and nonce."""
_AMOUNTS = struct.Struct(f">{COLLATERALS}Q")
_CASH_BYTES = 16
_ORDER_BYTES = (5, 4)
"""The bytes of an order's sequence and filled lots."""
_POSITION = struct.Struct(">Hi")
_PLAIN_BYTES = (
    1
    + sum(_HEAD_BYTES)
    + _CASH_BYTES
    + _AMOUNTS.size
    + ORDER_PLACES * sum(_ORDER_BYTES)
    + 1
    + MAX_POSITIONS * _POSITION.size
)

SEALED_BYTES: int = _PLAIN_BYTES + crypto_box_SEALBYTES
"""The length of every sealed opening."""

_FORMAT = "zkmargin-sealing-key/1"
_WORD = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


class SealingKey(JsonFile):
    """A venue's key, which opens openings sealed to its public part. Its repr shows nothing of it.

    Parameters
    ----------
    secret : bytes
        32 random bytes; `new` gets them from the operating system.

    Raises
    ------
    InputError
        If they are not 32 bytes.
    """

    __slots__ = ("_key",)

    MAX_BYTES: ClassVar[int] = 4096
    PRIVATE: ClassVar[bool] = True

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise InputError(f"expected 32 bytes, got {len(secret)}", source="sealing key")
        self._key = PrivateKey(secret)

    def __repr__(self) -> str:
        """Return a text without the key."""
        return "<SealingKey>"

    @classmethod
    def new(cls) -> Self:
        """Generate a key."""
        return cls(bytes(PrivateKey.generate()))

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes: X25519."""
        return bytes(self._key.public_key)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a key file.

        Raises
        ------
        InputError
            With the key path, if it is not one. The message shows nothing of the key.
        """
        members = field.members(("format", "public", "secret"))
        members["format"].constant(_FORMAT)
        secret, public = (members[name].text(_WORD, "0x and 64 digits") for name in ("secret", "public"))
        key = cls(bytes.fromhex(secret[2:]))
        if key.public.hex() != public[2:]:
            members["public"].refuse("not the public part of the secret key")
        return key

    def to_json(self) -> dict[str, str]:
        """Return the object of a key file. Secret."""
        return {
            "format": _FORMAT,
            "public": f"0x{self.public.hex()}",
            "secret": f"0x{bytes(self._key).hex()}",
        }

    def save(self, path: str | Path) -> None:
        """Write the key to a new file that only this user can read.

        Raises
        ------
        InputError
            If the file exists, or its folder does not.
        """
        if Path(path).exists():
            reason = "exists already; a key that is overwritten cannot be recovered"
            raise InputError(reason, source=str(path))
        super().save(path)

    def decrypt(self, sealed: bytes) -> bytes:
        """Return the bytes that were sealed to the public key, unchecked; see `unseal`.

        Raises
        ------
        InputError
            If they are sealed to another key, or have been changed.
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
        `SEALED_BYTES` bytes, different each time.

    Raises
    ------
    InputError
        If it is not a public key.
    """
    try:
        return SealedBox(PublicKey(public)).encrypt(_encode(opening))
    except CryptoError:
        # A wrong length, or a point of low order, with which anybody could open the escrow.
        raise InputError("expected an X25519 public key of 32 bytes", source="sealing key") from None


def unseal(sealed: bytes, key: SealingKey) -> spec.Account:
    """Open a sealed opening.

    Parameters
    ----------
    sealed : bytes
        The sealed opening; it may come from others, so any bytes are accepted.
    key : SealingKey

    Raises
    ------
    InputError
        If it does not hold an opening, or is sealed to another key. The message shows nothing of it.
    """
    if len(sealed) != SEALED_BYTES:
        raise InputError(f"expected {SEALED_BYTES} bytes, got {len(sealed)}", source="escrow")
    plain = key.decrypt(sealed)
    try:
        opening = _decode(plain)
        if _encode(opening) == plain:
            return opening
    except spec.SpecError:
        pass
    # The message may reach the sender, so it does not tell which part is wrong.
    raise InputError("the sealed bytes are not an opening", source="escrow")


def escrow_hash(sealed: bytes) -> bytes:
    """Return the hash of a sealed opening that goes on chain: its Keccak-256."""
    return keccak(sealed)


def _encode(opening: spec.Account) -> bytes:
    head = (opening.owner, opening.number, *opening.key, opening.view_key, opening.nonce)
    parts = [
        bytes([_VERSION]),
        _numbers(head, _HEAD_BYTES),
        opening.cash.to_bytes(_CASH_BYTES, "big", signed=True),
        _AMOUNTS.pack(*opening.amounts),
        *(_numbers(entry, _ORDER_BYTES) for entry in opening.orders),
        bytes([len(opening.positions)]),
        *(_POSITION.pack(one.instrument, one.lots) for one in opening.positions),
    ]
    return b"".join(parts).ljust(_PLAIN_BYTES, b"\0")


def _numbers(numbers: Iterable[int], sizes: tuple[int, ...]) -> bytes:
    return b"".join(number.to_bytes(size, "big") for number, size in zip(numbers, sizes, strict=True))


def _decode(plain: bytes) -> spec.Account:
    """Read an encoding; `unseal` checks that it is canonical."""
    content = BytesIO(plain[1:])

    def read(size: int) -> int:
        return int.from_bytes(content.read(size), "big")

    owner, number, x, y, view_key, nonce = map(read, _HEAD_BYTES)
    cash = int.from_bytes(content.read(_CASH_BYTES), "big", signed=True)
    amounts = _AMOUNTS.unpack(content.read(_AMOUNTS.size))
    orders = tuple(spec.OrderFill(*map(read, _ORDER_BYTES)) for _ in range(ORDER_PLACES))
    slots = content.read(read(1) * _POSITION.size)
    positions = tuple(spec.Position(*one) for one in _POSITION.iter_unpack(slots))
    return spec.Account(
        owner, number, spec.TradingKey(x, y), view_key, nonce, cash, amounts, positions, orders
    )
