"""Accounts that a batch cannot contain now: the conditions of the house, before anything is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zkmargin.contracts.house_values import AccountFlag, HouseState

if TYPE_CHECKING:
    from zkmargin.contracts.house_values import HouseAccount, Times

__all__ = ["BATCH_TIME", "FillRules", "refusal"]

BATCH_TIME = 120
"""The seconds that are allowed for the proofs and the transaction of a batch."""


class FillRules(NamedTuple):
    """What decides whether an account may take part in fills.

    Attributes
    ----------
    bond : int
        The bond of the market, in micro of the quote token.
    snapshot_time : int
        The time of the batch's snapshot.
    """

    bond: int
    snapshot_time: int


def refusal(
    record: HouseAccount, times: Times | None, now: int, fills: FillRules | None = None
) -> str | None:
    """Return why an account can be in no batch now; None if it can.

    Parameters
    ----------
    record : HouseAccount
    times : Times, optional
        Needed if the account has the flag `AccountFlag.NOTICED`.
    now : int
        The time of the latest block, Unix time.
    fills : FillRules, optional
        For a batch with fills; without, for one of upkeep alone.
    """
    if record.state != HouseState.OPEN:
        return "seized, and in an auction" if record.state == HouseState.SEIZED else "not open"
    if AccountFlag.NOTICED in record.flags and times is not None and _in_notice(times, now):
        return "its owner may withdraw"
    return None if fills is None else _refusal_of_fills(record, fills)


def _in_notice(times: Times, now: int) -> bool:
    # An account whose notice ends while the batch is proven would stop the whole batch.
    return times.withdraws_from - BATCH_TIME <= now < times.withdraws_until


def _refusal_of_fills(record: HouseAccount, fills: FillRules) -> str | None:
    if AccountFlag.EXPOSED in record.flags:
        return "its opening was published, and its owner has not renewed its keys"
    if fills.bond and AccountFlag.BONDED not in record.flags:
        return "its owner has not left the bond"
    if fills.snapshot_time < record.last_healthy_at:
        return "the snapshot is older than its last proof of health"
    return None
