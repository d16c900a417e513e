"""What can be checked about the keys in a folder, and in words what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.files import sha256
from zkmargin.errors import InputError

from .circuit import Circuit
from .contributions import ContributionKind
from .key_verification import can_verify_keys, verify_key_circuit, verify_key_transcript
from .keys import Keys, load_keys, verify_keys
from .verified_keys import Records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .contributions import Contribution
    from .setup import Progress
    from .verified_keys import Phase1, VerifiedKey

__all__ = ["Examination", "examine_keys"]


@dataclass(frozen=True, slots=True)
class Examination:
    """The result of an examination of keys, in which every check has held.

    Attributes
    ----------
    keys : Keys
        The keys, with their record.
    checked, unchecked : tuple of str
        The checks that were made, and those that were not, one sentence each.
    """

    keys: Keys
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]


def examine_keys(
    folder: Path,
    compiled: Circuit | None,
    *,
    ptau: Path | None = None,
    records: Records | None = None,
    progress: Progress | None = None,
) -> Examination:
    """Check the keys in a folder as far as possible.

    Parameters
    ----------
    folder : Path
        The folder with the circuit's files and the keys.
    compiled : Circuit or None
        The circuit, compiled from its source just now, in another folder. With None the constraints in `folder` are
        taken for the circuit's, and nothing is recorded.
    ptau : Path, optional
        The phase-1 file that the keys come from; with it the whole transcript is verified, which needs the native core.
    records : Records, optional
        Where the results are saved, by default the records of the user.
    progress : callable, optional
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a check does not hold.
    ToolchainError
        If the native core is necessary, but not installed or too old.
    """
    records = records or Records.of_user()
    circuit = Circuit.in_folder(load_keys(folder, records).manifest.circuit, folder)
    keys = verify_keys(folder, circuit, records)
    checked = [
        "the files have the hashes in manifest.json, and the verification key is that of the proving key",
        "the points of the verification key are in their groups, and delta is not gamma",
    ]
    unchecked, record = [], keys.record
    if compiled is None:
        unchecked.append(
            "whether the constraints are those of a source that you know: pass it with --source. So nothing is recorded"
        )
        circuit, target = Circuit.in_folder(circuit.name, folder), Records(None)
    else:
        _compare(circuit, compiled)
        checked.append(f"{circuit.name}, compiled here, has these constraints and this witness calculator")
        circuit, target = compiled, records
        if records.folder is None:
            unchecked.append(
                "anything for later commands: there is no folder in the cache that only you can access"
            )
    if ptau is None and not can_verify_keys():
        unchecked.append("whether the proving key is of these constraints: that needs the native core")
    else:
        checked.append("the points of the proving key are in their groups, and it is of these constraints")
        verified = _verified(circuit, keys.zkey, ptau, target, progress)
        if verified.phase1 is not None:
            record = verified
            checked += _about_phase1(verified.phase1), _about("phase 2: ", verified.contributions.items)
        keys = load_keys(folder, records)
    return Examination(keys, tuple(checked), (*unchecked, *_open_questions(record, ptau)))


def _verified(
    circuit: Circuit, zkey: Path, ptau: Path | None, records: Records, progress: Progress | None
) -> VerifiedKey:
    if ptau is None:
        return verify_key_circuit(circuit, zkey, records, progress)
    return verify_key_transcript(circuit, zkey, ptau, records, progress)


def _compare(found: Circuit, compiled: Circuit) -> None:
    if found.name != compiled.name:
        reason = f"keys of {found.name}, not of {compiled.name}"
        raise InputError(reason, source=str(found.r1cs.parent))
    for file, own in ((found.r1cs, compiled.r1cs), (found.wasm, compiled.wasm)):
        if sha256(file) != sha256(own):
            reason = (
                f"not what the source of {compiled.name} is compiled to here: the keys are of another circuit"
            )
            raise InputError(reason, source=str(file))


def _about_phase1(phase1: Phase1) -> str:
    if phase1.how == "pinned":
        return f"phase 1: {phase1.name}, by its published hash"
    return _about(f"phase 1: {phase1.name}, ", phase1.contributions)


def _about(what: str, contributions: Sequence[Contribution]) -> str:
    """Return a sentence about a verified list of contributions."""
    made = [one.name or "unnamed" for one in contributions if one.kind is ContributionKind.CONTRIBUTION]
    beacons = len(contributions) - len(made)
    counted = f"{len(made)} contribution{'s' * (len(made) != 1)}"
    named = f" by {', '.join(made)}" if made else ""
    final = f", {beacons} beacon{'s' * (beacons != 1)}" if beacons else ""
    return f"{what}{counted}{named}{final}; each leads to the next"


def _open_questions(record: VerifiedKey | None, ptau: Path | None) -> tuple[str, ...]:
    people = "whether contributors are different people, and destroyed their secrets"
    if record is None or record.phase1 is None:
        return ("who made the keys: pass the phase-1 file with --phase1 to verify the whole transcript",)
    again = () if ptau else (f"the transcript this time; it was verified here at {record.time}",)
    pinned = ("the transcript of phase 1: its file is taken by its published hash",)
    return (*again, *(pinned if record.phase1.how == "pinned" else ()), people)
