"""Options that several commands have, and how their texts are read."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError

if TYPE_CHECKING:
    from ..account import Account
    from ..requirement import AnyRequirement

__all__ = ["Json", "Requirement", "SnapshotFile", "integer", "load_account", "parse_requirement"]

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
SnapshotFile = Annotated[Path, typer.Option("--snapshot", help="A file from zkmargin snapshot build.")]
Requirement = Annotated[
    str,
    typer.Option(
        "--requirement", help="maintenance, initial, or a number of 1/10000 of the maintenance margin."
    ),
]

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)


def integer(text: str, option: str) -> int:
    """Read a number, decimal or hexadecimal.

    Raises
    ------
    InputError
        If it is none.
    """
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return int(text)
    raise InputError("not a whole number, decimal or with 0x", source=option)


def parse_requirement(text: str) -> AnyRequirement:
    """Read a requirement.

    Raises
    ------
    InputError
        If it is none.
    """
    from ..requirement import Requirement as Named  # noqa: PLC0415  # imports are left to the commands

    if text in tuple(Named):
        return Named(text)
    if not _DECIMAL.fullmatch(text):
        raise InputError("maintenance, initial or a whole number of 1/10000", source="--requirement")
    return int(text)


def load_account(path: Path) -> Account:
    """Load an account; say on standard error when other users can read its file."""
    from ..account import Account  # noqa: PLC0415  # imports are left to the commands

    account = Account.load(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        sys.stderr.write(f"warning: other users can read {path}: run `chmod 600` on it\n")
    return account
