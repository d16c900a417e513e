"""Signing keys and their passwords: from a file or the terminal, never from the command line."""

from __future__ import annotations

import getpass
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError

from . import typed
from .options import warn_of_readers

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

__all__ = ["PasswordFile", "ask_password", "signing_key"]

_MAX_PASSWORD = 4096

PasswordFile = Annotated[
    Path | None,
    typed.Option("--password-file", help="A file with the password; if left out, the terminal asks for it."),
]


def ask_password(file: Path | None, *, twice: bool = False, otherwise: str = "--password-file") -> str:
    """Read a password from a file, without the end of its line, or from the terminal, without echo.

    Parameters
    ----------
    file : Path, optional
    twice : bool
        Ask twice, for a new key.
    otherwise : str
        The setting that the error names if there is no terminal.

    Raises
    ------
    InputError
        If there is neither file nor terminal, the file contains no password, or the two answers differ.
    """
    if file is not None:
        warn_of_readers(file)
        return _read_password(file)
    if not sys.stdin.isatty():
        raise InputError(f"no terminal to ask for the password: give {otherwise}")
    try:
        password = getpass.getpass("Password: ")
        if twice and getpass.getpass("Again: ") != password:
            raise InputError("the two entries differ", source="password")
    except EOFError:
        raise InputError("no password entered", source="password") from None
    return _normal(password)


def signing_key(keystore: Path | None, password_file: Path | None) -> LocalAccount | None:
    """Load the key that signs transactions; None if the node's own account signs.

    Raises
    ------
    InputError
        If the keystore is malformed, the password is wrong, or there is a password without a keystore.
    """
    from zkmargin.chain.keystore import load_keystore  # noqa: PLC0415  # needs an extra

    if keystore is None:
        if password_file is not None:
            raise InputError("needs --keystore", source="--password-file")
        return None
    warn_of_readers(keystore)
    return load_keystore(keystore, ask_password(password_file))


def _read_password(file: Path) -> str:
    with file.open("rb") as stream:
        content = stream.read(_MAX_PASSWORD + 1)
    if len(content) > _MAX_PASSWORD:
        raise InputError(f"larger than {_MAX_PASSWORD} bytes", source=str(file))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8", source=str(file)) from None
    return _normal(text.removesuffix("\n").removesuffix("\r"))


def _normal(password: str) -> str:
    """Return a password in Unicode's composed form (NFC): keyboards send the same letter in one or two code points."""
    return unicodedata.normalize("NFC", password)
