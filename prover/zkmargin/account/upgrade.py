"""Accounts in files of format 1, which had a salt instead of a view key, and no trading key and order table."""

from __future__ import annotations

from pathlib import Path

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.spec.constants import FIELD, NONCE_BITS

from . import members
from .account import OLD_FORMAT, Account

__all__ = ["upgraded"]

_MEMBERS = ("format", "owner", "nonce", "salt", "cash", "collateral", "positions")


def upgraded(path: str | Path) -> Account:
    """Return the account of a file of format 1, as it is in format 2.

    Its commitment is another one: it has a new view key, as the salt belongs to the old commitment. Positions are in
    the order of the file; format 1 committed to them in the order of their ids, which only a snapshot tells.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Account
        Without a trading key, with an empty order table and the number 0.

    Raises
    ------
    InputError
        With file and key path, if the file cannot be read or is not an account file of format 1, its owner has more
        than 160 bits, or its nonce more than 64.
    """
    document = Field(load_json(Path(path), max_bytes=Account.MAX_BYTES), str(path))
    written = document.entries().get("format")
    if written is not None:
        written.constant(OLD_FORMAT)
    found = document.members(_MEMBERS)
    found["salt"].integer(0, FIELD - 1)
    positions = members.read_positions(found["positions"])
    return Account.new(
        owner=found["owner"].integer(0, FIELD - 1),
        nonce=found["nonce"].integer(0, 2**NONCE_BITS - 1),
        cash=members.less(found["cash"].decimal(), positions.paid),
        collateral=members.read_amounts(found["collateral"]),
        positions=positions.quantities,
        slots=positions.slots,
        source=str(path),
    )
