"""snarkjs, the reference prover, as a subprocess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.documents.files import private_folder, write_private
from zkmargin.errors import ToolchainError
from zkmargin.toolchain import node_script, run

from .base import CheckedBackend, read_proof_files

if TYPE_CHECKING:
    from pathlib import Path

    from ..artifacts import Proof

__all__ = ["SnarkjsBackend"]

_TIMEOUT = 3600.0


class SnarkjsBackend(CheckedBackend):
    """A prover with ``snarkjs groth16 prove``."""

    name = "snarkjs"

    def available(self) -> str | None:
        """Return None if node and snarkjs are installed, else a message about the missing part."""
        try:
            node_script("snarkjs", "build/cli.cjs")
        except ToolchainError as error:
            return str(error)
        return None

    def _prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        command = [*node_script("snarkjs", "build/cli.cjs"), "groth16", "prove"]
        with private_folder() as folder:
            write_private(folder / "witness.wtns", witness)
            files = (zkey, "witness.wtns", "proof.json", "public.json")
            output = run([*command, *files], cwd=folder, timeout=_TIMEOUT)
            # snarkjs reports some errors with exit code 0.
            if "[ERROR]" in output.text:
                raise ToolchainError(f"snarkjs groth16 prove failed:\n{output.tail}")
            return read_proof_files(folder / "proof.json", folder / "public.json", self.name)
