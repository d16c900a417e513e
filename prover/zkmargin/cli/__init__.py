"""The command line."""

from __future__ import annotations

import gc
import sys

from zkmargin import __version__

from .streams import run_guarded

__all__ = ["main"]

_NEW_OBJECTS = 50_000


def main() -> None:
    """Run ``zkmargin``; the exit code is that of the error, see `zkmargin.errors`."""
    # Imports make many objects and hardly any garbage, so looking for it after each 700 new objects is wasted.
    gc.set_threshold(_NEW_OBJECTS)
    # Scripts ask for the version often; importing the rest takes a while.
    sys.exit(run_guarded(_show_version if sys.argv[1:] == ["--version"] else _run))


def _show_version() -> int:
    sys.stdout.write(f"zkmargin {__version__}\n")
    return 0


def _run() -> int:
    from .app import run  # noqa: PLC0415  # imports the rest

    return run()
