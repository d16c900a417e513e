"""Hashes of large files that are read often, such as keys, by what the file system says about the files."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .files import private_cache, sha256, write_text

if TYPE_CHECKING:
    import os
    from pathlib import Path

__all__ = ["known_sha256"]

_RECORD = re.compile(r"(\d+ \d+ \d+) ([0-9a-f]{64})\n", re.ASCII)
# A file can change twice within one tick of the clock of its file system.
_SETTLED_NS = 2 * 10**9


def known_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex, without reading it again if it has not changed since it was hashed.

    A hash is kept in the user's cache, in a folder that only the user can access, under the file's device and inode,
    with its size and the times of the last changes of its content and of its inode, in nanoseconds. No program can
    set the latter time, so a changed file that has its old size and time of modification is hashed again. A file that
    changed less than two seconds before is not recorded. This does not detect changes that leave no trace in the file
    system, such as writing to the device, or changing the clock of the computer.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    folder = private_cache("hashes")
    try:
        before = path.stat()
    except OSError:
        folder = None
    if folder is None:
        return sha256(path)
    record = folder / f"{before.st_dev}-{before.st_ino}"
    with suppress(OSError, UnicodeDecodeError):
        known = _RECORD.fullmatch(record.read_text(encoding="utf-8"))
        if known and known[1] == _state(before):
            return known[2]
    began, digest = time.time_ns(), sha256(path)
    # A hash that cannot be kept is computed again.
    with suppress(InputError, OSError):
        after = path.stat()
        same = (after.st_dev, after.st_ino, _state(after)) == (before.st_dev, before.st_ino, _state(before))
        if same and began - before.st_ctime_ns >= _SETTLED_NS:
            write_text(record, f"{_state(before)} {digest}\n")
    return digest


def _state(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
