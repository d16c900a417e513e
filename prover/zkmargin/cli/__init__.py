"""The command line."""

from __future__ import annotations

import sys

from zkmargin import __version__

__all__ = ["main"]


def main() -> None:
    """Run ``zkmargin``; the exit code is that of the error, see `zkmargin.errors`."""
    # Scripts ask for the version often; importing the rest takes a while.
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"zkmargin {__version__}\n")
        return
    from .app import run  # noqa: PLC0415  # imports the rest

    sys.exit(run())
