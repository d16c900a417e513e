"""An attestation: proofs that accounts are healthy in their present states, without operations.

The public part is enough to compute the point z and to check the proofs (`verify_attestation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zkmargin.proofs.words import hash_words

from .batch import health_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.proving.artifacts import Proof

    from .batch import HealthPart

__all__ = ["Attestation", "AttestationContent", "Attested"]

TAG = int.from_bytes(b"zkmargin attestation".ljust(32, b"\0"), "big")
"""The first word of an attestation. It is not a field element; a batch begins with its domain, which is one."""


class Attested(NamedTuple):
    """An account of an attestation: its number, and the commitment to its state."""

    number: int
    commitment: int


@dataclass(frozen=True, slots=True)
class AttestationContent:
    """What an attestation makes public.

    Attributes
    ----------
    domain : int
        A field element of the chain and the house.
    requirement_bps : int
        The level of the proofs, in 1/10000 of the requirement.
    snapshot_root : int
        The snapshot of the proofs.
    accounts : tuple of Attested
    health : tuple of HealthPart
        Covers every account once.
    """

    domain: int
    requirement_bps: int
    snapshot_root: int
    accounts: tuple[Attested, ...]
    health: tuple[HealthPart, ...]

    def challenge(self) -> int:
        """Return z: the hash of the whole content.

        Returns
        -------
        int
            ``keccak256`` of a tag and the content as words of 32 bytes, every list after its length, mod r.
        """
        return hash_words(self._words())

    def _words(self) -> Iterator[int]:
        yield from (TAG, self.domain, self.requirement_bps, self.snapshot_root)
        for values in zip(*self.accounts, strict=True) if self.accounts else ((), ()):
            yield from (len(values), *values)
        yield from health_words(self.health)


@dataclass(frozen=True, slots=True)
class Attestation:
    """A proven attestation.

    Attributes
    ----------
    content : AttestationContent
    proofs : tuple of Proof
        One for each of the content's parts, in order.
    """

    content: AttestationContent
    proofs: tuple[Proof, ...]
