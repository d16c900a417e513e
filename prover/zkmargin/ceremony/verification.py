"""Verification of a ceremony's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import StatementError

from .attested import compare_attestations
from .core import check_step, true_contributions
from .rounds import all_rounds
from .turns import check_chain

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.proving.setup import Progress

    from .attested import Attested
    from .description import Description
    from .rounds import Round
    from .sitting import Sitting

__all__ = ["Verified", "verify_contributions", "verify_since"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified about a ceremony's file.

    Attributes
    ----------
    description : Description
    rounds : tuple of Round
        The contributions, whose proofs of knowledge, hashes and beacons were verified.
    attested : tuple of Attested or None
        The attestations that were compared; None if none were given.
    """

    description: Description
    rounds: tuple[Round, ...]
    attested: tuple[Attested, ...] | None = None


def verify_contributions(
    sitting: Sitting, folder: Path, *, attestations: Path | None = None, progress: Progress
) -> Verified:
    """Verify the contributions within the keys, and compare attestations with them.

    That the keys belong to the circuits and to phase 1 is not verified.

    Parameters
    ----------
    sitting : Sitting
    folder : Path
        An empty folder, which gets ``<circuit>.zkey`` of each circuit.
    attestations : Path, optional
        A folder with attestations; see `compare_attestations`.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed.
    StatementError
        If a contribution is false, or an attestation fits none.
    ToolchainError
        Without the native core.
    """
    description, chains = sitting.description, {}
    for number, circuit in enumerate(description.circuits):
        progress(f"{circuit.name}: checking contributions", number, len(description.circuits))
        chain = true_contributions(sitting.extract(circuit.name, folder / f"{circuit.name}.zkey"))
        check_chain(circuit, chain, description.contributions, str(sitting.path))
        chains[circuit.name] = chain
    rounds = all_rounds(description, chains)
    attested = None if attestations is None else compare_attestations(attestations, description, chains)
    return Verified(description, rounds, attested)


def verify_since(before: Sitting, after: Sitting, keys: Path, scratch: Path, *, progress: Progress) -> int:
    """Verify that a sitting is an earlier one with further contributions, and return their number.

    This takes a fraction of the time of a whole verification, and shows as much if the earlier one was verified.

    Parameters
    ----------
    before, after : Sitting
        The earlier and the later one.
    keys : Path
        The folder with the keys of `after`, from `verify_contributions`.
    scratch : Path
        A folder for drafts.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed.
    StatementError
        If it is not.
    """
    old, new = before.description, after.description
    if (old.phase1, old.circuits) != (new.phase1, new.circuits):
        raise StatementError(f"{after.path}: of another phase 1 or other circuits than {before.path}")
    if new.contributions <= old.contributions:
        raise StatementError(f"{after.path}: no further contribution than in {before.path}")
    for number, circuit in enumerate(old.circuits):
        progress(f"{circuit.name}: checking against the earlier key", number, len(old.circuits))
        earlier = before.extract(circuit.name, scratch / "before")
        chain = true_contributions(earlier)
        check_chain(circuit, chain, old.contributions, str(before.path))
        check_step(earlier, keys / f"{circuit.name}.zkey")
    return new.contributions - old.contributions
