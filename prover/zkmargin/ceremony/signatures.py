"""Signatures beside attestations. Only those by Ethereum keys (EIP-191) are checked here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError, StatementError
from zkmargin.ethereum import signer_of, text_digest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Signature", "find_signatures"]

_OTHERS = {".sig": "ssh", ".asc": "gpg"}
_ETHEREUM = ".eip191"
_HEX = re.compile(r"0x[0-9a-fA-F]{130}\s*", re.ASCII)
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of an attestation.

    Attributes
    ----------
    kind : str
        ``ssh``, ``gpg`` or ``EIP-191``, by the name of its file.
    path : Path
    address : str
        The address that signed, recovered from an EIP-191 signature; else empty, and the signature is not checked.
    """

    kind: str
    path: Path
    address: str = ""


def find_signatures(attestation: Path) -> tuple[Signature, ...]:
    """Return the signatures beside an attestation: its name with ``.sig``, ``.asc`` or ``.eip191`` appended.

    Raises
    ------
    InputError
        If an EIP-191 signature is malformed.
    StatementError
        If no address belongs to it.
    """
    found = []
    for ending, kind in _OTHERS.items():
        path = attestation.with_name(attestation.name + ending)
        if path.is_file():
            found.append(Signature(kind, path))
    path = attestation.with_name(attestation.name + _ETHEREUM)
    if path.is_file():
        found.append(Signature("EIP-191", path, _recovered(attestation, path)))
    return tuple(found)


def _recovered(attestation: Path, path: Path) -> str:
    """Return the address that signed the text without the end of its last line."""
    with path.open("rb") as file:
        text = file.read(_MAX_BYTES).decode("ascii", errors="replace")
    if not _HEX.fullmatch(text):
        reason = "expected a signature of 65 bytes: 0x and 130 hexadecimal digits"
        raise InputError(reason, source=str(path))
    # As a shell passes it on, and as it is pasted into a wallet.
    signed = attestation.read_bytes().replace(b"\r\n", b"\n").removesuffix(b"\n")
    address = signer_of(text_digest(signed), bytes.fromhex(text.strip()[2:]))
    if address is None:
        raise StatementError(f"{path}: not a signature of {attestation.name}")
    return address
