"""Places that keys come from: a folder of keys, a bundle in one file, or an address.

Each has the same layout: a folder for each circuit, with ``manifest.json``, ``verification_key.json`` and
``<circuit>.zkey``. Its content may be a stranger's: names are never used as paths, sizes are bounded, and hashes are
checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zkmargin.documents.files import existing_file, private_folder, publish, sha256
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

from .bounded_copy import copy_bounded
from .download import download, is_url, shown_url, url_below
from .key_verification import can_verify_keys, verify_key_circuit
from .key_zip import ZipStore
from .keys import install_keys
from .manifest import MANIFEST, VERIFICATION_KEY, Manifest
from .r1cs import read_sizes

if TYPE_CHECKING:
    from .circuit import Circuit
    from .keys import Keys
    from .setup import Progress
    from .verified_keys import Records

__all__ = [
    "FolderStore",
    "KeyStore",
    "StagedKeys",
    "UrlStore",
    "open_store",
    "read_manifest",
    "stage_keys",
]

_MAX_MANIFEST = 1 << 16
_MAX_VERIFICATION_KEY = 16 << 20


class KeyStore(Protocol):
    """A place that keys come from."""

    @property
    def source(self) -> str:
        """Its name in messages."""

    def copy(
        self, name: str, target: Path, *, max_bytes: int, digest: str | None = None, progress: Progress
    ) -> None:
        """Copy a file out of the store.

        Parameters
        ----------
        name : str
            Folder and file, with a slash.
        target : Path
            The new file.
        max_bytes : int
            The largest accepted size.
        digest : str, optional
            The required SHA-256, in hex.
        progress : callable
            See `zkmargin.proving.setup.Progress`.

        Raises
        ------
        InputError
            If there is no such file, it is larger, has another hash, or cannot be copied.
        """


@dataclass(frozen=True, slots=True)
class FolderStore:
    """A folder with folders of keys.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def source(self) -> str:
        """The folder's path."""
        return str(self.folder)

    def folders(self) -> list[str]:
        """Return the names of the folders with keys."""
        return sorted(path.name for path in self.folder.iterdir() if (path / MANIFEST).is_file())

    def copy(
        self,
        name: str,
        target: Path,
        *,
        max_bytes: int,
        digest: str | None = None,
        progress: Progress,  # noqa: ARG002  # the protocol's
    ) -> None:
        """See `KeyStore.copy`."""
        path = existing_file(self.folder / name, "a file of keys")
        try:
            with path.open("rb") as file:
                copy_bounded(file, target, max_bytes=max_bytes, digest=digest, name=str(path))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None


@dataclass(frozen=True, slots=True)
class UrlStore:
    """A folder of keys that a server offers by HTTP.

    Attributes
    ----------
    url : str
        Its address.
    partials : Path
        A folder for parts of files, so that an interrupted download goes on; only one process may use it at a time.
    """

    url: str
    partials: Path

    @property
    def source(self) -> str:
        """The address, without a query."""
        return shown_url(self.url)

    def copy(
        self, name: str, target: Path, *, max_bytes: int, digest: str | None = None, progress: Progress
    ) -> None:
        """See `KeyStore.copy`."""
        # Without a hash nothing tells whether a part that is there belongs to this file.
        partial = self.partials / f".{digest}.part" if digest else target
        download(url_below(self.url, name), partial, max_bytes=max_bytes, digest=digest, progress=progress)
        if partial != target:
            publish(partial, target)


@dataclass(frozen=True, slots=True)
class StagedKeys:
    """Keys that were copied out of a store and checked, before they are installed.

    Attributes
    ----------
    zkey, verification_key : Path
        The copied files.
    manifest : Manifest
        The manifest of the store.
    """

    zkey: Path
    verification_key: Path
    manifest: Manifest

    def install(self, circuit: Circuit, folder: Path) -> Keys:
        """Install the keys in a folder; see `zkmargin.proving.keys.install_keys`."""
        return install_keys(
            circuit,
            self.zkey,
            folder,
            verification_key=self.verification_key,
            phase1=self.manifest.phase1,
        )


def open_store(place: str, partials: Path) -> KeyStore:
    """Return the store at an address or path.

    Parameters
    ----------
    place : str
        An address of http or https, or the path of a folder of keys or a bundle.
    partials : Path
        See `UrlStore`.

    Raises
    ------
    InputError
        If there is no such path, or it is no bundle.
    """
    if is_url(place):
        return UrlStore(place, partials)
    path = Path(place)
    return FolderStore(path) if path.is_dir() else ZipStore(path)


def read_manifest(store: KeyStore, folder: str, circuit: str, progress: Progress) -> Manifest:
    """Read the manifest of a circuit's keys in a store.

    Raises
    ------
    InputError
        If there is none, or it is malformed or of another circuit.
    """
    with private_folder() as scratch:
        copied = scratch / MANIFEST
        store.copy(f"{folder}/{MANIFEST}", copied, max_bytes=_MAX_MANIFEST, progress=progress)
        manifest = Manifest.from_json(load_json(copied), f"{store.source}: {folder}/{MANIFEST}")
    if manifest.circuit != circuit:
        _refuse_circuit(manifest.circuit, circuit, store, folder)
    return manifest


def stage_keys(  # noqa: PLR0913  # what keys are checked against
    store: KeyStore,
    folder: str,
    circuit: Circuit,
    scratch: Path,
    *,
    records: Records,
    progress: Progress,
) -> StagedKeys:
    """Copy the keys of a circuit out of a store, and check them.

    Their manifest must name the files of the circuit, which was compiled here. Hashes must be the manifest's, and the
    native core, if it is installed, compares the proving key with the circuit.

    Parameters
    ----------
    store : KeyStore
    folder : str
        The folder in the store.
    circuit : Circuit
        The circuit, compiled here.
    scratch : Path
        The folder to copy to.
    records : Records
        Where a comparison with the circuit is recorded.
    progress : callable
        See `zkmargin.proving.setup.Progress`.

    Raises
    ------
    InputError
        If a file is missing, too large or malformed, has another hash, or the keys are of another circuit.
    """
    manifest = read_manifest(store, folder, circuit.name, progress)
    for file in (circuit.r1cs, circuit.wasm):
        if manifest.files[file.name] != sha256(file):
            _refuse_circuit(f"another {file.name}", "the one compiled here", store, folder)
    zkey, verification_key = scratch / f"{circuit.name}.zkey", scratch / VERIFICATION_KEY
    sizes = {verification_key: _MAX_VERIFICATION_KEY, zkey: _largest_zkey(circuit.r1cs)}
    for path, size in sizes.items():
        digest = manifest.files[path.name]
        store.copy(f"{folder}/{path.name}", path, max_bytes=size, digest=digest, progress=progress)
    if can_verify_keys():
        verify_key_circuit(circuit, zkey, records, progress)
    return StagedKeys(zkey, verification_key, manifest)


def _refuse_circuit(found: str, expected: str, store: KeyStore, folder: str) -> None:
    raise InputError(f"keys of {found}, not of {expected}", source=f"{store.source}: {folder}/{MANIFEST}")


def _largest_zkey(r1cs: Path) -> int:
    """Return a bound on the size of a proving key: its sections, as snarkjs and the native core write them."""
    sizes = read_sizes(r1cs)
    public = sizes.outputs + sizes.public_inputs + 1
    # A term of a constraint takes 36 bytes in the constraints and a coefficient 44 in the key; C is no part of them.
    coefficients = 44 * (r1cs.stat().st_size // 36 + public)
    points = 64 * (4 * sizes.wires + public + (1 << sizes.power)) + 128 * sizes.wires
    contributions = 16 << 20
    return points + coefficients + contributions
