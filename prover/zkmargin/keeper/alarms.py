"""What whoever runs a keeper should know: conditions that last, each told when it begins and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .risk import MAINTENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .policy import HolderPolicy, Roles
    from .world import Conditions, Watched, World

__all__ = ["Alarm", "AlarmKind", "alarms"]

_LONGEST_LAG = 300


class AlarmKind(StrEnum):
    """What is the matter."""

    NO_SNAPSHOT = "no-snapshot"
    """The feed's latest snapshot is not in the keeper's folder."""
    SILENT_FEED = "silent-feed"
    """The feed's latest snapshot is too old to rely on."""
    PAUSED = "paused"
    """The guardian has paused liquidations."""
    NODE_BEHIND = "node-behind"
    """The node's latest block is old: it has fallen behind, or the chain stands still."""
    NO_SUCH_ACCOUNT = "no-such-account"
    """The settings name an account that there is not."""
    UNKNOWN = "unknown-state"
    """The keeper does not have the opening of an account's present commitment."""
    NOT_COVERED = "not-covered"
    """The latest snapshot has no row for one of an account's positions."""
    SEIZED = "seized"
    """An account of one's own is being auctioned off."""
    CALLED = "called"
    """An account of one's own owes a proof of health by a deadline."""
    NOT_HEALTHY = "not-healthy"
    """An account of one's own is short of maintenance margin."""
    LOW = "low"
    """An account of one's own is close to maintenance margin."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that lasts.

    Attributes
    ----------
    kind : AlarmKind
    account : int or None
        The account that it is about; None for the market.
    """

    kind: AlarmKind
    account: int | None = None

    @property
    def grave(self) -> bool:
        """Whether an account of one's own is in danger."""
        return self.kind in {AlarmKind.NOT_HEALTHY, AlarmKind.SEIZED}


def alarms(world: World, roles: Roles) -> tuple[Alarm, ...]:
    """Return what is the matter, in a fixed order.

    Parameters
    ----------
    world : World
    roles : Roles
    """
    found = list(_of_market(world.conditions))
    wanted = roles.holder.accounts if roles.holder is not None and roles.holder.accounts else frozenset()
    missing = sorted(wanted - {account.number for account in world.accounts})
    found += [Alarm(AlarmKind.NO_SUCH_ACCOUNT, number) for number in missing]
    for account in world.accounts:
        if account.mine and roles.holder is not None:
            found += [Alarm(kind, account.number) for kind in _of_holder(account, world, roles.holder)]
        elif roles.starter and roles.opens_escrows:
            found += [Alarm(kind, account.number) for kind in _of_opening(account, world)]
    return tuple(found)


def _of_market(conditions: Conditions) -> Iterator[Alarm]:
    if conditions.lag > _LONGEST_LAG:
        yield Alarm(AlarmKind.NODE_BEHIND)
    if conditions.snapshot_time is not None and not conditions.snapshot_known:
        yield Alarm(AlarmKind.NO_SNAPSHOT)
    if not conditions.fresh:
        yield Alarm(AlarmKind.SILENT_FEED)
    if conditions.liquidations_paused:
        yield Alarm(AlarmKind.PAUSED)


def _of_holder(account: Watched, world: World, policy: HolderPolicy) -> Iterator[AlarmKind]:
    yield from _of_opening(account, world)
    if account.seized:
        yield AlarmKind.SEIZED
    if account.called:
        yield AlarmKind.CALLED
    if account.risk is not None and not account.risk.healthy(MAINTENANCE):
        yield AlarmKind.NOT_HEALTHY
    elif account.risk is not None and not account.risk.healthy(int(policy.warn_at * MAINTENANCE)):
        yield AlarmKind.LOW


def _of_opening(account: Watched, world: World) -> Iterator[AlarmKind]:
    if not account.known:
        yield AlarmKind.UNKNOWN
    elif account.risk is None and world.conditions.snapshot_known:
        yield AlarmKind.NOT_COVERED
