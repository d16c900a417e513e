"""An account opened under a snapshot, to be passed on instead of opening it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin import spec
from zkmargin.native_hash import fast_hasher

from .account import Account

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["OpenedAccount", "opening_of"]


# No repr: an opening is as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class OpenedAccount:
    """An account with its opening and its commitment under one snapshot.

    Attributes
    ----------
    account : Account
    opening : spec.Account
        The account in the integers of the statement.
    commitment : int
        The commitment of the opening.
    root : int
        The root of the snapshot.
    """

    account: Account
    opening: spec.Account
    commitment: int
    root: int

    @classmethod
    def of(cls, account: Account, snapshot: Snapshot) -> Self:
        """Open an account.

        Raises
        ------
        InputError
            As `Account.opening`.
        """
        opening = account.opening(snapshot)
        return cls(account, opening, spec.commitment(opening, fast_hasher()), snapshot.root)


def opening_of(account: Account | OpenedAccount, snapshot: Snapshot) -> tuple[Account, spec.Account]:
    """Return an account and its opening under a snapshot. An account opened under it is not opened again.

    Raises
    ------
    InputError
        As `Account.opening`.
    """
    if isinstance(account, Account):
        return account, account.opening(snapshot)
    if account.root != snapshot.root:
        return account.account, account.account.opening(snapshot)
    return account.account, account.opening
