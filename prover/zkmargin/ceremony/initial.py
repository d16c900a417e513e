"""The start of a ceremony: initial keys, which constraints and phase 1 determine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.documents.files import private_folder, publish, sha256
from zkmargin.proving.contributions import Contributions

from .core import initial_key
from .description import CeremonyCircuit, Description
from .sitting import refuse_existing, write_sitting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.setup import Progress

    from .description import PhaseOne

__all__ = ["start"]


def start(
    circuits: Sequence[Circuit], ptau: Path, phase1: PhaseOne, out: Path, *, progress: Progress
) -> Description:
    """Write the first sitting of a ceremony, whose keys have no contribution.

    Parameters
    ----------
    circuits : sequence of Circuit
        The compiled circuits.
    ptau : Path
        The phase-1 file, prepared for phase 2.
    phase1 : PhaseOne
        Its name and hash.
    out : Path
        The file to write.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed, `out` exists already or cannot be written, or phase 1 is too small for a circuit.
    ToolchainError
        Without the native core.
    """
    refuse_existing(out)
    with private_folder(out.absolute().parent) as scratch:
        keys, described = {}, []
        for circuit in circuits:
            keys[circuit.name] = zkey = scratch / f"{circuit.name}.zkey"

            def report(stage: str, done: int, total: int, name: str = circuit.name) -> None:
                progress(f"{name}: {stage}", done, total)

            initial_key(circuit.r1cs, ptau, zkey, report)
            described.append(
                CeremonyCircuit(circuit.name, sha256(circuit.r1cs), Contributions.read(zkey).circuit_hash)
            )
        description = Description(phase1, 0, tuple(described))
        draft = scratch / "sitting"
        write_sitting(draft, description, keys)
        publish(draft, out)
    return description
