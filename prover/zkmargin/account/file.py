"""The account file: JSON, numbers as decimal strings, for its owner's eyes only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.files import private_folder, publish, write_private
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.spec.constants import FIELD

from .account import Account

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

__all__ = ["read_account", "write_account"]

FORMAT = "zkmargin-account/1"
_MAX_BYTES = 1 << 20
_MEMBERS = ("format", "owner", "nonce", "salt", "cash", "collateral", "positions")

AnyAccount = TypeVar("AnyAccount", bound=Account)


def read_account(kind: type[AnyAccount], path: Path) -> AnyAccount:
    """Read an account file.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = Field(load_json(path, max_bytes=_MAX_BYTES), str(path))
    members = document.members(_MEMBERS)
    members["format"].constant(FORMAT)
    owner, nonce, salt = (members[key].integer(0, FIELD - 1) for key in ("owner", "nonce", "salt"))
    return kind(
        owner=owner,
        nonce=nonce,
        salt=salt,
        cash=members["cash"].decimal(),
        collateral=_read_numbers(members["collateral"], "asset", "amount"),
        positions=_read_numbers(members["positions"], "instrument", "quantity"),
        source=str(path),
    )


def write_account(account: Account, path: Path) -> None:
    """Write an account file, mode 0600, whole or not at all."""
    document = {
        "format": FORMAT,
        "owner": str(account.owner),
        "nonce": str(account.nonce),
        "salt": str(account.salt),
        "cash": decimal_text(account.cash),
        "collateral": [
            {"asset": asset, "amount": decimal_text(amount)} for asset, amount in account.collateral.items()
        ],
        "positions": [
            {"instrument": name, "quantity": decimal_text(quantity)}
            for name, quantity in account.positions.items()
        ],
    }
    if not path.parent.is_dir():
        raise InputError("no such folder", source=str(path.parent))
    with private_folder(path.parent) as folder:
        draft = folder / "account.json"
        write_private(draft, (json.dumps(document, indent=1) + "\n").encode())
        publish(draft, path)


def _read_numbers(field: Field, name: str, number: str) -> dict[str, Decimal]:
    """Read a list of named numbers. It is no object, whose keys would show in errors."""
    found: dict[str, Decimal] = {}
    for item in field.items():
        members = item.members((name, number))
        text = members[name].text()
        if text in found:
            members[name].refuse("stands there twice")
        found[text] = members[number].decimal()
    return found
