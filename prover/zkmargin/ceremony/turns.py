"""Turns of a ceremony: from one sitting to the next, with one further contribution or beacon in every key."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.files import existing_file, private_folder, publish, sha256, write_text
from zkmargin.errors import StatementError
from zkmargin.proving.contributions import ContributionKind, Contributions
from zkmargin.proving.setup import named_progress

from .attestation import Attestation, attestation_path, check_name
from .core import add_beacon, add_contribution, check_step, shown_as, true_contributions
from .rounds import all_rounds
from .sitting import Sitting, refuse_existing, write_sitting
from .unfinished import partial_folder, unfinished

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zkmargin.proving.setup import Progress

    from .core import Beacon
    from .description import CeremonyCircuit, Description
    from .rounds import Round

__all__ = ["Turn", "apply_beacon", "check_chain", "contribute", "pack", "stated_contributions", "unpack"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that was written.

    Attributes
    ----------
    description : Description
        That of the new sitting.
    chains : dict of str to Contributions
        The contributions to each key, by circuit.
    """

    description: Description
    chains: dict[str, Contributions]

    @property
    def last(self) -> Round:
        """The round that was added."""
        return all_rounds(self.description, self.chains)[-1]

    @property
    def attestation(self) -> Attestation | None:
        """The attestation of the contribution; None for a beacon, which everybody can compute again."""
        if self.last.kind is ContributionKind.BEACON:
            return None
        return Attestation.of(self.description.phase1, self.last)


def contribute(before: Path, out: Path, name: str, *, entropy: bytes = b"", progress: Progress) -> Turn:
    """Contribute to the keys of all circuits of a sitting, and write an attestation beside the new one.

    The same call continues after an interruption: each key is written once, in a folder beside `out`.

    Parameters
    ----------
    before, out : Path
        The sitting to continue, which is not changed, and the new one.
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
    StatementError
        If a contribution in the sitting is false.
    ToolchainError
        Without the native core.
    """
    check_name(name, "--name")

    def make(_circuit: CeremonyCircuit, old: Path, new: Path, report: Progress) -> None:
        add_contribution(old, new, name, entropy, report)

    begun = {"turn": "contribution", "name": name}
    return _take(before, out, _Made(begun, make, progress))


def apply_beacon(before: Path, out: Path, beacon: Beacon, *, progress: Progress) -> Turn:
    """Apply a beacon to the keys of all circuits of a sitting, with the same interruptions as `contribute`.

    Parameters
    ----------
    before, out : Path
        See `contribute`.
    beacon : Beacon
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError, StatementError, ToolchainError
        See `contribute`.
    """

    def make(_circuit: CeremonyCircuit, old: Path, new: Path, report: Progress) -> None:
        add_beacon(old, new, beacon, report)

    begun = {"turn": "beacon", "beacon": beacon.value.hex(), "iterations": str(beacon.iterations_exp)}
    return _take(before, out, _Made(begun, make, progress))


def pack(before: Path, folder: Path, out: Path, *, progress: Progress) -> Turn:
    """Write a sitting of keys that another program made from those of `before`, by one contribution each.

    Parameters
    ----------
    before, out : Path
        See `contribute`.
    folder : Path
        The folder with ``<circuit>.zkey`` for each circuit.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError, StatementError, ToolchainError
        See `contribute`.
    """

    def make(circuit: CeremonyCircuit, _old: Path, new: Path, _report: Progress) -> None:
        shutil.copyfile(existing_file(folder / f"{circuit.name}.zkey", f"the key of {circuit.name}"), new)

    return _take(before, out, _Made({"turn": "pack"}, make, progress, resumable=False))


def unpack(sitting: Path, folder: Path) -> Description:
    """Write the keys of a sitting as ``<circuit>.zkey``, for other programs.

    Raises
    ------
    InputError
        If the sitting is malformed, or the folder exists already or cannot be written.
    """
    found = Sitting.load(sitting)
    refuse_existing(folder, "a folder of keys")
    with private_folder(folder.absolute().parent) as scratch:
        draft = scratch / "keys"
        draft.mkdir()
        for name in found.description.names:
            found.extract(name, draft / f"{name}.zkey")
        draft.replace(folder)
    return found.description


def stated_contributions(sitting: Sitting, folder: Path) -> dict[str, Contributions]:
    """Return the contributions to each key as a sitting states them, by circuit; nothing is verified.

    Parameters
    ----------
    sitting : Sitting
    folder : Path
        A folder for drafts.

    Raises
    ------
    InputError
        If a key is malformed.
    StatementError
        If a key has another circuit or another number of contributions than the description says.
    """
    found = {}
    for circuit in sitting.description.circuits:
        chain = Contributions.read(sitting.extract(circuit.name, folder / "key"))
        check_chain(circuit, chain, sitting.description.contributions, str(sitting.path))
        found[circuit.name] = chain
    return found


def check_chain(circuit: CeremonyCircuit, chain: Contributions, count: int, source: str) -> None:
    """Check that a key is of its circuit, and has so many contributions.

    Raises
    ------
    StatementError
        If it is not.
    """
    if chain.circuit_hash != circuit.circuit_hash:
        raise StatementError(f"{source}: {circuit.name}: the key is of another circuit or another phase 1")
    if len(chain.items) != count:
        reason = f"expected {count} contributions, got {len(chain.items)}"
        raise StatementError(f"{source}: {circuit.name}: {reason}")


@dataclass(frozen=True, slots=True)
class _Made:
    """How a turn makes the new key of a circuit."""

    begun: dict[str, str]
    make: Callable[[CeremonyCircuit, Path, Path, Progress], None]
    progress: Progress
    resumable: bool = True


def _take(before: Path, out: Path, made: _Made) -> Turn:
    sitting = Sitting.load(before)
    refuse_existing(out)
    letter = attestation_path(out)
    if not partial_folder(out).exists():
        refuse_existing(letter, "an attestation")
    after = sitting.description.continued()
    begun = {**made.begun, "from": sha256(before)}
    with unfinished(out, begun, resumable=made.resumable) as (drafts, done):
        keys, chains = {}, {}
        for number, circuit in enumerate(after.circuits):
            made.progress(f"{circuit.name}: reading", number, len(after.circuits))
            old = sitting.extract(circuit.name, drafts / "before.zkey")
            with shown_as(old, f"{before}: {circuit.name}.zkey"):
                chain = true_contributions(old)
            check_chain(circuit, chain, sitting.description.contributions, str(before))
            keys[circuit.name] = new = done / f"{circuit.name}.zkey"
            finished = new.exists()
            if not finished:
                new = drafts / "after.zkey"
                made.make(circuit, old, new, named_progress(circuit.name, made.progress))
            made.progress(f"{circuit.name}: checking", number, len(after.circuits))
            with (
                shown_as(old, f"{before}: {circuit.name}.zkey"),
                shown_as(new, f"the new {circuit.name}.zkey"),
            ):
                check_step(old, new)
                chains[circuit.name] = true_contributions(new)
            _check_added(circuit, chain, chains[circuit.name])
            if not finished:
                publish(new, keys[circuit.name])
        turn = Turn(after, chains)
        attestation = turn.attestation
        draft = drafts / "sitting"
        write_sitting(draft, after, keys)
        # The attestation first: a sitting is never without one.
        if attestation is not None:
            write_text(letter, attestation.text())
        publish(draft, out)
    return turn


def _check_added(circuit: CeremonyCircuit, before: Contributions, after: Contributions) -> None:
    count = len(before.items)
    if len(after.items) != count + 1 or after.items[:count] != before.items:
        reason = f"expected the {count} contributions of before and a further one, got {len(after.items)}"
        raise StatementError(f"{circuit.name}: {reason}")
