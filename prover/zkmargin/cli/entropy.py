"""Options of contributors: their name and their own entropy, which is never on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from zkmargin.errors import InputError

from . import typed
from .options import warn_of_readers

__all__ = ["BeaconValue", "ContributorName", "EntropyFile", "Iterations", "read_entropy"]

ContributorName = Annotated[str, typed.Option("--name", help="Your name, which becomes public.")]
EntropyFile = Annotated[
    Path | None,
    typed.Option(
        "--entropy-file",
        help="Secret bytes, e.g. of dice, in addition to the randomness of the operating system, from a file or - for "
        "standard input.",
    ),
]
BeaconValue = Annotated[
    str,
    typed.Option(
        "--beacon",
        help="Public randomness in hexadecimal digits that nobody knew before the last contribution, e.g. the hash of "
        "a block.",
    ),
]
Iterations = Annotated[
    int, typed.Option("--iterations", help="SHA-256 is applied 2^ITERATIONS times, from 10 to 63.")
]

_MAX_BYTES = 1 << 16


def read_entropy(file: Path | None) -> bytes:
    """Read secret bytes from a file, or from standard input for ``-``; empty without a file.

    Raises
    ------
    InputError
        If there are no bytes or too many.
    """
    if file is None:
        return b""
    if str(file) == "-":
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        warn_of_readers(file)
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    if not 0 < len(content) <= _MAX_BYTES:
        raise InputError(f"expected 1 to {_MAX_BYTES} bytes", source="--entropy-file")
    return content
