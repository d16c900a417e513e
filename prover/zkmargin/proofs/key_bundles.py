"""Keys of the package's circuits in one file, for another computer or for browsers, and their installation."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from zkmargin.documents.files import make_folder, private_folder
from zkmargin.errors import InputError
from zkmargin.proving.circuit_pack import write_pack
from zkmargin.proving.download import download, is_url, shown_url
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.key_store import FolderStore, read_manifest, stage_keys
from zkmargin.proving.key_zip import ZipStore, write_bundle
from zkmargin.proving.manifest import MANIFEST
from zkmargin.proving.setup import no_progress
from zkmargin.proving.verified_keys import Records
from zkmargin.proving.zkey import read_verification_key

from .circuit_keys import circuit_folder, compile_again, keys_folder, load_circuit, locked
from .instances import Instance, circuits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.key_store import KeyStore
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.spec.lanes import Shape

    from .circuit_keys import PublishedCircuit

__all__ = ["export_keys", "import_keys", "pack_circuit"]

_MAX_BUNDLE = 1 << 36


def export_keys(names: Iterable[PublishedCircuit], path: Path, keys: Path | None = None) -> tuple[Keys, ...]:
    """Write keys of circuits into a bundle, a file for `import_keys` on another computer.

    It has the layout of a folder of keys: for each circuit a folder, named after the circuit and a hash of its sources,
    with the proving key, which lists its contributions, the verification key, and the manifest, which has the hashes of
    the constraints and the witness calculator. These two are compiled again where the bundle is imported.

    Parameters
    ----------
    names : iterable of PublishedCircuit
    path : Path
        The file, a ZIP file without compression, which is replaced.
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Returns
    -------
    tuple of Keys
        The keys in the bundle.

    Raises
    ------
    InputError
        If there are no keys of a circuit, they have been changed, or the file cannot be written.
    """
    found = {}
    for circuit in names:
        found[circuit_folder(circuit, keys).name] = _loaded(circuit, keys)[1]
    if not found:
        raise InputError("expected at least one circuit", source="circuits")
    write_bundle(path, found.items())
    return tuple(found.values())


def import_keys(
    place: str,
    keys: Path | None = None,
    *,
    fingerprints: Iterable[str] = (),
    progress: Progress | None = None,
) -> tuple[Keys, ...]:
    """Install the keys of a bundle, a folder of keys or an address where keys are found for proofs.

    The circuits are compiled here and compared with the keys. All keys are checked before the first is installed. Other
    keys are never replaced.

    Parameters
    ----------
    place : str
        The path of a bundle, a folder of keys, or the folder of one circuit's keys; or the address of a bundle, of http
        or https.
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.
    fingerprints : iterable of str
        If there are any, the keys must have exactly these fingerprints.
    progress : callable, optional
        See `zkmargin.proving.setup.Progress`.

    Returns
    -------
    tuple of Keys
        The keys that are there now, by circuit.

    Raises
    ------
    InputError
        If a file is malformed or has another hash, a key is of a circuit that this version does not have or has another
        fingerprint, or there are other keys of a circuit.
    ToolchainError
        If circom or circomlib is missing or of another version than the one that belongs here, or fails.
    """
    report = progress or no_progress
    with ExitStack() as stack:
        store, found = stack.enter_context(_opened(place, keys, report))
        ready = [stack.enter_context(_staged(store, circuit, keys, report)) for circuit in found]
        _check_fingerprints(ready, set(fingerprints))
        return tuple(one.install() for one in ready)


def pack_circuit(circuit: PublishedCircuit, path: Path, keys: Path | None = None) -> tuple[str, Keys]:
    """Write a circuit's pack, for provers in browsers.

    Parameters
    ----------
    circuit : PublishedCircuit
    path : Path
        The file, which is replaced.
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Returns
    -------
    (str, Keys)
        The SHA-256 of the pack's head, and the keys in it.

    Raises
    ------
    InputError
        If there are no keys of the circuit, they have been changed, or the file cannot be written.
    ToolchainError
        If the native core is not installed.
    """
    compiled, loaded = _loaded(circuit, keys)
    shape = _shape(circuit.shape) if isinstance(circuit, Instance) else None
    return write_pack(path, circuit.name, loaded.zkey, compiled.wasm, shape), loaded


def _shape(shape: Shape) -> dict[str, Any]:
    return {
        "lanes": shape.lanes,
        "positions": shape.positions,
        "layout": shape.layout.name,
        "limited": shape.limited,
        "disclosed": shape.disclosed,
    }


def _loaded(circuit: PublishedCircuit, keys: Path | None) -> tuple[Circuit, Keys]:
    if found := load_circuit(circuit, keys):
        return found
    reason = f"not on this machine: run `zkmargin keys build {circuit.name}`"
    raise InputError(reason, source=f"keys of {circuit.name}")


@dataclass(frozen=True, slots=True)
class _Ready:
    """Keys that were checked.

    Attributes
    ----------
    name, fingerprint : str
        The circuit's name, and the fingerprint.
    install : callable
        Installs the keys, and returns them.
    """

    name: str
    fingerprint: str
    install: Callable[[], Keys]


@contextmanager
def _staged(
    store: KeyStore, circuit: PublishedCircuit, keys: Path | None, report: Progress
) -> Iterator[_Ready]:
    """Copy and check the keys of a circuit, unless they are there already; refuse other keys before that."""
    folder = circuit_folder(circuit, keys)
    with locked(folder, lambda: report(f"waiting for another process that builds {circuit.name}", 0, 1)):
        manifest = read_manifest(store, folder.name, circuit.name, report)
        if present := load_circuit(circuit, keys):
            _, here = present
            if here.manifest.files[here.zkey.name] != manifest.files[here.zkey.name]:
                reason = f"has other keys, with fingerprint {here.fingerprint}. Keys are never replaced: move them away"
                raise InputError(f"{reason} first", source=str(folder))
            yield _Ready(circuit.name, here.fingerprint, lambda: here)
            return
        compiled = compile_again(circuit, folder, report)
        with private_folder(folder) as scratch:
            staged = stage_keys(
                store, folder.name, compiled, scratch, records=Records.of_user(), progress=report
            )
            shown = fingerprint(read_verification_key(staged.zkey))
            yield _Ready(circuit.name, shown, partial(staged.install, compiled, folder))


def _check_fingerprints(ready: Iterable[_Ready], expected: set[str]) -> None:
    found = {one.fingerprint: one.name for one in ready}
    if not expected or set(found) == expected:
        return
    for shown, name in found.items():
        if shown not in expected:
            raise InputError(f"has the fingerprint {shown}, which was not expected", source=f"key of {name}")
    missing = ", ".join(sorted(expected - set(found)))
    raise InputError(f"no key has the fingerprint {missing}", source="--fingerprint")


@contextmanager
def _opened(
    place: str, keys: Path | None, report: Progress
) -> Iterator[tuple[KeyStore, tuple[PublishedCircuit, ...]]]:
    """Open a store, and find the circuits in it, in the order of their folders' names."""
    if is_url(place):
        with _downloaded(place, keys or keys_folder(), report) as bundle:
            yield _bundle(bundle, keys, shown_url(place))
    elif not (path := Path(place)).is_dir():
        yield _bundle(path, keys, place)
    elif (path / MANIFEST).is_file():
        path = path.resolve()
        yield FolderStore(path.parent), _known([path.name], keys, place)
    else:
        # A folder of keys also has those of other versions.
        known, folder = _folders(keys), FolderStore(path)
        found = tuple(known[name] for name in folder.folders() if name in known)
        if not found:
            raise InputError("no keys of this version's circuits here", source=place)
        yield folder, found


@contextmanager
def _downloaded(url: str, keys: Path, report: Progress) -> Iterator[Path]:
    """Fetch a bundle, by one process at a time; remove it when it was imported, or is found to be wrong."""
    part = make_folder(keys) / f".{hashlib.sha256(url.encode()).hexdigest()}.part"
    with FileLock(part.with_suffix(".lock")):
        download(url, part, max_bytes=_MAX_BUNDLE, progress=report)
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)


def _bundle(path: Path, keys: Path | None, name: str) -> tuple[KeyStore, tuple[PublishedCircuit, ...]]:
    store = ZipStore(path, name)
    return store, _known(store.folders(), keys, name)


def _known(names: Iterable[str], keys: Path | None, source: str) -> tuple[PublishedCircuit, ...]:
    """Return the circuits of folders; refuse folders of other circuits, or of other versions of ours."""
    known, found = _folders(keys), []
    for name in names:
        if name not in known:
            stem = name.rpartition("-")[0]
            reason = "keys of no circuit that this version has"
            if stem in circuits():
                reason = f"keys of {stem} from other sources, or by another circom, than here"
            raise InputError(reason, source=f"{source}: {name}")
        found.append(known[name])
    if not found:
        raise InputError("no keys in it", source=source)
    return tuple(found)


def _folders(keys: Path | None) -> Mapping[str, PublishedCircuit]:
    return {circuit_folder(one, keys).name: one for one in circuits().values()}
