"""Attestations against the contributions in the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError, StatementError

from .attestation import Attestation
from .signatures import find_signatures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zkmargin.proving.contributions import Contributions

    from .description import Description
    from .signatures import Signature

__all__ = ["Attested", "compare_attestations"]

_ENDING = ".txt"


@dataclass(frozen=True, slots=True)
class Attested:
    """An attestation whose hashes are those of a contribution in the keys of all circuits.

    Attributes
    ----------
    path : Path
    attestation : Attestation
    signatures : tuple of Signature
    """

    path: Path
    attestation: Attestation
    signatures: tuple[Signature, ...]


def compare_attestations(
    folder: Path, description: Description, chains: Mapping[str, Contributions]
) -> tuple[Attested, ...]:
    """Compare every attestation of a folder with the contributions in the keys.

    A contribution that was left out is noticed, because its attestation fits no contribution.

    Parameters
    ----------
    folder : Path
        Its ``*.txt`` files are attestations.
    description : Description
    chains : mapping of str to Contributions
        By circuit.

    Returns
    -------
    tuple of Attested
        In the order of the contributions.

    Raises
    ------
    InputError
        If the folder does not exist or contains no attestation, or one is malformed.
    StatementError
        If an attestation fits no contribution, or two are about the same one.
    """
    if not folder.is_dir():
        raise InputError("no such folder", source=str(folder))
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(_ENDING))
    if not paths:
        raise InputError(f"no attestation (*{_ENDING}) in it", source=str(folder))
    found: dict[int, Attested] = {}
    for path in paths:
        attestation = Attestation.load(path)
        _compare(path, attestation, description, chains)
        if attestation.number in found:
            other = found[attestation.number].path.name
            raise StatementError(f"{path}: about the same contribution as {other}")
        found[attestation.number] = Attested(path, attestation, find_signatures(path))
    return tuple(found[number] for number in sorted(found))


def _compare(
    path: Path, attestation: Attestation, description: Description, chains: Mapping[str, Contributions]
) -> None:
    if attestation.phase1 != description.phase1:
        raise StatementError(f"{path}: of a ceremony with another phase 1, {attestation.phase1.name}")
    if sorted(one.circuit for one in attestation.additions) != sorted(description.names):
        raise StatementError(f"{path}: of a ceremony of other circuits")
    who = f"contribution {attestation.number} of {attestation.name}"
    for one in attestation.additions:
        chain = chains[one.circuit]
        if one.circuit_hash != chain.circuit_hash:
            raise StatementError(f"{path}: of another initial key of {one.circuit}")
        items = chain.items
        if attestation.number > len(items) or items[attestation.number - 1].hash != one.contribution_hash:
            reason = f"{who} is not in the key of {one.circuit}: it was left out, or replaced"
            raise StatementError(f"{path}: {reason}")
        # No hash covers the names in the keys.
        named = items[attestation.number - 1].name
        if named != attestation.name:
            raise StatementError(f"{path}: {who} has the name {named!r} in the key of {one.circuit}")
