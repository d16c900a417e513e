"""Kinds of keys: how many parties would have to work together to forge proofs, as far as it was verified here."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["KeyKind"]


class KeyKind(StrEnum):
    """The kind of a key. `zkmargin.proving.verified_keys.kind_of` grants all but the first."""

    DEVELOPMENT = "development"
    SINGLE = "single contribution"
    CEREMONY = "ceremony"

    @property
    def note(self) -> str:
        """A note on the security of this kind of key, one sentence or two."""
        return _NOTES[self]


_NOTES = {
    KeyKind.DEVELOPMENT: (
        "Development key: it was not verified here that several parties made it, so its maker may be able to forge "
        "proofs. For tests only."
    ),
    KeyKind.SINGLE: (
        "Phase 1 and the one contribution to phase 2 were verified here. The contributor could have kept the secret "
        "and could forge proofs."
    ),
    KeyKind.CEREMONY: (
        "Phase 1 and at least two contributions to phase 2 were verified here. Proofs can be forged only if all "
        "contributors to one of the phases kept their secrets and work together; whether they are different people "
        "was not verified."
    ),
}
