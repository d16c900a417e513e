"""Standard output and standard error that fail in one way: by an error that says so, or silently."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_guarded"]


class _Stream(io.FileIO):
    """A standard stream. After an error it takes the rest of the output and drops it.

    A reader of standard output that goes away, such as ``grep -q``, has seen enough, so the command ends as it would
    have. Standard error has nowhere to report an error.
    """

    def __init__(self, descriptor: int, *, reports: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._reports, self._failed = reports, False

    def write(self, data: Any, /) -> int:
        size = memoryview(data).nbytes
        if self._failed:
            return size
        try:
            return super().write(data)
        except BrokenPipeError:
            self._failed = True
        except OSError as error:
            self._failed = True
            if self._reports:
                reason = f"cannot be written: {error.strerror}"
                raise InputError(reason, source="standard output") from None
        return size


def run_guarded(work: Callable[[], int]) -> int:
    """Run a command with guarded standard streams, and return its exit code.

    The code is 2, with a message, if standard output cannot be written, for example to a full disk. Streams that were
    replaced in this process stay as they are.
    """
    before = sys.stdout, sys.stderr
    sys.stdout = _guarded(sys.stdout, sys.__stdout__, reports=True)
    sys.stderr = _guarded(sys.stderr, sys.__stderr__, reports=False)
    try:
        code = work()
        try:
            sys.stdout.flush()
        except InputError as error:
            sys.stderr.write(f"error: {error}\n")
            code = error.exit_code
        return code
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(InputError):
                stream.flush()
        sys.stdout, sys.stderr = before


def _guarded(present: TextIO | None, original: TextIO | None, *, reports: bool) -> TextIO:
    if present is None:
        # The program was started with this stream closed.
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # open until the process ends
    if present is not original or not isinstance(present, io.TextIOWrapper):
        return present
    present.flush()
    raw = _Stream(present.fileno(), reports=reports)
    return cast(
        "TextIO",
        io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=present.encoding,
            errors=present.errors,
            line_buffering=present.line_buffering,
            write_through=present.write_through,
        ),
    )
