"""Text and JSON on standard output, errors and progress on standard error."""

from __future__ import annotations

import io
import json
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["escape_unprintable", "print_error", "print_json", "print_line", "printable", "progress"]


def print_line(text: str = "") -> None:
    """Write a line to standard output."""
    sys.stdout.write(printable(text) + "\n")


def escape_unprintable() -> None:
    """Write characters that the output's encoding lacks as escapes, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def print_json(value: Any) -> None:
    """Write an object as JSON to standard output."""
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


def print_error(kind: str, message: str, code: int, *, as_json: bool) -> None:
    """Write an error to standard error; with ``--json`` also as an object to standard output."""
    if as_json:
        print_json({"error": {"kind": kind, "message": message, "exit_code": code}})
    sys.stderr.write(f"error: {printable(message)}\n")


def printable(text: str) -> str:
    """Escape control characters, which a file's text may contain, so that they do not reach a terminal."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1] for letter in text
    )


@contextmanager
def progress(*, lines: bool = True) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback for progress: a changing line on standard error, or one for each step if that is no terminal.

    Parameters
    ----------
    lines : bool
        Whether to write lines; for commands of many short steps False.
    """
    if not sys.stderr.isatty():
        yield _step_lines() if lines else lambda _stage, _done, _total: None
        return

    def update(stage: str, done: int, total: int) -> None:
        share = f" {done / total:.0%}" if total else ""
        room = shutil.get_terminal_size().columns - 1
        text = f"{printable(stage)[: room - len(share)]}{share}"
        # Spaces clear the line: not every terminal of Windows knows a control sequence for it.
        sys.stderr.write(f"\r{text:<{room}}\r")
        sys.stderr.flush()

    try:
        yield update
    finally:
        update("", 0, 0)


def _step_lines() -> Callable[[str, int, int], None]:
    """Return a callback for progress that writes a line when a stage begins."""
    present = ""

    def update(stage: str, done: int, total: int) -> None:
        nonlocal present
        # A stage that has nothing left to do is the end of the ones before.
        if stage != present and not 0 < done == total:
            present = stage
            sys.stderr.write(f"{printable(stage)}\n")
            sys.stderr.flush()

    return update
