"""Verification of proving keys against their circuit and phase 1 by the native core, with records of what held."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zkmargin.documents.files import blake2b, existing_file, sha256
from zkmargin.documents.utc import iso_text
from zkmargin.errors import InputError, ToolchainError

from .ceremonies import known_ceremonies
from .contributions import Contribution, ContributionKind, Contributions
from .fingerprints import fingerprint
from .setup import tool_versions
from .verified_keys import Phase1, VerifiedKey
from .verify import check_key
from .zkey import read_verification_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .circuit import Circuit
    from .setup import Progress
    from .verified_keys import Records

__all__ = ["verify_key_circuit", "verify_key_transcript", "verify_phase1"]


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
    _check_key(circuit, zkey, None, progress)
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
    hashes = _hashes(circuit, zkey)
    contributions = _checked_contributions(zkey)
    _check_key(circuit, zkey, existing_file(ptau, "a phase-1 file"), progress)
    return _recorded(circuit, zkey, hashes, verify_phase1(ptau, progress), contributions, records)


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
    verify = _function("phase1_verify")
    with _refusing(ptau):
        found = verify(str(ptau), progress)
    return Phase1(ptau.name, digest, "transcript", tuple(map(_contribution, found["contributions"])))


def _check_key(circuit: Circuit, zkey: Path, ptau: Path | None, progress: Progress | None) -> None:
    check = _function("check_key")
    with _refusing(zkey):
        check(str(zkey), str(circuit.r1cs), ptau and str(ptau), progress)


def _checked_contributions(zkey: Path) -> Contributions:
    """Return the contributions of a key, read by Python, after the core has verified them."""
    check, read = _function("check_contributions"), Contributions.read(zkey)
    with _refusing(zkey):
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


def _function(name: str) -> Any:
    try:
        import zkmargin_native as native  # noqa: PLC0415  # optional
    except ImportError:
        reason = "keys are verified by the native core, which is not installed: pip install zkmargin-native"
        raise ToolchainError(reason) from None
    if not hasattr(native, name):
        raise ToolchainError(f"the native core is too old: it has no {name}")
    return getattr(native, name)


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    """Turn the core's errors into this package's."""
    import zkmargin_native as native  # noqa: PLC0415  # optional

    try:
        yield
    except native.FormatError as error:
        raise InputError(str(error)) from None
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise InputError(reason, source=str(error.filename or file)) from None
