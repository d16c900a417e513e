"""rapidsnark, a C++ prover that the user installs."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from zkmargin.documents.files import private_folder, write_private
from zkmargin.errors import ToolchainError
from zkmargin.toolchain import run

from .base import CheckedBackend, read_proof_files

if TYPE_CHECKING:
    from pathlib import Path

    from ..artifacts import Proof

__all__ = ["RapidsnarkBackend"]

_TIMEOUT = 3600.0
_NAMES = ("rapidsnark", "prover")


class RapidsnarkBackend(CheckedBackend):
    """A prover with the program in ``ZKMARGIN_RAPIDSNARK``, else ``rapidsnark`` or ``prover`` on the PATH."""

    name = "rapidsnark"

    def program(self) -> str | None:
        """Return the path of the program, or None."""
        chosen = os.environ.get("ZKMARGIN_RAPIDSNARK")
        names = (chosen,) if chosen else _NAMES
        return next((path for path in map(shutil.which, names) if path), None)

    def available(self) -> str | None:
        """Return None if the program is found, else a message on how to configure it."""
        if self.program():
            return None
        return "no program rapidsnark or prover on the PATH: install rapidsnark, or set ZKMARGIN_RAPIDSNARK"

    def _prove(self, zkey: Path, witness: bytes) -> tuple[Proof, tuple[int, ...]]:
        program = os.path.abspath(self.program() or _NAMES[0])  # noqa: PTH100  # keeps the name of a symbolic link
        with private_folder() as folder:
            write_private(folder / "witness.wtns", witness)
            files = (zkey, "witness.wtns", "proof.json", "public.json")
            output = run([program, *files], cwd=folder, timeout=_TIMEOUT, check=False)
            if output.code != 0:
                # Without its output, which could contain witness values.
                raise ToolchainError(f"rapidsnark failed with exit code {output.code}")
            return read_proof_files(folder / "proof.json", folder / "public.json", self.name)
