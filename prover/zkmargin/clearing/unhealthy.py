"""Accounts that no proof of health can be made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import StatementError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["require_healthy", "unhealthy_accounts"]


def unhealthy_accounts(
    accounts: Iterable[spec.Account], snapshot: spec.Snapshot, requirement_bps: int
) -> dict[int, str]:
    """Return the accounts that are not healthy and funded, or hold an instrument twice.

    Parameters
    ----------
    accounts : iterable of spec.Account
    snapshot : spec.Snapshot
    requirement_bps : int
        In 1/10000 of the requirement.

    Returns
    -------
    dict of int to str
        The reason by the account's number. A reason contains no value of the account.
    """
    reasons = {}
    for account in accounts:
        try:
            spec.check_account_health(account, snapshot, requirement_bps)
        except spec.SpecError as error:
            reasons[account.number] = str(error)
    return reasons


def require_healthy(accounts: Iterable[spec.Account], snapshot: spec.Snapshot, requirement_bps: int) -> None:
    """Check that every account is healthy and funded, and holds no instrument twice.

    Raises
    ------
    StatementError
        With every account that is not.
    """
    failing = unhealthy_accounts(accounts, snapshot, requirement_bps)
    if failing:
        raise StatementError("; ".join(f"account {number}: {reason}" for number, reason in failing.items()))
