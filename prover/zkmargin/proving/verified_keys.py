"""Records of keys that were verified on this machine, from which the kinds of keys follow.

A manifest comes with the keys, perhaps from a stranger, so its word is no evidence of who made them. Records are in
the user's cache, in a folder that only the user can write to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

from zkmargin.documents.files import private_cache
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError

from .ceremonies import known_ceremonies
from .contributions import Contribution, ContributionKind, Contributions
from .fingerprints import FINGERPRINT
from .key_kinds import KeyKind

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.documents.fields import Field

__all__ = ["Phase1", "Phase1Evidence", "Records", "VerifiedKey", "kind_of"]

Phase1Evidence: TypeAlias = Literal["pinned", "transcript"]
"""Why a phase-1 file is taken: its hash is a published one, or its transcript was verified here."""

# A later version makes other checks, or stricter ones, so it takes no record of this one.
_FORMAT = "zkmargin-verified-key/1"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BLAKE2B = re.compile(r"[0-9a-f]{128}", re.ASCII)
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Phase1:
    """The phase 1 that a key was verified to come from.

    Attributes
    ----------
    name : str
        The name of the file, as published or as it was passed.
    blake2b : str
        The BLAKE2b-512 of the file, in hex.
    how : str
        "pinned" or "transcript"; see `Phase1Evidence`.
    contributions : tuple of Contribution
        The contributions that were verified; empty for a pinned file.
    """

    name: str
    blake2b: str
    how: Phase1Evidence
    contributions: tuple[Contribution, ...] = ()

    @property
    def shared(self) -> bool:
        """Whether a known ceremony published the file, or its transcript has at least two contributions.

        Beacons do not count: everybody knows their secrets.
        """
        if self.how == "pinned":
            return self.blake2b in known_ceremonies()
        counted = sum(one.kind is ContributionKind.CONTRIBUTION for one in self.contributions)
        return counted >= _ENOUGH

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an object of `to_json`.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members(("name", "blake2b", "how", "contributions"))
        how: Phase1Evidence = "pinned" if members["how"].value == "pinned" else "transcript"
        members["how"].constant(how)
        return cls(
            members["name"].text(),
            members["blake2b"].text(_BLAKE2B, "a BLAKE2b-512 in lower case"),
            how,
            tuple(map(Contribution.from_json, members["contributions"].items())),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the phase 1 as an object for a file."""
        return {
            "name": self.name,
            "blake2b": self.blake2b,
            "how": self.how,
            "contributions": [one.to_json() for one in self.contributions],
        }


def kind_of(phase1: Phase1 | None, contributions: Contributions) -> KeyKind:
    """Return the kind of a key whose transcript was verified.

    A party that knows the secrets of phase 1 can forge proofs, however many contribute to phase 2. So a key is
    `KeyKind.CEREMONY` only if phase 1 is shared (`Phase1.shared`) and phase 2 has at least two contributions, without
    beacons.

    Parameters
    ----------
    phase1 : Phase1 or None
        The phase 1 that the key was verified to come from; None if that was not verified.
    contributions : Contributions
        The verified contributions to phase 2.
    """
    if phase1 is None or not phase1.shared or not contributions.count:
        return KeyKind.DEVELOPMENT
    return KeyKind.CEREMONY if contributions.count >= _ENOUGH else KeyKind.SINGLE


@dataclass(frozen=True, slots=True)
class VerifiedKey(JsonFile):
    """A verification of a key on this machine.

    Attributes
    ----------
    zkey_sha256, r1cs_sha256 : str
        The SHA-256 of the proving key and of the circuit's constraints, which were compiled here.
    fingerprint : str
        The fingerprint of the verification key.
    phase1 : Phase1 or None
        The phase 1 that the key comes from. None if only the key was compared with the circuit: its points are in their
        groups, and its coefficients are those of the constraints.
    contributions : Contributions
        The contributions to phase 2; they were verified if `phase1` is not None.
    tools : str
        The versions of zkmargin and its native core that verified it.
    time : str
        The time in UTC, such as ``2026-12-01T08:00:00Z``.
    """

    MAX_BYTES: ClassVar[int] = 16 << 20
    PRIVATE: ClassVar[bool] = True

    zkey_sha256: str
    r1cs_sha256: str
    fingerprint: str
    phase1: Phase1 | None
    contributions: Contributions
    tools: str
    time: str

    @property
    def kind(self) -> KeyKind:
        """The kind of the key; see `kind_of`."""
        return kind_of(self.phase1, self.contributions)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a record.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        about = ("fingerprint", "phase1", "circuit_hash", "contributions", "tools", "time")
        members = field.members_of(_FORMAT, ("format", "zkey_sha256", "r1cs_sha256", *about))
        members["time"].time()
        phase1 = members["phase1"]
        return cls(
            members["zkey_sha256"].text(_SHA256, "a SHA-256 in lower case"),
            members["r1cs_sha256"].text(_SHA256, "a SHA-256 in lower case"),
            members["fingerprint"].text(FINGERPRINT, "a fingerprint such as k7f3-9xq2-mh4d-w8tz"),
            None if phase1.value is None else Phase1.from_json(phase1),
            Contributions(
                members["circuit_hash"].text(_BLAKE2B, "a BLAKE2b-512 in lower case"),
                tuple(map(Contribution.from_json, members["contributions"].items())),
            ),
            members["tools"].text(),
            members["time"].text(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a record."""
        return {
            "format": _FORMAT,
            "zkey_sha256": self.zkey_sha256,
            "r1cs_sha256": self.r1cs_sha256,
            "fingerprint": self.fingerprint,
            "phase1": self.phase1 and self.phase1.to_json(),
            "circuit_hash": self.contributions.circuit_hash,
            "contributions": [one.to_json() for one in self.contributions.items],
            "tools": self.tools,
            "time": self.time,
        }


@dataclass(frozen=True, slots=True)
class Records:
    """The records of verified keys on this machine.

    Attributes
    ----------
    folder : Path or None
        Their folder, which only the user can write to. Without one nothing is found, and nothing can be saved.
    """

    folder: Path | None

    @classmethod
    def of_user(cls) -> Self:
        """Return the records in the user's cache, in the folder ``zkmargin/verified`` (mode 0700).

        On systems whose files have no owner and mode there is no such folder.
        """
        return cls(private_cache("verified"))

    def find(self, zkey_sha256: str, r1cs_sha256: str) -> VerifiedKey | None:
        """Return the record of a proving key and its constraints.

        None if there is none, or it is malformed or of another version: no record is no evidence.
        """
        path = self._path(zkey_sha256, r1cs_sha256)
        if path is None or not path.is_file():
            return None
        try:
            found = VerifiedKey.load(path)
        except InputError:
            return None
        return found if (found.zkey_sha256, found.r1cs_sha256) == (zkey_sha256, r1cs_sha256) else None

    def save(self, record: VerifiedKey) -> None:
        """Save a record; one with a verified phase 1 is not replaced by one without.

        Raises
        ------
        InputError
            If there is no folder, or the record cannot be written.
        """
        path = self._path(record.zkey_sha256, record.r1cs_sha256)
        if path is None:
            reason = "no folder in the cache that only this user can access (mode 0700), so nothing can be recorded"
            raise InputError(reason, source="records of verified keys")
        before = self.find(record.zkey_sha256, record.r1cs_sha256)
        if before is None or before.phase1 is None or record.phase1 is not None:
            record.save(path)

    def _path(self, zkey_sha256: str, r1cs_sha256: str) -> Path | None:
        return self.folder and self.folder / f"{zkey_sha256}-{r1cs_sha256}.json"
