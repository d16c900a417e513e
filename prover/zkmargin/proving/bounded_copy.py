"""Copies of files of strangers: of a bounded size, with a known hash."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from zkmargin.documents.files import sha256
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["copy_bounded"]

_CHUNK = 1 << 20


def copy_bounded(source: IO[bytes], target: Path, *, max_bytes: int, digest: str | None, name: str) -> None:
    """Copy an open file to a new one.

    Parameters
    ----------
    source : file
    target : Path
        The new file.
    max_bytes : int
        The largest accepted size.
    digest : str or None
        The required SHA-256, in hex.
    name : str
        The name of the source in messages.

    Raises
    ------
    InputError
        If the content is larger or has another hash, or `target` exists or cannot be written.
    OSError
        If the source cannot be read.
    """
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
    if digest is not None and sha256(target) != digest:
        raise InputError("its SHA-256 is not the one in manifest.json", source=name)


def _created(target: Path) -> IO[bytes]:
    try:
        return target.open("xb", buffering=0)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(target)) from None
