"""Keys and their origin, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.proofs.margin_proof import MarginProof
    from zkmargin.proving.contributions import Contribution, Contributions
    from zkmargin.proving.key_kinds import KeyKind
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.verified_keys import Phase1

__all__ = ["ProofKey", "key_to_json", "origin_rows"]


class ProofKey(NamedTuple):
    """The key that a proof verifies under.

    Attributes
    ----------
    fingerprint : str
    kind : KeyKind or None
        The kind of this machine's keys; None if the key was given.
    """

    fingerprint: str
    kind: KeyKind | None

    @classmethod
    def of(cls, proof: MarginProof) -> Self:
        """Return the key of a proof."""
        return cls(proof.fingerprint, proof.kind)

    @property
    def line(self) -> str:
        """Kind and fingerprint."""
        return f"{self.kind or 'given'} key {self.fingerprint}"

    @property
    def note(self) -> str:
        """What the kind means, in a sentence."""
        return "The key was given; its origin was not verified." if self.kind is None else self.kind.note

    def to_json(self) -> dict[str, str | None]:
        """Return both as an object."""
        return {"fingerprint": self.fingerprint, "kind": None if self.kind is None else str(self.kind)}


def key_to_json(keys: Keys) -> dict[str, Any]:
    """Return kind, fingerprint and origin of keys; the origin was verified only if there is a phase 1."""
    phase1, contributions = _origin(keys)
    return {
        "kind": str(keys.kind),
        "fingerprint": keys.fingerprint,
        "phase1": None if phase1 is None else phase1.to_json(),
        "contributions": [one.to_json() for one in contributions.items],
    }


def origin_rows(keys: Keys) -> Iterator[tuple[str, ...]]:
    """Yield the phase 1 of keys, if it was verified here, and the contributions to phase 2, a row each."""
    phase1, contributions = _origin(keys)
    if phase1 is None:
        yield "phase 1 and contributions were not verified here", ""
    else:
        yield "phase 1", f"{phase1.name}, {phase1.how}", f"BLAKE2b {phase1.blake2b}"
        yield from _rows("phase 1", phase1.contributions)
    yield from _rows("phase 2" if phase1 else "phase 2, as the key says", contributions.items)


def _origin(keys: Keys) -> tuple[Phase1 | None, Contributions]:
    """Return the verified origin of keys; without one None, and the contributions that the key lists."""
    if keys.record is None or keys.record.phase1 is None:
        return None, keys.contributions
    return keys.record.phase1, keys.record.contributions


def _rows(phase: str, items: tuple[Contribution, ...]) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(items, 1):
        said = f"{one.beacon}, 2^{one.iterations_exp} iterations" if one.beacon else one.name or "(no name)"
        yield f"{phase}, {one.kind} {number}", said, one.hash
