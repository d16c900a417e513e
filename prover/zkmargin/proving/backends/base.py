"""The interface of provers, and the verification of every proof that they return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from zkmargin.documents.files import existing_file
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError, ToolchainError

from .. import wtns
from ..artifacts import Proof, public_from_json
from ..verify import verify
from ..zkey import read_verification_key

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Backend", "CheckedBackend", "read_proof_files"]


class Backend(Protocol):
    """A Groth16 prover over BN254.

    Attributes
    ----------
    name : str
        The prover's name on the command line.
    """

    name: str

    def available(self) -> str | None:
        """Return None if the prover is available, else a message about the missing part."""

    def prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        """Make a proof and verify it.

        Parameters
        ----------
        zkey : Path
            The proving key.
        witness : bytes
            The content of a ``.wtns`` file.

        Returns
        -------
        (Proof, tuple of int)
            The proof and its public signals.

        Raises
        ------
        InputError
            If key or witness is malformed, or proofs for the key can be forged.
        StatementError
            If the witness does not satisfy the circuit.
        ToolchainError
            If the prover is missing or fails.
        """


class CheckedBackend(ABC):
    """A `Backend` that verifies each proof against key and witness before it returns it."""

    name: str

    @abstractmethod
    def available(self) -> str | None:
        """Return None if the prover is available, else a message about the missing part."""

    @abstractmethod
    def _prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        """Make a proof, which `prove` verifies."""

    def prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        """Make a proof and verify it: see `Backend.prove`."""
        missing = self.available()
        if missing is not None:
            raise ToolchainError(missing)
        key = read_verification_key(existing_file(zkey, "a proving key"))
        wanted = wtns.public_signals(witness, key.n_public)
        proof, public = self._prove(zkey.resolve(), witness)
        # With a wrong witness some provers fail, and others return an invalid proof.
        if public != wanted or not verify(key, public, proof):
            raise StatementError(f"{self.name}: the witness does not satisfy the circuit of {zkey}")
        return proof, public


def read_proof_files(proof: Path, public: Path, prover: str) -> tuple[Proof, tuple[int, ...]]:
    """Read the ``proof.json`` and ``public.json`` that a program has written.

    Raises
    ------
    ToolchainError
        If a file is missing or malformed, which is the program's fault and not the caller's.
    """
    try:
        value = load_json(proof)
        if isinstance(value, dict):
            value.setdefault("curve", "bn128")  # older versions of rapidsnark omit it
        return Proof.from_json(value, proof.name), public_from_json(load_json(public), public.name)
    except InputError as error:
        raise ToolchainError(f"{prover} wrote no proof: {error.key} {error.reason}") from None
