"""The folder of a contribution that is not finished, so that the same command continues after an interruption."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zkmargin.documents.files import write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["partial_folder", "unfinished"]

_BEGUN = "begun.json"
_LOCK = "lock"
_DONE = "done"
_DRAFTS = "drafts"


def partial_folder(out: Path) -> Path:
    """Return the folder beside `out` that holds finished keys until all circuits have theirs."""
    return out.with_name(f"{out.name}.partial")


@contextmanager
def unfinished(out: Path, begun: Mapping[str, str], *, resumable: bool = True) -> Iterator[tuple[Path, Path]]:
    """Yield a folder for drafts and one for finished keys, within a private folder (0700) beside `out`.

    The second keeps its files from one attempt to the next. The folder is removed when the block ends without an
    error, and also after an error if it contains no finished key.

    Parameters
    ----------
    out : Path
        The final file, which does not exist yet.
    begun : mapping of str to str
        The parameters of this attempt, without secrets.
    resumable : bool
        Whether finished keys are kept for the next attempt.

    Raises
    ------
    InputError
        If the folder belongs to another contribution, is not private, is in use, or cannot be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415  # only who contributes needs it

    folder = partial_folder(out)
    drafts, done = folder / _DRAFTS, folder / _DONE
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _check_private(folder)
        with FileLock(folder / _LOCK, timeout=0):
            _continue(folder, begun, resumable=resumable)
            drafts.mkdir(mode=0o700)
            done.mkdir(mode=0o700, exist_ok=True)
            try:
                yield drafts, done
            except BaseException:
                if not resumable or not any(done.iterdir()):
                    shutil.rmtree(folder)
                raise
            shutil.rmtree(folder)
    except Timeout:
        raise InputError("in use: the same contribution runs already", source=str(folder)) from None
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise InputError(reason, source=str(error.filename or folder)) from None


def _check_private(folder: Path) -> None:
    status = folder.lstat()
    own = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)
    if folder.is_symlink() or not folder.is_dir() or not own:
        raise InputError("expected a folder that only you can enter; remove it", source=str(folder))


def _continue(folder: Path, begun: Mapping[str, str], *, resumable: bool) -> None:
    """Keep the finished keys of the same contribution, and remove all other files."""
    note = folder / _BEGUN
    kept = {_LOCK}
    if note.is_file() and resumable:
        if load_json(note) != dict(begun):
            reason = "holds another contribution that was begun; finish that one, or remove the folder"
            raise InputError(reason, source=str(folder))
        kept |= {_BEGUN, _DONE}
    for path in folder.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_json(note, dict(begun))
