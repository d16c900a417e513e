"""A folder with all states of one account on a chain. States are never removed.

A state has two files, named after its escrow's hash on the chain: ``HASH.json``, an account file
(docs/formats/account.md), and ``HASH.sealed``, the sealed opening for the venue. The chain tells which state is
the present one, so neither a crash nor a reorganisation loses an account.
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
        The folder; if it does not exist, it is created for this user alone.

    Raises
    ------
    InputError
        If the folder cannot be created.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be created: {error.strerror}", source=str(path)) from None
        self._path = path

    def keep(self, state: AccountState) -> None:
        """Write a state; it is on disk when this returns. See `Keep`.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        account, sealed = self.files(state.escrow)
        # The account file is written last: if it exists, both files exist.
        if not account.exists():
            with private_folder(self._path) as scratch:
                draft = scratch / "sealed"
                write_private(draft, state.sealed)
                publish(draft, sealed)
            state.account.save(account)
        if state.number:
            write_text(self._path / "number", f"{state.number}\n")

    def files(self, escrow: bytes) -> tuple[Path, Path]:
        """Return the paths of a state's files: the account file, and the sealed opening for the venue."""
        return self._path / f"{escrow.hex()}.json", self._path / f"{escrow.hex()}.sealed"

    def find(self, number: int, escrow: bytes) -> AccountState | None:
        """Return the state with an escrow's hash, or None if the folder does not have it.

        Raises
        ------
        InputError
            If its files have been changed.
        """
        account, sealed = self.files(escrow)
        if not account.exists():
            return None
        try:
            with sealed.open("rb") as file:
                state = AccountState(number, Account.load(account), file.read(SEALED_BYTES + 1))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(sealed)) from None
        if state.escrow != escrow:
            raise InputError("its hash is not the one in its name", source=str(sealed))
        return state

    def present(self, house: ClearingHouse) -> AccountState:
        """Return the present state.

        Parameters
        ----------
        house : ClearingHouse

        Raises
        ------
        StatementError
            If no account on the chain has a state of this folder: the account is on another chain, was taken
            over, or was changed from another folder.
        ChainError
            If the node is out of reach.
        """
        number = self._number()
        # The number is missing if the process died after it had sent the opening, and wrong if the chain has
        # replaced the block.
        for one in chain([] if number is None else [number], range(house.accounts(), 0, -1)):
            record = house.account(one)
            state = self.find(one, record.escrow)
            # Anybody can open an account with the escrow hash of another.
            if state is not None and state.account.owner == int(record.owner, 16):
                return state
        raise StatementError(f"{self._path}: none of its states is an account's present state in this market")

    def _number(self) -> int | None:
        path = self._path / "number"
        if not path.exists():
            return None
        text = path.read_text(encoding="ascii", errors="replace")
        if not _NUMBER.fullmatch(text):
            raise InputError("expected the number of an account", source=str(path))
        return int(text)
