"""A proof and everything that an auditor compares it with, in one file.

A bundle is a zip archive of a proof's public files with its snapshot and, if there are any, the snapshot's signatures
and the statement of account. It may be a stranger's: names are never used as paths, and sizes are bounded.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkmargin.documents.files import existing_file, private_folder, publish
from zkmargin.errors import InputError
from zkmargin.proving.manifest import VERIFICATION_KEY
from zkmargin.snapshot.snapshot import Snapshot

from .margin_proof import ACCOUNT_STATEMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["SIGNATURES", "SNAPSHOT", "unpacked_bundle", "write_bundle"]

SNAPSHOT, SIGNATURES = "snapshot.json", "snapshot.signatures.json"
"""The names of the snapshot and of its signatures in a bundle."""

_MAX_SMALL = 1 << 20
_REQUIRED: Mapping[str, int] = {
    "proof.json": _MAX_SMALL,
    "public.json": _MAX_SMALL,
    VERIFICATION_KEY: _MAX_SMALL,
    "statement.json": _MAX_SMALL,
    SNAPSHOT: Snapshot.MAX_BYTES,
}
_OPTIONAL: Mapping[str, int] = {SIGNATURES: _MAX_SMALL, ACCOUNT_STATEMENT: _MAX_SMALL}
_SIZES: Mapping[str, int] = {**_REQUIRED, **_OPTIONAL}
"""The largest size of each member, in bytes."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def write_bundle(path: Path, proof: Path, snapshot: Path, signatures: Path | None = None) -> None:
    """Write a bundle; equal files give equal bytes.

    Parameters
    ----------
    path : Path
        The file to write.
    proof : Path
        The folder of a proof, with or without a statement of account.
    snapshot, signatures : Path
        The snapshot's file, and that of its signatures.

    Raises
    ------
    InputError
        If a file is missing or too large, or the bundle cannot be written.
    """
    files = {name: proof / name for name in _REQUIRED if name != SNAPSHOT} | {SNAPSHOT: snapshot}
    if signatures is not None:
        files[SIGNATURES] = signatures
    if (proof / ACCOUNT_STATEMENT).is_file():
        files[ACCOUNT_STATEMENT] = proof / ACCOUNT_STATEMENT
    with private_folder(path.parent) as scratch:
        draft = scratch / "bundle"
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in files.items():
                if existing_file(file, "a file of the bundle").stat().st_size > _SIZES[name]:
                    raise InputError(f"larger than {_SIZES[name]} bytes", source=str(file))
                archive.writestr(_member(name), file.read_bytes())
        draft.chmod(0o644)
        publish(draft, path)


@contextmanager
def unpacked_bundle(path: Path) -> Iterator[Path]:
    """Unpack a bundle into a folder that only this user can read, and remove it afterwards.

    Errors about its files name the bundle.

    Raises
    ------
    InputError
        If the file is no bundle, lacks a file, or contains another one or a larger one.
    """
    existing_file(path, "a bundle")
    with private_folder() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                _check_names(names, path)
                for name in names:
                    with archive.open(name) as member:
                        content = member.read(_SIZES[name] + 1)
                    if len(content) > _SIZES[name]:
                        raise InputError(f"larger than {_SIZES[name]} bytes", source=str(path), key=name)
                    (folder / name).write_bytes(content)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
            raise InputError("not a bundle of a proof, or damaged", source=str(path)) from None
        try:
            yield folder
        except InputError as error:
            source = error.source.replace(f"{folder}{os.sep}", f"{path}: ")
            raise InputError(error.reason, source=source, key=error.key) from None


def _check_names(names: list[str], path: Path) -> None:
    for name in names:
        if name not in _SIZES or names.count(name) > 1:
            raise InputError(f"unexpected file {ascii(name)[:80]}", source=str(path))
    for name in _REQUIRED:
        if name not in names:
            raise InputError("missing", source=str(path), key=name)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _LONG_AGO)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
