"""Published phase-1 files of Groth16 over BN254, by hash."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from zkmargin.documents.files import blake2b, existing_file
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_ptau", "known_ceremonies"]

_HEX = re.compile(r"[0-9a-f]{128}")


def known_ceremonies() -> dict[str, str]:
    """Return the names of the known files by BLAKE2b-512 in hex."""
    content = (resources.files(__package__) / "ceremonies.json").read_bytes()
    return {digest: name for name, digest in parse_json(content, "ceremonies.json")["files"].items()}


def check_ptau(ptau: Path, pinned: str | None = None) -> tuple[str, str]:
    """Check that a phase-1 file is a published one.

    Parameters
    ----------
    ptau : Path
        The ``.ptau`` file, prepared for phase 2.
    pinned : str, optional
        The required BLAKE2b-512 of the file, in hex, instead of the known ones.

    Returns
    -------
    (str, str)
        The name of the ceremony's file and its BLAKE2b-512.

    Raises
    ------
    InputError
        If the file has another hash.
    """
    if pinned is not None and not _HEX.fullmatch(pinned.lower()):
        raise InputError("expected a BLAKE2b-512 of 128 hexadecimal digits", source="--ptau-blake2b")
    digest = blake2b(existing_file(ptau, "a phase-1 file"))
    if pinned is not None:
        if digest != pinned.lower():
            raise InputError(f"its BLAKE2b-512 is {digest}, not the pinned one", source=str(ptau))
        return "pinned by its hash", digest
    name = known_ceremonies().get(digest)
    if name is None:
        raise InputError(
            f"no known ceremony has published it; its BLAKE2b-512 is {digest}. "
            "If you trust it, pin that hash with --ptau-blake2b",
            source=str(ptau),
        )
    return name, digest
