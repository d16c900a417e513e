"""Verification of a ceremony's file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zkmargin.documents.files import sha256
from zkmargin.errors import StatementError
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.key_verification import verify_key_transcripts

from .attested import compare_attestations
from .core import check_step, false_if_refused, shown_as, true_contributions
from .phase1 import check_frame, require_same, require_shared
from .rounds import all_rounds
from .turns import check_chain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.setup import Progress
    from zkmargin.proving.verified_keys import Records, VerifiedKey

    from .attested import Attested
    from .description import Description
    from .rounds import Round
    from .sitting import Sitting

__all__ = ["Verified", "verify_contributions", "verify_since", "verify_transcript"]


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
    keys : tuple of VerifiedKey
        The keys of all circuits after `verify_transcript`, else empty.
    """

    description: Description
    rounds: tuple[Round, ...]
    attested: tuple[Attested, ...] | None = None
    keys: tuple[VerifiedKey, ...] = ()

    @property
    def kind(self) -> KeyKind:
        """The kind of all keys."""
        found = {one.kind for one in self.keys}
        return found.pop() if len(found) == 1 else KeyKind.DEVELOPMENT

    def require_ceremony(self) -> None:
        """Check that all keys are a ceremony's.

        Raises
        ------
        StatementError
            If they are of another kind.
        """
        if self.kind is not KeyKind.CEREMONY:
            reason = "expected at least two contributions to phase 2, beside the beacon"
            raise StatementError(f"the keys are of the kind {self.kind}: {reason}")


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
        zkey = sitting.extract(circuit.name, folder / f"{circuit.name}.zkey")
        with shown_as(zkey, f"{sitting.path}: {zkey.name}"):
            chain = true_contributions(zkey)
        check_chain(circuit, chain, description.contributions, str(sitting.path))
        chains[circuit.name] = chain
    rounds = all_rounds(description, chains)
    attested = None if attestations is None else compare_attestations(attestations, description, chains)
    return Verified(description, rounds, attested)


def verify_transcript(  # noqa: PLR0913  # what a transcript consists of
    verified: Verified,
    compiled: Mapping[str, Circuit],
    ptau: Path,
    folder: Path,
    records: Records,
    *,
    progress: Progress,
) -> Verified:
    """Verify that the keys come from circuits and a phase 1, and record it for the kinds of keys.

    Parameters
    ----------
    verified : Verified
        The result of `verify_contributions`.
    compiled : mapping of str to Circuit
        The circuits, compiled here, by name.
    ptau : Path
        The phase-1 file.
    folder : Path
        The folder with the keys, from `verify_contributions`.
    records : Records
        Where the results are saved.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is malformed.
    StatementError
        If a circuit compiled here or the phase-1 file is another than the ceremony's, a key is not of them, or phase 1
        has fewer than two contributions and no known ceremony has published it.
    ToolchainError
        Without the native core.
    """
    require_same(verified.description.phase1, ptau)
    check_frame(ptau)
    for circuit in verified.description.circuits:
        if sha256(compiled[circuit.name].r1cs) != circuit.r1cs:
            reason = "the constraints compiled here are others than those of the ceremony"
            raise StatementError(f"{circuit.name}: {reason}")
    keys = [(compiled[name], folder / f"{name}.zkey") for name in verified.description.names]
    with shown_as(folder, "keys"), false_if_refused():
        found = verify_key_transcripts(keys, ptau, records, progress)
    require_shared(found[0].phase1, ptau)
    return replace(verified, keys=found)


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
        earlier, later = before.extract(circuit.name, scratch / "before"), keys / f"{circuit.name}.zkey"
        names = f"{before.path}: {later.name}", f"{after.path}: {later.name}"
        with shown_as(earlier, names[0]), shown_as(later, names[1]):
            chain = true_contributions(earlier)
            check_chain(circuit, chain, old.contributions, str(before.path))
            check_step(earlier, later)
    return new.contributions - old.contributions
