"""Phase-1 files of ceremonies: known by their hash, or a transcript of one's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zkmargin.documents.files import blake2b, existing_file
from zkmargin.errors import StatementError
from zkmargin.proving.binfile import Sections
from zkmargin.proving.ceremonies import known_ceremonies
from zkmargin.proving.key_verification import verify_phase1

from .core import false_if_refused
from .description import PhaseOne

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.setup import Progress
    from zkmargin.proving.verified_keys import Phase1

__all__ = ["check_frame", "identify", "require_same", "require_shared", "verify_shared"]

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


def require_same(phase1: PhaseOne, ptau: Path) -> None:
    """Check that a phase-1 file is the one that a ceremony names, and that the name is not that of another file.

    Raises
    ------
    InputError
        If there is no such file.
    StatementError
        If it is another file, or the ceremony names it as a published one that it is not.
    """
    _check_label(phase1, "ceremony.json")
    digest = blake2b(existing_file(ptau, "a phase-1 file, *.ptau"))
    if digest != phase1.blake2b:
        reason = f"the ceremony's phase 1 is {phase1.name}, whose BLAKE2b-512 is {phase1.blake2b}"
        raise StatementError(f"{ptau}: another phase-1 file, with the BLAKE2b-512 {digest}; {reason}")


def verify_shared(ptau: Path, progress: Progress) -> None:
    """Check that a known ceremony has published a phase-1 file, or that at least two have contributed to it.

    Raises
    ------
    InputError
        If the file is malformed.
    StatementError
        If its transcript is false, or neither is so.
    ToolchainError
        Without the native core, if no known ceremony has published the file.
    """
    check_frame(ptau)
    with false_if_refused():
        found = verify_phase1(ptau, progress)
    require_shared(found, ptau)


def require_shared(phase1: Phase1 | None, ptau: Path) -> None:
    """Check that phase 1 is published, or that its verified transcript has at least two contributions.

    Raises
    ------
    StatementError
        If neither is so: the maker of such a file can forge proofs, however many contribute to phase 2.
    """
    if phase1 is None or not phase1.shared:
        reason = "expected a published phase-1 file, or one with at least two contributions beside the beacon"
        raise StatementError(f"{ptau}: its maker can forge proofs, whoever contributes to phase 2; {reason}")


def check_frame(ptau: Path) -> None:
    """Check that a file has the frame of a phase-1 file, so that a later refusal is about its content.

    Raises
    ------
    InputError
        If there is no such file, or it is truncated or something else.
    """
    with existing_file(ptau, "a phase-1 file, *.ptau").open("rb") as file:
        Sections(file, b"ptau", (1,), str(ptau))


def _check_label(phase1: PhaseOne, source: str) -> None:
    known = known_ceremonies()
    if phase1.name in known.values() and known.get(phase1.blake2b) != phase1.name:
        reason = f"{phase1.name} is the name of a published file, which has another BLAKE2b-512"
        raise StatementError(f"{source}: {reason} than {phase1.blake2b}")
