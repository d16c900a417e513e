"""Keys of a finished ceremony, in the folders where proofs look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.documents.files import make_folder, publish, sha256
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_folder, locked
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.keys import install_keys, load_keys
from zkmargin.proving.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress

    from .circuits import Source
    from .description import PhaseOne

__all__ = ["install", "target_folders"]

_ENDINGS = ("r1cs", "wasm", "sym")


def target_folders(sources: Sequence[Source], out: Path | None) -> dict[str, Path]:
    """Return the folder for the keys of each circuit.

    Parameters
    ----------
    sources : sequence of Source
    out : Path, optional
        The folder of all keys; by default that of the bundled circuits' keys.

    Raises
    ------
    InputError
        If there is no folder for a circuit that is not bundled.
    """
    folders = {}
    for one in sources:
        if one.published:
            folders[one.name] = circuit_folder(one.published, out)
        elif out is None:
            raise InputError(f"needed for {one.name}, which is no bundled circuit", source="--out")
        else:
            folders[one.name] = out / one.name
    return folders


def install(
    compiled: Mapping[str, Circuit],
    keys: Path,
    folders: Mapping[str, Path],
    phase1: PhaseOne,
    *,
    progress: Progress,
) -> dict[str, Keys]:
    """Copy circuits and verified keys into folders; other keys and circuits are never replaced.

    Parameters
    ----------
    compiled : mapping of str to Circuit
        The circuits, compiled here, by name.
    keys : Path
        The folder with the verified keys.
    folders : mapping of str to Path
        The folder for each circuit.
    phase1 : PhaseOne
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a folder has other keys or another circuit, or cannot be written.
    """
    _refuse_others(keys, folders)
    found = {}
    for number, (name, circuit) in enumerate(compiled.items()):

        def report(stage: str = f"installing {name}", done: int = number) -> None:
            progress(stage, done, len(compiled))

        with locked(folders[name], report):
            report()
            placed = _place(circuit, make_folder(folders[name]))
            origin = {"name": phase1.name, "blake2b": phase1.blake2b}
            found[name] = install_keys(placed, keys / f"{name}.zkey", folders[name], phase1=origin)
    return found


def _refuse_others(keys: Path, folders: Mapping[str, Path]) -> None:
    """Refuse before anything is installed, and name all folders at once."""
    others = []
    for name, folder in folders.items():
        if (folder / MANIFEST).is_file():
            present = load_keys(folder)
            if sha256(present.zkey) != sha256(keys / f"{name}.zkey"):
                others.append(f"{folder} (fingerprint {present.fingerprint})")
    if others:
        reason = "there are other keys, which are never replaced: move these folders away first"
        raise InputError(f"{reason}: {', '.join(others)}")


def _place(circuit: Circuit, folder: Path) -> Circuit:
    """Move a circuit's files into a folder; one that is there must be the same."""
    placed = Circuit.in_folder(circuit.name, folder)
    for ending in _ENDINGS:
        source, target = getattr(circuit, ending), getattr(placed, ending)
        if not target.exists():
            publish(source, target)
        elif sha256(source) != sha256(target):
            raise InputError("of another circuit than the ceremony's; move it away first", source=str(target))
    return placed
