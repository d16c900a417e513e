"""Options that several commands have, and how their texts are read."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.risk import Model
    from zkmargin.spec import Layout

__all__ = [
    "LOCAL_NODE",
    "AccountFile",
    "ChainId",
    "Collateral",
    "Json",
    "Limit",
    "Requirement",
    "Rpc",
    "SnapshotFile",
    "VerifyingContract",
    "chosen_model",
    "integer",
    "load_account",
    "parse_layout",
    "parse_limits",
    "parse_requirement",
    "warn_of_readers",
]

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
AccountFile = Annotated[Path, typer.Argument(help="The account file.")]
SnapshotFile = Annotated[Path, typer.Option("--snapshot", help="A file from zkmargin snapshot build.")]
Requirement = Annotated[
    str,
    typer.Option(
        "--requirement", help="maintenance, initial, or a number of 1/10000 of the maintenance margin."
    ),
]
Collateral = Annotated[
    Path | None, typer.Option("--collateral", help="The collateral and its haircuts: a TOML file.")
]
ChainId = Annotated[
    int | None, typer.Option("--chain-id", min=1, help="For signatures that count on a chain: its id.")
]
VerifyingContract = Annotated[
    str | None,
    typer.Option("--verifying-contract", help="On that chain: the contract that counts the signatures."),
]

Rpc = Annotated[
    str,
    typer.Option(
        "--rpc",
        envvar="ZKMARGIN_RPC",
        help="A node. An address that holds an access key is better in the variable, which nobody else sees.",
    ),
]
LOCAL_NODE = "http://127.0.0.1:8545"
"""Where a chain of one's own listens, unless it is told something else."""

Limit = Annotated[
    str | None,
    typer.Option(
        "--limit",
        help="Limits on the net Greeks of each underlying, in the quote currency: delta=1000,gamma=50.",
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
    raise InputError("expected a whole number, decimal or with 0x", source=option)


def parse_layout(text: str) -> Layout:
    """Read the name of a layout.

    Raises
    ------
    InputError
        If it is none.
    """
    from zkmargin.spec import SpecError, find_layout  # noqa: PLC0415  # imports are left to the commands

    try:
        return find_layout(text)
    except SpecError as error:
        raise InputError(error.reason, source="--layout") from None


def parse_limits(text: str | None) -> GreekLimits | None:
    """Read limits on Greeks; None if there are none.

    Raises
    ------
    InputError
        If they are not such.
    """
    from zkmargin.account.greek_limits import GreekLimits  # noqa: PLC0415
    from zkmargin.documents.fields import Field  # noqa: PLC0415  # imports are left to the commands

    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if len({name for name, _, _ in pairs}) != len(pairs):
        raise InputError("a limit stands there twice", source="--limit")
    return GreekLimits.from_json(Field({name: value for name, _, value in pairs}, "--limit"))


def parse_requirement(text: str) -> AnyRequirement:
    """Read a requirement.

    Raises
    ------
    InputError
        If it is none.
    """
    from zkmargin.account.requirement import Requirement as Named  # noqa: PLC0415  # imports are left to the commands

    if text in tuple(Named):
        return Named(text)
    if not _DECIMAL.fullmatch(text):
        raise InputError("maintenance, initial or a whole number of 1/10000", source="--requirement")
    return int(text)


def chosen_model(text: str) -> Model:
    """Load a margin model: one that comes with the package by name, any other by its TOML file.

    Raises
    ------
    InputError
        If there is none or it is not one.
    """
    from zkmargin.risk import load_model  # noqa: PLC0415  # imports are left to the commands

    return load_model(Path(text) if "/" in text or text.endswith(".toml") else text)


def load_account(path: Path) -> Account:
    """Load an account; say on standard error when other users can read its file."""
    from zkmargin.account.account import Account  # noqa: PLC0415  # imports are left to the commands

    account = Account.load(path)
    warn_of_readers(path)
    return account


def warn_of_readers(path: Path) -> None:
    """Say on standard error when other users can read a file that holds a secret."""
    if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        sys.stderr.write(f"warning: other users can read {path}: run `chmod 600` on it\n")
