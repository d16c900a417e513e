"""Atomic writing of files, private files, and hashes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "blake2b",
    "existing_file",
    "make_folder",
    "private_cache",
    "private_folder",
    "publish",
    "publish_folder",
    "sha256",
    "write_json",
    "write_private",
    "write_text",
]

_CHUNK = 1 << 20


def existing_file(path: Path, what: str) -> Path:
    """Return the absolute path of a regular file.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        The expected kind of file for error messages, such as "a circuit".

    Raises
    ------
    InputError
        If there is no such file.
    """
    resolved = path.resolve()
    if not resolved.is_file():
        raise InputError(f"no such file ({what} is expected here)", source=str(path))
    return resolved


def make_folder(path: Path) -> Path:
    """Create a folder and its parents if they do not exist, and return its absolute path.

    Raises
    ------
    InputError
        If the folder cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be created: {error.strerror}", source=str(path)) from None
    return path.resolve()


@contextmanager
def private_folder(parent: Path | None = None) -> Iterator[Path]:
    """Create a folder that only this user can enter (0700), and remove it with its content afterwards.

    Parameters
    ----------
    parent : Path, optional
        The parent folder, by default the system's folder for temporary files. Pass the final folder of a result, so
        that `publish` can move it within one file system.

    Raises
    ------
    InputError
        If the folder cannot be created.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=".zkmargin-", dir=parent, ignore_cleanup_errors=True)
    except OSError as error:
        source = str(parent or tempfile.gettempdir())
        raise InputError(f"cannot be written to: {error.strerror}", source=source) from None
    with folder as name:
        yield Path(name)


def private_cache(name: str) -> Path | None:
    """Return a folder of the user's cache that only the user can access; it is created if necessary.

    Code in it may be run without further checks. There is no such folder on systems whose files have no owner and
    mode, such as Windows.

    Parameters
    ----------
    name : str
        The name of the folder, below ``zkmargin`` in the cache.

    Returns
    -------
    Path or None
        None if there is no such folder.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zkmargin" / name
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except (OSError, RuntimeError):
        return None
    owned = hasattr(os, "getuid") and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if owned and folder.is_absolute() else None


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only this user can read (0600)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def publish(source: Path, target: Path) -> None:
    """Move a finished file to its final name on the same file system, and replace an existing file.

    The content is on disk before the name appears, so a crash leaves the old or the new file.

    Raises
    ------
    InputError
        If the file cannot be moved, or the name belongs to something other than a file, such as a device.
    """
    with _writing(target):
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(target)
    _sync_folder(target.parent)


def publish_folder(source: Path, target: Path) -> None:
    """Move a folder whose files are on disk to its final name on the same file system, which must be free.

    Raises
    ------
    InputError
        If the folder cannot be moved.
    """
    _sync_folder(source)
    try:
        source.rename(target)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from None
    _sync_folder(target.parent)


def write_json(path: Path, value: Any) -> None:
    """Write an object as a JSON file atomically."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    with _writing(path):
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with draft.open("x", encoding="utf-8") as file:
                file.write(text)
            publish(draft, path)
        finally:
            draft.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return _digest(path, hashlib.sha256())


def blake2b(path: Path) -> str:
    """Return the BLAKE2b-512 of a file in hex, the hash that ceremonies publish."""
    return _digest(path, hashlib.blake2b())


def _digest(path: Path, state: Any) -> str:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                state.update(chunk)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    return str(state.hexdigest())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Refuse to replace anything but a file, and name the final file in errors instead of its draft."""
    try:
        if path.exists() and not path.is_file():
            raise InputError("exists and is not a file", source=str(path))
        yield
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from None


def _sync_folder(folder: Path) -> None:
    # Some file systems cannot sync a folder; the rename is atomic anyway.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
