"""``ceremony.json``: the circuits of a ceremony, its phase 1, and how far it has come."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["CeremonyCircuit", "Description", "PhaseOne"]

_FORMAT = "zkmargin-ceremony/1"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BLAKE2B = re.compile(r"[0-9a-f]{128}", re.ASCII)
_FILE = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PhaseOne:
    """The phase-1 file of a ceremony.

    Attributes
    ----------
    name : str
        The name under which the file was published, or that of a file of the coordinator's own.
    blake2b : str
        The BLAKE2b-512 of the file, in hex.
    """

    name: str
    blake2b: str


@dataclass(frozen=True, slots=True)
class CeremonyCircuit:
    """A circuit of a ceremony.

    Attributes
    ----------
    name : str
    r1cs : str
        The SHA-256 of the constraints, in hex.
    circuit_hash : str
        The BLAKE2b-512 of the initial key, in hex, as snarkjs computes it.
    """

    name: str
    r1cs: str
    circuit_hash: str


@dataclass(frozen=True, slots=True)
class Description(JsonFile):
    """The content of ``ceremony.json`` (docs/formats/ceremony.md).

    Attributes
    ----------
    phase1 : PhaseOne
    contributions : int
        The number of contributions in each key, the beacon included.
    circuits : tuple of CeremonyCircuit
        At least one, with different names.

    Raises
    ------
    InputError
        If there is no circuit, or two have one name.
    """

    phase1: PhaseOne
    contributions: int
    circuits: tuple[CeremonyCircuit, ...]

    def __post_init__(self) -> None:
        """Check the circuits' names."""
        names = [one.name for one in self.circuits]
        if not names:
            raise InputError("expected at least one circuit", source="ceremony.json", key="circuits")
        # Names become files, and some file systems do not tell cases apart.
        if len({name.lower() for name in names}) != len(names):
            raise InputError("duplicate name", source="ceremony.json", key="circuits")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the circuits."""
        return tuple(one.name for one in self.circuits)

    def continued(self) -> Self:
        """Return the description after a further contribution."""
        return replace(self, contributions=self.contributions + 1)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``ceremony.json``.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members_of(_FORMAT, ("format", "phase1", "contributions", "circuits"))
        phase1 = members["phase1"].members(("name", "blake2b"))
        try:
            return cls(
                PhaseOne(
                    phase1["name"].text(_FILE, "the name of a file: letters, digits, _, . and -"),
                    _hash(phase1["blake2b"], _BLAKE2B, "a BLAKE2b-512"),
                ),
                members["contributions"].integer(0, _MOST),
                tuple(_circuit(item) for item in members["circuits"].items()),
            )
        except InputError as error:
            raise InputError(error.reason, source=field.source, key=error.key) from None

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``ceremony.json``."""
        return {
            "format": _FORMAT,
            "phase1": {"name": self.phase1.name, "blake2b": self.phase1.blake2b},
            "contributions": str(self.contributions),
            "circuits": [
                {"name": one.name, "r1cs": one.r1cs, "circuitHash": one.circuit_hash} for one in self.circuits
            ],
        }


def _circuit(field: Field) -> CeremonyCircuit:
    members = field.members(("name", "r1cs", "circuitHash"))
    return CeremonyCircuit(
        members["name"].text(_NAME, "the name of a circuit"),
        _hash(members["r1cs"], _SHA256, "a SHA-256"),
        _hash(members["circuitHash"], _BLAKE2B, "a BLAKE2b-512"),
    )


def _hash(field: Field, form: re.Pattern[str], what: str) -> str:
    return field.text(form, f"{what} in lower-case hexadecimal digits")
