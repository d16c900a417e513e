"""Places that keys come from: a folder of keys, a bundle in one file, or an address.

Each has the same layout: a folder for each circuit, with ``manifest.json``, ``verification_key.json`` and
``<circuit>.zkey``. Its content may be a stranger's: names are never used as paths, sizes are bounded, and hashes are
checked.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from zkmargin.documents.files import existing_file, private_folder, publish, sha256
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

from .download import download, is_url, shown_url, url_below
from .key_verification import can_verify_keys, verify_key_circuit
from .keys import install_keys
from .manifest import MANIFEST, VERIFICATION_KEY, Manifest
from .r1cs import read_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .circuit import Circuit
    from .keys import Keys
    from .setup import Progress
    from .verified_keys import Records

__all__ = [
    "FolderStore",
    "KeyStore",
    "StagedKeys",
    "UrlStore",
    "ZipStore",
    "open_store",
    "read_manifest",
    "stage_keys",
    "write_bundle",
]

_FILE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*/[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_MAX_MANIFEST = 1 << 16
_MAX_VERIFICATION_KEY = 16 << 20
_MAX_MEMBERS = 3 * 256
_MAX_DIRECTORY = 1 << 20
_CHUNK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


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
                _copy(file, target, max_bytes, str(path))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
        _check_digest(target, digest, str(path))


@dataclass(frozen=True, slots=True)
class ZipStore:
    """A bundle: a ZIP file whose members are stored without compression.

    Attributes
    ----------
    path : Path
    name : str
        Its name in messages, by default the path.

    Raises
    ------
    InputError
        If it is no bundle: damaged, or with other members than stored files in folders.
    """

    path: Path
    name: str = ""

    def __post_init__(self) -> None:
        """Check all members before one is read."""
        with self._opened() as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                raise InputError(f"expected at most {_MAX_MEMBERS} files in it", source=self.source)
            names = [one.filename for one in members]
            if len({name.lower() for name in names}) != len(names):
                raise InputError("duplicate file in it", source=self.source)
            for one in members:
                self._check(one)
            # Members that overlap would unpack to more than the file.
            if sum(one.file_size for one in members) > self.path.stat().st_size:
                raise InputError("damaged: its files are larger than itself", source=self.source)

    @property
    def source(self) -> str:
        """The file's name."""
        return self.name or str(self.path)

    def folders(self) -> list[str]:
        """Return the names of the folders in it."""
        with self._opened() as archive:
            return sorted({name.partition("/")[0] for name in archive.namelist()})

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
        source = f"{self.source}: {name}"
        with self._opened() as archive:
            if name not in archive.namelist():
                raise InputError("no such file in it", source=source)
            with archive.open(name) as file:
                _copy(file, target, max_bytes, source)
        _check_digest(target, digest, source)

    def _check_directory(self) -> None:
        """Check the stated size of the directory, which is read at once, in the last records of the file.

        They are the end record of 22 bytes without a comment, and before it, of a large file, a locator of 20 bytes and
        a record of 56 bytes (APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16).
        """
        with self.path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(length - 98, 0))
            last = file.read().rjust(98, b"\0")
        size = int.from_bytes(last[88:92], "little")
        if last[56:60] == b"PK\x06\x07":
            size = max(size, int.from_bytes(last[40:48], "little"))
        if last[76:80] != b"PK\x05\x06" or size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile

    def _check(self, member: zipfile.ZipInfo) -> None:
        source = f"{self.source}: {member.filename[:80]}"
        kind = stat.S_IFMT(member.external_attr >> 16)
        if not _FILE.fullmatch(member.filename) or kind not in {0, stat.S_IFREG}:
            raise InputError("expected files in folders, such as a/manifest.json", source=source)
        stored = member.compress_type == zipfile.ZIP_STORED and member.compress_size == member.file_size
        if member.flag_bits & 1 or not stored:
            raise InputError("compressed or encrypted; expected stored files", source=source)

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        existing_file(self.path, "a bundle of keys")
        try:
            self._check_directory()
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError, ValueError):
            raise InputError("damaged, or not a bundle of keys", source=self.source) from None
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=self.source) from None


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


def write_bundle(path: Path, folders: Iterable[tuple[str, Keys]]) -> None:
    """Write keys into a bundle; equal keys give equal files.

    Parameters
    ----------
    path : Path
        The file, which is replaced.
    folders : iterable of (str, Keys)
        The name of each folder in it, and its keys.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    if not path.absolute().parent.is_dir():
        raise InputError("no such folder", source=str(path.parent))
    with private_folder(path.absolute().parent) as scratch:
        draft = scratch / "bundle"
        try:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
                for folder, keys in sorted(folders, key=lambda one: one[0]):
                    for file in (keys.zkey.with_name(MANIFEST), keys.verification_key, keys.zkey):
                        _add(archive, f"{folder}/{file.name}", file)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from None
        publish(draft, path)


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    member = zipfile.ZipInfo(name, _LONG_AGO)
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    member.file_size = file.stat().st_size
    with file.open("rb") as source, archive.open(member, "w") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)


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


def _copy(source: IO[bytes], target: Path, max_bytes: int, name: str) -> None:
    """Copy a file of at most `max_bytes` bytes."""
    done = 0
    with _created(target) as file:
        while chunk := source.read(_CHUNK):
            done += len(chunk)
            if done > max_bytes:
                raise InputError(f"larger than {max_bytes} bytes", source=name)
            try:
                file.write(chunk)
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from None


def _created(target: Path) -> IO[bytes]:
    try:
        return target.open("xb", buffering=0)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from None


def _check_digest(target: Path, digest: str | None, name: str) -> None:
    if digest is not None and sha256(target) != digest:
        raise InputError(f"its SHA-256 is not the one in {MANIFEST}", source=name)
