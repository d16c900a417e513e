"""Alarms: lasting conditions that a keeper's operator should know of, reported when they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .policy import HolderPolicy
from .risk import MAINTENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .policy import Roles
    from .world import Conditions, Watched, World

__all__ = ["Alarm", "AlarmKind", "alarms"]

_LONGEST_LAG = 300


class AlarmKind(StrEnum):
    """The kinds of alarms."""

    NO_SNAPSHOT = "no-snapshot"
    """The feed's latest snapshot is not in the keeper's folder."""
    OTHER_COLLATERAL = "other-collateral"
    """The latest snapshot has other collateral assets than the feed requires, or another order."""
    SILENT_FEED = "silent-feed"
    """The feed's latest snapshot is too old to rely on."""
    PAUSED = "paused"
    """The guardian has paused liquidations."""
    FROZEN = "frozen"
    """There are no fills and no withdrawals, because nobody closes out some account."""
    ENDED = "ended"
    """The market has ended: only refunds, claims and payments go on."""
    NODE_BEHIND = "node-behind"
    """The node's latest block is old: it has fallen behind, or the chain stands still."""
    NO_SUCH_ACCOUNT = "no-such-account"
    """The settings name an account that does not exist."""
    UNKNOWN = "unknown-state"
    """The keeper does not have the opening of an account's present commitment."""
    NOT_COVERED = "not-covered"
    """The latest snapshot has no row for one of an account's positions."""
    SEIZED = "seized"
    """An account of the operator is in auction."""
    CALLED = "called"
    """An account of the operator owes a proof of health by a deadline."""
    LATE = "late"
    """An account of the operator has not answered a call in time: anybody can start its auction."""
    EXPOSED = "exposed"
    """The opening of an account of the operator is public; it takes part in no fills before it has new keys."""
    NOT_HEALTHY = "not-healthy"
    """An account of the operator does not meet maintenance margin."""
    LOW = "low"
    """An account of the operator is close to maintenance margin."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A lasting condition.

    Attributes
    ----------
    kind : AlarmKind
    account : int or None
        The number of the account that it concerns; None for the market.
    """

    kind: AlarmKind
    account: int | None = None

    @property
    def grave(self) -> bool:
        """Whether an account of the operator is in danger."""
        return self.kind in {AlarmKind.NOT_HEALTHY, AlarmKind.SEIZED, AlarmKind.LATE}


def alarms(world: World, roles: Roles) -> tuple[Alarm, ...]:
    """Return the conditions that hold now, in a fixed order.

    Parameters
    ----------
    world : World
    roles : Roles
    """
    found = list(_market_alarms(world.conditions))
    wanted = roles.holder.accounts if roles.holder is not None and roles.holder.accounts else frozenset()
    missing = sorted(wanted - {account.number for account in world.accounts})
    found += [Alarm(AlarmKind.NO_SUCH_ACCOUNT, number) for number in missing]
    for account in world.accounts:
        if account.mine:
            policy = roles.holder or HolderPolicy()
            found += [Alarm(kind, account.number) for kind in _holder_alarms(account, world, policy)]
        elif roles.starter and roles.venue and account.traded:
            found += [Alarm(kind, account.number) for kind in _opening_alarms(account, world)]
    return tuple(found)


def _market_alarms(conditions: Conditions) -> Iterator[Alarm]:
    if conditions.lag > _LONGEST_LAG:
        yield Alarm(AlarmKind.NODE_BEHIND)
    if conditions.snapshot_time is not None and not conditions.snapshot_known:
        yield Alarm(AlarmKind.NO_SNAPSHOT)
    if conditions.other_collateral:
        yield Alarm(AlarmKind.OTHER_COLLATERAL)
    if not conditions.fresh:
        yield Alarm(AlarmKind.SILENT_FEED)
    if conditions.liquidations_paused:
        yield Alarm(AlarmKind.PAUSED)
    if conditions.frozen:
        yield Alarm(AlarmKind.FROZEN)
    if conditions.ended:
        yield Alarm(AlarmKind.ENDED)


def _holder_alarms(account: Watched, world: World, policy: HolderPolicy) -> Iterator[AlarmKind]:
    yield from _opening_alarms(account, world)
    if account.seized:
        yield AlarmKind.SEIZED
    elif account.exposed:
        yield AlarmKind.EXPOSED
    if account.called:
        yield AlarmKind.LATE if account.late else AlarmKind.CALLED
    if account.risk is not None and not account.risk.provable(MAINTENANCE):
        yield AlarmKind.NOT_HEALTHY
    elif account.risk is not None and not account.risk.provable(int(policy.warn_at * MAINTENANCE)):
        yield AlarmKind.LOW


def _opening_alarms(account: Watched, world: World) -> Iterator[AlarmKind]:
    if not account.known:
        yield AlarmKind.UNKNOWN
    elif account.risk is None and world.conditions.snapshot_known:
        yield AlarmKind.NOT_COVERED
