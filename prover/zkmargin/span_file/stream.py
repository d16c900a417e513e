"""Opening of a SPAN risk parameter file, plain or as the only member of a zip archive."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from zkmargin.documents.files import existing_file
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MAX_BYTES", "open_file"]

MAX_BYTES = 1 << 30
"""The largest size of a zip's member and of XML, unpacked: the largest published files have a few hundred megabytes."""

_SUFFIXES = (".spn", ".xml", ".pa2")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


@contextmanager
def open_file(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Open a file and yield its bytes as a stream, with its size unpacked.

    A zip archive is recognised by its first bytes and never unpacked to disk, so names in it are not used as paths.

    Raises
    ------
    InputError
        If the file cannot be read; or if a zip archive has other than one member, or one that is encrypted, packed by
        another method than deflate, too large, or not named as a SPAN file.
    """
    found = existing_file(path, "a SPAN risk parameter file")
    with found.open("rb") as file:
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        if not is_zip:
            yield file, found.stat().st_size
            return
        try:
            with zipfile.ZipFile(file) as archive:
                member = _member(archive, str(path))
                # The stream ends at the size that the archive declares, so more than that is never unpacked.
                with archive.open(member) as stream:
                    yield stream, member.file_size
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise InputError(f"not a zip archive: {error}", source=str(path)) from None


def _member(archive: zipfile.ZipFile, source: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise InputError(f"expected a zip archive of one file, found {len(members)}", source=source)
    (member,) = members
    if not member.filename.lower().endswith(_SUFFIXES):
        raise InputError(f"expected a member named *{', *'.join(_SUFFIXES)}", source=source)
    if member.flag_bits & _ENCRYPTED:
        raise InputError("the member is encrypted", source=source)
    if member.compress_type not in _METHODS:
        raise InputError("the member is packed by another method than deflate", source=source)
    if member.file_size > MAX_BYTES:
        raise InputError(f"the member has more than {MAX_BYTES} bytes", source=source)
    return member
