"""Options of several commands, and readers of their values."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import Field
from zkmargin.documents.nearest import did_you_mean, expected_one_of
from zkmargin.errors import InputError

from . import typed

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.account.account import Account
    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.risk import Model
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec import Layout

__all__ = [
    "FEW_ESTIMATES",
    "LOCAL_NODE",
    "AccountFile",
    "ChainId",
    "Collateral",
    "Json",
    "Limit",
    "MaxEstimated",
    "Requirement",
    "Rpc",
    "SnapshotFile",
    "Trades",
    "VerifyingContract",
    "chosen_model",
    "integer",
    "load_account",
    "parse_layout",
    "parse_limits",
    "parse_requirement",
    "parse_share",
    "parse_trades",
    "warn_of_readers",
]

Json = Annotated[bool, typed.Option("--json", help="Write JSON to standard output.")]
AccountFile = Annotated[Path, typed.Argument(help="The account file.")]
SnapshotFile = Annotated[Path, typed.Option("--snapshot", help="The snapshot, from zkmargin snapshot build.")]
Requirement = Annotated[
    str,
    typed.Option(
        "--requirement", help="maintenance, initial, or a multiple of the maintenance margin in 1/10000."
    ),
]
Trades = Annotated[
    list[str] | None,
    typed.Option(
        "--trade",
        metavar="INSTRUMENT=QTY",
        help="A trade at the mark to compare with: bought if above 0, sold if below. Repeatable.",
    ),
]
Collateral = Annotated[
    Path | None, typed.Option("--collateral", help="The collateral with its haircuts, a TOML file.")
]
MaxEstimated = Annotated[
    str,
    typed.Option(
        "--max-estimated",
        metavar="SHARE",
        help="The largest share of the instruments that may be estimates, from 0 to 1.",
    ),
]
FEW_ESTIMATES = "0.2"
"""`zkmargin.snapshot.estimates.MAX_ESTIMATED`; a test compares them."""
ChainId = Annotated[
    int | None,
    typed.Option("--chain-id", min=1, help="The chain id, for signatures that are valid on a chain."),
]
VerifyingContract = Annotated[
    str | None,
    typed.Option("--verifying-contract", help="The contract on that chain that checks the signatures."),
]

Rpc = Annotated[
    str,
    typed.Option(
        "--rpc",
        envvar="ZKMARGIN_RPC",
        help="The node's URL. Put a URL with an access key into the variable, which other users cannot see.",
    ),
]
LOCAL_NODE = "http://127.0.0.1:8545"
"""The address of a local node."""

Limit = Annotated[
    str | None,
    typed.Option(
        "--limit",
        help="Limits on the net Greeks of each underlying, in the quote currency: delta=1000,gamma=50.",
    ),
]

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)


def integer(text: str, option: str) -> int:
    """Read a whole number, decimal or hexadecimal with 0x.

    Raises
    ------
    InputError
        If the text is no such number.
    """
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return int(text)
    raise InputError("expected a whole number, decimal or with 0x", source=option)


def parse_layout(text: str) -> Layout:
    """Return the layout of a name.

    Raises
    ------
    InputError
        If there is no such layout.
    """
    from zkmargin.spec import LAYOUTS  # noqa: PLC0415

    for layout in LAYOUTS:
        if layout.name == text:
            return layout
    raise InputError(expected_one_of(text, [one.name for one in LAYOUTS]), source="--layout")


def parse_share(text: str) -> Decimal:
    """Read the value of ``--max-estimated``.

    Raises
    ------
    InputError
        If it is no number from 0 to 1.
    """
    share = Field(text, "--max-estimated").decimal()
    if not 0 <= share <= 1:
        raise InputError("expected a share from 0 to 1", source="--max-estimated")
    return share


def parse_limits(text: str | None) -> GreekLimits | None:
    """Read limits on Greeks; None without a text.

    Raises
    ------
    InputError
        If the text is malformed.
    """
    from zkmargin.account.greek_limits import GreekLimits  # noqa: PLC0415
    from zkmargin.documents.fields import Field  # noqa: PLC0415

    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if len({name for name, _, _ in pairs}) != len(pairs):
        raise InputError("duplicate limit", source="--limit")
    return GreekLimits.from_json(Field({name: value for name, _, value in pairs}, "--limit"))


def parse_trades(texts: list[str] | None) -> dict[str, Decimal]:
    """Read trades, ``INSTRUMENT=QTY`` each.

    Raises
    ------
    InputError
        If a text is malformed, or an instrument is named twice.
    """
    from zkmargin.documents.fields import Field  # noqa: PLC0415

    trades: dict[str, Decimal] = {}
    for text in texts or []:
        name, sign, quantity = text.partition("=")
        if not (name and sign):
            raise InputError("expected INSTRUMENT=QTY, such as ETH-PERPETUAL=-2", source="--trade")
        if name in trades:
            raise InputError("two trades of the same instrument", source="--trade", key=name)
        trades[name] = Field(quantity, "--trade", name).decimal()
    return trades


def parse_requirement(text: str) -> AnyRequirement:
    """Read a requirement.

    Raises
    ------
    InputError
        If the text is no requirement.
    """
    from zkmargin.account.requirement import Requirement as Named  # noqa: PLC0415

    if text in tuple(Named):
        return Named(text)
    if not _DECIMAL.fullmatch(text):
        reason = f"expected maintenance, initial or a whole number of 1/10000{did_you_mean(text, Named)}"
        raise InputError(reason, source="--requirement")
    return int(text)


def chosen_model(text: str) -> Model:
    """Load a margin model by the name of a bundled one or by its TOML file.

    Raises
    ------
    InputError
        If there is no such model or file, or the file is malformed.
    """
    from zkmargin.risk import load_model  # noqa: PLC0415

    return load_model(Path(text) if "/" in text or text.endswith(".toml") else text)


def load_account(path: Path, snapshot: Snapshot | None = None) -> Account:
    """Load an account.

    Warn on standard error if other users can read its file; with a snapshot, also if its cash looks like a balance
    before its fills.
    """
    from zkmargin.account.account import Account  # noqa: PLC0415
    from zkmargin.account.entries import cash_warning  # noqa: PLC0415

    account = Account.load(path)
    warn_of_readers(path)
    warning = None if snapshot is None else cash_warning(account, snapshot)
    if warning is not None:
        sys.stderr.write(f"warning: {warning}\n")
    return account


def warn_of_readers(path: Path) -> None:
    """Warn on standard error if other users can read a secret file."""
    if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        sys.stderr.write(f"warning: other users can read {path}: run `chmod 600` on it\n")
