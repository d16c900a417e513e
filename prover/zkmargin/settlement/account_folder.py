"""A folder with the states of one account on a chain, from which none is ever removed.

A state has two files, named after its escrow's hash as the chain shows it: ``HASH.json``, an account file as
of docs/formats/account.md, and ``HASH.sealed``, what the venue gets. Which state is the present one the chain
says, so neither a crash nor a reorganisation of the chain loses an account.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from zkmargin.account.account import Account
from zkmargin.documents.files import private_folder, publish, write_private, write_text
from zkmargin.errors import InputError, StatementError

from .account_state import AccountState
from .escrow import SEALED_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.contracts.clearing_house import ClearingHouse

__all__ = ["AccountFolder"]

_NUMBER = re.compile(r"[1-9][0-9]{0,18}\n", re.ASCII)


class AccountFolder:
    """The states of one account.

    Parameters
    ----------
    path : Path
        The folder; it is made if it is not there, for this user alone.

    Raises
    ------
    InputError
        If that is not possible.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror}", source=str(path)) from None
        self._path = path

    def keep(self, held: AccountState) -> None:
        """Write a state down; it is on disk when this returns. See `Keep`.

        Raises
        ------
        InputError
            If that is not possible.
        """
        account, sealed = self.files(held.escrow)
        # The account's file last: a folder that has it has both.
        if not account.exists():
            with private_folder(self._path) as scratch:
                draft = scratch / "sealed"
                write_private(draft, held.sealed)
                publish(draft, sealed)
            held.account.save(account)
        if held.number:
            write_text(self._path / "number", f"{held.number}\n")

    def files(self, escrow: bytes) -> tuple[Path, Path]:
        """Return the names of a state's files: the account's, and what is for the venue."""
        return self._path / f"{escrow.hex()}.json", self._path / f"{escrow.hex()}.sealed"

    def find(self, number: int, escrow: bytes) -> AccountState | None:
        """Return the state of an escrow's hash, or None if it is not here.

        Raises
        ------
        InputError
            If its files are not what was written.
        """
        account, sealed = self.files(escrow)
        if not account.exists():
            return None
        try:
            with sealed.open("rb") as file:
                held = AccountState(number, Account.load(account), file.read(SEALED_BYTES + 1))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(sealed)) from None
        if held.escrow != escrow:
            raise InputError("not what was sealed", source=str(sealed))
        return held

    def present(self, house: ClearingHouse) -> AccountState:
        """Return the present state.

        Parameters
        ----------
        house : ClearingHouse

        Raises
        ------
        StatementError
            If no account on the chain has a state that is here: it has been opened on another chain, taken
            over, or changed from another folder.
        ChainError
            If the node is out of reach.
        """
        number = self._number()
        # A number is lost where the process died after it had sent the opening, and changes where the chain
        # replaced the block.
        for one in chain([] if number is None else [number], range(house.accounts(), 0, -1)):
            state = house.account(one)
            held = self.find(one, state.escrow)
            # Anybody can open an account with an escrow that is another's.
            if held is not None and held.account.owner == int(state.owner, 16):
                return held
        raise StatementError(f"{self._path}: none of these states is an account's present one in this market")

    def _number(self) -> int | None:
        path = self._path / "number"
        if not path.exists():
            return None
        text = path.read_text(encoding="ascii", errors="replace")
        if not _NUMBER.fullmatch(text):
            raise InputError("not a number", source=str(path))
        return int(text)
