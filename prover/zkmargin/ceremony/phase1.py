"""Phase-1 files of ceremonies: known by their hash, or a transcript of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zkmargin.documents.files import blake2b, existing_file
from zkmargin.errors import StatementError
from zkmargin.proving.ceremonies import known_ceremonies

from .description import PhaseOne

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["identify", "require_same"]

_OTHER = re.compile(r"[^A-Za-z0-9_.-]")


def identify(ptau: Path) -> PhaseOne:
    """Return name and hash of a phase-1 file: the name under which it was published, else the file's own.

    Raises
    ------
    InputError
        If there is no such file.
    StatementError
        If it has the name of a published file, but another hash.
    """
    digest = blake2b(existing_file(ptau, "a phase-1 file, *.ptau"))
    name = known_ceremonies().get(digest, _OTHER.sub("_", ptau.name)[:100])
    _check_label(PhaseOne(name, digest), str(ptau))
    return PhaseOne(name, digest)


def require_same(phase1: PhaseOne, ptau: Path, source: str) -> None:
    """Check that a phase-1 file is the one that a ceremony names, and that the name is not that of another file.

    Raises
    ------
    InputError
        If there is no such file.
    StatementError
        If it is another file, or the ceremony names it as a published one that it is not.
    """
    _check_label(phase1, source)
    digest = blake2b(existing_file(ptau, "a phase-1 file, *.ptau"))
    if digest != phase1.blake2b:
        reason = f"the ceremony's phase 1 is {phase1.name}, whose BLAKE2b-512 is {phase1.blake2b}"
        raise StatementError(f"{ptau}: another phase-1 file, with the BLAKE2b-512 {digest}; {reason}")


def _check_label(phase1: PhaseOne, source: str) -> None:
    known = known_ceremonies()
    if phase1.name in known.values() and known.get(phase1.blake2b) != phase1.name:
        reason = f"{phase1.name} is the name of a published file, which has another BLAKE2b-512"
        raise StatementError(f"{source}: {reason} than {phase1.blake2b}")
