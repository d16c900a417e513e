"""The signatures of a bundle's snapshot, for ``zkmargin verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.proofs.bundle import SIGNATURES
from zkmargin.snapshot.signatures import Signatures

from .snapshot_verify import count_signatures
from .verification_text import SignatureCheck

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["signed_by"]


def signed_by(folder: Path, snapshot: Snapshot, signers: list[str]) -> SignatureCheck | None:
    """Check the signatures in an unpacked bundle, of which all named signers must be.

    Returns
    -------
    SignatureCheck or None
        None if there are no signatures, and no signer is named.
    """
    path = folder / SIGNATURES
    if not path.is_file():
        reason = "the bundle has no signatures of its snapshot"
        return SignatureCheck("", (), (), len(signers), reason, {}) if signers else None
    return count_signatures(snapshot, path, signers, None, Signatures.load(path).domain)
