"""Addresses as text."""

from __future__ import annotations

from .hashing import keccak

__all__ = ["checksum_address"]


def checksum_address(address: str) -> str:
    """Return an address, ``0x`` and 40 hexadecimal digits, with its checksum in the case of its letters (EIP-55)."""
    digits = address[2:].lower()
    checksum = keccak(digits.encode()).hex()
    cased = (one.upper() if check >= "8" else one for one, check in zip(digits, checksum, strict=False))
    return "0x" + "".join(cased)
