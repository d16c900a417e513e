"""``zkmargin init``."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from zkmargin.account import Account
from zkmargin.documents.files import make_folder, write_text
from zkmargin.errors import InputError

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line

__all__ = ["IGNORED", "init"]

IGNORED = """\
# Secrets of zkmargin, which must never be committed: accounts (openings of commitments), keys, books, circuit inputs.
account*.json
!account-statement.json
*.key.json
*keystore*.json
trading*.json
*.db
*.db-*
input.json
password*
report*.html
# Proofs are public, but large folders of keys and unfinished files are not for a repository.
*.partial/
keys/
*.zkey
"""
"""The ``.gitignore`` of a new folder."""

_POSITIONS = {
    "ETH-27MAR26-2400-P": "10",
    "ETH-27MAR26-2600-P": "-10",
    "ETH-27MAR26-3400-C": "-10",
    "ETH-27MAR26-3600-C": "10",
    "BTC-27MAR26-90000-C": "-0.5",
    "BTC-26JUN26-90000-C": "0.5",
}
"""An iron condor on ETH and a calendar spread on BTC."""


def init(
    folder: Annotated[Path, typed.Argument(help="The folder to write to.")] = Path(),
    as_json: Json = False,
) -> None:
    """Start a folder: a list of secret files for git, and an example with quotes in Deribit's format and an account.

    The quotes in quotes/*.json are made up. account.json gets a new random view key, so its commitment differs from
    that of any other example account. A .gitignore that is there stays as it is.
    """
    file, quotes = folder / "account.json", folder / "quotes"
    if file.exists():
        raise InputError("exists already; overwriting it would lose its view key", source=str(file))
    written = [quotes / source.name for source in sorted(_sources().glob("*.json"))]
    for path in written:
        if path.exists():
            raise InputError("exists already; give a new folder", source=str(path))
    make_folder(quotes)
    ignored = folder / ".gitignore"
    kept = ignored.exists()
    if not kept:
        write_text(ignored, IGNORED)
    for path in written:
        write_text(path, (_sources() / path.name).read_text(encoding="utf-8"))
    positions = {name: Decimal(quantity) for name, quantity in _POSITIONS.items()}
    Account.new(cash=Decimal(4500), collateral={"ETH": Decimal("6.5")}, positions=positions).save(file)
    if as_json:
        print_json({"files": [str(path) for path in (*written, file, *(() if kept else (ignored,)))]})
        return
    for path in written:
        print_line(f"{path}: made-up quotes of a morning in March 2026")
    print_line(f"{file}: an account with six option positions; only you can read it")
    if kept:
        print_line(f"{ignored}: kept as it is; see that it lists your accounts and keys")
    else:
        print_line(f"{ignored}: keeps accounts and keys out of git")


def _sources() -> Path:
    """Return the folder with the quotes, of the installed package or of the checkout."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "examples"
    return packaged if packaged.is_dir() else here.parents[3] / "examples" / "chain"
