"""The keys that a signer of a snapshot proves under, named by fingerprint and signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.errors import InputError
from zkmargin.proving.fingerprints import FINGERPRINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.documents.fields import Field

__all__ = ["NamedKeys", "require_signature", "signature_of"]

_CIRCUIT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}", re.ASCII)
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of the group of secp256k1."""


@dataclass(frozen=True, slots=True)
class NamedKeys:
    """Fingerprints of keys, and a signature of them for one snapshot (docs/formats/signatures.md).

    Attributes
    ----------
    fingerprints : mapping of str to str
        The fingerprint of each circuit's verification key (`zkmargin.proving.fingerprints`), by the circuit's name.
    value : bytes
        The signature, as `zkmargin.snapshot.signatures.Signature.value`.

    Raises
    ------
    InputError
        If there is no fingerprint, or the signature has another form.
    """

    fingerprints: Mapping[str, str]
    value: bytes

    def __post_init__(self) -> None:
        """Check both, and put the circuits into the order in which they are signed."""
        if not self.fingerprints:
            raise InputError("must not be empty", key="fingerprints")
        object.__setattr__(self, "fingerprints", dict(sorted(self.fingerprints.items())))
        require_signature(self.value)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the member ``keys`` of a signature.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members(("fingerprints", "signature"))
        found = members["fingerprints"].entries()
        if not found:
            members["fingerprints"].refuse("must not be empty")
        for name, one in found.items():
            if not _CIRCUIT.fullmatch(name):
                one.refuse("expected the name of a circuit")
        return cls(
            {
                name: one.text(FINGERPRINT, "a fingerprint such as k7f3-9xq2-mh4d-w8tz")
                for name, one in found.items()
            },
            signature_of(members["signature"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the member ``keys`` of a signature."""
        return {"fingerprints": dict(self.fingerprints), "signature": "0x" + self.value.hex()}


def signature_of(field: Field) -> bytes:
    """Return the 65 bytes of a signature, or raise `InputError` with the key path."""
    value = bytes.fromhex(field.text(_SIGNATURE, "0x and 130 hexadecimal digits in lower case")[2:])
    try:
        require_signature(value)
    except InputError as error:
        field.refuse(error.reason)
    return value


def require_signature(value: bytes) -> None:
    """Require the one form of a signature: r, s in the lower half of the group's order, v of 27 or 28.

    Raises
    ------
    InputError
        If it has another form. n - s in place of s would be valid too; contracts and this package accept only the lower
        of the two.
    """
    _require(len(value) == 65, f"expected 65 bytes, got {len(value)}")
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:64], "big")
    _require(0 < r < _ORDER, "r is out of range")
    _require(0 < s <= _ORDER // 2, "s is not in the lower half of the group's order")
    _require(value[64] in {27, 28}, "v is neither 27 nor 28")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise InputError(reason, key="signature")
