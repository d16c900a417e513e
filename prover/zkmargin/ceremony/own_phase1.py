"""A phase 1 of one's own, in snarkjs's format: started, contributed to, verified and prepared for phase 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError
from zkmargin.proving.native_core import native_errors, native_function

from .attestation import check_name
from .core import false_if_refused
from .phase1 import check_frame
from .sitting import refuse_existing

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.setup import Progress

    from .core import Beacon

__all__ = ["add_beacon", "contribute", "new_phase1", "prepare", "verify_phase1"]

_LARGEST_POWER = 27
_WHAT = "a phase-1 file"


def new_phase1(out: Path, power: int) -> None:
    """Write a phase 1 without contributions, for circuits of fewer than 2^`power` constraints and public signals.

    Raises
    ------
    InputError
        If `power` is not from 1 to 27, or `out` exists already or cannot be written.
    """
    if not 1 <= power <= _LARGEST_POWER:
        raise InputError(f"must be from 1 to {_LARGEST_POWER}", source="POWER")
    refuse_existing(out, _WHAT)
    call = native_function("phase1_new")
    with native_errors(out):
        call(str(out), power)


def contribute(before: Path, out: Path, name: str, entropy: bytes, progress: Progress) -> str:
    """Contribute to a phase 1, and return the hash of the contribution in hex.

    Parameters
    ----------
    before, out : Path
        The file to continue, which is not changed, and the new one.
    name : str
        The contributor's name.
    entropy : bytes
        Secret bytes in addition to the randomness of the operating system.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed, exists already or cannot be written.
    """
    check_name(name, "--name")
    call = native_function("phase1_contribute")
    _check_files(before, out)
    with native_errors(before):
        return str(call(str(before), str(out), name, entropy, progress))


def add_beacon(before: Path, out: Path, beacon: Beacon, progress: Progress) -> str:
    """Apply a beacon to a phase 1, and return the hash of the contribution; see `contribute`."""
    call = native_function("phase1_beacon")
    _check_files(before, out)
    with native_errors(before):
        return str(call(str(before), str(out), "beacon", beacon.value, beacon.iterations_exp, progress))


def prepare(before: Path, out: Path, progress: Progress) -> None:
    """Prepare a phase 1 for phase 2; see `contribute`."""
    call = native_function("phase1_prepare")
    _check_files(before, out)
    with native_errors(before):
        call(str(before), str(out), progress)


def verify_phase1(ptau: Path, progress: Progress) -> dict[str, Any]:
    """Verify the whole transcript of a phase 1.

    Returns
    -------
    dict
        ``power`` and ``contributions``, each with ``name``, ``kind`` and ``hash``.

    Raises
    ------
    InputError
        If the file is malformed.
    StatementError
        If a contribution or a point is false.
    """
    check_frame(ptau)
    call = native_function("phase1_verify")
    with false_if_refused(), native_errors(ptau):
        return dict(call(str(ptau), progress))


def _check_files(before: Path, out: Path) -> None:
    check_frame(before)
    refuse_existing(out, _WHAT)
