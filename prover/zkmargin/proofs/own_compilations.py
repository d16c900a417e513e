"""The constraints of the bundled circuits as this machine has compiled them.

A record of a verified key says which constraints the key belongs to. A folder of keys from a stranger may hold the
constraints of another circuit under a bundled circuit's name, and keys that a true ceremony made for them. So keys of a
bundled circuit are a ceremony's only if its sources were compiled here, to the same constraints. Every verification of
such keys compiles them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zkmargin.documents.files import private_cache, sha256, write_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compiled_constraints", "remember_constraints"]

_SHA256 = re.compile(r"[0-9a-f]{64}\n", re.ASCII)


def remember_constraints(version: str, r1cs: Path) -> None:
    """Remember the hash of constraints that were compiled here.

    Parameters
    ----------
    version : str
        The name of the folder of the circuit's keys: its name and a hash of its sources and tools.
    r1cs : Path
        The constraints.
    """
    if (path := _path(version)) is not None:
        write_text(path, f"{sha256(r1cs)}\n")


def compiled_constraints(version: str) -> str | None:
    """Return the SHA-256 of a circuit's constraints; None if it was not compiled on this machine.

    Parameters
    ----------
    version : str
        See `remember_constraints`.
    """
    path = _path(version)
    if path is None or not path.is_file():
        return None
    text = path.read_text(encoding="utf-8", errors="replace")
    return text.strip() if _SHA256.fullmatch(text) else None


def _path(version: str) -> Path | None:
    folder = private_cache("constraints")
    return folder and folder / version
