"""Bundles: keys of several circuits in one ZIP file without compression, which strangers may have made."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.files import existing_file, private_folder, publish
from zkmargin.errors import InputError

from .bounded_copy import copy_bounded
from .manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from .keys import Keys
    from .setup import Progress

__all__ = ["ZipStore", "write_bundle"]

_FILE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*/[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_MAX_MEMBERS = 3 * 256
_MAX_DIRECTORY = 1 << 20
_CHUNK = 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


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
        """See `zkmargin.proving.key_store.KeyStore.copy`."""
        source = f"{self.source}: {name}"
        with self._opened() as archive:
            if name not in archive.namelist():
                raise InputError("no such file in it", source=source)
            with archive.open(name) as file:
                copy_bounded(file, target, max_bytes=max_bytes, digest=digest, name=source)

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
