"""What commands write: nothing that exists is replaced without ``--force``, and accounts and keys never.

Every command with an option ``--out`` is guarded when it is loaded. A command that is not named here gets ``--force``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FOLDERS", "KEPT", "OWN_RULES", "guard_outputs"]

KEPT: Mapping[str, str] = {
    "account import": "overwriting it would lose its view key",
    "deploy": "it may describe a market with open accounts",
    "keystore new": "overwriting it would lose its key",
    "order key": "overwriting it would lose its key",
    "rebalance": "give a new file",
    "settle account": "give a new file",
    "statement sign": "give a new file",
    "venue key": "overwriting it would lose its key",
}
"""Commands that replace no file, and why."""

FOLDERS: Mapping[str, frozenset[str]] = {
    # Not input.json of --inputs-only: it is secret, and must not stay beside a proof.
    "prove": frozenset(
        {"account-statement.json", "proof.json", "public.json", "statement.json", "verification_key.json"}
    ),
}
"""Commands that fill a folder, and the files that ``--force`` replaces in it; the folder has no others."""

OWN_RULES: Mapping[str, str] = {
    "account upgrade": "its option --replace is for the file that it reads",
    "ceremony beacon": "replaces nothing",
    "ceremony contribute": "replaces nothing, and continues what was interrupted",
    "ceremony finalize": "never replaces keys",
    "ceremony init": "replaces nothing",
    "ceremony pack": "replaces nothing",
    "ceremony phase1 beacon": "replaces nothing",
    "ceremony phase1 contribute": "replaces nothing",
    "ceremony phase1 new": "replaces nothing",
    "ceremony phase1 prepare": "replaces nothing",
    "ceremony unpack": "replaces nothing",
    "keys build": "never replaces keys",
    "snapshot sign": "adds a signature to a file of signatures, and refuses any other file",
    "prove-batch": "continues in its folder, and refuses any other one",
    "solvency example": "refuses a folder with accounts",
    "solvency prove": "continues in its folder, and refuses any other one",
}
"""Commands with a rule of their own, which their tests check."""

_SECRETS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb'"format"\s*:\s*"zkmargin-account/'), "an account file"),
    (re.compile(rb'"format"\s*:\s*"zkmargin-(trading|venue)-key/'), "a key file"),
    (re.compile(rb'"[cC]rypto"\s*:\s*\{'), "a keystore"),
    (re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(rb'"format"\s*:\s*"zkmargin-(partial-)?deployment/'), "a deployment file"),
    (re.compile(rb"\Azkey"), "a proving key"),
    (re.compile(rb"\ASQLite format 3\0"), "a database, such as a book of openings"),
)
_READ_BYTES = 16 << 20


def guard_outputs(command: Any, name: str) -> None:
    """Let a command, or each command of a group, check its output before it does anything.

    Parameters
    ----------
    command : click.Command
        A command with an option ``--out`` gets an option ``--force``, unless it is in `KEPT` or `OWN_RULES`.
    name : str
        The words that call it, such as ``snapshot build``.
    """
    for word, one in getattr(command, "commands", {}).items():
        guard_outputs(one, f"{name} {word}")
    out = next((one for one in command.params if "--out" in one.opts), None)
    if out is None or name in OWN_RULES:
        return
    if name not in KEPT:
        force = click.Option(["--force"], is_flag=True, help="Replace what an earlier run has written.")
        command.params.append(force)
    invoke = command.invoke

    def checked(context: Any) -> Any:
        force = bool(context.params.pop("force", False))
        given = context.params[out.name]
        if given is not None:
            _check(Path(given), name, force=force)
        return invoke(context)

    command.invoke = checked


def _check(path: Path, name: str, *, force: bool) -> None:
    if name in FOLDERS:
        _check_folder(path, FOLDERS[name], force=force)
    elif path.exists() or path.is_symlink():
        _check_file(path, name, force=force)


def _check_file(path: Path, name: str, *, force: bool) -> None:
    if not path.is_file():
        raise InputError("exists and is not a file", source=str(path))
    if name in KEPT:
        raise InputError(f"exists already; {KEPT[name]}", source=str(path))
    if kind := _secret(path):
        raise InputError(f"exists already and is {kind}, which is never replaced", source=str(path))
    if not force:
        raise InputError("exists already; give a new file, or --force to replace it", source=str(path))


def _check_folder(path: Path, files: frozenset[str], *, force: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise InputError("exists and is not a folder", source=str(path))
    found = {one.name for one in path.iterdir()}
    if others := sorted(found - files):
        raise InputError(f"has other files, such as {others[0]}; give a new folder", source=str(path))
    if found and not force:
        raise InputError("has a proof already; give a new folder, or --force to replace it", source=str(path))


def _secret(path: Path) -> str | None:
    """Return what a file is if it must never be replaced. Its text decides, so that a damaged file is kept too."""
    try:
        with path.open("rb") as file:
            content = file.read(_READ_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    return next((kind for pattern, kind in _SECRETS if pattern.search(content)), None)
