"""The effect of a change of snapshots on an account. Private to its holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .report import margin_report
from .requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.snapshot.snapshot import Snapshot

    from .account import Account
    from .report import MarginReport

__all__ = ["AccountDiff", "diff_account"]


# No repr: a difference is as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class AccountDiff:
    """An account's margin under two snapshots.

    Attributes
    ----------
    source : str
        The account's file.
    missing_before, missing_after : tuple of str
        Instruments and assets of the account that are missing in each snapshot.
    before, after : mapping of Requirement to MarginReport
        Reports at maintenance and initial margin. Both leave out instruments and assets that are missing in
        either snapshot: an expired position has become cash, and counting it on one side only would show a
        change of equity that did not happen.
    """

    source: str
    missing_before: tuple[str, ...]
    missing_after: tuple[str, ...]
    before: Mapping[Requirement, MarginReport]
    after: Mapping[Requirement, MarginReport]


def diff_account(account: Account, before: Snapshot, after: Snapshot) -> AccountDiff:
    """Compare an account's equity and requirement under two snapshots.

    Parameters
    ----------
    account : Account
    before, after : Snapshot

    Returns
    -------
    AccountDiff
        As secret as the account.

    Raises
    ------
    InputError
        If the quote currencies differ, or a quantity is not a multiple of an instrument's lot.
    """
    if before.parts.quote != after.parts.quote:
        raise InputError(
            "the quote currencies differ, so the margins cannot be compared", source=account.source
        )
    shared = _known(_known(account, before), after)
    return AccountDiff(
        source=account.source,
        missing_before=_missing(account, before),
        missing_after=_missing(account, after),
        before={one: margin_report(shared, before, one) for one in Requirement},
        after={one: margin_report(shared, after, one) for one in Requirement},
    )


def _missing(account: Account, snapshot: Snapshot) -> tuple[str, ...]:
    known = _known(account, snapshot)
    return (
        *(name for name in account.positions if name not in known.positions),
        *(asset for asset in account.collateral if asset not in known.collateral),
    )


def _known(account: Account, snapshot: Snapshot) -> Account:
    """Return the part of an account that a snapshot can value."""
    names = {one.name for one in snapshot.parts.listings}
    assets = {one.asset for one in snapshot.parts.collateral}
    known = account.holding({name: one for name, one in account.positions.items() if name in names})
    collateral = {name: one for name, one in account.collateral.items() if name in assets}
    return replace(known, collateral=collateral)
