"""Verification of proving keys against their circuit and phase 1 by the native core, with records of what held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zkmargin.documents.files import blake2b, existing_file, sha256
from zkmargin.documents.utc import iso_text
from zkmargin.errors import InputError

from .ceremonies import known_ceremonies
from .contributions import Contribution, ContributionKind, Contributions
from .fingerprints import fingerprint
from .native_core import native_errors, native_function
from .setup import named_progress, tool_versions
from .verified_keys import Phase1, VerifiedKey
from .verify import check_key
from .zkey import read_verification_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .circuit import Circuit
    from .setup import Progress
    from .verified_keys import Records

__all__ = [
    "can_verify_keys",
    "checked_contributions",
    "verify_key_circuit",
    "verify_key_transcript",
    "verify_key_transcripts",
    "verify_phase1",
]


def can_verify_keys() -> bool:
    """Return whether the native core is installed, and new enough to verify keys."""
    try:
        import zkmargin_native as native  # noqa: PLC0415  # optional
    except ImportError:
        return False
    return hasattr(native, "check_key")


def verify_key_circuit(
    circuit: Circuit, zkey: Path, records: Records, progress: Progress | None = None
) -> VerifiedKey:
    """Verify that a proving key belongs to a circuit: its points are in their groups, its coefficients the circuit's.

    Nothing is verified about who made the key, so its kind is `KeyKind.DEVELOPMENT`.

    Parameters
    ----------
    circuit : Circuit
        The circuit, compiled here.
    zkey : Path
        The proving key.
    records : Records
        Where the result is saved, if they have a folder.
    progress : callable, optional
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed, or the key is of another circuit; the message says which part.
    ToolchainError
        If the native core is not installed, or too old.
    """
    hashes = _hashes(circuit, zkey)
    _check_key(circuit, zkey, None, progress and named_progress(f"key of {circuit.name}, once", progress))
    return _recorded(circuit, zkey, hashes, None, Contributions.read(zkey), records)


def verify_key_transcript(
    circuit: Circuit, zkey: Path, ptau: Path, records: Records, progress: Progress | None = None
) -> VerifiedKey:
    """Verify a proving key from the circuit and phase 1 to the last contribution to phase 2.

    1. The contributions to phase 2 lead to the key's delta, each with a proof that its contributor knew the secret,
       and each beacon with its randomness.
    2. The key is the initial key of the circuit and the phase-1 file, up to delta, and its contributions start there.
    3. A known ceremony has published the phase-1 file, or its whole transcript holds.

    The kind of the result follows from the contributions; see `zkmargin.proving.verified_keys.kind_of`.

    Parameters
    ----------
    circuit : Circuit
        The circuit, compiled here.
    zkey : Path
        The proving key.
    ptau : Path
        The phase-1 file, prepared for phase 2.
    records : Records
        Where the result is saved, if they have a folder.
    progress : callable, optional
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed, or a step does not hold.
    ToolchainError
        If the native core is not installed, or too old.
    """
    return verify_key_transcripts([(circuit, zkey)], ptau, records, progress)[0]


def verify_key_transcripts(
    keys: Sequence[tuple[Circuit, Path]], ptau: Path, records: Records, progress: Progress | None = None
) -> tuple[VerifiedKey, ...]:
    """Verify several keys of one phase 1 as `verify_key_transcript` does each, and phase 1 once."""
    phase1 = verify_phase1(ptau, progress)
    found = []
    for circuit, zkey in keys:
        hashes, contributions = _hashes(circuit, zkey), checked_contributions(zkey)
        _check_key(circuit, zkey, ptau, progress and named_progress(circuit.name, progress))
        found.append((circuit, zkey, hashes, phase1, contributions, records))
    if blake2b(ptau) != phase1.blake2b:
        raise InputError("it changed while keys were verified", source=str(ptau))
    return tuple(_recorded(*one) for one in found)


def verify_phase1(ptau: Path, progress: Progress | None = None) -> Phase1:
    """Return what a phase-1 file is: one of a known ceremony by its hash, else one whose transcript holds.

    Raises
    ------
    InputError
        If no known ceremony has published the file, and its transcript does not hold.
    ToolchainError
        If the native core is necessary, but not installed or too old.
    """
    digest = blake2b(existing_file(ptau, "a phase-1 file"))
    if name := known_ceremonies().get(digest):
        return Phase1(name, digest, "pinned")
    verify = native_function("phase1_verify")
    with native_errors(ptau):
        found = verify(str(ptau), progress)
    return Phase1(ptau.name, digest, "transcript", tuple(map(_contribution, found["contributions"])))


def _check_key(circuit: Circuit, zkey: Path, ptau: Path | None, progress: Progress | None) -> None:
    check = native_function("check_key")
    with native_errors(zkey):
        check(str(zkey), str(circuit.r1cs), ptau and str(ptau), progress)


def checked_contributions(zkey: Path) -> Contributions:
    """Return the contributions of a key, read by Python, after the core has verified them.

    Raises
    ------
    InputError
        If the file is malformed, or a proof of knowledge, delta, hash or beacon is false.
    ToolchainError
        If the native core is not installed, or too old.
    """
    check, read = native_function("check_contributions"), Contributions.read(zkey)
    with native_errors(zkey):
        found = check(str(zkey))
    checked = Contributions(found["circuit_hash"], tuple(map(_contribution, found["contributions"])))
    if checked != read:
        raise InputError("the two readers of its contributions disagree", source=str(zkey))
    return read


def _contribution(found: dict[str, Any]) -> Contribution:
    kind = ContributionKind(found["kind"])
    if kind is ContributionKind.CONTRIBUTION:
        return Contribution(found["name"], kind, found["hash"])
    return Contribution(found["name"], kind, found["hash"], found["beacon"], found["iterations_exp"])


def _recorded(  # noqa: PLR0913, PLR0917  # the parts of a record
    circuit: Circuit,
    zkey: Path,
    hashes: tuple[str, str],
    phase1: Phase1 | None,
    contributions: Contributions,
    records: Records,
) -> VerifiedKey:
    """Return a record of what was verified, and save it."""
    key = read_verification_key(zkey)
    check_key(key)
    if _hashes(circuit, zkey) != hashes:
        raise InputError("it changed while it was verified", source=str(zkey))
    tools = ", ".join(f"{name} {version}" for name, version in tool_versions().items() if "zkmargin" in name)
    record = VerifiedKey(*hashes, fingerprint(key), phase1, contributions, tools, iso_text(int(time.time())))
    if records.folder:
        records.save(record)
    return record


def _hashes(circuit: Circuit, zkey: Path) -> tuple[str, str]:
    return sha256(zkey), sha256(circuit.r1cs)
