"""The proof of some accounts, one of those that make a proof of solvency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin import spec
from zkmargin.documents.json_file import JsonFile
from zkmargin.documents.nearest import expected_one_of
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.solvency_instances import SolvencyInstance, solvency_circuits
from zkmargin.proving.artifacts import Proof
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.spec.constants import FIELD

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.documents.fields import Field

__all__ = ["SolvencyChunk", "chunk_path", "chunks_folder", "find_solvency"]

_FORMAT = "zkmargin-solvency-chunk/1"
_MEMBERS = ("format", "circuit", "commitments", "before", "after", "proof")
_COORDINATES = 8


@dataclass(frozen=True, slots=True)
class SolvencyChunk(JsonFile):
    """The proof of some accounts.

    Attributes
    ----------
    circuit : str
        The circuit's name, such as ``solvency_24x13``.
    commitments : tuple of int
        Those of the accounts, and of the blank account in the places behind them.
    before, after : int
        Commitments to the sums without and with these accounts.
    proof : Proof
    """

    circuit: str
    commitments: tuple[int, ...]
    before: int
    after: int
    proof: Proof

    @property
    def accounts(self) -> int:
        """The number of accounts, without blanks."""
        return sum(one != spec.BLANK_COMMITMENT for one in self.commitments)

    def public(self, snapshot_root: int, requirement_bps: int, x: int) -> spec.SolvencySignals:
        """Return the public signals that the proof must be valid for.

        Parameters
        ----------
        snapshot_root, requirement_bps : int
        x : int
            See `zkmargin.solvency.report.lots_point`.
        """
        nodes = spec.first_level(self.commitments, fast_hasher())
        return spec.SolvencySignals(nodes, self.before, self.after, snapshot_root, requirement_bps, x)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a chunk's file.

        Raises
        ------
        InputError
            With the key path, if it is malformed, or there is no such circuit.
        """
        found = field.members_of(_FORMAT, _MEMBERS)
        circuit, known = found["circuit"].text(), [one.name for one in solvency_circuits()]
        if circuit not in known:
            found["circuit"].refuse(f"no such circuit of solvency; {expected_one_of(circuit, known)}")
        places = find_solvency(circuit).shape.accounts
        commitments = tuple(one.integer(0, FIELD - 1) for one in found["commitments"].items())
        if len(commitments) != places:
            found["commitments"].refuse(f"the circuit {circuit} has {places} places")
        a, b, c, d, e, f, g, h = (
            one.integer(0, BASE_MODULUS - 1) for one in found["proof"].items(_COORDINATES)
        )
        return cls(
            circuit,
            commitments,
            found["before"].integer(0, FIELD - 1),
            found["after"].integer(0, FIELD - 1),
            Proof((a, b), ((c, d), (e, f)), (g, h)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of a chunk's file."""
        return {
            "format": _FORMAT,
            "circuit": self.circuit,
            "commitments": [str(one) for one in self.commitments],
            "before": str(self.before),
            "after": str(self.after),
            "proof": [str(one) for one in self.proof.coordinates()],
        }


def find_solvency(name: str) -> SolvencyInstance:
    """Return the solvency circuit with a name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {one.name: one for one in solvency_circuits()}[name]


def chunks_folder(folder: Path) -> Path:
    """Return the folder of the chunks' files in the folder of a proof."""
    return folder / "chunks"


def chunk_path(folder: Path, number: int) -> Path:
    """Return the file of a chunk in the folder of a proof; chunks are numbered from 0."""
    return chunks_folder(folder) / f"{number:06}.json"
